"""Periods: how they are written, what came before them, and the buckets and pieces they are cut into."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from registry.metrics.ask import AskInvalid, Dimension

FIRST_YEAR = 2000
LAST_YEAR = 2199
_PERIOD = re.compile(r"(\d{4})(?:-?[Qq]([1-4])|-(\d{2})(?:-(\d{2}))?)?")
DAY = timedelta(days=1)


class Span(msgspec.Struct, frozen=True, order=True):
    """Days from ``start`` to ``end``, both inside."""

    start: date
    end: date


def read_period(text: str, field: str = "period") -> Span:
    """A period as people write it: ``2025``, ``2025-Q2``, ``2025-05`` or ``2025-05-31``. Raises ``AskInvalid``."""
    found = _PERIOD.fullmatch(text.strip())
    try:
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise ValueError(text)
        year, quarter, month, day = (int(part) if part else 0 for part in found.groups())
        if day:
            return Span(date(year, month, day), date(year, month, day))
        if month:
            return _months(year, month, month)
        return _months(year, quarter * 3 - 2, quarter * 3) if quarter else _months(year, 1, 12)
    except ValueError:
        raise AskInvalid(
            field,
            f"{field}: {text[:40]!r} is not a period: write a year, a quarter, a month or a day, like 2025, "
            "2025-Q2, 2025-05 or 2025-05-31",
        ) from None


def check_span(start: date, end: date, fields: tuple[str, str] = ("from", "to")) -> Span:
    """The days from ``start`` to ``end``. Raises ``AskInvalid`` where they are none, or out of all bounds."""
    if end < start:
        raise AskInvalid(fields[1], f"{fields[1]}: {end} is before {fields[0]}, which is {start}")
    for name, day in zip(fields, (start, end), strict=True):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise AskInvalid(name, f"{name}: {day} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return Span(start, end)


def _months(year: int, first: int, last: int) -> Span:
    return Span(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def previous(span: Span) -> Span:
    """The period of the same kind before this one: whole months before whole months, else as many days."""
    if span.start.day == 1 and (span.end + DAY).day == 1:
        count = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
        return Span(_shifted(span.start, -count), span.start - DAY)
    return Span(span.start - (span.end - span.start) - DAY, span.start - DAY)


def _shifted(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def bucket(day: date, grain: Dimension) -> str:
    """The name of the day, month, quarter or year that ``day`` falls into."""
    match grain:
        case Dimension.DAY:
            return day.isoformat()
        case Dimension.MONTH:
            return f"{day.year:04}-{day.month:02}"
        case Dimension.QUARTER:
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case _:
            return f"{day.year:04}"


def buckets(span: Span, grain: Dimension) -> Iterator[tuple[str, Span]]:
    """The buckets of a period in order, each with its days inside the period."""
    start = span.start
    while start <= span.end:
        name = bucket(start, grain)
        whole = read_period(name)
        yield name, Span(start, min(whole.end, span.end))
        start = whole.end + DAY


class Pieces(msgspec.Struct):
    """A period in whole years, whole months and loose days, as far as each may be used."""

    years: list[int]
    months: list[int]
    days: list[Span]


def pieces(span: Span, *, years: bool, months: bool) -> Pieces:
    """Cut a period into the coarsest pieces: years as yyyy, months as yyyymm, and runs of days for the rest."""
    found = Pieces([], [], [])
    start = span.start
    while start <= span.end:
        year, month = _months(start.year, 1, 12), _months(start.year, start.month, start.month)
        if years and start == year.start and year.end <= span.end:
            found.years.append(start.year)
            start = year.end + DAY
        elif months and start == month.start and month.end <= span.end:
            found.months.append(start.year * 100 + start.month)
            start = month.end + DAY
        else:
            end = min(month.end, span.end) if months or years else span.end
            if found.days and found.days[-1].end + DAY == start:
                found.days[-1] = Span(found.days[-1].start, end)
            else:
                found.days.append(Span(start, end))
            start = end + DAY
    return found


def runs(months: list[int]) -> list[list[int]]:
    """Months as yyyymm in runs without a gap."""
    found: list[list[int]] = []
    for month in months:
        following = found and found[-1][-1] + (89 if found[-1][-1] % 100 == 12 else 1)
        if following == month:
            found[-1].append(month)
        else:
            found.append([month])
    return found
