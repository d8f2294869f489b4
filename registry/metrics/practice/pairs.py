"""Pairs of procedure and agency with dossiers that were finished, counted and put in order by the database."""

from collections.abc import Sequence
from typing import NamedTuple

from piccolo.querystring import QueryString

from registry.dossiers.facts import Fact
from registry.engine import Database, Row
from registry.metrics.periods import DAY, Span
from registry.metrics.practice.answer import Sort
from registry.metrics.practice.records import ended, within
from registry.metrics.privacy import LEAST

Place = tuple[float, str, str]
"""Where a pair stands: by its order, then the codes of procedure and agency."""
_LAST = 1e18
_ORDERS = {
    Sort.COUNT: "CAST(-g.n AS DOUBLE PRECISION)",
    Sort.LATE: "CAST(g.kept AS DOUBLE PRECISION) / g.n",
}


class Pair(NamedTuple):
    """A procedure with an agency, how many dossiers were finished, and how many of them on time."""

    agency: str
    procedure: str
    resolved: int
    on_time: int


def small(count: int | None, on_time: int | None) -> bool:
    """Whether few dossiers stand behind a number that is shown."""
    return (count or 0) < LEAST or 0 < (on_time or 0) < LEAST


def counted(codes: Sequence[str] | None, procedure: str | None, span: Span) -> QueryString:
    """The query of all pairs: from the tallies where the period is whole months, else from the records."""
    if span.start.day == 1 and (span.end + DAY).day == 1:
        first, last = (day.year * 100 + day.month for day in (span.start, span.end))
        months = QueryString("d.month >= {} AND d.month <= {} AND d.resolved > 0", first, last)
        conditions = [months, *within(codes, procedure)]
        where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
        source = "SUM(d.resolved) AS n, SUM(d.resolved_on_time) AS kept FROM tally_cell d"
    else:
        where = ended(codes, procedure, span)
        kept = f"SUM(CASE WHEN d.facts & {int(Fact.LATE)} = 0 THEN 1 ELSE 0 END)"
        source = f"COUNT(*) AS n, {kept} AS kept FROM dossier d"
    return QueryString(f"SELECT d.agency, d.procedure, {source} WHERE {{}} GROUP BY d.agency, d.procedure", where)


async def every(database: Database, query: QueryString) -> list[Pair]:
    """All pairs of the query ``counted``."""
    return [_pair(row) for row in await database.rows(query)]


async def ordered(
    database: Database, query: QueryString, sort: Sort, *, full: bool, after: Place | None, limit: int
) -> tuple[list[tuple[Place, Pair]], int]:
    """At most ``limit`` pairs beyond a place, and how many there are in all. Without ``full`` those that are
    hidden come last, where their order tells nothing."""
    order = _ORDERS.get(sort, "CAST(0 AS DOUBLE PRECISION)")
    if not full and sort in _ORDERS:
        order = f"CASE WHEN g.n < {LEAST} OR (g.kept > 0 AND g.kept < {LEAST}) THEN {_LAST} ELSE {order} END"
    beyond = QueryString("1 = 1")
    if after is not None:
        beyond = QueryString("(q.place, q.procedure, q.agency) > ({}, {}, {})", *after)
    rows = await database.rows(
        QueryString(
            "SELECT q.agency, q.procedure, q.n, q.kept, q.pairs, q.place FROM "
            f"(SELECT g.agency, g.procedure, g.n, g.kept, {order} AS place, COUNT(*) OVER () AS pairs "
            "FROM ({}) g) q WHERE {} ORDER BY q.place, q.procedure, q.agency LIMIT {}",
            query,
            beyond,
            limit,
        )
    )
    found = [((float(row["place"]), row["procedure"], row["agency"]), _pair(row)) for row in rows]
    if rows or after is None:
        return found, int(rows[0]["pairs"]) if rows else 0
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM ({}) g", query))
    return found, int(total[0]["n"])


def _pair(row: Row) -> Pair:
    return Pair(row["agency"], row["procedure"], int(row["n"]), int(row["kept"]))
