"""Vietnam's working days, and the day by which an agency owes an answer.

Offices work from Monday to Friday, but for public holidays and the days off that make up for them, and on the few
Saturdays that are worked in exchange. The days are data of the package ``holidays`` (its module on Vietnam cites
the Labour Codes of 1994, 2012 and 2019, art. 73, 115 and 112, and each year's decisions on exchanged days). For
years that it does not know, before 1901 and after 2100, only weekends are days off.

How periods are counted is the Civil Code of 2015: the day of the event does not count (art. 147.2), half a month
is 15 days and half a year six months (art. 146.1), a period of months or years ends on the corresponding day, or
on the last of the month (art. 148.3 and 148.4), and one that ends on a day off ends on the next working day
(art. 148.5).
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from math import ceil

from registry.procedure import ProcessingTime
from registry.vocabulary import TimeUnit

HOURS_A_DAY = 8
"""Hours are working hours: times of 8, 56 and 176 of them are published where 1, 7 and 22 days are meant."""
LONGEST = {
    TimeUnit.WORKING_DAY: 25_000,
    TimeUnit.HOUR: 200_000,
    TimeUnit.DAY: 36_500,
    TimeUnit.MONTH: 1_200,
    TimeUnit.YEAR: 100,
}
"""About a hundred years. A time that is longer binds nobody, and no day is due."""
_DAY = timedelta(days=1)
_SATURDAY = 5


@lru_cache(maxsize=256)
def _working(year: int) -> tuple[date, ...]:
    """The working days of a year, in order."""
    from holidays.countries.vietnam import Vietnam

    off = Vietnam(years=year)  # type: ignore[no-untyped-call]  # so in the package
    exchanged = off.weekend_workdays
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366 if monthrange(year, 2)[1] == 29 else 365))
    return tuple(day for day in days if day in exchanged or (day.weekday() < _SATURDAY and day not in off))


def is_working(day: date) -> bool:
    """Whether offices are open on ``day``."""
    days = _working(day.year)
    place = bisect_left(days, day)
    return place < len(days) and days[place] == day


def next_working(day: date) -> date:
    """``day``, or the first working day after it."""
    return day if is_working(day) else add_working(day, 1)


def add_working(day: date, count: int) -> date:
    """The working day that is the ``count``-th after ``day``, or before it where ``count`` is negative.

    ``day`` itself does not count and need not be a working day; zero gives ``day`` back. Raises ``OverflowError``
    beyond the calendar.
    """
    if count == 0:
        return day
    year = day.year
    days = _working(year)
    place = bisect_right(days, day) + count - 1 if count > 0 else bisect_left(days, day) + count
    while not 0 <= place < len(days):
        step = 1 if place > 0 else -1
        if not date.min.year <= year + step <= date.max.year:
            raise OverflowError(f"{count} working days from {day} are beyond the calendar")
        year += step
        place = place - len(days) if step > 0 else place
        days = _working(year)
        place = place if step > 0 else place + len(days)
    return days[place]


def working_between(start: date, end: date) -> int:
    """How many working days it is from ``start`` to ``end``: ``start`` does not count, ``end`` does.

    Negative where ``end`` is earlier. For any ``n``, ``working_between(day, add_working(day, n)) == n``.
    """
    if end < start:
        return _before(end) - _before(start)
    return _before(end + _DAY) - _before(start + _DAY)


def _before(day: date) -> int:
    """How many working days there are before ``day``, from the year 2000."""
    return _until(day.year) + bisect_left(_working(day.year), day)


@lru_cache(maxsize=256)
def _until(year: int) -> int:
    """How many working days there are from 2000 to the last before ``year``; negative for earlier years."""
    if year < 2000:
        return -sum(len(_working(each)) for each in range(year, 2000))
    return sum(len(_working(each)) for each in range(2000, year))


def due(received: date, time: ProcessingTime) -> date | None:
    """The last day on which an answer is in time; ``None`` where the time is told by words alone.

    Parts of a working day are rounded up. Hours run as working hours of the days after ``received``.
    """
    if time.value is None or not 0 < time.value <= LONGEST.get(time.unit, 0):
        return None
    return _due(received, time.unit, time.value)


def _due(received: date, unit: TimeUnit, value: int | float) -> date:
    if unit is TimeUnit.WORKING_DAY:
        return add_working(received, ceil(value))
    if unit is TimeUnit.HOUR:
        return add_working(received, ceil(value / HOURS_A_DAY))
    if unit is TimeUnit.DAY:
        return next_working(received + timedelta(days=ceil(value)))
    if unit is TimeUnit.MONTH:
        return next_working(_months_later(received, int(value)) + timedelta(days=ceil(value % 1 * 30)))
    return next_working(_months_later(received, ceil(value * 12)))


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
