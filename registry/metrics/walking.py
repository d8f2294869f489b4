"""Walking dossiers through their tallies, in the order of agency, procedure, channel, month, day and key."""

from collections.abc import Iterator
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.dossier import State
from registry.dossiers.facts import Fact
from registry.dossiers.measures import BY_NAME, Clock, Live, Measure, amount, predicate
from registry.engine import Database, Row
from registry.metrics.answer import AnyRecord, DossierRecord
from registry.metrics.ask import AskInvalid
from registry.metrics.cursors import pack, unpack
from registry.metrics.periods import Span
from registry.metrics.scene import Scene
from registry.metrics.sides import Dossiers

CELLS = 200
_STATES = tuple(State)
_CELLS = {
    "sqlite": "SELECT json_extract(value, '$[0]') AS n, json_extract(value, '$[1]') AS agency, "
    "json_extract(value, '$[2]') AS procedure, json_extract(value, '$[3]') AS channel, "
    "json_extract(value, '$[4]') AS low, json_extract(value, '$[5]') AS high FROM json_each({})",
    "postgres": "SELECT (value->>0)::int AS n, value->>1 AS agency, value->>2 AS procedure, value->>3 AS channel, "
    "(value->>4)::int AS low, (value->>5)::int AS high FROM jsonb_array_elements({}::jsonb)",
}
_SHOWN = "t.key, t.agency, t.procedure, t.channel, t.received, t.due, t.finished, t.state, t.facts"


class Cell(msgspec.Struct, frozen=True):
    """A row of the finest tally, by its key; it has no more than ``most`` records of the term."""

    agency: str
    procedure: str
    channel: str
    month: int
    most: int = 0


class Mark(msgspec.Struct, frozen=True):
    """Where a page ended: its cell, and the day and key of its last record."""

    cell: Cell
    day: int
    key: str


class Walk:
    """The dossiers that a sum of measures counts, each with what it adds to the sum."""

    def __init__(self, database: Database, settled: Scene, term: Dossiers) -> None:
        self._database = database
        self._settled = settled
        self._term = term
        self._spans = {code: _joined([span for span, _ in days]) for code, days in settled.land.spans().items()}
        self._codes: list[str] = []
        self._procedures = settled.procedures

    async def page(self, limit: int, cursor: str | None) -> tuple[list[AnyRecord], str | None]:
        """Up to ``limit`` records after ``cursor``, and the cursor after them."""
        mark = _mark(cursor) if cursor is not None else None
        counted = await self._database.rows(QueryString("SELECT DISTINCT agency FROM tally_year"))
        self._codes = sorted(row["agency"] for row in counted if row["agency"] in self._spans)
        found: list[Row] = []
        after = mark.cell if mark else None
        if mark is not None:
            found += await self._dossiers([mark.cell], limit + 1, mark)
        while len(found) <= limit:
            cells = await self._cells(after)
            if not cells:
                break
            for some in _portions(cells, limit + 1):
                found += await self._dossiers(some, limit + 1 - len(found), None)
                if len(found) > limit:
                    break
            after = cells[-1]
        page = found[:limit]
        return [_record(row) for row in page], self._cursor(page[-1]) if len(found) > limit else None

    def _cursor(self, row: Row) -> str:
        day = row[self._term.clock.value]
        month = date.fromordinal(day)
        return pack(
            row["agency"], row["procedure"], row["channel"], month.year * 100 + month.month, day, row["key"].hex()
        )

    async def _cells(self, after: Cell | None) -> list[Cell]:
        """The next rows of the finest tally that count anything of the term, in the order of their key."""
        found: list[Cell] = []
        start = 0
        if after is not None:
            start = next((n for n, code in enumerate(self._codes) if code >= after.agency), len(self._codes))
        for code in self._codes[start:]:
            at = after if after is not None and after.agency == code else None
            found += await self._cells_of(code, at)
            if len(found) >= CELLS:
                break
        return found

    async def _cells_of(self, code: str, after: Cell | None) -> list[Cell]:
        where = [QueryString("c.agency = {}", code), self._months(code), self._counting()]
        if after is not None:
            where.append(
                QueryString(
                    "(c.procedure, c.channel, c.month) > ({}, {}, {})",
                    after.procedure,
                    after.channel,
                    after.month,
                )
            )
        ask = self._settled.ask
        if ask.channel is not None:
            where.append(QueryString("c.channel = {}", ask.channel.value))
        if self._procedures is not None:
            marks = QueryString(", ".join(["{}"] * len(self._procedures)) or "NULL", *sorted(self._procedures))
            where.append(QueryString("c.procedure IN ({})", marks))
        rows = await self._database.rows(
            QueryString(
                f"SELECT c.procedure, c.channel, c.month, {' + '.join(self._names())} AS most FROM tally_cell c "
                f"WHERE {' AND '.join(['{}'] * len(where))} ORDER BY c.procedure, c.channel, c.month LIMIT {{}}",
                *where,
                CELLS,
            )
        )
        return [Cell(code, row["procedure"], row["channel"], row["month"], row["most"]) for row in rows]

    def _months(self, code: str) -> QueryString:
        parts = [
            QueryString("(c.month >= {} AND c.month <= {})", _month(span.start), _month(span.end))
            for span in self._spans[code]
        ]
        return QueryString(f"({' OR '.join(['{}'] * len(parts))})", *parts)

    def _counting(self) -> QueryString:
        """That a row counts anything which the term adds."""
        return QueryString(f"({' OR '.join(f'{name} > 0' for name in self._names())})")

    def _names(self) -> list[str]:
        """The columns that the term adds up; what is overdue is among what was received."""
        live = {name for name, _ in self._term.measures if isinstance(BY_NAME[name], Live)}
        names = {"received" if name in live else name for name, factor in self._term.measures if factor > 0}
        return [f"c.{name}" for name in sorted(names)]

    async def _dossiers(self, cells: list[Cell], limit: int, mark: Mark | None) -> list[Row]:
        """Records of cells that the term counts, after ``mark``."""
        column = self._term.clock.value
        where = [
            QueryString("t.agency = c.agency AND t.procedure = c.procedure AND t.channel = c.channel"),
            QueryString(f"t.{column} >= c.low AND t.{column} <= c.high"),
        ]
        if self._term.clock is Clock.FINISHED:  # the index knows the day received alone
            where.append(QueryString("t.received <= c.high"))
        if mark is not None:
            where.append(QueryString(f"(t.{column}, t.key) > ({{}}, {{}})", mark.day, bytes.fromhex(mark.key)))
        added = self._added()
        days = [(n, *piece) for n, cell in enumerate(cells) for piece in self._days(cell)]
        return await self._database.rows(
            QueryString(
                f"SELECT {_SHOWN}, {{}} AS adds FROM ({_CELLS[self._database.kind]}) c CROSS JOIN dossier t "
                f"WHERE {' AND '.join(['{}'] * len(where))} AND ({{}}) <> 0 "
                f"ORDER BY c.n, t.{column}, t.key LIMIT {{}}",
                added,
                msgspec.json.encode(days).decode(),
                *where,
                added,
                limit,
            )
        )

    def _days(self, cell: Cell) -> list[tuple[str, str, str, int, int]]:
        """A cell with each run of days of its month on which its agency is asked about."""
        first = date(cell.month // 100, cell.month % 100, 1)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        low, high = first.toordinal(), following.toordinal() - 1
        return [
            (
                cell.agency,
                cell.procedure,
                cell.channel,
                max(low, span.start.toordinal()),
                min(high, span.end.toordinal()),
            )
            for span in self._spans.get(cell.agency, ())
            if span.start.toordinal() <= high and span.end.toordinal() >= low
        ]

    def _added(self) -> QueryString:
        """What a record adds to the term."""
        day = self._settled.as_of.toordinal()
        parts = []
        for name, factor in self._term.measures:
            one: Measure | Live = BY_NAME[name]
            given = [day] if isinstance(one, Live) else []
            sign = "+" if factor > 0 else "-"
            text = f"{sign} CASE WHEN {predicate(one, 't')} THEN {amount(one, 't')} ELSE 0 END"
            parts.append(QueryString(text, *given))
        return QueryString(f"0 {' '.join(['{}'] * len(parts))}", *parts)


def _portions(cells: list[Cell], wanted: int) -> Iterator[list[Cell]]:
    """Cells in portions that may hold as many records as are wanted, so that few are read in vain."""
    portion: list[Cell] = []
    held = 0
    for cell in cells:
        portion.append(cell)
        held += cell.most
        if held >= wanted:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion


def _mark(cursor: str) -> Mark:
    agency, procedure, channel, month, day, key = unpack(cursor, str, str, str, int, int, str)
    try:
        date(month // 100, month % 100, 1)
        date.fromordinal(day)
        bytes.fromhex(key)
        if "\0" in agency + procedure + channel:
            raise ValueError(cursor)
    except (ValueError, OverflowError) as error:
        raise AskInvalid("cursor", "cursor: give the `next` of the page before, or leave it out") from error
    return Mark(Cell(agency, procedure, channel, month), day, key)


def _joined(spans: list[Span]) -> list[Span]:
    """Days in as few runs as possible: groups do not matter to records."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and found[-1].end.toordinal() + 1 == span.start.toordinal():
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _month(day: date) -> int:
    return day.year * 100 + day.month


def _record(row: Row) -> DossierRecord:
    return DossierRecord(
        key=row["key"].hex(),
        procedure=row["procedure"],
        agency=row["agency"],
        channel=row["channel"],
        received=date.fromordinal(row["received"]),
        due=date.fromordinal(row["due"]) if row["due"] else None,
        finished=date.fromordinal(row["finished"]) if row["finished"] else None,
        state=_STATES[row["state"]].value,
        facts=tuple((fact.name or "").lower().replace("_", "-") for fact in Fact if row["facts"] & fact),
        count=row["adds"],
    )
