"""Which registry this is: an identity that a store gets once, and keeps wherever it is served from."""

from uuid import uuid4

from piccolo.querystring import QueryString

from registry.engine import Database

NAME = "registry"


async def identity(database: Database) -> str:
    """The identity of this store: 32 hexadecimal digits, made when it is first asked for."""
    return await _read(database) or await database.transact(lambda: _make(database))


async def renew(database: Database) -> str:
    """Give this store an identity of its own, for one that was copied from another's files."""

    async def write() -> str:
        await database.rows(QueryString("DELETE FROM meta WHERE name = {}", NAME))
        return await _make(database)

    return await database.transact(write)


async def _read(database: Database) -> str:
    rows = await database.rows(QueryString("SELECT value FROM meta WHERE name = {}", NAME))
    return str(rows[0]["value"]) if rows else ""


async def _make(database: Database) -> str:
    found = await _read(database)
    if not found:
        found = uuid4().hex
        await database.rows(QueryString("INSERT INTO meta (name, value) VALUES ({}, {})", NAME, found))
    return found
