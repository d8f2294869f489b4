"""What promise and practice answer."""

from datetime import date
from enum import StrEnum

from registry.metrics.answer import Answered, Period, Revisions


class Sort(StrEnum):
    """In which order pairs of procedure and agency are listed; equals by agency and procedure."""

    COUNT = "count"  # most dossiers first
    LATE = "late"  # least share on time first
    OVER = "over"  # longest median against the promise first
    PROCEDURE = "procedure"


class Times(Answered, frozen=True):
    """What was promised, and what was kept, of the dossiers under one promise.

    ``promise`` is in ``promise_unit`` and ``None`` where the law gives words alone (``text``) or nothing; median
    and percentile are in ``unit``. ``on_time`` counts those within their due day, ``share`` is its percentage. All
    of it is ``None`` where it is ``hidden``.
    """

    promise: float | None
    promise_unit: str | None
    text: str
    channels: tuple[str, ...]
    unit: str
    count: int | None
    on_time: int | None
    share: float | None
    median: float | None
    p90: float | None
    hidden: bool = False


class Practice(Answered, frozen=True):
    """One procedure with one agency: its dossiers that were finished in the period, by promise."""

    procedure: str
    name: str
    agency: str
    agency_name: str
    count: int | None
    on_time: int | None
    share: float | None
    times: tuple[Times, ...]
    hidden: bool = False


class Practices(Answered, frozen=True):
    """A page of promise and practice. ``pairs`` is how many there are; ``next`` continues after the last."""

    period: Period
    agency: str | None
    agency_name: str | None
    procedure: str | None
    sort: str
    pairs: int
    items: tuple[Practice, ...]
    next: str | None
    revisions: Revisions


class Finished(Answered, frozen=True):
    """One dossier behind a line: ``taken`` is its real time in the unit of its promise."""

    key: str
    channel: str
    received: date
    finished: date
    due: date | None
    suspended: int
    late: bool
    taken: float
    unit: str


class FinishedPage(Answered, frozen=True):
    """A page of the records behind a line, in the order in which they were finished; ``total`` is its count."""

    procedure: str
    agency: str
    total: int
    items: tuple[Finished, ...]
    next: str | None
