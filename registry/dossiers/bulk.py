"""Many rows at once, in each engine's own quickest way. Everything here runs inside ``Database.transact``."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from registry.dossiers.counting import Deltas, Dims
from registry.dossiers.dossier import Row
from registry.dossiers.tallies import COLUMNS, TALLIES, Tally
from registry.engine import Database

_ROW = ", ".join(Row._fields)
_SIZES = (10, 100, 1_000, 10_000)
"""How many keys are looked up at once. Few sizes, because the driver keeps every statement that it has prepared,
and those of many arguments are large."""
_AT_ONCE = 500
"""Rows of one statement."""
_CACHED = 32 * 1024
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


async def insert(database: Database, new: Sequence[Row]) -> None:
    """Store dossiers that are new, in the order of their keys."""
    if not new:
        return
    rows = sorted(map(tuple, new))  # drivers and sorting are quicker with plain tuples
    if database.kind == "sqlite":
        await _each(database, f"INSERT INTO dossier ({_ROW})", rows)
    else:
        await connection(database).copy_records_to_table("dossier", records=rows, columns=Row._fields)


async def update(database: Database, rows: Sequence[Row]) -> None:
    """Store later states of dossiers that are there."""
    mark = database.mark
    fields = ", ".join(f"{name} = {mark(place)}" for place, name in enumerate(Row._fields[1:], 2))
    keys = f"key = {mark(1)}"
    if database.kind == "sqlite":  # its marks are not numbered
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", [(*row[1:], row[0]) for row in rows])
    else:
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", rows)


async def add(database: Database, changes: Deltas, *, losing: bool) -> None:
    """Add to the tallies, in the order of their keys; where something is ``losing``, rows that fall to nothing are
    deleted."""
    for tally in TALLIES:
        vectors = changes[tally.table]
        if not vectors:
            continue
        rows = [(*key, *vectors[key]) for key in sorted(vectors)]
        if database.kind == "sqlite":
            await _each(database, _head(tally), rows, _tail(tally))
        else:
            sql = f"{_head(tally)} {_arrays(tally)} {_tail(tally)}"
            await connection(database).execute(sql, *map(list, zip(*rows, strict=True)))
        if losing:
            fallen = [key for key, vector in vectors.items() if min(vector) < 0]
            await _delete_empty(database, tally, fallen)


async def _each(database: Database, head: str, rows: Sequence[tuple[Any, ...]], tail: str = "") -> None:
    """Run an INSERT of SQLite with many rows in a statement: while one runs, Python reads on in its own thread."""
    marks = f"({', '.join('?' * len(rows[0]))})"
    whole = len(rows) - len(rows) % _AT_ONCE
    parts = [tuple(chain.from_iterable(rows[start : start + _AT_ONCE])) for start in range(0, whole, _AT_ONCE)]
    link = connection(database)
    if parts:
        await link.executemany(f"{head} VALUES {', '.join([marks] * _AT_ONCE)} {tail}", parts)
    await link.executemany(f"{head} VALUES {marks} {tail}", rows[whole:])


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
