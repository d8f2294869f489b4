"""Storing the records of a batch that are new, and finding out what the others are. Everything here runs inside
``Database.transact``, with the image of the batch beside it where the store is SQLite."""

from collections import Counter
from typing import NamedTuple

import msgspec

from registry.dossiers.batch import Batch
from registry.dossiers.bulk import connection, held, there
from registry.dossiers.dossier import Row
from registry.engine import BESIDE, Database

_FIELDS = ", ".join(Row._fields)
_MANY = 10_000
_BOTH = f"FROM {BESIDE}.record AS b JOIN main.dossier AS d ON d.key = b.key"
_NEW = f"SELECT MIN(b.rowid) - 1 AS place {_BOTH} WHERE d.rowid > ? GROUP BY b.key"
_SAME = (
    f"SELECT b.rowid - 1 AS place {_BOTH} WHERE d.rowid <= ? AND "
    f"({', '.join(f'b.{name}' for name in Row._fields)}) IS ({', '.join(f'd.{name}' for name in Row._fields)}) "
    f"AND b.key NOT IN (SELECT key FROM {BESIDE}.record GROUP BY key HAVING COUNT(*) > 1)"
)


class Entered(NamedTuple):
    """The records of a batch that were not stored, by their places in it (from 0): ``same`` are in the store just
    as they are; the states that are ``left`` are to be merged with what the store has, or has just got."""

    same: set[int]
    left: dict[int, Row]


async def enter(database: Database, batch: Batch) -> Entered:
    """Store the records of a batch that are new. Of several states of a new dossier, the first is stored."""
    if not batch.count:
        return Entered(set(), {})
    return await (_enter_sqlite if database.kind == "sqlite" else _enter_postgres)(database, batch)


async def _enter_sqlite(database: Database, batch: Batch) -> Entered:
    """Most deliveries hold nothing but new dossiers: they are not looked for first."""
    link = connection(database)
    (last,) = await link.execute_fetchall("SELECT COALESCE(MAX(rowid), 0) AS id FROM dossier")
    # Whatever fails undoes the transaction: nothing has to be kept for undoing this statement alone.
    done = await link.execute(
        f"INSERT OR FAIL INTO main.dossier ({_FIELDS}) "
        f"SELECT {_FIELDS} FROM {BESIDE}.record WHERE true ORDER BY rowid ON CONFLICT (key) DO NOTHING"
    )
    if done.rowcount == batch.count:
        return Entered(set(), {})
    new = await _places(database, _NEW, last["id"])
    same = await _places(database, _SAME, last["id"])
    return Entered(same, _left(batch, new | same))


async def _places(database: Database, sql: str, last: int) -> set[int]:
    """What ``sql`` finds, as one value: a row of Python for each place would take a hundred times the room."""
    sql = f"SELECT json_group_array(place) AS places FROM ({sql})"
    (row,) = await connection(database).execute_fetchall(sql, (last,))
    return msgspec.json.decode(row["places"], type=set[int])


async def _enter_postgres(database: Database, batch: Batch) -> Entered:
    """A copy knows no conflicts: what is there is looked for first."""
    keys = batch.keys()
    known = await there(database, keys)
    first = {key: place for place, key in reversed(list(enumerate(keys))) if key not in known}
    new = set(first.values())
    rows = (row for place, row in enumerate(batch.rows()) if place in new)
    await connection(database).copy_records_to_table("dossier", records=rows, columns=Row._fields)
    if len(new) == batch.count:
        return Entered(set(), {})
    left = _left(batch, new)
    same = await _same(database, left, Counter(keys))
    return Entered(same, {place: row for place, row in left.items() if place not in same})


async def _same(database: Database, left: dict[int, Row], times: Counter[bytes]) -> set[int]:
    found: set[int] = set()
    once = [(place, row) for place, row in left.items() if times[row.key] == 1]
    for start in range(0, len(once), _MANY):
        part = once[start : start + _MANY]
        stored = await held(database, [row.key for _, row in part])
        found |= {place for place, row in part if stored.get(row.key) == row}
    return found


def _left(batch: Batch, done: set[int]) -> dict[int, Row]:
    if len(done) == batch.count:
        return {}
    return {place: Row._make(row) for place, row in enumerate(batch.rows()) if place not in done}
