"""Counting dossiers: which tally is the coarsest that can answer, and what is left to the records.

A period is cut into whole years, whole months and loose days. Each piece is read from the table with the fewest
dimensions that has those that are asked for; only loose days of single procedures or channels, and what is overdue
today, are counted from the records, through their indexes.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.measures import BY_NAME, Clock, Live, Measure, amount, predicate
from registry.dossiers.tallies import TALLIES, Grain, Tally
from registry.engine import Database, Row
from registry.metrics.activity import activity
from registry.metrics.ask import AskInvalid, Dimension
from registry.metrics.periods import Span, bucket, pieces
from registry.metrics.reading import once
from registry.metrics.territory import Place, Territory

CUT = ("procedure", "channel")
MOST_CELLS = 500_000
_encode = msgspec.json.Encoder().encode
Cell = tuple[Place, str, str, str]
"""Place, procedure, channel and time bucket; what was not asked for is empty."""
Counts = dict[Cell, dict[str, int]]


class Query(msgspec.Struct, frozen=True):
    """What to count. ``procedures`` and ``channel`` narrow it; by ``procedure``, channel or ``time`` it is cut."""

    measures: tuple[str, ...]
    as_of: date
    by_procedure: bool = False
    by_channel: bool = False
    time: Dimension | None = None
    procedures: frozenset[str] | None = None
    channel: str | None = None

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions without which it cannot be answered."""
        needed = ["agency"]
        if self.by_procedure or self.procedures is not None:
            needed.append("procedure")
        if self.by_channel or self.channel is not None:
            needed.append("channel")
        return tuple(needed)

    @property
    def tallied(self) -> list[Measure]:
        found = (BY_NAME[name] for name in self.measures)
        return [one for one in found if isinstance(one, Measure)]

    @property
    def live(self) -> list[Live]:
        found = (BY_NAME[name] for name in self.measures)
        return [one for one in found if isinstance(one, Live)]


def coarsest(dims: Iterable[str], grain: Grain) -> Tally | None:
    """The table of this grain with the fewest dimensions that has all of ``dims``."""
    able = [one for one in TALLIES if one.grain is grain and set(dims) <= set(one.dims)]
    return min(able, key=lambda one: len(one.dims), default=None)


async def count(database: Database, territory: Territory, query: Query) -> Counts:
    """The measures of each cell; cells and measures of nothing are left out. Both arguments stay as they are."""
    # The territory is kept with its counts, so that no other can have its identity meanwhile.
    key = ("count", id(territory), query)
    return (await once(database, key, lambda: _kept(database, territory, query)))[1]


async def _kept(database: Database, territory: Territory, query: Query) -> tuple[Territory, Counts]:
    return territory, await _count(database, territory, query)


async def _count(database: Database, territory: Territory, query: Query) -> Counts:
    counts: Counts = {}
    for span, members in territory.parts:
        places = sorted(set(members.values()), key=lambda place: (place.agency, place.level))
        numbers = {place: number for number, place in enumerate(places)}
        mapping = _encode({code: numbers[place] for code, place in members.items()}).decode()
        reading = _Reading(database, query, places, mapping, counts)
        if query.tallied:
            await reading.tallies(span)
        if query.live and query.dims == ("agency",) and query.time is None:
            await _backlog(database, span, members, query, counts)
        elif query.live:
            await reading.overdue(span)
    return counts


async def _backlog(
    database: Database, span: Span, members: dict[str, Place], query: Query, counts: Counts
) -> None:
    """Add what is overdue, where agencies are all that it is cut by."""
    kept = (await activity(database)).backlog
    found = await kept.of(database, span, query.as_of, list(members))
    names = {one.name for one in query.live}
    for code, place in members.items():
        for name, number in found[code].items():
            if name in names:
                held = counts.setdefault((place, "", "", ""), {})
                held[name] = held.get(name, 0) + number


class _Reading:
    """Reads the counts of one run of days."""

    def __init__(
        self, database: Database, query: Query, places: Sequence[Place], mapping: str, counts: Counts
    ) -> None:
        self._database = database
        self._query = query
        self._places = places
        self._mapping = mapping
        self._counts = counts

    async def tallies(self, span: Span) -> None:
        query = self._query
        fine = query.time in (Dimension.DAY, Dimension.MONTH, Dimension.QUARTER)
        yearly = None if fine else coarsest(query.dims, Grain.YEAR)
        monthly = None if query.time is Dimension.DAY else coarsest(query.dims, Grain.MONTH)
        daily = coarsest(query.dims, Grain.DAY)
        cut = pieces(span, years=yearly is not None, months=monthly is not None)
        if yearly and cut.years:
            await self._table(yearly, _any("t.year", cut.years))
        if monthly and cut.months:
            await self._table(monthly, _any("t.month", cut.months))
        if cut.days and daily:
            await self._table(daily, QueryString(" OR ".join(["{}"] * len(cut.days)), *map(_days, cut.days)))
        elif cut.days:
            for days in cut.days:
                await self._records(days)

    async def _table(self, tally: Tally, period: QueryString) -> None:
        """Add up rows of a table of tallies."""
        measures = self._query.tallied
        chosen = [f"SUM(t.{one.name}) AS {one.name}" for one in measures]
        dims = self._dims(tally.grain.value)
        where = [QueryString("({})", period), *self._narrowed()]
        for row in await self._read(f"{tally.table} t", chosen, dims, where):
            self._add(row, tally.grain.value)

    async def overdue(self, span: Span) -> None:
        """Count what is overdue from the index of running dossiers."""
        day = self._query.as_of.toordinal()
        chosen = [_summed(one, day) for one in self._query.live]
        where = [
            QueryString("t.finished IS NULL AND t.due < {}", day),
            _between("t.received", span),
            *self._narrowed(),
        ]
        for row in await self._read("dossier t", chosen, self._dims("received"), where):
            self._add(row, "received")

    async def _records(self, span: Span) -> None:
        """Count loose days from the records: a year's tally says which procedures to look at."""
        clocks = {one.clock for one in self._query.tallied}
        for clock in sorted(clocks):
            measures = [one for one in self._query.tallied if one.clock is clock]
            chosen = [_summed(one) for one in measures]
            years = list(range(span.start.year, span.end.year + 1))
            active = "received" if clock is Clock.RECEIVED else "resolved"
            procedures = QueryString(
                "t.procedure IN (SELECT p.procedure FROM tally_procedure p WHERE p.agency = m.agency AND {} "
                f"AND p.{active} > 0)",
                _any("p.year", years),
            )
            column = clock.value
            where = [procedures, _between(f"t.{column}", span), *self._narrowed()]
            if clock is Clock.FINISHED:
                where.append(QueryString("t.received <= {}", span.end.toordinal()))
            for row in await self._read("dossier t", chosen, self._dims(column), where):
                self._add(row, column)

    def _dims(self, day: str) -> list[str]:
        query = self._query
        found = ["procedure"] if query.by_procedure else []
        found += ["channel"] if query.by_channel else []
        return found + ([day] if query.time else [])

    def _narrowed(self) -> list[QueryString]:
        query, found = self._query, []
        if query.procedures is not None:
            found.append(QueryString("t.procedure IN ({})", self._listed(sorted(query.procedures))))
        if query.channel is not None:
            found.append(QueryString("t.channel = {}", query.channel))
        return found

    def _listed(self, values: list[str]) -> QueryString:
        if len(values) == 1:
            return QueryString("{}", values[0])
        text = _encode(values).decode()
        if self._database.kind == "sqlite":
            return QueryString("SELECT value FROM json_each({})", text)
        return QueryString("SELECT jsonb_array_elements_text({}::jsonb)", text)

    async def _read(
        self, table: str, chosen: Sequence[str | QueryString], dims: list[str], where: list[QueryString]
    ) -> list[Row]:
        """Agencies first, then their rows of ``table``: both databases follow the key that begins with agency."""
        if self._database.kind == "sqlite":
            source = "SELECT key AS agency, value AS place FROM json_each({})"
        else:
            source = "SELECT key AS agency, value::int AS place FROM jsonb_each_text({}::jsonb)"
        columns = ", ".join(["m.place", *(f"t.{dim}" for dim in dims)])
        # A day or month has a name of its own: one of the measures is called like the column of the day.
        named = ", ".join(["m.place", *(f"t.{dim}" if dim in CUT else f"t.{dim} AS at" for dim in dims)])
        values = [one if isinstance(one, QueryString) else QueryString(one) for one in chosen]
        join = "CROSS JOIN" if self._database.kind == "sqlite" else "JOIN"
        on = "WHERE" if self._database.kind == "sqlite" else "ON"
        rows = await self._database.rows(
            QueryString(
                f"SELECT {named}, {', '.join(['{}'] * len(values))} FROM ({source}) m {join} {table} {on} "
                f"t.agency = m.agency AND {' AND '.join(['{}'] * len(where))} "
                f"GROUP BY {columns} LIMIT {MOST_CELLS}",
                *values,
                self._mapping,
                *where,
            )
        )
        if len(rows) == MOST_CELLS:
            raise AskInvalid(
                "groupBy", "groupBy: gives too many groups: ask for a shorter period or fewer dimensions"
            )
        return rows

    def _add(self, row: Row, day: str) -> None:
        query = self._query
        cell = (
            self._places[row["place"]],
            row["procedure"] if query.by_procedure else "",
            row["channel"] if query.by_channel else "",
            bucket(_day(day, row["at"]), query.time) if query.time else "",
        )
        held = self._counts.setdefault(cell, {})
        for name in query.measures:
            number = row.get(name)
            if number:
                held[name] = held.get(name, 0) + int(number)


def _summed(measure: Measure | Live, day: int | None = None) -> QueryString:
    condition = predicate(measure, "t")
    given = [day] if isinstance(measure, Live) else []
    return QueryString(
        f"SUM(CASE WHEN {condition} THEN {amount(measure, 't')} ELSE 0 END) AS {measure.name}", *given
    )


def _any(column: str, values: Sequence[int]) -> QueryString:
    """Runs of numbers as bounds: an index can follow them."""
    if values == list(range(values[0], values[-1] + 1)):
        return QueryString(f"{column} >= {{}} AND {column} <= {{}}", values[0], values[-1])
    return QueryString(f"{column} IN ({', '.join(map(str, values))})")


def _between(column: str, span: Span) -> QueryString:
    return QueryString(f"{column} >= {{}} AND {column} <= {{}}", span.start.toordinal(), span.end.toordinal())


def _days(span: Span) -> QueryString:
    return QueryString("({})", _between("t.day", span))


def _day(kind: str, value: int) -> date:
    """The first day of a row's period."""
    if kind == Grain.MONTH:
        return date(value // 100, value % 100, 1)
    return date(value, 1, 1) if kind == Grain.YEAR else date.fromordinal(value)
