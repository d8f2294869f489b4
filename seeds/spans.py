"""What the versions of procedures mean for the dossiers of a period."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import msgspec

from registry.calendar import due
from registry.intake.events import AnyEvent, VersionEvent
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel, FeeState, Level, Role, TimeUnit
from seeds.rhythm import Days

_TODAY = ProcessingTime(TimeUnit.WORKING_DAY, 1)  # "in the day, or on the next working day"
_LATE = 4  # days by which what is late must have been due before the end


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
