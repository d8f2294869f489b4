"""People who sign in: portal teams and managers. Citizens never do."""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit, passwords
from registry.access.actors import AccessError, Actor, KeyScope, check_bound, scopes_of
from registry.engine import Database, Row

COLUMNS = "id, login, name, scopes, agency, created_at, closed"
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,62}")
_names = msgspec.json.Decoder(tuple[str, ...]).decode


class PersonNotFound(AccessError):
    def __init__(self, login: str) -> None:
        super().__init__(f"nobody signs in as {login[:64]!r}")


class PersonThere(AccessError):
    """An account with this id has been opened before: its form was sent twice."""


class Person(msgspec.Struct, frozen=True, rename="camel"):
    """Someone with an account. ``closed`` accounts sign in no more, and stay for the audit log's sake."""

    id: str
    login: str
    name: str
    scopes: tuple[KeyScope, ...]
    agency: str | None
    created_at: datetime
    closed: bool

    def actor(self, address: str) -> Actor:
        return Actor("person", self.id, self.name, frozenset(self.scopes), self.agency, address)


def folded(login: str) -> str:
    """A login as it is kept: without case, and without spaces around it."""
    return login.strip().lower()


async def create(
    database: Database,
    actor: Actor,
    login: str,
    name: str,
    password: str,
    scopes: Iterable[str],
    agency: str | None = None,
    *,
    identity: str = "",
) -> Person:
    """Open an account. Raises ``AccessError`` on what cannot be.

    ``identity`` (12 hexadecimal digits) is its id where the same wish may come twice: the second time raises
    ``PersonThere``.
    """
    login, allowed = folded(login), scopes_of(scopes)
    if not _LOGIN.fullmatch(login):
        raise AccessError(f"{login[:64]!r} is no login: 2 to 63 letters a to z, digits or . _ @ + -")
    if not name.strip() or not name.isprintable():
        raise AccessError("an account needs the name, on one line, of whose it is")
    kept = await passwords.make(password)
    key, names = identity or secrets.token_hex(6), tuple(sorted(allowed))
    made = Person(key, login, name.strip(), names, agency, clock.now(), False)

    async def write() -> None:
        if await database.rows(QueryString("SELECT id FROM person WHERE id = {}", key)):
            raise PersonThere(f"the account {key} has been opened already")
        if await _row(database, login) is not None:
            raise AccessError(f"somebody signs in as {login!r} already")
        await check_bound(database, agency, allowed)
        await _insert(database, made, kept)
        told = {"login": login, "name": made.name, "scopes": made.scopes, "agency": agency}
        await audit.record(database, actor, "person.create", made.id, told)

    await database.transact(write)
    return made


async def _insert(database: Database, made: Person, password: str) -> None:
    await database.rows(
        QueryString(
            "INSERT INTO person (id, login, name, password, scopes, agency, created_at, closed) "
            "VALUES ({}, {}, {}, {}, {}, {}, {}, {})",
            made.id,
            made.login,
            made.name,
            password,
            msgspec.json.encode(made.scopes).decode(),
            made.agency,
            made.created_at,
            made.closed,
        )
    )


async def listed(database: Database) -> list[Person]:
    """Everybody who has or had an account, by login."""
    return [
        _person(row) for row in await database.rows(QueryString(f"SELECT {COLUMNS} FROM person ORDER BY login"))
    ]


async def find(database: Database, login: str) -> tuple[Person, str] | None:
    """Who signs in under this login, with the hash of their password."""
    row = await _row(database, folded(login))
    return None if row is None else (_person(row), row["password"])


async def set_password(database: Database, actor: Actor, login: str, password: str) -> None:
    """Give a person a new password, and sign them out everywhere. Raises ``PersonNotFound``."""
    kept = await passwords.make(password)
    await _change(database, actor, login, "person.password", "password", kept)


async def grant(
    database: Database, actor: Actor, login: str, scopes: Iterable[str], agency: str | None = None
) -> None:
    """Let a person do exactly this, for this agency (``None``: for any), from now on. Raises ``AccessError``."""
    allowed = scopes_of(scopes)

    async def write() -> None:
        row = await _row(database, folded(login))
        if row is None:
            raise PersonNotFound(login)
        await check_bound(database, agency, allowed)
        names = msgspec.json.encode(sorted(allowed)).decode()
        await database.rows(
            QueryString("UPDATE person SET scopes = {}, agency = {} WHERE id = {}", names, agency, row["id"])
        )
        told = {"login": row["login"], "scopes": sorted(allowed), "agency": agency}
        await audit.record(database, actor, "person.grant", row["id"], told)

    await database.transact(write)


async def close(database: Database, actor: Actor, login: str) -> None:
    """Let a person sign in no more, and sign them out everywhere. Raises ``PersonNotFound``."""
    await _change(database, actor, login, "person.close", "closed", True)


async def _change(database: Database, actor: Actor, login: str, action: str, column: str, value: object) -> None:
    async def write() -> None:
        row = await _row(database, folded(login))
        if row is None:
            raise PersonNotFound(login)
        await database.rows(QueryString(f"UPDATE person SET {column} = {{}} WHERE id = {{}}", value, row["id"]))
        await database.rows(QueryString("DELETE FROM session WHERE person = {}", row["id"]))
        await audit.record(database, actor, action, row["id"], {"login": row["login"]})

    await database.transact(write)


async def _row(database: Database, login: str) -> Row | None:
    if not _LOGIN.fullmatch(login):
        return None
    rows = await database.rows(QueryString(f"SELECT password, {COLUMNS} FROM person WHERE login = {{}}", login))
    return rows[0] if rows else None


def _person(row: Row) -> Person:
    return Person(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        scopes=tuple(KeyScope(name) for name in _names(row["scopes"])),
        agency=row["agency"],
        created_at=row["created_at"],
        closed=bool(row["closed"]),
    )
