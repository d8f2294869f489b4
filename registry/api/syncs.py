"""What was synced from the national portal."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from registry.api.answers import responses
from registry.api.caching import respond
from registry.api.parameters import language_of
from registry.api.service import service_of
from registry.exchange.portal import runs
from registry.exchange.portal.runs import Run


class SyncList(msgspec.Struct, frozen=True, rename="camel"):
    """The last runs, latest first."""

    items: list[Run]


Limit = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=100)]

_RUN = {
    "id": 12,
    "source": "portal",
    "url": "https://dichvucong.gov.vn/api/v1",
    "province": "H55",
    "startedAt": "2026-09-19T03:48:44+00:00",
    "finishedAt": "2026-09-19T03:51:02+00:00",
    "outcome": "done",
    "counts": {"listed": 6295, "known": 6030, "fetched": 265, "amended": 3, "unchanged": 262},
    "ends": ["1.000931"],
    "reason": "",
    "revision": 13307,
}


class SyncController(Controller):
    path = "/api/syncs"
    tags = ("syncs",)

    @get(
        summary="List the last runs of syncing from the national portal",
        responses=responses(SyncList, "The runs, latest first.", {"items": [_RUN]}, 400),
    )
    async def entries(self, request: Request[Any, Any, Any], limit: Limit = 20) -> Response[SyncList]:
        """When each began and ended, and what came of it: done, partial (some records or the end of the list could
        not be had), refused (it would have ended too much), failed, stopped, or cut off; null while it goes on."""
        service = service_of(request)

        async def make() -> tuple[msgspec.Struct, int]:
            async with service.database.snapshot():
                return SyncList(await runs.listed(service.database, limit)), await runs.state(service.database)

        state = await runs.state(service.database)
        return await respond(request, service.answers, state, language_of(request), make)
