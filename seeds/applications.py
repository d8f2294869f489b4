"""Individual dossiers of a demonstration, one after the other: the same on every run, no two offices alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from registry.calendar import due
from registry.dossiers.dossier import ChannelName, Delivered, Petitions, PlaceName, StateName
from registry.intake.events import AnyEvent
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel, Level
from seeds.chance import generator
from seeds.lines import Line, lines
from seeds.quotas import fill
from seeds.rhythm import Days, pick
from seeds.wanted import Dossiers, Habits

_PLACES: dict[Level, PlaceName] = {
    Level.PROVINCE: "department",
    Level.OTHER: "department",
    Level.DISTRICT: "district",
    Level.COMMUNE: "commune",
}
_POSTED = 0.06  # of the dossiers that do not come online, where the post takes them
_SUPPLEMENTED = 0.05
_TWICE = 0.12  # of the late ones: more than one request for supplements
_RUNNING: tuple[StateName, ...] = ("processing", "processing", "processing", "received", "supplementing")
_UNANSWERED: tuple[StateName, ...] = ("returned", "returned", "finished", "withdrawn")

Dues = tuple[list[int], list[str]]
"""The due day of what is received on each day of the period: its number, and as it is written."""


def applications(plan: Dossiers, habits: Habits, events: Sequence[AnyEvent]) -> Iterator[Delivered]:
    """The dossiers of a demonstration as they stood on the last day of its period, office by office.

    ``events`` are those of its catalogue. Raises ``ValueError`` where its totals cannot be met.
    """
    days = Days(plan.first, plan.last)
    dues: dict[ProcessingTime, Dues] = {}
    for stream in plan.stream:
        found = lines(stream, habits.popular, events, days)
        fill(stream, found, days)
        for office, own in groupby(found, key=lambda line: line.office):
            sums, numbers = days.sums(office.code), Counter[int]()
            for line in own:
                time = line.span.time
                if time not in dues:
                    dues[time] = _dues(time, days)
                yield from Pile(line, days, dues[time], sums).dossiers(numbers)


def _dues(time: ProcessingTime, days: Days) -> Dues:
    found = [due(days.day(number), time) or date.max for number in range(days.count)]
    return [(day - days.first).days for day in found], [day.isoformat() for day in found]


class Pile:
    """The dossiers of one line. ``sums`` are the rhythm of its office, of all days and of working days."""

    def __init__(self, line: Line, days: Days, dues: Dues, sums: tuple[list[float], list[float]]) -> None:
        self._line, self._days, self._sums = line, days, sums
        self._due, self._written = dues
        self._chance = generator("line", line.office.code, line.code, line.first, days.first).random
        first, last, span = line.first, line.last, line.span
        self._ends = (line.ended - line.quotas["late"], line.ended, line.ended + line.quotas["overdue"])
        # Days on which it may have been received; of the last ones most is still running.
        self._on_time = first, max(first, last - max(0, last - span.tail + 1) // 3)
        self._late = first, min(last, span.settled)
        self._overdue = first, min(last, span.tail - 1)
        self._running = max(first, span.tail), last

    def dossiers(self, numbers: Counter[int]) -> Iterator[Delivered]:
        """All of them; ``numbers`` counts what the office has received on each day."""
        line, days, chance = self._line, self._days, self._chance
        prefix, level, procedure = line.office.prefix, line.office.level, line.span.procedure
        fee, post = _fee(procedure), Channel.POSTAL in procedure.channels
        for place, marks in enumerate(zip(*self._marks(), strict=True)):
            online, owed, paid, needs, e_result, digitised, reused, shared, population, complained = marks[:10]
            moment = chance() ** _skew(online, e_result, reused, digitised)
            day, finished, supplements = self._dated(place, online, moment)
            numbers[day] += 1
            channel = _channel(online, post and chance() < _POSTED)
            yield Delivered(
                number=f"{prefix}-{days.short[day]}-{numbers[day]:04}",
                procedure=procedure.code,
                agency=line.office.code,
                channel=channel,
                received=days.iso[day],
                state=self._state(finished, needs, supplements),
                due=self._written[day],
                finished=None if finished is None else days.iso[finished],
                supplements=supplements,
                suspended_days=2 + int(chance() * 6) if supplements == 1 else 0,
                fee_due=fee if owed else None,
                paid_online=paid,
                needs_result=needs,
                e_result=e_result,
                digitised=digitised,
                reused=reused,
                shared=shared,
                population_data=population,
                petitions=Petitions(*map(int, marks[10:])) if marks[10] else None,
                complained=complained,
                place=_place(channel, procedure, level),
            )

    def _marks(self) -> list[list[bool]]:
        """What each dossier is, in rings that begin anywhere: what is a part of another begins with it."""
        line, count = self._line, self._line.count
        start, results = int(self._chance() * count), int(self._chance() * line.ended)
        rest = [False] * (count - line.ended)
        petitions = int(self._chance() * count)
        unsatisfied = petitions + line.quotas["petitions"] - line.quotas["petitions_unsatisfied"]
        return [
            *(_ring(line.quotas[name], count, start) for name in ("online", "fee_due", "paid_online")),
            *(_ring(line.quotas[name], line.ended, results) + rest for name in ("needs_result", "e_result")),
            *(
                _ring(line.quotas[name], count, int(self._chance() * count))
                for name in ("digitised", "reused", "shared", "population", "complained")
            ),
            *(_ring(line.quotas[name], count, petitions) for name in ("petitions", "petitions_on_time")),
            _ring(line.quotas["petitions_unsatisfied"], count, unsatisfied),
        ]

    def _dated(self, place: int, online: bool, moment: float) -> tuple[int, int | None, int]:
        """The days on which it was received and finished, and how often supplements were asked for. ``moment`` is
        where in its days it falls, from 0 to below 1."""
        chance, (on_time, ended, overdue) = self._chance, self._ends
        sums = self._sums[0 if online else 1]
        if place < on_time:
            day = pick(sums, *self._on_time, moment)
            return day, self._answered(day), int(chance() < _SUPPLEMENTED)
        if place < ended:
            day = pick(sums, *self._late, moment)
            if chance() < _TWICE:
                return day, self._answered(day), 2 + int(chance() < 0.2)
            delay = 1 + int(25 * chance() ** 3)
            return day, min(self._due[day] + delay, self._days.count - 1), 0
        if place < overdue:
            return pick(sums, *self._overdue, moment), None, 0
        return pick(sums, *self._running, moment), None, int(chance() < _SUPPLEMENTED)

    def _answered(self, day: int) -> int:
        """A working day within time: often one of the last, seldom one of the first."""
        limit = min(self._due[day], self._days.count - 1)
        return max(day, self._days.worked[day + round((limit - day) * (1 - 0.95 * self._chance() ** 2))])

    def _state(self, finished: int | None, needs: bool, supplements: int) -> StateName:
        if finished is None:
            return _RUNNING[int(self._chance() * (5 if supplements else 4))]
        return "finished" if needs else _UNANSWERED[int(self._chance() * 4)]


def _skew(online: bool, e_result: bool, reused: bool, digitised: bool) -> float:
    """Below 1 for what comes late in the period: more and more comes online, is digitised and reused."""
    skew = (0.86 if online else 1.12) * (0.94 if e_result else 1.05)
    return skew * (0.95 if reused else 1.15) * (0.97 if digitised else 1.2)


def _ring(quota: int, count: int, start: int) -> list[bool]:
    """So many marks in a row among ``count`` places, from ``start`` on and round again."""
    ring = [True] * quota + [False] * (count - quota)
    turn = start % count if count else 0
    return ring[-turn:] + ring[:-turn] if turn else ring


def _fee(procedure: Procedure) -> int | None:
    return next((fee.amount for way in procedure.ways for fee in way.fees if fee.amount), None)


def _channel(online: bool, posted: bool) -> ChannelName:
    return "online" if online else "postal" if posted else "direct"


def _place(channel: ChannelName, procedure: Procedure, level: Level) -> PlaceName:
    if channel != "direct":
        return "online" if channel == "online" else "post"
    return "centre" if procedure.service_centre and level is Level.PROVINCE else _PLACES[level]
