"""Many rows at once, in each engine's own quickest way. Everything here runs inside ``Database.transact``."""

import marshal
from collections.abc import Iterable, Sequence
from typing import Any

from registry.dossiers.batch import Batch
from registry.dossiers.counting import Deltas, Dims, Totals
from registry.dossiers.dossier import Row
from registry.dossiers.tallies import COLUMNS, TALLIES, Tally
from registry.engine import Database

_ROW = ", ".join(Row._fields)
_SIZES = (10, 100, 1_000, 10_000)
"""How many keys are looked up at once. Few sizes, because the driver keeps every statement that it has prepared,
and those of many arguments are large."""
_CACHED = 48 * 1024
"""Kilobytes of the database that SQLite keeps in memory during a large batch: keys are random, and each falls on
another page of their index."""
_LARGE = 5_000


def connection(database: Database) -> Any:
    """The connection of the transaction that is open."""
    current = database.engine.current_transaction.get()
    if current is None:
        raise RuntimeError("bulk work needs a transaction: call it inside Database.transact")
    return current.connection


async def prepare(database: Database, count: int) -> None:
    """Get ready to write so many dossiers."""
    if database.kind == "sqlite" and count > _LARGE:
        await connection(database).execute(f"PRAGMA cache_size = -{_CACHED}")


async def held(database: Database, keys: Sequence[bytes]) -> dict[bytes, Row]:
    """The dossiers that are stored under these keys."""
    rows = [Row(**row) for row in await _found(database, f"SELECT {_ROW} FROM dossier WHERE", keys)]
    return {row.key: row for row in rows}


async def rejected(database: Database, keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys of which a rejected line is not resolved."""
    sql = "SELECT DISTINCT key FROM dossier_rejected WHERE resolved_at IS NULL AND"
    return {bytes(row["key"]) for row in await _found(database, sql, keys)}


async def _found(database: Database, sql: str, keys: Sequence[bytes]) -> list[Any]:
    """The rows of a query that are of these keys."""
    found: list[Any] = []
    link = connection(database)
    for start in range(0, len(keys), _SIZES[-1]):
        part = list(keys[start : start + _SIZES[-1]])
        if database.kind == "sqlite":
            size = next(size for size in _SIZES if len(part) <= size)
            asked = part + part[-1:] * (size - len(part))
            found += await link.execute_fetchall(f"{sql} key IN ({', '.join('?' * size)})", asked)
        else:
            found += await link.fetch(f"{sql} key = ANY($1::bytea[])", part)
    return found


async def insert(database: Database, batch: Batch) -> list[tuple[Row, int]]:
    """Store the dossiers of a batch that are new. Returns the states that are left, with their places in it:
    those of dossiers that are there already, and second ones of new dossiers."""
    if not batch.count:
        return []
    new = await (_insert_sqlite if database.kind == "sqlite" else _insert_postgres)(database, batch)
    if new is None:
        return []
    left = []
    for place, row in enumerate(batch.rows()):
        if row[0] in new:
            new.remove(row[0])
        else:
            left.append((Row._make(row), place))
    return left


async def _insert_sqlite(database: Database, batch: Batch) -> set[bytes] | None:
    """The keys that are new; ``None`` if all are. Most deliveries hold nothing but new dossiers: they are not
    looked for first."""
    link = connection(database)
    (last,) = await link.execute_fetchall("SELECT COALESCE(MAX(rowid), 0) AS id FROM dossier")
    marks = ", ".join("?" * len(Row._fields))
    sql = f"INSERT INTO dossier ({_ROW}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING"
    if (await link.executemany(sql, batch.rows())).rowcount == batch.count:
        return None
    return {
        row["key"] for row in await link.execute_fetchall("SELECT key FROM dossier WHERE rowid > ?", (last["id"],))
    }


async def _insert_postgres(database: Database, batch: Batch) -> set[bytes] | None:
    """The keys that are new; ``None`` if all are. A copy knows no conflicts: they are looked for first."""
    there = {bytes(row["key"]) for row in await _found(database, "SELECT key FROM dossier WHERE", batch.keys())}
    first = {row[0]: row for row in reversed(list(batch.rows())) if row[0] not in there}
    await connection(database).copy_records_to_table("dossier", records=first.values(), columns=Row._fields)
    return None if len(first) == batch.count else set(first)


async def update(database: Database, rows: Sequence[Row]) -> None:
    """Store later states of dossiers that are there."""
    mark = database.mark
    fields = ", ".join(f"{name} = {mark(place)}" for place, name in enumerate(Row._fields[1:], 2))
    keys = f"key = {mark(1)}"
    if database.kind == "sqlite":  # its marks are not numbered
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", [(*row[1:], row[0]) for row in rows])
    else:
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", rows)


async def add(database: Database, totals: Totals) -> None:
    """Add to the tallies."""
    tables = {tally.table: tally for tally in TALLIES}
    for table, part in totals:
        tally, rows = tables[table], marshal.loads(part)  # noqa: S302 - made by ``Counting``
        if database.kind == "sqlite":
            marks = ", ".join("?" * (len(tally.dims) + len(COLUMNS)))
            await database.each(f"{_head(tally)} VALUES ({marks}) {_tail(tally)}", rows)
        else:
            sql = f"{_head(tally)} {_arrays(tally)} {_tail(tally)}"
            await connection(database).execute(sql, *map(list, zip(*rows, strict=True)))


async def clear(database: Database, changes: Deltas) -> None:
    """Delete what has fallen to nothing of the rows that lost something."""
    for tally in TALLIES:
        fallen = [key for key, vector in changes[tally.table].items() if min(vector) < 0]
        await _delete_empty(database, tally, fallen)


def _arrays(tally: Tally) -> str:
    kinds = ["int" if name == tally.grain else "text" for name in tally.dims] + ["int"] * len(COLUMNS)
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
    return f"SELECT * FROM unnest({arrays})"


def _head(tally: Tally) -> str:
    return f"INSERT INTO {tally.table} ({', '.join((*tally.dims, *COLUMNS))})"


def _tail(tally: Tally) -> str:
    sums = ", ".join(f"{name} = {tally.table}.{name} + excluded.{name}" for name in COLUMNS)
    return f"ON CONFLICT ({', '.join(tally.dims)}) DO UPDATE SET {sums}"


async def _delete_empty(database: Database, tally: Tally, keys: Iterable[Dims]) -> None:
    same = " AND ".join(f"{name} = {database.mark(place)}" for place, name in enumerate(tally.dims, 1))
    empty = " AND ".join(f"{name} = 0" for name in COLUMNS)
    await database.each(f"DELETE FROM {tally.table} WHERE {same} AND {empty}", keys)
