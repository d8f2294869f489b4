"""The tree of digests, by which two registries find what differs without moving the rest."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from registry.api.answers import responses
from registry.api.changes import parts_of
from registry.api.exchange import exchange_of
from registry.api.parameters import Code, code_of, language_of, many
from registry.api.service import service_of
from registry.catalogue.errors import ProcedureNotFound
from registry.exchange import digests
from registry.exchange.protocol import (
    PROTOCOL,
    DigestGroups,
    DigestProcedure,
    DigestRecords,
    DigestRoot,
)

Part = Annotated[
    str,
    PathParameter(
        description="The part: procedures, announcements, agencies or sectors.",
        examples=[Example(summary="procedures", value="procedures")],
    ),
]
Groups = Annotated[list[str] | None, many("group", "The groups whose records are asked for.", "G04-HT")]
_ROOT = {
    "protocol": PROTOCOL,
    "registry": "0f8fad5bd9cb469fa16570867728950e",
    "revision": 1204,
    "mark": "8a7b6c5d4e3f2a1b",
    "digest": "701375b92213d900d5261885648b47c5",
    "parts": {
        "procedures": "e72eea1ef66e3dd8ea3651bcda31ccb0",
        "announcements": "149ea3d5f9b6a7679d086a704c3d4536",
        "agencies": "beaeaa92faa0b4aa6158fd5c430236e2",
        "sectors": "5af46c0044237cb8cfed467743d9b937",
    },
}
_GROUPS = {"revision": 1204, "part": "procedures", "groups": {"G04-HT": "e72eea1ef66e3dd8ea3651bcda31ccb0"}}
_RECORDS = {
    "revision": 1204,
    "part": "procedures",
    "groups": {"G04-HT": {"9.000001": "e72eea1ef66e3dd8ea3651bcda31ccb0"}},
}
_PROCEDURE = {
    "revision": 1204,
    "code": "9.000001",
    "digest": "e72eea1ef66e3dd8ea3651bcda31ccb0",
    "versions": [
        {
            "validFrom": "2025-04-01",
            "validTo": None,
            "announcement": "30/QĐ-BTP|G04|2025-03-14",
            "endedBy": None,
            "digest": "149ea3d5f9b6a7679d086a704c3d4536",
            "sections": {"name": "beaeaa92faa0b4aa"},
        }
    ],
}


class DigestController(Controller):
    path = "/api/digest"
    tags = ("exchange",)

    @get(
        summary="Tell the digest of everything",
        responses=responses(DigestRoot, "The digest of the whole catalogue, and of each part.", _ROOT, 503),
    )
    async def root(self, request: Request[Any, Any, Any]) -> Response[DigestRoot]:
        """Over all that is believed, the past included, and over nothing else: two registries that hold the same
        have the same digest, whatever their database, the order in which they learned it, and when."""
        exchange = exchange_of(request)
        await exchange.identity()

        async def make(_: int) -> DigestRoot:
            return await exchange.root()

        return await service_of(request).stored(request, language_of(request), make)

    @get(
        "/{part:str}",
        summary="Tell the digests of a part's groups",
        responses=responses(DigestGroups, "The digest of each group.", _GROUPS, 400, 503),
    )
    async def groups(self, request: Request[Any, Any, Any], part: Part) -> Response[DigestGroups]:
        """Procedures are grouped by sector, announcements by issuer, agencies and sectors by the agency that their
        codes begin with; `-` is the group of all others. Where two registries differ in a group, ask both for its
        records."""
        exchange, (part,) = exchange_of(request), parts_of([part])

        async def make(_: int) -> DigestGroups:
            await exchange.root()
            return DigestGroups(exchange.tree.revision, part, exchange.tree.groups(part))

        return await service_of(request).stored(request, language_of(request), make)

    @get(
        "/records/{part:str}",
        summary="Tell the digests of records",
        responses=responses(DigestRecords, "The digest of each record of some groups.", _RECORDS, 400, 503),
    )
    async def records(
        self, request: Request[Any, Any, Any], part: Part, group: Groups = None
    ) -> Response[DigestRecords]:
        """By group and key. A group that is not there has none."""
        exchange, (part,) = exchange_of(request), parts_of([part])

        async def make(_: int) -> DigestRecords:
            await exchange.root()
            return DigestRecords(exchange.tree.revision, part, exchange.tree.records(part, group or ()))

        return await service_of(request).stored(request, language_of(request), make)

    @get(
        "/sections/{code:str}",
        summary="Tell the digests of a procedure's sections",
        responses=responses(
            DigestProcedure, "The digest of each section of each version.", _PROCEDURE, 400, 404, 503
        ),
    )
    async def sections(self, request: Request[Any, Any, Any], code: Code) -> Response[DigestProcedure]:
        """Every version with its days, its announcements, and the digest of each section of its content."""
        service, exchange, national = service_of(request), exchange_of(request), code_of(code)

        async def make(_: int) -> DigestProcedure:
            await exchange.root()
            found = await digests.procedure(service.database, exchange.tree, national)
            if found is None:
                raise ProcedureNotFound(national, None, [])
            return found

        return await service.stored(request, language_of(request), make)
