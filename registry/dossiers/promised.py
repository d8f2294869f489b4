"""What a version of a procedure promises, and the days that follow from it; days are ordinals."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from registry import calendar
from registry.procedure import ProcessingTime
from registry.vocabulary import TimeUnit


class Promise(NamedTuple):
    """A processing time as a key: its unit's name and its value."""

    unit: str
    value: int | float


class Span(NamedTuple):
    """A procedure's version in force on ``start <= day < end``, by its number, with its promise by channel."""

    start: int
    end: int
    seq: int
    promises: dict[str, Promise | None]


@lru_cache(maxsize=65536)
def due_day(received: int, promise: Promise) -> int | None:
    """The day on which a dossier is due by its procedure's own time."""
    found = calendar.due(date.fromordinal(received), ProcessingTime(TimeUnit(promise.unit), promise.value))
    return None if found is None else found.toordinal()


@lru_cache(maxsize=65536)
def working_day(day: int) -> int:
    """``day``, or the first working day after it."""
    return calendar.next_working(date.fromordinal(day)).toordinal()
