"""Many rows at once, in each engine's own quickest way. Everything here runs inside ``Database.transact``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from registry.dossiers import image
from registry.dossiers.batch import Batch
from registry.dossiers.counting import Counting, Deltas, Dims
from registry.dossiers.dossier import Row, Stored
from registry.dossiers.tallies import COLUMNS, TALLIES, Tally
from registry.engine import BESIDE, Database

T = TypeVar("T")

_ROW = ", ".join(Row._fields)
_SIZES = (10, 100, 1_000, 10_000)
"""How many keys are looked up at once. Few sizes, because the driver keeps every statement that it has prepared,
and those of many arguments are large."""
_PRAGMAS = {
    # Kilobytes that are kept in memory: keys are random, and each falls on another page of their index.
    "cache_size": -96 * 1024,
    # Pages after which the log is put in its place: each batch touches most pages of an index again.
    "wal_autocheckpoint": 50_000,
    "journal_size_limit": 64 * 2**20,
    # Rows that move to another page need not be blotted out on theirs, as some builds do.
    "secure_delete": "OFF",
}
"""Settings of a SQLite connection that writes large batches."""
_LARGE = 5_000
_AT_ONCE = 5_000


def connection(database: Database) -> Any:
    """The connection of the transaction that is open."""
    current = database.engine.current_transaction.get()
    if current is None:
        raise RuntimeError("bulk work needs a transaction: call it inside Database.transact")
    return current.connection


async def prepare(database: Database, count: int) -> None:
    """Get ready to write so many dossiers."""
    if database.kind == "sqlite" and count > _LARGE:
        for name, value in _PRAGMAS.items():
            await connection(database).execute(f"PRAGMA {name} = {value}")


async def held(database: Database, keys: Sequence[bytes]) -> dict[bytes, Row]:
    """The dossiers that are stored under these keys."""
    rows = await _found(database, f"SELECT {_ROW} FROM dossier WHERE", keys, lambda row: Row(**row))
    return {row.key: row for row in rows}


async def there(database: Database, keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys under which a dossier is stored."""
    return set(await _found(database, "SELECT key FROM dossier WHERE", keys, _key))


async def rejected(database: Database, keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys of which a rejected line is not resolved."""
    sql = "SELECT DISTINCT key FROM dossier_rejected WHERE resolved_at IS NULL AND"
    return set(await _found(database, sql, keys, _key))


def _key(row: Mapping[str, Any]) -> bytes:
    return bytes(row["key"])


async def _found(
    database: Database, sql: str, keys: Sequence[bytes], make: Callable[[Mapping[str, Any]], T]
) -> list[T]:
    """What ``make`` makes of the rows of a query that are of these keys."""
    found: list[T] = []
    link = connection(database)
    for start in range(0, len(keys), _SIZES[-1]):
        part = list(keys[start : start + _SIZES[-1]])
        if database.kind == "sqlite":
            size = next(size for size in _SIZES if len(part) <= size)
            asked = part + part[-1:] * (size - len(part))
            rows = await link.execute_fetchall(f"{sql} key IN ({', '.join('?' * size)})", asked)
        else:
            rows = await link.fetch(f"{sql} key = ANY($1::bytea[])", part)
        found += map(make, rows)
    return found


async def update(database: Database, rows: Sequence[Row]) -> None:
    """Store later states of dossiers that are there."""
    mark = database.mark
    fields = ", ".join(f"{name} = {mark(place)}" for place, name in enumerate(Row._fields[1:], 2))
    keys = f"key = {mark(1)}"
    if database.kind == "sqlite":  # its marks are not numbered
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", [(*row[1:], row[0]) for row in rows])
    else:
        await database.each(f"UPDATE dossier SET {fields} WHERE {keys}", rows)


async def add(database: Database, counting: Counting) -> None:
    """Add to the tallies what was counted."""
    for tally, rows in counting.totals():
        await _add(database, tally, list(rows))


async def add_all(database: Database, batch: Batch) -> None:
    """Add to the tallies what all records of a batch add, whose image is beside the store where that is SQLite."""
    if batch.records is None:
        return
    for tally in TALLIES:
        if database.kind == "sqlite":
            names = ", ".join((*tally.dims, *COLUMNS))
            rows = f"SELECT {names} FROM {BESIDE}.{tally.table} WHERE true ORDER BY rowid"
            await connection(database).execute(f"{_head(tally)} {rows} {_tail(tally)}")
        else:
            await _add(database, tally, image.tallied(batch.records, tally))


async def _add(database: Database, tally: Tally, rows: Sequence[Stored]) -> None:
    if database.kind == "sqlite":
        marks = ", ".join("?" * (len(tally.dims) + len(COLUMNS)))
        await database.each(f"{_head(tally)} VALUES ({marks}) {_tail(tally)}", rows)
        return
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        sql = f"{_head(tally)} {_arrays(tally)} {_tail(tally)}"
        await connection(database).execute(sql, *map(list, zip(*part, strict=True)))


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
