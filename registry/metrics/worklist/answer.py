"""What a work list answers."""

from datetime import date
from enum import StrEnum

from registry.metrics.answer import Answered, Revisions, Title


class State(StrEnum):
    """How a piece of work stands to its deadline."""

    DUE = "due"
    """The deadline is near: ``points`` are lost if it passes."""
    PAST = "past"
    """The deadline has passed: ``points`` are what that has cost."""
    OPEN = "open"
    """There is no deadline: ``points`` are gained once it is done."""


class Work(Answered, frozen=True):
    """One thing to do. ``days_left`` are working days, negative once the deadline has passed. ``points`` are those
    of the agency that was asked, by ``indicator``, as its numbers are now; ``None`` where it gives none."""

    kind: str
    id: str
    name: str
    state: str
    reason: str
    detail: str
    agency: str | None
    agency_name: str | None
    procedure: str | None
    deadline: date | None
    days_left: int | None
    indicator: str
    points: float | None
    count: int = 1


class Pile(Answered, frozen=True):
    """All work of one kind: how much there is, how much of it is past its deadline, and what the rest is worth
    together. ``numerator`` and ``denominator`` are those of the indicator now."""

    kind: str
    title: Title
    indicator: str
    total: int
    past: int
    points: float | None
    most: float | None
    numerator: int | None
    denominator: int | None


class Worklist(Answered, frozen=True):
    """A page of work, kind by kind, what is due first. ``withheld`` are kinds that need a key; ``next`` continues
    after the last piece."""

    agency: str | None
    agency_name: str | None
    as_of: date
    days: int
    piles: tuple[Pile, ...]
    items: tuple[Work, ...]
    withheld: tuple[str, ...]
    next: str | None
    revisions: Revisions
