"""Who asks: where a request's key or session becomes an actor, and where routes say what they need."""

import ipaddress
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from registry.access import keys
from registry.access.actors import Actor, Scope
from registry.access.keys import KeyRefused

Connection = ASGIConnection[Any, Any, Any, Any]
CHALLENGE = {"www-authenticate": "Bearer"}
_ACTOR = "danhmuc_actor"


def needs(scope: str) -> Guard:
    """A guard: without a key or session that is good the answer is 401, without ``scope`` 403."""
    wanted = Scope(scope)

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        found = await actor_of(connection)
        if found is None:
            raise NotAuthorizedException(
                f"This needs a key with the scope {wanted}: send it as `Authorization: Bearer KEY`.",
                headers=CHALLENGE,
            )
        if not found.may(wanted):
            raise PermissionDeniedException(f"This needs the scope {wanted}, which this {found.kind} lacks.")

    return guard


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
        raise NotAuthorizedException("This needs a key.", headers=CHALLENGE)
    return found


async def _find(connection: Connection) -> Actor | None:
    given = connection.headers.get("authorization")
    if given is None:
        return None
    scheme, _, text = given.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NotAuthorizedException("A key is sent as `Authorization: Bearer KEY`.", headers=CHALLENGE)
    try:
        return await keys.verify(connection.app.state.service.database, text.strip(), address_of(connection))
    except KeyRefused as error:
        raise NotAuthorizedException(f"{error}.", headers=CHALLENGE) from error


def address_of(connection: Connection) -> str:
    """The address that the request came from."""
    host = connection.client.host if connection.client else ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
