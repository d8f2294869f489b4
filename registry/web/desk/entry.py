"""The door of the desk: who is signed in, what they may do, and what is said to whoever may not.

Every route below ``/bien-tap`` has the guard ``signed_in``. It asks for a session, never for a key; for writes it
also asks for the form's token, and counts. A form that was sent after its session had ended, or that was opened in
an earlier one, is not lost: it is shown again, to be sent once more by whoever has signed in.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import FormMultiDict
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect
from litestar.types import Guard

from registry.access import limits, people, sessions
from registry.access.actors import Actor, KeyScope
from registry.access.limits import WRITES, TooMany
from registry.access.sessions import Session
from registry.api.access import (
    COOKIE,
    READING,
    Connection,
    address_of,
    database_of,
    refused,
    same_site,
    session_of,
)
from registry.web import pages
from registry.web.addresses import link
from registry.web.forms import MOST_BYTES, TOKEN, read

HOME = "/bien-tap"
SIGN_IN = "/bien-tap/dang-nhap"
RETURN = "ve"
KEPT = "giu."  # before the names of fields that were typed before somebody had to sign in again
MOST_KEPT = 4 * MOST_BYTES
MOST_ADDRESS = 2000
# Fields that are never shown again, whoever sent them.
UNSEEN = (TOKEN, "password", "chosen", "repeated")


class Section(NamedTuple):
    """A part of the desk: its path, the key of its name, and the scopes any of which opens it (none: any)."""

    path: str
    name: str
    scopes: tuple[KeyScope, ...] = ()


ANNOUNCE, FOLLOW, ADMIN = KeyScope.ANNOUNCE, KeyScope.FOLLOW, KeyScope.ADMIN
SECTIONS = (
    Section(HOME, "desk.home"),
    Section("/bien-tap/du-thao", "desk.drafts", (ANNOUNCE,)),
    Section("/bien-tap/nhap", "desk.imports", (ANNOUNCE,)),
    Section("/bien-tap/cach-ly", "desk.quarantine", (ANNOUNCE,)),
    Section("/bien-tap/dong-bo", "desk.syncs", (ANNOUNCE, ADMIN)),
    Section("/bien-tap/noi-nhan", "desk.followers", (FOLLOW, ADMIN)),
    Section("/bien-tap/ra-soat", "desk.reviews", (ANNOUNCE,)),
    Section("/bien-tap/chat-luong", "desk.lint", (ANNOUNCE,)),
    Section("/bien-tap/phan-anh", "desk.reports", (ANNOUNCE,)),
    Section("/bien-tap/sap-xep", "desk.reorganisations", (ANNOUNCE,)),
    Section("/bien-tap/khoa", "desk.keys", (ADMIN,)),
    Section("/bien-tap/nguoi-dung", "desk.people", (ADMIN,)),
    Section("/bien-tap/nhat-ky", "desk.audit", (ADMIN,)),
)


class Instead(Exception):
    """A page that is given in the place of the one that was asked for."""

    def __init__(self, response: Response[Any]) -> None:
        self.response = response
        super().__init__(f"answered with {response.status_code}")


def instead(_: Request[Any, Any, Any], error: Instead) -> Response[Any]:
    """The answer of ``Instead``."""
    return pages.secure(error.response)


def signed_in(*scopes: str | None) -> Guard:
    """A guard: whoever is not signed in is sent to sign in and back; without any of ``scopes`` the answer is 403.

    For writes the form is read here (at most ``opt["most"]`` bytes, 1 MB by default) and must carry its token; one
    whose route has ``opt["streamed"]`` reads and checks it itself, with ``proven``.
    """
    wanted = tuple(KeyScope(scope) for scope in scopes if scope is not None)

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        request: Request[Any, Any, Any] = connection  # type: ignore[assignment]  # guards of pages guard requests
        writing = request.method not in READING
        if writing:
            same_site(request)
        session = await session_of(request)
        if session is None:
            raise Instead(await _sign_in_first(request, handler) if writing else _to_sign_in(request))
        if wanted and not set(wanted) & set(session.person.scopes):
            raise Instead(await denied(request, *wanted))
        if writing and not handler.opt.get("streamed"):
            form = await read(request, handler.opt.get("most", MOST_BYTES))
            await proven(request, str(form.get(TOKEN, "")), form)

    return guard


async def proven(request: Request[Any, Any, Any], token: str, form: Mapping[str, Any] | None = None) -> None:
    """Go on only where a form was sent from a page of this session, and not too often.

    A form of ours that was opened in an earlier session is shown again with what was typed; what nobody says was
    sent from here is refused (403).
    """
    if not sessions.form_fits(request.cookies[COOKIE], token):
        if form is None or not _ours(request):
            raise Instead(await page(request, "desk/stale.html", {}, status=403))
        raise Instead(await again(request, _address(request), kept(form), earlier=True))
    try:
        person = (await present(request)).person
        await limits.take(database_of(request), (WRITES, limits.subject_of("write", f"person {person.id}")))
    except TooMany as error:
        raise refused(error) from error


async def present(request: Request[Any, Any, Any]) -> Session:
    """The session of whoever is signed in, behind the guard."""
    found = await session_of(request)
    if found is None:
        raise Instead(_to_sign_in(request))
    return found


async def acting(request: Request[Any, Any, Any]) -> Actor:
    """Who acts, behind the guard: the person, never a key."""
    return (await present(request)).person.actor(address_of(request))


async def page(
    request: Request[Any, Any, Any],
    template: str,
    data: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """A page of the desk, with who is signed in and the sections that they may open."""
    session = await session_of(request)
    person = session.person if session else None
    held = set(person.scopes) if person else set()
    sections = [one for one in SECTIONS if person and (not one.scopes or held & set(one.scopes))]
    more = {"person": person, "desk_menu": sections, "home": HOME}
    return await pages.shown(request, template, {**more, **data}, status=status, headers=headers)


async def denied(request: Request[Any, Any, Any], *wanted: KeyScope, whole: bool = False) -> Response[Any]:
    """403: which right is missing, and whom to ask for it. ``whole``: that it is for whoever acts for the whole
    registry, and not for one agency alone."""
    everybody = await people.listed(database_of(request))
    asked = [one.name for one in everybody if KeyScope.ADMIN in one.scopes and not one.closed]
    data = {"wanted": wanted, "asked": asked[:10], "whole": whole}
    return await page(request, "desk/denied.html", data, status=403)


async def unbound(request: Request[Any, Any, Any]) -> Actor:
    """Who acts, if they act for the whole registry; else 403."""
    actor = await acting(request)
    if actor.agency is not None:
        raise Instead(await denied(request, whole=True))
    return actor


def safe_return(address: str) -> str:
    """Where to go after signing in: a page of this site, or the desk's home for whatever else is given."""
    local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    if not local or "\\" in address or len(address) > MOST_ADDRESS or address.startswith(SIGN_IN):
        return HOME
    return address


def back_to(address: str) -> Redirect:
    """On to an address that ``safe_return`` let through."""
    where = quote(address, safe="/?&=%:,;@!*()'+~[]#")
    return Redirect(where, status_code=303, headers={"cache-control": "no-store"})


def kept(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields that somebody typed or chose: neither tokens, nor files, nor a password."""
    pairs = form.multi_items() if isinstance(form, FormMultiDict) else form.items()
    return [(name, value) for name, value in pairs if isinstance(value, str) and name not in UNSEEN]


async def again(
    request: Request[Any, Any, Any], action: str, fields: list[tuple[str, str]], *, earlier: bool = False
) -> Response[Any]:
    """A form as it was typed before, to be looked at and sent once more."""
    data = {"action": action, "fields": fields, "earlier": earlier}
    return await page(request, "desk/again.html", data)


async def ask(
    request: Request[Any, Any, Any],
    back: str,
    fields: list[tuple[str, str]],
    *,
    login: str = "",
    fault: str = "",
    wait: int = 0,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The page to sign in on, carrying what was typed on another before. ``fault`` is why it is shown again."""
    data = {"back": back, "fields": fields, "login": login, "fault": fault, "wait": wait, "prefix": KEPT}
    return await page(request, "desk/signin.html", data, status=status, headers=headers)


def _to_sign_in(request: Request[Any, Any, Any]) -> Redirect:
    where = link(pages.language(request), SIGN_IN, {RETURN: _address(request)})
    return Redirect(where, status_code=303, headers={"cache-control": "no-store"})


async def _sign_in_first(request: Request[Any, Any, Any], handler: BaseRouteHandler) -> Response[Any]:
    """Signing in, in the place of what a form should have done; the form goes on afterwards."""
    if handler.opt.get("streamed"):
        return _to_sign_in(request)
    form = await read(request, min(handler.opt.get("most", MOST_BYTES), MOST_KEPT))
    return await ask(request, _address(request), kept(form), fault="ended" if form else "")


def _address(request: Request[Any, Any, Any]) -> str:
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["path"]
    return f"{path}?{query}" if query else path


def _ours(request: Request[Any, Any, Any]) -> bool:
    """Whether the browser says that a page of ours sent this; ``same_site`` has refused what others did."""
    return "sec-fetch-site" in request.headers or "origin" in request.headers
