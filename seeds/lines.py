"""How many dossiers each office receives of each procedure: a report's total, shared out as life would."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import exp

import msgspec
from msgspec.structs import replace

from registry.intake.events import AnyEvent
from registry.vocabulary import Level, Role
from seeds.apportion import apportion
from seeds.chance import draw, generator
from seeds.offices import Office, offices
from seeds.rhythm import Days
from seeds.spans import Span, spans
from seeds.wanted import Popular, Stream

_MIDDLE = 0.02  # how often a procedure in the middle is asked for
_TOWNS = ("Ủy ban nhân dân phường", "Ủy ban nhân dân thị trấn", "Ủy ban nhân dân thành phố")


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
    _count(stream, found, chosen | (online if stream.online_services else set()))
    return sorted((line for line in found if line.count), key=lambda line: line.office.code)


def _count(stream: Stream, found: Sequence[Line], certain: set[str]) -> None:
    """Share out what is received; the ``certain`` procedures have at least one dossier."""
    weights = [line.weight for line in found]
    shares = apportion(stream.received, weights, None, once(found, weights, certain))
    for line, share in zip(found, shares, strict=True):
        line.count = share


def once(found: Sequence[Line], weights: Sequence[float], codes: set[str]) -> list[int]:
    """Floors by which each of these procedures has at least one, where its weight is greatest."""
    best: dict[str, int] = {}
    for place, line in enumerate(found):
        if line.code in codes and (line.code not in best or weights[place] > weights[best[line.code]]):
            best[line.code] = place
    chosen = set(best.values())
    return [int(place in chosen) for place in range(len(found))]


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
