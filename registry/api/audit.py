"""The audit log, for administrators."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from registry.access import audit
from registry.access.audit import Entry
from registry.api.access import SECURITY, database_of, needs
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.parameters import one
from registry.engine import Database

_encode = msgspec.json.Encoder().encode
MOST_NUMBER = 2**53


class EntryList(msgspec.Struct, frozen=True, rename="camel"):
    """Entries, oldest first. ``next`` is what to give as ``after`` to read on, ``None`` at the end; ``head`` is
    number and digest of the last entry: kept elsewhere, it proves later that nothing was cut off."""

    items: list[Entry]
    next: int | None
    head: str


After = Annotated[int, QueryParameter(description="Entries after this number.", ge=0, le=MOST_NUMBER)]
Many = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=audit.BATCH)]
By = Annotated[str | None, one("actor", "Only what this key or person (by id) did.", "38fc245726f7")]
About = Annotated[str | None, one("subject", "Only what was done to this.", "4472/QĐ-BTC|G12|2025-03-14")]
_ENTRY = {
    "number": 17,
    "at": "2025-05-31T01:00:00.000000+00:00",
    "kind": "key",
    "actor": "38fc245726f7",
    "name": "Phần mềm một cửa",
    "address": "203.0.113.7",
    "action": "draft.publish",
    "subject": "4472/QĐ-BTC|G12|2025-03-14",
    "detail": {"draft": "c0ffee001122"},
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class AuditController(Controller):
    path = "/api/audit"
    tags = ("access",)
    guards = (needs("admin"),)
    security = SECURITY

    @get(
        summary="Read the audit log",
        responses=responses(
            EntryList,
            "Entries, oldest first.",
            {"items": [_ENTRY], "next": None, "head": "17:9f86"},
            400,
            401,
            403,
        ),
    )
    async def entries(
        self,
        request: Request[Any, Any, Any],
        after: After = 0,
        limit: Many = 100,
        actor: By = None,
        subject: About = None,
    ) -> Response[EntryList]:
        """Who did what, to what, when and from where. It is only ever added to."""
        database = database_of(request)
        found: list[Entry] = []
        async for batch in audit.stream(database, after=after, actor=actor or None, subject=subject or None):
            found = batch
            break
        more = found[limit - 1].number if len(found) > limit else None
        head = str(await audit.head(database))
        return Response(EntryList(found[:limit], more, head), headers={"cache-control": "no-store"})

    @get(
        "/export",
        summary="Export the audit log",
        media_type="application/x-ndjson",
        responses={
            200: ResponseSpec(
                bytes,
                media_type="application/x-ndjson",
                description="One entry a line, oldest first.",
                generate_examples=False,
            ),
            **documented(400, 401, 403),
        },
    )
    async def export(self, request: Request[Any, Any, Any], after: After = 0) -> Stream:
        """As NDJSON, in the order of the chain."""
        return Stream(
            lines(database_of(request), after),
            media_type="application/x-ndjson",
            headers={"cache-control": "no-store"},
        )


async def lines(database: Database, after: int = 0) -> AsyncIterator[bytes]:
    """The log as NDJSON, in chunks."""
    async for batch in audit.stream(database, after=after):
        yield b"".join(_encode(entry) + b"\n" for entry in batch)
