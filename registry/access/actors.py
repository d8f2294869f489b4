"""Who acts: a program with a key, a person who signed in, or a command on the machine itself."""

import getpass
import socket
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database


class KeyScope(StrEnum):
    """What an actor may do. Reading the catalogue needs none."""

    ANNOUNCE = "announce"
    DOSSIERS = "dossiers"
    METRICS = "metrics"
    FOLLOW = "follow"
    ADMIN = "admin"


MEANINGS: dict[KeyScope, str] = {
    KeyScope.ANNOUNCE: "drafts and publishes announcements and reorganisations",
    KeyScope.DOSSIERS: "sends dossiers in",
    KeyScope.METRICS: "sees figures that are too small to be public",
    KeyScope.FOLLOW: "is told of changes by webhooks",
    KeyScope.ADMIN: "gives and revokes keys, reads the audit log",
}


class AccessError(Exception):
    """Base of what can go wrong with keys, people and sessions. Messages never hold a secret."""


class ScopeUnknown(AccessError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no scope {name[:40]!r}; there is {', '.join(KeyScope)}")


class Actor(msgspec.Struct, frozen=True):
    """Somebody who acts. ``kind`` is ``key``, ``person`` or ``command``; ``id`` names who, never a secret;
    ``agency`` is the code of the agency that bounds what they may publish (``None``: unbounded); ``address`` is
    where from."""

    kind: str
    id: str
    name: str
    scopes: frozenset[KeyScope]
    agency: str | None = None
    address: str = ""

    def may(self, scope: KeyScope) -> bool:
        return scope in self.scopes


def scopes_of(names: Iterable[str]) -> frozenset[KeyScope]:
    """Scopes by their names. Raises ``ScopeUnknown``."""
    found = set()
    for name in names:
        try:
            found.add(KeyScope(name.strip()))
        except ValueError as error:
            raise ScopeUnknown(name) from error
    return frozenset(found)


async def known_agency(database: Database, code: str) -> None:
    """Raises ``AccessError`` for an agency that this registry has never heard of."""
    rows = await database.rows(
        QueryString("SELECT code FROM agency WHERE recorded_to IS NULL AND code = {} LIMIT 1", code)
    )
    if not rows:
        raise AccessError(f"there is no agency {code[:40]!r} to act for")


async def check_bound(database: Database, agency: str | None, scopes: frozenset[KeyScope]) -> None:
    """Raises ``AccessError`` where these scopes cannot be bound to an agency, or nobody ever heard of it.

    Whoever gives keys could give one that is not bound: an administrator acts for the whole registry.
    """
    if agency is None:
        return
    if KeyScope.ADMIN in scopes:
        raise AccessError(f"the scope {KeyScope.ADMIN} is for the whole registry and cannot be bound to an agency")
    await known_agency(database, agency)


def command() -> Actor:
    """Whoever runs a command on this machine; whoever can open the store may do everything."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return Actor("command", user, user, frozenset(KeyScope), None, socket.gethostname())
