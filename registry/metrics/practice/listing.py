"""Promise beside practice, for every pair of procedure and agency."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.facts import Fact
from registry.engine import Database, Row
from registry.metrics.answer import Period
from registry.metrics.boundaries import atlas
from registry.metrics.cursors import pack, unpack
from registry.metrics.periods import DAY, Span, check_span
from registry.metrics.points import ratio
from registry.metrics.practice.answer import Practice, Practices, Sort, Times
from registry.metrics.practice.records import ended, unit_of, versions, within
from registry.metrics.practice.times import Clockwork, decimal, median, percentile, promised, scale
from registry.metrics.reading import reading
from registry.metrics.territory import Scope, territory
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel

SMALL = 5
"""Fewer dossiers than this are not shown to everyone."""
BY_PAIR = 200
"""Up to so many pairs are read each by its own place in the index; for more, whole agencies are read."""
_COLUMNS = "d.agency, d.procedure, d.channel, d.version, d.received, d.finished, d.suspended, d.facts"

LAST = 1e18
Place = tuple[float, str, str]


class Pair(NamedTuple):
    """A procedure with an agency, how many dossiers were finished, and how many of them on time."""

    agency: str
    procedure: str
    resolved: int
    on_time: int


async def practice(
    database: Database,
    start: date,
    end: date,
    *,
    agency: str | None = None,
    procedure: str | None = None,
    sort: Sort = Sort.COUNT,
    limit: int = 50,
    cursor: str | None = None,
    full: bool = True,
) -> Practices:
    """Promise and practice of an agency and all below it in a period (its first and last day).

    Without ``full`` the numbers of fewer than ``SMALL`` dossiers are hidden, and pairs stand in the order of their
    codes where the order would tell them. Raises ``AgencyNotFound`` and ``AskInvalid``.
    """
    span = check_span(start, end)
    after = None if cursor is None else _position(cursor)
    async with reading(database) as (found, now):
        land = territory(atlas(found), Scope(agency), span, end)
        codes = None if agency is None else sorted(land.spans())
        names = {one.code: one.name for one in found.bodies}
        pairs = await _pairs(database, codes, procedure, span)
        lines: dict[tuple[str, str], Practice] = {}
        if sort is Sort.OVER:
            lines = await _lines(database, pairs, names, span)
        places = sorted((_place(pair, sort, lines, full=full), pair) for pair in pairs)
        rest = [one for one in places if after is None or one[0] > after]
        page = rest[:limit]
        if sort is not Sort.OVER:
            lines = await _lines(database, [pair for _, pair in page], names, span)
    items = tuple(lines[pair.agency, pair.procedure] for _, pair in page)
    return Practices(
        period=Period(start, end),
        agency=agency,
        agency_name=names.get(agency) if agency else None,
        procedure=procedure,
        sort=sort.value,
        pairs=len(pairs),
        items=items if full else tuple(hidden(one) for one in items),
        next=pack(*page[-1][0]) if len(rest) > limit else None,
        revisions=now,
    )


def _position(cursor: str) -> Place:
    order, procedure, agency = unpack(cursor, float, str, str)
    return order, procedure, agency


def _place(pair: Pair, sort: Sort, lines: dict[tuple[str, str], Practice], *, full: bool) -> Place:
    """Where a pair stands in the list; what is hidden stands at its end."""
    if sort is Sort.PROCEDURE:
        return 0.0, pair.procedure, pair.agency
    if not full and pair.resolved < SMALL:
        return LAST, pair.procedure, pair.agency
    if sort is Sort.COUNT:
        return -pair.resolved, pair.procedure, pair.agency
    if sort is Sort.LATE:
        return pair.on_time / pair.resolved, pair.procedure, pair.agency
    return -_over(lines[pair.agency, pair.procedure]), pair.procedure, pair.agency


def _over(line: Practice) -> float:
    """The longest median against its promise: 1 is as promised. Without a promise nothing is over it."""
    found = [one.median / one.promise for one in line.times if one.promise and one.median is not None]
    return max(found, default=0.0)


async def _pairs(database: Database, codes: Sequence[str] | None, procedure: str | None, span: Span) -> list[Pair]:
    """Pairs with dossiers: from the tallies where the period is whole months, else from the records."""
    if span.start.day == 1 and (span.end + DAY).day == 1:
        first, last = (day.year * 100 + day.month for day in (span.start, span.end))
        months = QueryString("d.month >= {} AND d.month <= {} AND d.resolved > 0", first, last)
        conditions = [months, *within(codes, procedure)]
        where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
        counted = "SUM(d.resolved) AS n, SUM(d.resolved_on_time) AS kept FROM tally_cell d"
    else:
        where = ended(codes, procedure, span)
        kept = f"SUM(CASE WHEN d.facts & {int(Fact.LATE)} = 0 THEN 1 ELSE 0 END)"
        counted = f"COUNT(*) AS n, {kept} AS kept FROM dossier d"
    rows = await database.rows(
        QueryString(f"SELECT d.agency, d.procedure, {counted} WHERE {{}} GROUP BY d.agency, d.procedure", where)
    )
    return [Pair(row["agency"], row["procedure"], int(row["n"]), int(row["kept"])) for row in rows]


async def _lines(
    database: Database, pairs: Sequence[Pair], names: dict[str, str], span: Span
) -> dict[tuple[str, str], Practice]:
    rows = await _dossiers(database, pairs, span)
    known = await versions(database, (row["version"] for row in rows))
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["agency"], row["procedure"]].append(row)
    first = min((row["received"] for row in rows), default=1)
    clockwork = Clockwork(first, span.end.toordinal())
    found = {}
    for pair in pairs:
        own = grouped[pair.agency, pair.procedure]
        latest = known.get(max(row["version"] for row in own))
        found[pair.agency, pair.procedure] = Practice(
            procedure=pair.procedure,
            name=latest.name if latest else pair.procedure,
            agency=pair.agency,
            agency_name=names.get(pair.agency, pair.agency),
            count=pair.resolved,
            on_time=pair.on_time,
            share=ratio(pair.on_time, pair.resolved),
            times=_times(own, known, clockwork),
        )
    return found


async def _dossiers(database: Database, pairs: Sequence[Pair], span: Span) -> list[Row]:
    """The finished dossiers of these pairs."""
    if not pairs:
        return []
    if len(pairs) <= BY_PAIR:
        marks = QueryString(
            ", ".join(["({}, {})"] * len(pairs)), *(part for one in pairs for part in (one.agency, one.procedure))
        )
        wanted = QueryString("(d.agency, d.procedure) IN (VALUES {})", marks)
        where = QueryString("{} AND {}", wanted, ended(None, None, span))
        return await database.rows(QueryString(f"SELECT {_COLUMNS} FROM dossier d WHERE {{}}", where))
    where = ended(sorted({pair.agency for pair in pairs}), None, span)
    rows = await database.rows(QueryString(f"SELECT {_COLUMNS} FROM dossier d WHERE {{}}", where))
    wanted_pairs = {(pair.agency, pair.procedure) for pair in pairs}
    return [row for row in rows if (row["agency"], row["procedure"]) in wanted_pairs]


def _times(rows: Sequence[Row], known: dict[int, Procedure], clockwork: Clockwork) -> tuple[Times, ...]:
    """What dossiers took, apart for each promise that they were received under."""
    promises = {
        (version, channel): promised(known[version], channel) if version in known else None
        for version, channel in {(row["version"], row["channel"]) for row in rows}
    }
    apart: dict[ProcessingTime | None, list[Row]] = defaultdict(list)
    for row in rows:
        apart[promises[row["version"], row["channel"]]].append(row)
    found = [_time(promise, own, clockwork) for promise, own in apart.items()]
    return tuple(sorted(found, key=lambda one: (-(one.count or 0), one.promise or 0.0, one.text)))


def _time(promise: ProcessingTime | None, rows: Sequence[Row], clockwork: Clockwork) -> Times:
    unit = unit_of(promise)
    days = sorted(clockwork.days(row["received"], row["finished"], row["suspended"], unit) for row in rows)
    on_time = sum(not row["facts"] & Fact.LATE for row in rows)
    came = {row["channel"] for row in rows}
    value = promise.value if promise else None
    return Times(
        promise=None if value is None else float(value),
        promise_unit=promise.unit.value if promise else None,
        text=promise.text if promise else "",
        channels=tuple(channel.value for channel in Channel if channel.value in came),
        unit=unit.value,
        count=len(rows),
        on_time=on_time,
        share=ratio(on_time, len(rows)),
        median=decimal(median(days) * scale(unit)),
        p90=decimal(Fraction(percentile(days, 90)) * scale(unit)),
    )


def hidden(line: Practice) -> Practice:
    """The line as everyone may see it. A part that is too small hides all parts, or it would follow."""
    counts = [one.count or 0 for one in line.times]
    small = (line.count or 0) < SMALL
    if not small and min(counts, default=SMALL) >= SMALL:
        return line
    blank = {"count": None, "on_time": None, "share": None, "hidden": True}
    times = tuple(msgspec.structs.replace(one, median=None, p90=None, **blank) for one in line.times)
    shown = msgspec.structs.replace(line, times=times)
    return msgspec.structs.replace(shown, **blank) if small else shown
