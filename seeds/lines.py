"""How many dossiers each office receives of each procedure: a report's total, shared out as life would."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from math import exp

import msgspec
from msgspec.structs import replace

from registry.calendar import due
from registry.intake.events import AnyEvent, VersionEvent
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel, FeeState, Level, Role, TimeUnit
from seeds.apportion import apportion
from seeds.chance import draw, generator
from seeds.offices import Office, offices
from seeds.rhythm import Days
from seeds.sources import Popular, Stream

_TODAY = ProcessingTime(TimeUnit.WORKING_DAY, 1)  # "in the day, or on the next working day"
_MIDDLE = 0.02  # how often a procedure in the middle is asked for
_LATE = 4  # days by which what is late must have been due before the end
_TOWNS = ("Ủy ban nhân dân phường", "Ủy ban nhân dân thị trấn", "Ủy ban nhân dân thành phố")


class Span(msgspec.Struct, frozen=True):
    """What a procedure's version means for its dossiers. Days are numbers of the period: what is received from
    ``tail`` on is not due before the end, what is received after ``settled`` cannot be late by then."""

    procedure: Procedure
    level: Level
    first: int
    last: int
    time: ProcessingTime
    tail: int
    settled: int
    online: bool
    paid: bool


class Line(msgspec.Struct):
    """The dossiers of one version at one office: how many, and how many of them are what."""

    office: Office
    span: Span
    code: str
    first: int
    last: int
    weight: float
    count: int = 0
    quotas: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def ended(self) -> int:
        return self.count - self.quotas["running"] - self.quotas["overdue"]


def spans(events: Sequence[AnyEvent], days: Days) -> list[Span]:
    """The versions in force in the period, of the procedures that are in force on its last day."""
    versions = [event for event in events if isinstance(event, VersionEvent)]
    alive = {v.code for v in versions if v.valid_from <= days.last and (v.valid_to or date.max) > days.last}
    tails = cache(lambda time: _tail(time, days))
    found = []
    for version in versions:
        held = version.valid_from <= days.last and (version.valid_to or date.max) > days.first
        if version.code in alive and held and version.procedure.by_role(Role.EXECUTING):
            found.append(_span(version, days, *tails(_time(version.procedure))))
    return found


def _span(version: VersionEvent, days: Days, tail: int, settled: int) -> Span:
    procedure = version.procedure
    return Span(
        procedure=procedure,
        level=procedure.levels[0],
        first=days.number(version.valid_from),
        last=days.number(version.valid_to - timedelta(days=1)) if version.valid_to else days.count - 1,
        time=_time(procedure),
        tail=tail,
        settled=settled,
        online=Channel.ONLINE in procedure.channels,
        paid=procedure.fee is FeeState.AMOUNT,
    )


def _time(procedure: Procedure) -> ProcessingTime:
    times = (way.time for way in procedure.ways if way.time and way.time.value is not None)
    return next(times, _TODAY)


def _tail(time: ProcessingTime, days: Days) -> tuple[int, int]:
    tail = days.count
    while tail and (due(days.day(tail - 1), time) or date.max) >= days.last:
        tail -= 1
    settled = tail - 1
    while settled >= 0 and (due(days.day(settled), time) or date.max) > days.last - timedelta(days=_LATE):
        settled -= 1
    return tail, settled


def lines(stream: Stream, popular: Sequence[Popular], events: Sequence[AnyEvent], days: Days) -> list[Line]:
    """The lines of a stream that have dossiers, with their counts, by office.

    Raises ``ValueError`` where its totals cannot be met.
    """
    bodies = {office.code: office for office in offices(events, stream, days)}
    held = spans(events, days)
    chosen = _fee_services(stream, held)
    held = [span for span in held if not span.paid or span.procedure.code in chosen]
    asked = _asked(held, popular)
    online = _online_services(stream, held, asked)
    held = [replace(span, online=span.procedure.code in online) if span.online else span for span in held]
    sums = days.sums(stream.about)[0]
    sizes = {office.code: _size(office) for office in bodies.values()}
    habit = generator("habit", stream.about).random
    found = [
        _line(span, office, asked[span.procedure.code] * sizes[office.code] * exp(1.6 * (habit() - 0.5)), sums)
        for span in held
        for office in _at(span, bodies)
        if max(span.first, office.first) <= min(span.last, office.last)
    ]
    _level(stream, found)
    certain = chosen | (online if stream.online_services else set())
    floors = [0] * len(found)
    for place in heaviest([line.code for line in found], [line.weight for line in found]):
        floors[place] = int(found[place].code in certain)
    for line, count in zip(
        found, apportion(stream.received, [line.weight for line in found], None, floors), strict=True
    ):
        line.count = count
    return sorted((line for line in found if line.count), key=lambda line: line.office.code)


def heaviest(codes: Sequence[str], weights: Sequence[float]) -> list[int]:
    """For each code the place of its greatest weight."""
    best: dict[str, int] = {}
    for place, code in enumerate(codes):
        if code not in best or weights[place] > weights[best[code]]:
            best[code] = place
    return list(best.values())


def _online_services(stream: Stream, held: Sequence[Span], asked: dict[str, float]) -> set[str]:
    """The procedures that ever come online; those most asked for are likelier."""
    codes = sorted({span.procedure.code for span in held if span.online})
    if not stream.online_services:
        return set(codes)
    if len(codes) < stream.online_services:
        raise ValueError(
            f"{stream.about}: {len(codes)} procedures are online, {stream.online_services} are asked for"
        )
    likely = sorted(codes, key=lambda code: -asked[code] * (0.2 + _chance("online", stream.about, code)))
    return set(likely[: stream.online_services])


def _fee_services(stream: Stream, held: Sequence[Span]) -> set[str]:
    codes = sorted({span.procedure.code for span in held if span.paid})
    if not stream.fee_services:
        return set(codes)
    if len(codes) < stream.fee_services:
        raise ValueError(
            f"{stream.about}: {len(codes)} procedures bear a fee, {stream.fee_services} are asked for"
        )
    return set(sorted(codes, key=lambda code: draw("fee", stream.about, code))[: stream.fee_services])


def _at(span: Span, bodies: dict[str, Office]) -> list[Office]:
    """The offices that receive it: those that it names, or all of its level where it names a class of them."""
    executing = span.procedure.by_role(Role.EXECUTING)
    if any(agency.code is None for agency in executing):
        return [office for office in bodies.values() if office.level is span.level]
    return [bodies[agency.code] for agency in executing if agency.code in bodies]


def _asked(held: Sequence[Span], popular: Sequence[Popular]) -> dict[str, float]:
    """How often a procedure is asked for: a few very often, most of them rarely."""
    titles = {span.procedure.code: (span.level, span.procedure.name) for span in held}
    ranks: Counter[Level] = Counter()
    found = {}
    for code, (level, title) in sorted(titles.items(), key=lambda pair: draw("asked", pair[0])):
        ranks[level] += 1
        times = next((one.times for one in popular if title.startswith(one.starts)), None)
        found[code] = times * _MIDDLE if times else 1 / (4 + ranks[level])
    return found


def _size(office: Office) -> float:
    return (1.9 if office.name.startswith(_TOWNS) else 1) * exp(1.1 * (_chance("size", office.code) - 0.5))


def _line(span: Span, office: Office, asked: float, sums: list[float]) -> Line:
    first, last = max(span.first, office.first), min(span.last, office.last)
    days = (sums[last] - (sums[first - 1] if first else 0)) / sums[-1]
    return Line(office, span, span.procedure.code, first, last, asked * days)


def _level(stream: Stream, found: Sequence[Line]) -> None:
    """Scale the weights to the shares of the levels; those without a share get none."""
    sums: defaultdict[Level, float] = defaultdict(float)
    for line in found:
        sums[line.span.level] += line.weight
    for line in found:
        line.weight *= stream.levels.get(line.span.level.value, 0) / sums[line.span.level]


def _chance(*about: object) -> float:
    return draw(*about) / 2**64
