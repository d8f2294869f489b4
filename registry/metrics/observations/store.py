"""Writing and reading observations. Nothing is overwritten: a corrected figure is a later row."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.engine import Database, Row
from registry.metrics.observations.record import Observation, Unit, checked
from registry.tables.metrics import Observed

FIELDS = tuple(field for field in Observation.__struct_fields__ if field != "seq")
COLUMNS = ("seq", "recorded_at", *FIELDS)
SELECTED = ", ".join(f"o.{name}" for name in ("seq", *FIELDS))


ORDER = ("o.name", "o.unit", "o.agency", "o.begins", "o.ends", "o.source", "o.procedure", "o.captured")
Place = tuple[str, str, str, date, date, str, str, date]
"""Where a figure stands in a list; no two have the same."""


def place_of(one: Observation) -> Place:
    return (
        one.name,
        one.unit.value,
        one.agency,
        one.begins,
        one.ends,
        one.source,
        one.procedure,
        one.captured,
    )


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """What came of figures that were handed in; ``unknown`` are agencies that the registry does not have."""

    new: int
    corrected: int
    unchanged: int
    unknown: list[str]


async def revision(database: Database) -> int:
    """The number of the observation that was recorded last; 0 where there is none."""
    rows = await database.rows(QueryString("SELECT COALESCE(MAX(seq), 0) AS seq FROM observation"))
    return int(rows[0]["seq"])


async def observe(database: Database, rows: Iterable[Observation]) -> Outcome:
    """Record figures, all or none. Handing the same in again changes nothing; of two that differ and have one
    key the last counts. Raises ``ObservationRejected``."""
    wanted = {one.key: checked(one) for one in rows}

    async def work() -> Outcome:
        held = await _held(database, sorted({one.agency for one in wanted.values()}))
        fresh = {key: one for key, one in wanted.items() if key not in held or _plain(held[key]) != _plain(one)}
        await _record(database, fresh, held)
        corrected = sum(key in held for key in fresh)
        unknown = await _unknown(database, {one.agency for one in wanted.values()})
        return Outcome(len(fresh) - corrected, corrected, len(wanted) - len(fresh), unknown)

    return await database.transact(work)


async def _held(database: Database, agencies: list[str]) -> dict[tuple[str, ...], Observation]:
    rows = await database.rows_in(
        f"SELECT {SELECTED} FROM observation o WHERE o.recorded_to IS NULL AND o.agency IN ({{}})", agencies
    )
    return {one.key: one for one in map(_observation, rows)}


def _plain(one: Observation) -> Observation:
    """The figure, whether recorded or not."""
    return msgspec.structs.replace(one, seq=0)


async def _record(
    database: Database, fresh: dict[tuple[str, ...], Observation], held: dict[tuple[str, ...], Observation]
) -> None:
    moment, first = clock.now(), await revision(database) + 1
    numbered = list(enumerate(fresh.items(), first))
    closed = [(seq, held[key].seq) for seq, (key, _) in numbered if key in held]
    # Superseded before they are followed: only one of a key may be believed.
    sql = f"UPDATE observation SET recorded_to = {database.mark(1)} WHERE seq = {database.mark(2)}"
    await database.each(sql, closed)
    values = [(seq, moment, *(getattr(one, name) for name in FIELDS)) for seq, (_, one) in numbered]
    await database.insert(Observed, COLUMNS, values)


async def _unknown(database: Database, agencies: set[str]) -> list[str]:
    rows = await database.rows_in("SELECT DISTINCT code FROM agency WHERE code IN ({})", sorted(agencies))
    return sorted(agencies - {row["code"] for row in rows})


async def observed(
    database: Database, names: Sequence[str] | None, agency: str | None, start: date, end: date
) -> list[Observation]:
    """The figures of ``agency`` whose periods share a day with ``start`` to ``end`` (both inclusive), of these
    ``names`` (``None``: all), by name, unit, period and source. Of several captures only the last is given."""
    rows = await listed(database, names=names, agency=agency, start=start, end=end, procedure="")
    latest: dict[tuple[str, ...], Observation] = {}
    for one in rows:
        key = (*one.subject, one.begins.isoformat(), one.ends.isoformat(), one.source)
        if key not in latest or latest[key].captured < one.captured:
            latest[key] = one
    return list(latest.values())


async def listed(
    database: Database,
    *,
    names: Sequence[str] | None = None,
    agency: str | None = None,
    start: date | None = None,
    end: date | None = None,
    procedure: str | None = None,
    limit: int | None = None,
    after: Place | None = None,
) -> list[Observation]:
    """Every believed figure that fits, each capture of it, by place; those beyond ``after``."""
    conditions = [QueryString("o.recorded_to IS NULL")]
    if names is not None:
        marks = QueryString(", ".join(["{}"] * len(names)) or "NULL", *names)
        conditions.append(QueryString("o.name IN ({})", marks))
    for column, value in (("agency", agency), ("procedure", procedure)):
        if value is not None:
            conditions.append(QueryString(f"o.{column} = {{}}", value))
    if end is not None:
        conditions.append(QueryString("o.begins <= {}", end))
    if start is not None:
        conditions.append(QueryString("o.ends >= {}", start))
    if after is not None:
        place = ", ".join(["{}"] * len(after))
        conditions.append(QueryString(f"({', '.join(ORDER)}) > ({place})", *after))
    where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
    page = QueryString("") if limit is None else QueryString("LIMIT {}", limit)
    sql = f"SELECT {SELECTED} FROM observation o WHERE {{}} ORDER BY {', '.join(ORDER)} {{}}"
    rows = await database.rows(QueryString(sql, where, page))
    return [_observation(row) for row in rows]


def _observation(row: Row) -> Observation:
    return Observation(**{**row, "unit": Unit(row["unit"])})
