"""Pages as answers: rendered once for all who read the same, kept while nothing changes; or for one reader alone.

``stored``, ``searched`` and ``numbered`` are for public pages; what they answer depends on their address and on
the revision of what they read, and on nobody. ``shown`` is for forms and for whoever is signed in: never kept.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from litestar import Request, Response
from piccolo.querystring import QueryString

from registry import clock
from registry.access import sessions
from registry.api import numbers, parameters
from registry.api.access import COOKIE, session_of
from registry.api.caching import Form
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.engine import Database
from registry.web.rendering import Place, render
from registry.web.wording import LANGUAGES

HTML = "text/html"
# No page holds a script or a style of its own: what somebody wrote into a name stays text, whatever it says.
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
Data = Mapping[str, Any]


async def check(request: Request[Any, Any, Any]) -> None:
    """Refuse parameters that the page does not have; each has ``lang``."""
    await parameters.check(request, "lang")


def secure(response: Response[Any]) -> Response[Any]:
    """The headers of every page."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def secured(response: Response[Any]) -> Response[Any]:
    """``secure``, as Litestar calls it without handing it to a thread."""
    return secure(response)


def language(request: Request[Any, Any, Any]) -> str:
    """The language of labels, by the address alone: the same address is the same page for everybody."""
    given = request.query_params.get("lang") or "vi"
    if given not in LANGUAGES:
        raise ParameterInvalid("lang", f"lang: {given[:40]!r} is no language of this registry", list(LANGUAGES))
    return given


async def stored(
    request: Request[Any, Any, Any], template: str, make: Callable[[int], Awaitable[Data]]
) -> Response[Any]:
    """A page of what the store holds: ``make`` is given the revision that it reads."""
    service, spoken = service_of(request), language(request)

    async def read(revision: int) -> tuple[Data, bool]:
        return await make(revision), await illustrative(request, revision)

    return await service.stored(request, spoken, read, _form(request, template))


async def searched(
    request: Request[Any, Any, Any], template: str, make: Callable[[], Awaitable[tuple[Data, int]]]
) -> Response[Any]:
    """A page of what the index holds: ``make`` tells the revision that the index had."""
    service, spoken = service_of(request), language(request)

    async def ask() -> tuple[tuple[Data, bool], int]:
        data, revision = await make()
        return (data, await illustrative(request, revision)), revision

    return await service.searched(request, spoken, ask, _form(request, template))


async def numbered(
    request: Request[Any, Any, Any], template: str, make: Callable[[frozenset[str]], Awaitable[Data]]
) -> Response[Any]:
    """A page of numbers: ``make`` is given the scopes of whoever asks, none for the public. What the public sees
    is kept while catalogue, dossiers and observations stay as they are; what a scope shows is not kept."""

    async def read(held: frozenset[str]) -> tuple[Data, bool]:
        revision = await versions.revision(service_of(request).database)
        return await make(held), await illustrative(request, revision)

    return await numbers.numbered(request, read, form=_form(request, template), language=language(request))


async def shown(
    request: Request[Any, Any, Any],
    template: str,
    data: Data,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """A page for one reader, with what forms on it carry: ``form_token()`` and ``once()``.

    It is not compressed: beside what somebody else had put into the page its length would tell the token.
    """
    marked = await illustrative(request, await versions.revision(service_of(request).database))
    token = await form_token(request)
    more = {"form_token": lambda: token, "once": lambda: secrets.token_urlsafe(12)}
    body = render(template, {**more, **data}, place(request), illustrative=marked, today=clock.today())
    kept = {"cache-control": "no-store", **(headers or {})}
    return Response(content=body, status_code=status, headers=kept, media_type=HTML)


async def form_token(request: Request[Any, Any, Any]) -> str:
    """What a form must carry where somebody is signed in; empty for the public."""
    return sessions.form_token(request.cookies[COOKIE]) if await session_of(request) is not None else ""


def place(request: Request[Any, Any, Any]) -> Place:
    """Where the page of this request is."""
    return Place(
        request.scope["path"],
        tuple(request.query_params.items()),
        language(request),
        request.app.state.settings.address,
    )


async def illustrative(request: Request[Any, Any, Any], revision: int) -> bool:
    """Whether anything in force was written for demonstration; looked up once for each revision."""
    state = request.app.state
    kept: tuple[int, bool] | None = state.get("illustrative")
    if kept is None or kept[0] != revision:
        kept = state.illustrative = (revision, await _illustrative(service_of(request).database))
    return kept[1]


async def _illustrative(database: Database) -> bool:
    # What was written for demonstration was announced so: announcements are read sooner than contents.
    rows = await database.rows(
        QueryString("SELECT id FROM announcement WHERE body LIKE '%\"illustrative\":true%' LIMIT 1")
    )
    return bool(rows)


def _form(request: Request[Any, Any, Any], template: str) -> Form:
    return Form(HTML, partial(_encode, template, place(request)))


def _encode(template: str, where: Place, made: tuple[Data, bool]) -> bytes:
    data, marked = made
    return render(template, data, where, illustrative=marked, today=clock.today())
