"""How long dossiers took, counted by the database: as many lines as there are lengths, however many dossiers."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from piccolo.querystring import QueryString

from registry import clock
from registry.calendar import working_between
from registry.dossiers.facts import Fact
from registry.engine import Database
from registry.metrics.periods import Span

BASE = date(2000, 1, 1)
"""No dossier is older."""
_ORIGIN = BASE.toordinal()
_DIGITS = 6


class Length(NamedTuple):
    """So many dossiers of a pair, version and channel took so many working days, which are so many days."""

    agency: str
    procedure: str
    version: int
    channel: str
    working: int
    days: int
    many: int
    on_time: int


@lru_cache(maxsize=4)
def _table(last: date) -> tuple[int, ...]:
    """How many working days there are from ``BASE`` to each day up to ``last``."""
    days = map(date.fromordinal, range(_ORIGIN, last.toordinal() + 1))
    return tuple(working_between(BASE, day) for day in days)


def _argument(database: Database, span: Span) -> Any:
    """The table as each engine reads one of its places quickly: fixed digits in a blob, an array."""
    # Nothing is finished in the future; whole years, so that few tables are made.
    table = _table(date(max(BASE.year, min(span.end.year, clock.today().year)) + 1, 12, 31))
    if database.kind == "sqlite":
        return "".join(f"{number:0{_DIGITS}}" for number in table).encode()
    return list(table)


def _lookup(database: Database, day: str) -> str:
    place = f"({day} - {_ORIGIN})"
    if database.kind == "sqlite":
        return f"CAST(CAST(substr({{}}, {place} * {_DIGITS} + 1, {_DIGITS}) AS TEXT) AS INTEGER)"
    return f"({{}}::int[])[{place} + 1]"


async def lengths(
    database: Database, span: Span, where: QueryString, pairs: Sequence[tuple[str, str]] | None = None
) -> list[Length]:
    """The lengths of the dossiers ``d`` that meet ``where``; of these ``pairs`` of agency and procedure."""
    greatest = "MAX" if database.kind == "sqlite" else "GREATEST"
    ended = f"{greatest}(d.received, d.finished - d.suspended)"
    table = _argument(database, span)
    chosen, source = QueryString(""), QueryString("dossier d")
    if pairs is not None:
        marks = ", ".join(["({}, {})"] * len(pairs))
        chosen = QueryString(
            f"WITH p(agency, procedure) AS (VALUES {marks})", *(part for pair in pairs for part in pair)
        )
        # A cross join keeps SQLite to this order: each pair has its place in the index.
        source = QueryString("p CROSS JOIN dossier d")
        where = QueryString("d.agency = p.agency AND d.procedure = p.procedure AND {}", where)
    rows = await database.rows(
        QueryString(
            "{} SELECT d.agency, d.procedure, d.version, d.channel, "
            f"{_lookup(database, ended)} - {_lookup(database, 'd.received')} AS working, "
            f"{ended} - d.received AS days, COUNT(*) AS many, "
            f"SUM(CASE WHEN d.facts & {int(Fact.LATE)} = 0 THEN 1 ELSE 0 END) AS on_time "
            "FROM {} WHERE {} GROUP BY 1, 2, 3, 4, 5, 6",
            chosen,
            table,
            table,
            source,
            where,
        )
    )
    return [Length(**row) for row in rows]
