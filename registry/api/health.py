"""Whether the app lives, and whether it can answer."""

import logging
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from registry.api.problems import STORE_FAULTS
from registry.api.service import Service, service_of
from registry.catalogue import versions
from search.contract import IndexUnavailable

log = logging.getLogger(__name__)


class Live(msgspec.Struct, frozen=True):
    status: str


class Ready(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` is ready, behind (the index has not applied the latest changes yet) or unavailable. Revisions
    are ``None`` of what cannot be reached; ``lag`` counts the changes that the index has yet to apply; ``fault``
    is why something cannot be reached or followed."""

    status: str
    revision: int | None
    index_revision: int | None
    lag: int | None
    fault: str | None


_READY = {"status": "ready", "revision": 1204, "indexRevision": 1204, "lag": 0, "fault": None}
_DOWN = {
    "status": "unavailable",
    "revision": 1204,
    "indexRevision": None,
    "lag": None,
    "fault": "IndexUnavailable: embedded search index cannot be opened",
}
_HEADERS = {"cache-control": "no-store"}


def _spec(kind: type[Any], meaning: str, example: dict[str, Any]) -> ResponseSpec:
    shown = [Example(summary=meaning, value=example)]
    return ResponseSpec(kind, description=meaning, generate_examples=False, examples=shown)


class HealthController(Controller):
    path = "/health"
    tags = ("health",)

    @get(
        "/live",
        summary="Tell that the process answers",
        responses={200: _spec(Live, "It does.", {"status": "live"})},
    )
    async def live(self) -> Response[Live]:
        """Touches neither database nor index."""
        return Response(Live("live"), headers=_HEADERS)

    @get(
        "/ready",
        summary="Tell whether database and index can answer",
        responses={200: _spec(Ready, "They can.", _READY), 503: _spec(Ready, "One of them cannot.", _DOWN)},
    )
    async def ready(self, request: Request[Any, Any, Any]) -> Response[Ready]:
        """A store whose index was never built is not ready; one that is a little behind is."""
        found = await _state(service_of(request))
        return Response(found, headers=_HEADERS, status_code=503 if found.status == "unavailable" else 200)


async def _state(service: Service) -> Ready:
    revision: int | None = None
    reached: int | None = None
    faults = [service.following.fault] if service.following.fault else []
    try:
        revision = await versions.revision(service.database)
    except STORE_FAULTS as error:
        log.error("the database cannot be reached: %s", error)
        faults.append(f"{type(error).__name__}: {error}")
    try:
        reached = await service.following.probe()
    except IndexUnavailable as error:
        log.error("the search index cannot be reached: %s", error)
        faults.append(f"{type(error).__name__}: {error}")
    lag = None if revision is None or reached is None else max(0, revision - reached)
    status = "behind" if lag else "ready"
    if lag is None or (lag and not reached):
        status = "unavailable"
    return Ready(status, revision, reached, lag, "; ".join(dict.fromkeys(faults)) or None)
