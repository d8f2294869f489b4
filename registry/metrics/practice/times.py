"""How long dossiers took, in the unit in which the law promises it, and what is typical of many.

Working days are those of ``registry.calendar``, hours are working hours of its days, months have 30 days and years
365. Dossiers carry days, so a working day is the least that can be told apart: a promise of half a day is kept on
the day itself or not. The days that the agency waited for the citizen are taken off the end.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from registry.calendar import HOURS_A_DAY, working_between
from registry.procedure import Procedure, ProcessingTime
from registry.vocabulary import Channel, TimeUnit

_SCALES = {
    TimeUnit.HOUR: Fraction(HOURS_A_DAY),
    TimeUnit.MONTH: Fraction(1, 30),
    TimeUnit.YEAR: Fraction(1, 365),
}
_CALENDAR = (TimeUnit.DAY, TimeUnit.MONTH, TimeUnit.YEAR)


def counted_in(unit: TimeUnit) -> TimeUnit:
    """The unit in which real time is told: working days where the law has only words."""
    return TimeUnit.WORKING_DAY if unit is TimeUnit.OTHER else unit


def scale(unit: TimeUnit) -> Fraction:
    """How many of ``unit`` a day is: a working day, or for days, months and years a day of the calendar."""
    return _SCALES.get(unit, Fraction(1))


def taken(received: date, finished: date, suspended: int, unit: TimeUnit) -> Fraction:
    """How long one dossier took, in ``unit``."""
    ended = max(received, finished - timedelta(days=suspended))
    days = (ended - received).days if by_calendar(unit) else working_between(received, ended)
    return days * scale(unit)


def by_calendar(unit: TimeUnit) -> bool:
    """Whether a unit is made of days of the calendar, or of working days."""
    return unit in _CALENDAR


def median(lengths: Mapping[int, int]) -> Fraction:
    """The middle of lengths, each with how many there are, or the mean of the two in the middle."""
    total = sum(lengths.values())
    return Fraction(at(lengths, (total + 1) // 2) + at(lengths, total // 2 + 1), 2)


def percentile(lengths: Mapping[int, int], per_cent: int) -> int:
    """The least of the lengths that at least ``per_cent`` of all do not exceed."""
    return at(lengths, max(1, -(-sum(lengths.values()) * per_cent // 100)))


def at(lengths: Mapping[int, int], place: int) -> int:
    """The length at a place, from 1, in the order of length."""
    for length in sorted(lengths):
        place -= lengths[length]
        if place <= 0:
            return length
    raise IndexError(place)


def decimal(value: Fraction) -> float:
    """With two decimals, halves rounded up."""
    return (2 * 100 * value.numerator + value.denominator) // (2 * value.denominator) / 100


def promised(procedure: Procedure, channel: Channel) -> ProcessingTime | None:
    """The legal time of a dossier that came by ``channel``: that of the channel, or where the procedure does not
    tell one, the longest of its others. ``None`` where it tells none."""
    own = [way.time for way in procedure.ways if way.channel is channel and way.time is not None]
    times = own or [way.time for way in procedure.ways if way.time is not None]
    return max(times, key=_length, default=None)


def _length(time: ProcessingTime) -> tuple[bool, Fraction]:
    """Roughly how long, to order times of different units by."""
    days = {TimeUnit.WORKING_DAY: Fraction(7, 5), TimeUnit.HOUR: Fraction(7, 5 * HOURS_A_DAY)}
    scaled = days.get(time.unit) or 1 / scale(time.unit)
    return time.value is not None, Fraction(time.value or 0) * scaled
