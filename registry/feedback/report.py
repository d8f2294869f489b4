"""A citizen's report, what becomes of it, and what can go wrong with it."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """``wrong`` says that something on a page is not right; ``yes`` and ``no`` answer whether somebody found what
    they needed."""

    WRONG = "wrong"
    YES = "yes"
    NO = "no"


class State(StrEnum):
    """Where a report stands. Those that are ``open`` or ``working`` are owed an answer."""

    OPEN = "open"
    WORKING = "working"
    CORRECTED = "corrected"
    DECLINED = "declined"
    NOTED = "noted"


OWED = (State.OPEN, State.WORKING)
EXPLAINED = (State.CORRECTED, State.DECLINED)
"""States that the citizen is told the reason of."""


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """One numbered item. ``version`` is the digest of the content that was shown, ``shown`` the day that the page
    was about, ``sections`` those named (``registry.sections.SECTIONS``), ``masked`` how many numbers and addresses
    were taken out of ``text``; ``due`` the last day on which an answer is in time, ``None`` where none is owed.
    """

    number: int
    kind: Kind
    state: State
    code: str
    agency: str
    version: str
    shown: date | None
    sections: tuple[str, ...]
    text: str
    masked: int
    day: date
    received_at: datetime
    due: date | None
    answer: str
    answered_at: datetime | None
    answered_by: str

    def late(self, today: date) -> bool:
        """Whether an answer is owed and its day is past."""
        return self.state in OWED and self.due is not None and self.due < today


class FeedbackError(Exception):
    """Base of what can go wrong with reports."""


class ReportNotFound(FeedbackError):
    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"there is no report {number}")


class ReportInvalid(FeedbackError):
    """A report or an answer that cannot be kept: ``field`` is what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")
