"""The change feed."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from registry.api.answers import responses
from registry.api.exchange import AHEAD, LinesToo, ahead, exchange_of, ndjson_asked, streamed
from registry.api.parameters import language_of, many, one
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.exchange import feed
from registry.exchange.feed import FeedAhead
from registry.exchange.protocol import KINDS, PROTOCOL, FeedPage

MOST_LIMIT = 1000
MOST_WAIT = 30
FORMATS = ("json", "ndjson")
LARGEST = 2**53 - 1

Since = Annotated[
    int,
    QueryParameter(
        description="The number of the last change that is known; 0 for none.",
        ge=0,
        le=LARGEST,
        examples=[Example(summary="1200", value=1200)],
    ),
]
Limit = Annotated[
    int | None,
    QueryParameter(
        description="How many changes at most. As JSON 100 by default; as NDJSON all there are.",
        ge=1,
        le=100_000,
    ),
]
Wait = Annotated[
    int,
    QueryParameter(
        description="Where there is no change after `since`, wait for one, at most so many seconds.",
        ge=0,
        le=MOST_WAIT,
    ),
]
Parts = Annotated[
    list[str] | None,
    many("part", "Only changes that concern these parts of the catalogue.", "procedures", accepted=KINDS),
]
Format = Annotated[
    str | None, one("format", "json, or ndjson for lines; by default what Accept asks for.", "json", enum=FORMATS)
]
_PAGE = {
    "protocol": PROTOCOL,
    "registry": "0f8fad5bd9cb469fa16570867728950e",
    "revision": 1204,
    "since": 1203,
    "sinceMark": "5f3c9f0a1b2d4e6f",
    "next": 1204,
    "mark": "8a7b6c5d4e3f2a1b",
    "digest": "701375b92213d900d5261885648b47c5",
    "changes": [
        {
            "seq": 1204,
            "recordedAt": "2025-06-20T03:00:00Z",
            "kind": "version",
            "key": "9.000004",
            "action": "end",
            "ends": {"day": "2025-07-01", "by": "99/QĐ-BTP|G04|2025-06-20"},
        }
    ],
}


def parts_of(given: list[str] | None) -> list[str]:
    """Parts of the catalogue. Raises ``ParameterInvalid`` for what is none."""
    for part in given or ():
        if part not in KINDS:
            raise ParameterInvalid("part", f"part: {part[:40]!r} is no part of the catalogue", list(KINDS))
    return list(given or ())


class ChangeController(Controller):
    path = "/api/changes"
    tags = ("exchange",)

    @get(
        summary="Follow the changes",
        operation_class=LinesToo,
        responses=responses(FeedPage, "The changes after a number, in their order.", _PAGE, 400) | AHEAD,
    )
    async def page(
        self,
        request: Request[Any, Any, Any],
        since: Since = 0,
        limit: Limit = None,
        wait: Wait = 0,
        part: Parts = None,
        format_: Format = None,
    ) -> Response[FeedPage]:
        """Every change of the catalogue has one number, which only grows; there are no gaps, and what is
        visible never lacks a lower number. Each carries what it takes to apply it: a version, an announcement, an
        item, a state of an agency, a sector's name; `closes` lists the first days of the states that it put an
        end to. `end` says from which day something is in force no longer, `touch` that something a procedure names
        has changed: an agency, a sector, its announcement, its successor. Ask on with `since` = `next`; a page may
        hold fewer than `limit`. Where a page reaches the last change, `digest` is that of the whole catalogue.
        Marks tell a change from another of the same number, which a registry has after it was restored from a
        backup."""
        if format_ and format_ not in FORMATS:
            raise ParameterInvalid("format", f"format: {format_[:40]!r} is none of ours", list(FORMATS))
        service, exchange, parts = service_of(request), exchange_of(request), parts_of(part)
        lines = ndjson_asked(request, format_)
        if not lines and limit is not None and limit > MOST_LIMIT:
            raise ParameterInvalid("limit", f"limit: as JSON at most {MOST_LIMIT}; ask for ndjson, or for pages")
        registry = await exchange.identity()
        if since > (revision := await versions.revision(service.database)):
            raise ahead(str(FeedAhead(since, revision)))
        if wait and since == revision:
            await exchange.waiting.past(since, wait)
        if lines:
            return await _lines(request, since, limit, parts)

        async def make(_: int) -> FeedPage:
            digest = (await exchange.root()).digest
            return await feed.page(service.database, registry, since, limit or 100, parts=parts, digest=digest)

        try:
            return await service.stored(request, language_of(request), make)
        except FeedAhead as error:
            raise ahead(str(error)) from error


async def _lines(
    request: Request[Any, Any, Any], since: int, limit: int | None, parts: list[str]
) -> Response[FeedPage]:
    database, exchange = service_of(request).database, exchange_of(request)
    async with database.snapshot():
        root = await exchange.root()
        revision = await versions.revision(database)
    digest = root.digest if root.revision == revision else None

    def lines() -> AsyncIterator[bytes]:
        return feed.stream(database, root.registry, since, limit, parts=parts, revision=revision, digest=digest)

    return streamed(request, revision, lines)
