"""What an ask is about, settled: its days, its agencies, its procedures, and how its groups are told apart."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product

import msgspec

from registry import clock
from registry.metrics.ask import TIMES, Ask, AskInvalid, Boundaries, Dimension
from registry.metrics.boundaries import Atlas, atlas
from registry.metrics.holdings import Held, Holdings
from registry.metrics.periods import Span, buckets, check_span
from registry.metrics.tallying import Cell
from registry.metrics.territory import Scope, Territory, territory
from registry.metrics.traits import UNKNOWN

Key = tuple[str, ...]
MOST_BUCKETS = 1000


class Scene(msgspec.Struct, frozen=True):
    """An ask over the holdings of one revision. ``group_by`` may be other than the ask's: none for its total."""

    found: Holdings
    ask: Ask
    span: Span
    as_of: date
    land: Territory
    group_by: tuple[Dimension, ...]
    peers: tuple[str, ...] = ()

    @property
    def map(self) -> Atlas:
        return atlas(self.found)

    @property
    def time(self) -> Dimension | None:
        return next((one for one in self.group_by if one in TIMES), None)

    @property
    def days(self) -> list[tuple[str, date]]:
        """The buckets of time with the day on which the catalogue is read for each; one without a name where the
        ask is not cut by time."""
        if self.time is None:
            return [("", self.as_of)]
        return [(name, min(span.end, self.as_of)) for name, span in buckets(self.span, self.time)]

    @property
    def procedures(self) -> frozenset[str] | None:
        """The codes of the procedures that are asked about; ``None`` for all."""
        ask = self.ask
        if ask.sector is None:
            return None if ask.procedure is None else frozenset((ask.procedure,))
        codes = {code for code, one in self.found.latest(self.as_of).items() if has_sector(one, ask.sector)}
        return frozenset(codes & {ask.procedure} if ask.procedure else codes)

    @property
    def groups(self) -> tuple[str, ...]:
        """The agencies that groups stand for."""
        return self.land.groups

    def keys(self, cell: Cell) -> Iterator[Key]:
        """The groups that a cell of dossiers belongs to: several where its procedure has several sectors."""
        place, procedure, channel, bucket = cell
        values = {
            Dimension.AGENCY: (place.agency,),
            Dimension.LEVEL: (place.level or UNKNOWN,),
            Dimension.PROCEDURE: (procedure,),
            Dimension.CHANNEL: (channel,),
        }
        yield from product(*(values.get(dim) or self._other(dim, procedure, bucket) for dim in self.group_by))

    def _other(self, dim: Dimension, procedure: str, bucket: str) -> Iterable[str]:
        if dim is not Dimension.SECTOR:
            return (bucket,)
        held = self.found.latest(self.as_of).get(procedure)
        return sectors_of(held) if held else (UNKNOWN,)

    def regrouped(self, group_by: tuple[Dimension, ...]) -> "Scene":
        return msgspec.structs.replace(self, group_by=group_by)


def has_sector(held: Held, sector: str) -> bool:
    return any(term.code == sector for term in held.content.sectors)


def sectors_of(held: Held) -> tuple[str, ...]:
    return tuple(term.code for term in held.content.sectors) or (UNKNOWN,)


def scene(found: Holdings, ask: Ask, span: Span | None = None, peers: tuple[str, ...] = ()) -> Scene:
    """Settle an ask, or the same of another period. Raises ``AskInvalid`` and ``AgencyNotFound``."""
    period = check_span(ask.start, ask.end) if span is None else span
    _check_groups(ask, period)
    other = span is not None and span != Span(ask.start, ask.end)
    day = min(period.end, clock.today()) if ask.as_of is None or other else ask.as_of
    scope = Scope(ask.agency, ask.below, ask.level, ask.boundaries, peers)
    where = clock.today() if ask.boundaries is Boundaries.TODAY and ask.as_of is None else day
    land = found.once(("territory", scope, period, where), lambda: territory(atlas(found), scope, period, where))
    return Scene(found, ask, period, day, land, (Dimension.AGENCY,) if peers else (), peers)


def _check_groups(ask: Ask, span: Span) -> None:
    times = [one for one in ask.group_by if one in TIMES]
    if len(times) > 1:
        raise AskInvalid("groupBy", f"groupBy: one measure of time will do, not {' and '.join(times)}")
    if len(set(ask.group_by)) != len(ask.group_by):
        raise AskInvalid("groupBy", "groupBy names a dimension twice")
    if times and sum(1 for _ in buckets(span, times[0])) > MOST_BUCKETS:
        raise AskInvalid(
            "groupBy", f"groupBy: the period has more than {MOST_BUCKETS} {times[0]}s: ask a shorter one"
        )


def asked(scene: Scene, one: Held) -> bool:
    """Whether a procedure is among those that are asked about."""
    ask, content = scene.ask, one.content
    return (
        (ask.level is None or ask.level in content.levels)
        and (ask.sector is None or has_sector(one, ask.sector))
        and (ask.procedure is None or ask.procedure == one.code)
        and (ask.channel is None or ask.channel in content.channels)
    )


def values_of(dim: Dimension, one: Held, agency: str, name: str) -> Iterable[str]:
    """The values of a dimension that a procedure has; ``agency`` and ``name`` are those of agency and time."""
    match dim:
        case Dimension.AGENCY:
            return (agency,)
        case Dimension.LEVEL:
            return [level.value for level in one.content.levels] or (UNKNOWN,)
        case Dimension.SECTOR:
            return sectors_of(one)
        case Dimension.PROCEDURE:
            return (one.code,)
        case Dimension.CHANNEL:
            return [channel.value for channel in one.content.channels] or (UNKNOWN,)
        case _:
            return (name,)
