"""The audit log: append-only, chained, in the transaction of what it tells of."""

import asyncio

import pytest
from piccolo.querystring import QueryString

from registry.access import audit
from registry.access.actors import Actor
from registry.access.audit import Head
from registry.engine import Database, open_database
from registry.settings import Settings

pytestmark = pytest.mark.anyio


async def act(database: Database, actor: Actor, number: int) -> None:
    async def write() -> None:
        await audit.record(database, actor, "test.act", f"subject {number}", {"number": number})

    await database.transact(write)


async def unguarded(database: Database, *statements: str) -> None:
    """Someone who can write to the database, and takes its guards away first."""
    guards = ("DROP TRIGGER audit_update", "DROP TRIGGER audit_delete")
    if database.kind == "postgres":
        guards = ("DROP TRIGGER audit_rows ON audit", "DROP TRIGGER audit_whole ON audit")
    for statement in (*guards, *statements):
        await database.rows(QueryString(statement))


async def test_entries_are_numbered_and_chained_whoever_writes_at_once(
    database: Database, somebody: Actor
) -> None:
    await asyncio.gather(*(act(database, somebody, number) for number in range(20)))
    entries = [entry async for batch in audit.stream(database) for entry in batch]
    assert [entry.number for entry in entries] == list(range(1, 21))
    assert {entry.actor for entry in entries} == {"tester"}
    assert await audit.verify(database) == []
    assert (await audit.head(database)) == Head(20, entries[-1].digest)


async def test_the_store_refuses_to_change_or_delete_entries(database: Database, somebody: Actor) -> None:
    await act(database, somebody, 1)
    for statement in ("UPDATE audit SET name = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"):
            await database.rows(QueryString(statement))
    assert await audit.verify(database) == []


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", 3),
        ("UPDATE audit SET detail = '{}' WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = 2) WHERE number = 3", 3),
        ("UPDATE audit SET number = 30 WHERE number = 3", 3),
    ],
)
async def test_tampering_shows(local: Settings, somebody: Actor, statement: str, number: int) -> None:
    database = await open_database(local)
    try:
        for each in range(5):
            await act(database, somebody, each)
        await unguarded(database, statement)
        assert (await audit.verify(database))[0].number == number
    finally:
        await database.close()


async def test_a_noted_head_shows_an_end_that_was_cut_off_or_made_anew(
    database: Database, somebody: Actor
) -> None:
    for each in range(3):
        await act(database, somebody, each)
    noted = await audit.head(database)
    await act(database, somebody, 4)
    assert await audit.verify(database, noted) == []
    await unguarded(database, "DELETE FROM audit WHERE number > 2")
    assert await audit.verify(database) == []
    assert "cut off" in (await audit.verify(database, noted))[0].message
    await act(database, somebody, 5)
    assert "made anew" in (await audit.verify(database, noted))[0].message


async def test_an_entry_goes_with_the_write_that_it_tells_of(database: Database, somebody: Actor) -> None:
    async def write() -> None:
        await audit.record(database, somebody, "test.act", "x")
        raise LookupError("the lights went out")

    with pytest.raises(LookupError):
        await database.transact(write)
    assert (await audit.head(database)).number == 0
    with pytest.raises(RuntimeError, match=r"inside Database\.transact"):
        await audit.record(database, somebody, "test.act", "x")


async def test_entries_are_found_by_actor_and_subject(database: Database, somebody: Actor) -> None:
    for each in range(3):
        await act(database, somebody, each)
    found = [entry.subject async for batch in audit.stream(database, subject="subject 1") for entry in batch]
    assert found == ["subject 1"]
    assert [batch async for batch in audit.stream(database, actor="another")] == []
    assert [entry.number async for batch in audit.stream(database, after=2) for entry in batch] == [3]
