"""Promise beside practice, for every pair of procedure and agency."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import ceil

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database
from registry.metrics.answer import Period
from registry.metrics.boundaries import atlas
from registry.metrics.cursors import pack, unpack
from registry.metrics.holdings import Holdings
from registry.metrics.periods import Span, check_span
from registry.metrics.points import ratio
from registry.metrics.practice.answer import Practice, Practices, Sort, Times
from registry.metrics.practice.pairs import Pair, Place, counted, every, ordered, small
from registry.metrics.practice.records import ended, unit_of, versions
from registry.metrics.practice.spans import Length, lengths
from registry.metrics.practice.times import by_calendar, decimal, median, percentile, promised, scale
from registry.metrics.reading import reading
from registry.metrics.territory import Scope, territory
from registry.procedure import ProcessingTime
from registry.vocabulary import Channel, TimeUnit

BY_PAIR = 1000
"""Up to so many pairs are read each by its own place in the index; for more, whole agencies are read."""


class Promised(msgspec.Struct, frozen=True):
    """What a version is called, and what it promises by channel."""

    name: str
    times: dict[str, ProcessingTime | None]


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

    Without ``full`` the numbers of fewer than five dossiers are hidden, and pairs stand in the order of their
    codes where the order would tell them. Raises ``AgencyNotFound`` and ``AskInvalid``.
    """
    span = check_span(start, end)
    after = None if cursor is None else _position(cursor)
    async with reading(database) as (found, now):
        land = territory(atlas(found), Scope(agency), span, end)
        codes = None if agency is None else sorted(land.spans())
        query = counted(codes, procedure, span)
        if sort is Sort.OVER:
            page, total = await _over_first(database, found, query, span, full=full, after=after)
        else:
            page, total = await ordered(database, query, sort, full=full, after=after, limit=limit + 1)
        lines = await _lines(database, found, [pair for _, pair in page[:limit]], span)
    items = [lines[pair.agency, pair.procedure] for _, pair in page[:limit]]
    return Practices(
        period=Period(start, end),
        agency=agency,
        agency_name=names_of(found).get(agency) if agency else None,
        procedure=procedure,
        sort=sort.value,
        pairs=total,
        items=tuple(items if full else map(hidden, items)),
        next=pack(*page[limit - 1][0]) if len(page) > limit else None,
        revisions=now,
    )


async def overall(
    database: Database, procedure: str, start: date, end: date, *, full: bool = True
) -> Practice | None:
    """Promise and practice of one procedure in a period with all agencies together; ``None`` where no dossier was
    finished. ``agency`` is empty. Without ``full`` small numbers are hidden. Raises ``AskInvalid``."""
    span = check_span(start, end)
    pairs = await every(database, counted(None, procedure, span))
    if not pairs:
        return None
    async with reading(database) as (found, _):
        own = await _lengths(database, pairs, span)
        known = await _known(database, found, {one.version for one in own})
    latest = known.get(max(one.version for one in own))
    count, on_time = sum(one.many for one in own), sum(one.on_time for one in own)
    line = Practice(
        procedure=procedure,
        name=latest.name if latest else procedure,
        agency="",
        agency_name="",
        count=count,
        on_time=on_time,
        share=ratio(on_time, count),
        times=_times(own, known),
    )
    return line if full else hidden(line)


async def _over_first(
    database: Database, found: Holdings, query: QueryString, span: Span, *, full: bool, after: Place | None
) -> tuple[list[tuple[Place, Pair]], int]:
    """The pairs beyond a place, the longest over their promise first: every dossier is looked at."""
    pairs = await every(database, query)
    lines = await _lines(database, found, pairs, span)
    ranked = sorted((_place(pair, lines, full=full), pair) for pair in pairs)
    return [one for one in ranked if after is None or one[0] > after], len(pairs)


def names_of(found: Holdings) -> dict[str, str]:
    """The latest name of each agency."""
    return found.once("names", lambda: {one.code: one.name for one in found.bodies})


def _position(cursor: str) -> Place:
    order, procedure, agency = unpack(cursor, float, str, str)
    return order, procedure, agency


def _place(pair: Pair, lines: dict[tuple[str, str], Practice], *, full: bool) -> Place:
    """Where a pair stands by how far it is over its promise; what is hidden stands at the end."""
    if not full and small(pair.resolved, pair.on_time):
        return 1.0, pair.procedure, pair.agency
    return -_over(lines[pair.agency, pair.procedure]), pair.procedure, pair.agency


def _over(line: Practice) -> float:
    """The longest median against what its promise allows: 1 is as promised. Dossiers carry days, so parts of a day
    allow the whole of it. Without a promise nothing is over it."""
    found = [0.0]
    for one in line.times:
        if one.promise and one.median is not None:
            step = scale(TimeUnit(one.unit))
            found.append(one.median / float(ceil(Fraction(one.promise) / step) * step))
    return max(found)


async def _lines(
    database: Database, found: Holdings, pairs: Sequence[Pair], span: Span
) -> dict[tuple[str, str], Practice]:
    grouped: dict[tuple[str, str], list[Length]] = defaultdict(list)
    for length in await _lengths(database, pairs, span):
        grouped[length.agency, length.procedure].append(length)
    known = await _known(database, found, {one.version for own in grouped.values() for one in own})
    names, lines = names_of(found), {}
    for pair in pairs:
        own = grouped[pair.agency, pair.procedure]
        latest = known.get(max(one.version for one in own))
        lines[pair.agency, pair.procedure] = Practice(
            procedure=pair.procedure,
            name=latest.name if latest else pair.procedure,
            agency=pair.agency,
            agency_name=names.get(pair.agency, pair.agency),
            count=pair.resolved,
            on_time=pair.on_time,
            share=ratio(pair.on_time, pair.resolved),
            times=_times(own, known),
        )
    return lines


async def _known(database: Database, found: Holdings, numbers: set[int]) -> dict[int, Promised]:
    """What versions promise, each read once for a revision of the catalogue."""
    kept: dict[int, Promised] = found.once("promised", dict)
    for number, one in (await versions(database, numbers - kept.keys())).items():
        kept[number] = Promised(one.name, {channel.value: promised(one, channel) for channel in Channel})
    return kept


async def _lengths(database: Database, pairs: Sequence[Pair], span: Span) -> list[Length]:
    """How long the dossiers of these pairs took."""
    if not pairs:
        return []
    if len(pairs) <= BY_PAIR:
        return await lengths(database, span, ended(None, None, span), [pair[:2] for pair in pairs])
    where = ended(sorted({pair.agency for pair in pairs}), None, span)
    wanted = {(pair.agency, pair.procedure) for pair in pairs}
    return [one for one in await lengths(database, span, where) if one[:2] in wanted]


def _times(own: Sequence[Length], known: dict[int, Promised]) -> tuple[Times, ...]:
    """What dossiers took, apart for each promise that they were received under."""
    apart: dict[ProcessingTime | None, list[Length]] = defaultdict(list)
    for one in own:
        promise = known[one.version].times[one.channel] if one.version in known else None
        apart[promise].append(one)
    found = [_time(promise, members) for promise, members in apart.items()]
    return tuple(sorted(found, key=lambda one: (-(one.count or 0), one.promise or 0.0, one.text)))


def _time(promise: ProcessingTime | None, members: Sequence[Length]) -> Times:
    unit = unit_of(promise)
    taken: Counter[int] = Counter()
    for one in members:
        taken[one.days if by_calendar(unit) else one.working] += one.many
    count, on_time = sum(taken.values()), sum(one.on_time for one in members)
    came = {one.channel for one in members}
    value = promise.value if promise else None
    return Times(
        promise=None if value is None else float(value),
        promise_unit=promise.unit.value if promise else None,
        text=promise.text if promise else "",
        channels=tuple(channel.value for channel in Channel if channel.value in came),
        unit=unit.value,
        count=count,
        on_time=on_time,
        share=ratio(on_time, count),
        median=decimal(median(taken) * scale(unit)),
        p90=decimal(percentile(taken, 90) * scale(unit)),
    )


def hidden(line: Practice) -> Practice:
    """The line as everyone may see it. A part that is too small hides all parts, or it would follow."""
    whole = small(line.count, line.on_time)
    if not whole and not any(small(one.count, one.on_time) for one in line.times):
        return line
    blank = {"count": None, "on_time": None, "share": None, "hidden": True}
    times = tuple(msgspec.structs.replace(one, median=None, p90=None, **blank) for one in line.times)
    shown = msgspec.structs.replace(line, times=times)
    return msgspec.structs.replace(shown, **blank) if whole else shown
