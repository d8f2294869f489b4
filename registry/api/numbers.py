"""Answers made of numbers: by every revision they depend on, and by what whoever asks may see."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, NoReturn

from litestar import Request, Response
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import QueryParameter

from registry import clock
from registry.access.actors import KeyScope
from registry.api.access import CHALLENGE, actor_of, scopes
from registry.api.caching import JSON, Form, respond
from registry.api.parameters import language_of, one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.metrics import AskInvalid
from registry.metrics.answer import Revisions
from registry.metrics.reading import revisions

AgencyFilter = Annotated[
    str | None, one("agency", "Code of an agency: it and all below it; the whole country by default.", "H55")
]
FirstDay = Annotated[
    str | None,
    one("from", "First day of the period; by default the first of its last year.", "2025-01-01", format="date"),
]
LastDay = Annotated[
    str | None, one("to", "Last day of the period; today by default.", "2025-05-31", format="date")
]
Cursor = Annotated[str | None, one("cursor", "The `next` of the page before.", "WyJvbmxpbmUiLDBd")]
PageLimit = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=500)]

Make = Callable[[frozenset[str]], Awaitable[Any]]


async def numbered(
    request: Request[Any, Any, Any], make: Make, *, form: Form = JSON, language: str | None = None
) -> Response[Any]:
    """Answer with what ``make`` gives for the scopes of whoever asks.

    What everyone may see is kept and has an ETag of the store's revisions; what a key shows is neither kept nor
    stored on its way.
    """
    service, held = service_of(request), await scopes(request)
    if held:
        content = await _asked(make, held)
        return Response(content=form.encode(content), headers={"cache-control": "no-store"}, media_type=form.media)

    async def read() -> tuple[Any, int]:
        async with service.database.snapshot():
            now = await revisions(service.database)
            return await _asked(make, held), _stamp(now)

    now = await revisions(service.database)
    spoken = language or language_of(request)
    return await respond(request, service.answers, _stamp(now), spoken, read, form)


async def _asked(make: Make, held: frozenset[str]) -> Any:
    try:
        return await make(held)
    except AskInvalid as error:
        raise ParameterInvalid(error.field, str(error), list(error.accepted) or None) from error


def _stamp(now: Revisions) -> int:
    """One number for a state of the store: each revision only grows, so that their sum is never the same twice."""
    return now.catalogue + now.dossiers + now.observations


async def refuse(request: Request[Any, Any, Any], scope: KeyScope) -> NoReturn:
    """Raises what tells that ``scope`` is missing: 401 to the public, 403 to a key without it."""
    actor = await actor_of(request)
    if actor is None:
        raise NotAuthorizedException(f"This needs a key with the scope {scope}.", headers=CHALLENGE)
    raise PermissionDeniedException(f"This needs the scope {scope}, which this {actor.kind} lacks.")


def sees_all(held: frozenset[str]) -> bool:
    """Whether small numbers are shown."""
    return KeyScope.METRICS in held


def days_of(first: str | None, last: str | None) -> tuple[date, date]:
    """The period of ``from`` and ``to``."""
    end = optional_day("to", last) or clock.today()
    start = optional_day("from", first) or date(end.year, 1, 1)
    return start, end
