"""Keys of programs: shown once, kept as a digest, bounded by scopes, an agency and a last day.

A key's secret is 256 random bits, which nobody can guess and no list holds: one SHA-256 is all the hashing that it
needs. Slow hashes protect passwords, which people choose; here they would only make every request slow. The key's
``id``, which is no secret, finds its row without a search.
"""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import AccessError, Actor, KeyScope, check_bound, scopes_of
from registry.engine import Database, Row

MARK = "dm"
GOOD_FOR = timedelta(days=365)
COLUMNS = "id, name, scopes, agency, created_at, until, revoked_at, last_used"
_names = msgspec.json.Decoder(tuple[str, ...]).decode


class KeyNotFound(AccessError):
    def __init__(self, key: str) -> None:
        super().__init__(f"there is no key {key[:40]!r}")


class KeyThere(AccessError):
    """A key with this id has been made before: its form was sent twice."""


class KeyRefused(AccessError):
    """A key that is none, or is no longer good; the message says which, and never repeats it."""


class Key(msgspec.Struct, frozen=True, rename="camel"):
    """A key without its secret. ``until`` is its last good day, ``last_used`` the last day it was used."""

    id: str
    name: str
    scopes: tuple[KeyScope, ...]
    agency: str | None
    created_at: datetime
    until: date
    revoked_at: datetime | None
    last_used: date | None


class Made(msgspec.Struct, frozen=True):
    """A new key with its secret, which is never to be seen again."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"Made({self.key.id})"


async def create(
    database: Database,
    actor: Actor,
    name: str,
    scopes: Iterable[str],
    *,
    agency: str | None = None,
    until: date | None = None,
    identity: str = "",
) -> Made:
    """Make a key, good for a year where no last day is given. Raises ``AccessError`` on what cannot be.

    ``identity`` (12 hexadecimal digits) is its id where the same wish may come twice: the second time raises
    ``KeyThere``.
    """
    allowed = scopes_of(scopes)
    until = until or clock.today() + GOOD_FOR
    if not name.strip() or not name.isprintable():
        raise AccessError("a key needs a name on one line: whose it is, and what for")
    if not allowed:
        raise AccessError(f"a key needs a scope, one or more of {', '.join(KeyScope)}")
    if until < clock.today():
        raise AccessError(f"a key's last good day cannot have passed: {until}")
    identity, token = identity or secrets.token_hex(6), secrets.token_urlsafe(32)
    made = Key(identity, name.strip(), tuple(sorted(allowed)), agency, clock.now(), until, None, None)

    async def write() -> None:
        await check_bound(database, agency, allowed)
        if await database.rows(QueryString("SELECT id FROM api_key WHERE id = {}", identity)):
            raise KeyThere(f"key {identity} has been made already")
        await _insert(database, made, token)
        told = {"name": made.name, "scopes": made.scopes, "agency": agency, "until": until}
        await audit.record(database, actor, "key.create", made.id, told)

    await database.transact(write)
    return Made(made, f"{MARK}_{identity}_{token}")


async def _insert(database: Database, made: Key, token: str) -> None:
    await database.rows(
        QueryString(
            "INSERT INTO api_key (id, digest, name, scopes, agency, created_at, until) "
            "VALUES ({}, {}, {}, {}, {}, {}, {})",
            made.id,
            _digest(token),
            made.name,
            msgspec.json.encode(made.scopes).decode(),
            made.agency,
            made.created_at,
            made.until,
        )
    )


async def listed(database: Database) -> list[Key]:
    """Every key there is or was, the newest first."""
    return [
        _key(row)
        for row in await database.rows(QueryString(f"SELECT {COLUMNS} FROM api_key ORDER BY created_at DESC, id"))
    ]


async def revoke(database: Database, actor: Actor, key: str) -> Key:
    """Let a key be good no longer, from now on. Raises ``KeyNotFound``. Twice changes nothing."""

    async def write() -> Key:
        rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM api_key WHERE id = {{}}", key))
        if not rows:
            raise KeyNotFound(key)
        found = _key(rows[0])
        if found.revoked_at is not None:
            return found
        moment = clock.now()
        await database.rows(QueryString("UPDATE api_key SET revoked_at = {} WHERE id = {}", moment, key))
        await audit.record(database, actor, "key.revoke", key, {"name": found.name})
        return msgspec.structs.replace(found, revoked_at=moment)

    return await database.transact(write)


async def verify(database: Database, text: str, address: str = "") -> Actor:
    """Who a key stands for. Raises ``KeyRefused``."""
    mark, _, rest = text.partition("_")
    identity, _, token = rest.partition("_")
    rows: list[Row] = []
    if mark == MARK and token and identity.isalnum():
        rows = await database.rows(QueryString(f"SELECT digest, {COLUMNS} FROM api_key WHERE id = {{}}", identity))
    if not rows or not compare_digest(rows[0]["digest"], _digest(token)):
        raise KeyRefused("this is no key of this registry")
    key, today = _key(rows[0]), clock.today()
    if key.revoked_at is not None:
        raise KeyRefused(f"key {key.id} was revoked")
    if key.until < today:
        raise KeyRefused(f"key {key.id} was good until {key.until}")
    if key.last_used != today:
        await _use(database, key.id, today)
    return Actor("key", key.id, key.name, frozenset(key.scopes), key.agency, address)


async def _use(database: Database, key: str, day: date) -> None:
    async def write() -> None:
        await database.rows(QueryString("UPDATE api_key SET last_used = {} WHERE id = {}", day, key))

    await database.transact(write)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _key(row: Row) -> Key:
    values = {name: row[name] for name in ("id", "name", "agency", "created_at", "until", "last_used")}
    return Key(
        **values, scopes=tuple(KeyScope(name) for name in _names(row["scopes"])), revoked_at=row["revoked_at"]
    )
