"""Agencies as they were and are."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from registry.api.answers import Successor, agency_names, decisions, responses
from registry.api.parameters import AsOf, day_of, language_of, one
from registry.api.service import service_of
from registry.catalogue import agencies, versions
from registry.catalogue.agencies import AgencyVersion
from registry.engine import Database


class AgencyList(msgspec.Struct, frozen=True, rename="camel"):
    """The agencies that exist on a day, by code."""

    items: list[AgencyVersion]
    as_of: date
    revision: int


class AgencyHistory(msgspec.Struct, frozen=True, rename="camel"):
    """Every state of an agency, oldest first, what it came from and what took its place."""

    code: str
    versions: list[AgencyVersion]
    predecessors: list[Successor]
    successors: list[Successor]
    revision: int


Parent = Annotated[str | None, one("parent", "Code of the agency directly above.", "H55")]
AgencyCode = Annotated[
    str, PathParameter(description="The agency's code.", examples=[Example(summary="code", value="H55.17")])
]

_AGENCY = {
    "code": "H55.17",
    "name": "Sở Tư pháp tỉnh Thái Nguyên",
    "kind": "body",
    "level": "province",
    "parent": "H55",
    "validFrom": None,
    "validTo": None,
    "decision": "",
}
_LIST = {"items": [_AGENCY], "asOf": "2025-05-31", "revision": 1204}
_HISTORY = {"code": "H55.17", "versions": [_AGENCY], "predecessors": [], "successors": [], "revision": 1204}


class AgencyController(Controller):
    path = "/api/agencies"
    tags = ("agencies",)

    @get(
        summary="List the agencies that exist on a day",
        responses=responses(AgencyList, "The agencies, by code.", _LIST, 400),
    )
    async def entries(
        self, request: Request[Any, Any, Any], as_of: AsOf = None, parent: Parent = None
    ) -> Response[AgencyList]:
        """Agencies merge, split, are renamed and end; each is given as it is on the day."""
        service, day = service_of(request), day_of("asOf", as_of)

        async def make(revision: int) -> AgencyList:
            return AgencyList(await agencies.listed(service.database, day, parent or None), day, revision)

        return await service.stored(request, language_of(request), make)

    @get(
        "/{code:str}",
        summary="Show an agency's history",
        responses=responses(AgencyHistory, "Every state of the agency, oldest first.", _HISTORY, 400, 404),
    )
    async def show(self, request: Request[Any, Any, Any], code: AgencyCode) -> Response[AgencyHistory]:
        """Its names, levels and parents over time, by which decision, and its successors."""
        service = service_of(request)

        async def make(revision: int) -> AgencyHistory:
            states = await agencies.history(service.database, code)
            before = await versions.predecessors(service.database, code, "agency")
            after = await versions.successors(service.database, code, "agency")
            return AgencyHistory(
                code,
                states,
                await relatives(service.database, before),
                await relatives(service.database, after),
                revision,
            )

        return await service.stored(request, language_of(request), make)


async def relatives(database: Database, found: list[tuple[str, date, str | None]]) -> list[Successor]:
    """Agencies that came before or after another, by their names and decisions."""
    called = await agency_names(database, [code for code, _, _ in found])
    cited = await decisions(database, [by for _, _, by in found])
    return [Successor(code, called.get(code), day, cited[by] if by else None) for code, day, by in found]
