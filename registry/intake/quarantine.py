"""Records that were not accepted: kept with their reason and raw bytes, listed, and retried after a fix."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.engine import Database, Row
from registry.intake.record import Rejection
from registry.tables import Quarantined

COLUMNS = "id, recorded_at, run, format, source, origin, code, name, field, reason, state, resolved_at"


class QuarantineNotFound(Exception):
    """There is no quarantined record with this id."""


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A quarantined record. ``state`` is ``held`` or ``released`` (accepted since)."""

    id: str
    recorded_at: datetime
    run: int
    format: str
    source: str
    origin: str
    code: str
    name: str
    field: str
    reason: str
    state: str
    resolved_at: datetime | None


def identify(format_name: str, rejection: Rejection) -> str:
    """The same record, rejected for the same reason from the same place, is one entry."""
    key = f"{format_name}\0{rejection.raw.origin}\0{rejection.reason}\0".encode() + rejection.raw.data
    return blake2b(key, digest_size=16).hexdigest()


async def hold(
    database: Database, format_name: str, source: str, run: int, rejections: Sequence[Rejection]
) -> int:
    """Keep rejections; what is held already is not kept twice. Inside ``transact``. Returns how many are new."""
    rows = {}
    for rejection in rejections:
        key = identify(format_name, rejection)
        told = (rejection.raw.origin, rejection.code, rejection.name[:300], rejection.field, rejection.reason)
        rows[key] = (key, clock.now(), run, format_name, source, *told, rejection.raw.data, "held")
    known = await database.rows_in("SELECT id, state FROM quarantine WHERE id IN ({})", list(rows))
    again = [row["id"] for row in known if row["state"] != "held"]
    mark = database.mark
    await database.each(
        f"UPDATE quarantine SET state = 'held', resolved_at = NULL WHERE id = {mark(1)}",
        [(key,) for key in again],
    )
    for row in known:
        del rows[row["id"]]
    columns = ("id", "recorded_at", "run", "format", "source", "origin", "code", "name", "field", "reason")
    await database.insert(Quarantined, (*columns, "data", "state"), rows.values())
    return len(rows) + len(again)


async def listed(database: Database, state: str | None = "held") -> list[Entry]:
    """Quarantined records, oldest first; of every state where ``state`` is ``None``."""
    condition = QueryString("1 = 1") if state is None else QueryString("state = {}", state)
    rows = await database.rows(
        QueryString(f"SELECT {COLUMNS} FROM quarantine WHERE {{}} ORDER BY recorded_at, origin, id", condition)
    )
    return [_entry(row) for row in rows]


async def find(database: Database, key: str) -> tuple[Entry, bytes]:
    """One entry by its id, or by a beginning of it that is unique, with its raw bytes."""
    rows = await database.rows(
        QueryString(f"SELECT {COLUMNS}, data FROM quarantine WHERE id LIKE {{}} LIMIT 2", f"{_plain(key)}%")
    )
    if len(rows) != 1:
        raise QuarantineNotFound(f"{'no' if not rows else 'more than one'} quarantined record begins with {key!r}")
    return _entry(rows[0]), bytes(rows[0]["data"])


async def release(
    database: Database, keys: Sequence[str], assigned: str = "", mended: bytes | None = None
) -> None:
    """Mark entries as accepted, with the code or the bytes that a person gave them. Inside ``transact``."""
    mark = database.mark
    await database.each(
        f"UPDATE quarantine SET state = 'released', resolved_at = {mark(1)}, assigned = {mark(2)}, "
        f"mended = {mark(3)} WHERE id = {mark(4)}",
        [(clock.now(), assigned, mended, key) for key in keys],
    )


async def resolve(database: Database, format_name: str, origins: Sequence[str]) -> int:
    """Release what is held from places (file and row) that an intake of this format has since accepted. Inside
    ``transact``."""
    rows = await database.rows(
        QueryString("SELECT id, origin FROM quarantine WHERE state = 'held' AND format = {}", format_name)
    )
    wanted = set(origins)
    found = [row["id"] for row in rows if row["origin"] in wanted]
    await release(database, found)
    return len(found)


async def fixes(database: Database, keys: Sequence[str]) -> dict[str, tuple[str, bytes | None]]:
    """The code and the bytes that people gave these entries, by id; those that they accepted only."""
    rows = await database.rows_in(
        "SELECT id, assigned, mended FROM quarantine WHERE state = 'released' AND id IN ({})", keys
    )
    return {
        row["id"]: (row["assigned"], None if row["mended"] is None else bytes(row["mended"]))
        for row in rows
        if row["assigned"] or row["mended"] is not None
    }


async def counts(database: Database) -> dict[str, int]:
    """How many entries there are by state."""
    rows = await database.rows(QueryString("SELECT state, COUNT(*) AS n FROM quarantine GROUP BY state"))
    return {row["state"]: int(row["n"]) for row in rows}


def _entry(row: Row) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__struct_fields__})


def _plain(key: str) -> str:
    return "".join(char for char in key if char.isalnum())
