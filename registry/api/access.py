"""Who asks: where a request's key or session becomes an actor, and where routes say what they need.

A program sends a key, a browser the cookie of its session. A browser sends its cookie along with whatever another
site makes it send, so a write by cookie must also carry what only our own pages can know (X-CSRF-Token).
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import SecurityScheme
from litestar.types import Guard

from registry.access import keys, limits, sessions
from registry.access.actors import Actor, KeyScope
from registry.access.keys import KeyRefused
from registry.access.limits import WRITES, TooMany
from registry.access.sessions import Session
from registry.engine import Database

Connection = ASGIConnection[Any, Any, Any, Any]
COOKIE = "danhmuc_session"
FORM_HEADER = "x-csrf-token"
CHALLENGE = {"www-authenticate": "Bearer"}
# What the description says of routes that ask for a key or a session.
SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
SCHEMES = {
    "key": SecurityScheme(
        type="http", scheme="bearer", description="A key: `danhmuc key create`, or `POST /api/keys`."
    ),
    "session": SecurityScheme(
        type="apiKey",
        name=COOKIE,
        security_scheme_in="cookie",
        description="A browser that is signed in; its writes carry the header X-CSRF-Token besides.",
    ),
}
READING = ("GET", "HEAD", "OPTIONS")
_ACTOR, _SESSION = "danhmuc_actor", "danhmuc_session"


def needs(scope: str) -> Guard:
    """A guard: without a key or session that is good the answer is 401, without ``scope`` 403.

    For writes it also refuses a cookie without its token (403), and counts: too many are answered with 429.
    """
    wanted = KeyScope(scope)

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        found = await actor_of(connection)
        if found is None:
            raise NotAuthorizedException(
                f"This needs a key with the scope {wanted}: send it as `Authorization: Bearer KEY`.",
                headers=CHALLENGE,
            )
        if not found.may(wanted):
            raise PermissionDeniedException(f"This needs the scope {wanted}, which this {found.kind} lacks.")
        if connection.scope.get("method") not in READING:
            await check_form(connection)
            try:
                subject = limits.subject_of("write", f"{found.kind} {found.id}")
                await limits.take(database_of(connection), (WRITES, subject))
            except TooMany as error:
                raise refused(error) from error

    return guard


def refused(error: TooMany) -> TooManyRequestsException:
    """429, saying when to try again."""
    return TooManyRequestsException(f"{error}.", headers={"retry-after": str(error.wait)})


async def scopes(request: Connection) -> frozenset[str]:
    """The scopes of whoever asks; none for the public. A bad key is refused (401), not taken for none."""
    found = await actor_of(request)
    return frozenset() if found is None else frozenset(scope.value for scope in found.scopes)


async def actor_of(connection: Connection) -> Actor | None:
    """Whoever asks, found once a request; ``None`` is the public. Raises 401 for a key that is not good."""
    state = connection.scope["state"]
    if _ACTOR not in state:
        state[_ACTOR] = await _find(connection)
    found: Actor | None = state[_ACTOR]
    return found


async def acting(connection: Connection) -> Actor:
    """Whoever asks, behind a guard."""
    found = await actor_of(connection)
    if found is None:
        raise NotAuthorizedException("This needs a key or a session.", headers=CHALLENGE)
    return found


async def session_of(connection: Connection) -> Session | None:
    """The session of the request's cookie, found once a request."""
    state = connection.scope["state"]
    if _SESSION not in state:
        cookie = connection.cookies.get(COOKIE)
        state[_SESSION] = await sessions.find(database_of(connection), cookie) if cookie else None
    found: Session | None = state[_SESSION]
    return found


def begun(connection: Connection, session: Session, cookie: str) -> None:
    """Let the rest of this request be that of a session that it began."""
    connection.cookies[COOKIE] = cookie
    connection.scope["state"] |= {_SESSION: session, _ACTOR: session.person.actor(address_of(connection))}


async def check_form(connection: Connection, token: str | None = None) -> None:
    """Refuse (403) a write that a page of another site may have made a browser send: one that counts by its cookie
    and carries no token that belongs to it, in ``token`` or in the header X-CSRF-Token."""
    if "authorization" in connection.headers or await session_of(connection) is None:
        return
    same_site(connection)
    given = connection.headers.get(FORM_HEADER, "") if token is None else token
    if not sessions.form_fits(connection.cookies[COOKIE], given):
        raise PermissionDeniedException(
            "A write by a session carries the header X-CSRF-Token: `GET /api/session` tells its value."
        )


def same_site(connection: Connection) -> None:
    """Refuse (403) what a browser says was sent by a page of another site."""
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and urlsplit(origin).netloc != connection.headers.get("host", "")
    if foreign:
        raise PermissionDeniedException("This was sent by a page of another site.")


async def _find(connection: Connection) -> Actor | None:
    given = connection.headers.get("authorization")
    if given is None:
        session = await session_of(connection)
        return None if session is None else session.person.actor(address_of(connection))
    scheme, _, text = given.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NotAuthorizedException("A key is sent as `Authorization: Bearer KEY`.", headers=CHALLENGE)
    try:
        return await keys.verify(database_of(connection), text.strip(), address_of(connection))
    except KeyRefused as error:
        raise NotAuthorizedException(f"{error}.", headers=CHALLENGE) from error


def database_of(connection: Connection) -> Database:
    database: Database = connection.app.state.service.database
    return database


def address_of(connection: Connection) -> str:
    """The address that the request came from: the connection's, or what the nearest of our own proxies saw.

    Every proxy adds the address that it was called from to X-Forwarded-For, so with n proxies the n-th entry from
    the end is the first that none but ours wrote. Whatever stands before it was sent by the client.
    """
    proxies: int = connection.app.state.settings.proxies
    host = connection.client.host if connection.client else ""
    if proxies:
        seen = ",".join(connection.headers.getall("x-forwarded-for", [])).split(",")
        host = seen[-proxies].strip() if len(seen) >= proxies and seen[-proxies].strip() else host
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def encrypted(connection: Connection) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy of ours."""
    if connection.app.state.settings.proxies:
        said = connection.headers.get("x-forwarded-proto", connection.scope["scheme"])
        return said.split(",")[-1].strip().lower() == "https"
    return connection.scope["scheme"] == "https"
