"""One published figure, and what it must be."""

import calendar
import math
import re
from datetime import date
from enum import StrEnum

import msgspec

_PERIOD = re.compile(r"(\d{4})(?:-?[Qq]([1-4])|-H([12])|-(\d{2})(?:-(\d{2}))?)?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
LONGEST = 200
PRECISION = 0.005  # percentages are published with two decimals


class Unit(StrEnum):
    """What a figure counts."""

    PERCENT = "percent"
    POINTS = "points"
    RANK = "rank"
    DOSSIERS = "dossiers"
    PROCEDURES = "procedures"
    AGENCIES = "agencies"
    DAYS = "days"
    COUNT = "count"


class ObservationRejected(ValueError):
    """A figure cannot be kept: ``field`` is what is wrong with it, the message says why and what would do."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class Observation(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A figure as its source published it.

    ``name`` is an indicator's id (``ON_TIME``) or a name of its own (``PAR_INDEX``); ``begins`` and ``ends`` are
    the first and last day of its period; ``value`` is in ``unit`` and ``None`` where the source gave only its
    parts, or none; ``out_of`` is the most it could be (points to gain, how many were ranked); ``quality`` is the
    source's own flag; ``captured`` the day on which the source said so; ``origin`` where in it. ``seq`` is the
    number under which it is recorded, 0 before it is.
    """

    name: str
    unit: Unit
    agency: str
    begins: date
    ends: date
    source: str
    captured: date
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    out_of: float | None = None
    procedure: str = ""
    called: str = ""
    quality: str = ""
    origin: str = ""
    note: str = ""
    seq: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """What it is a figure of: a second figure with the same key is a correction."""
        days = (self.begins.isoformat(), self.ends.isoformat())
        return (*self.subject, *days, self.source, self.captured.isoformat())

    @property
    def subject(self) -> tuple[str, str, str, str]:
        return (self.agency, self.name, self.unit.value, self.procedure)

    @property
    def ratio(self) -> float | None:
        """The percentage that its own numerator and denominator give; ``None`` without a denominator."""
        if self.numerator is None or not self.denominator:
            return None
        return round(100 * self.numerator / self.denominator, 2)

    @property
    def doubts(self) -> list[str]:
        """What speaks against the figure: it does not follow from its own parts, or has no denominator."""
        found = []
        if self.unit is Unit.PERCENT and self.denominator == 0:
            found.append("no-denominator")
        ratio = self.ratio
        if self.unit is Unit.PERCENT and ratio is not None and self.value is not None:
            exact = 100 * (self.numerator or 0) / (self.denominator or 1)
            if abs(exact - self.value) > PRECISION + 1e-9:
                found.append("ratio-differs")
        if self.out_of is not None and self.value is not None and self.value > self.out_of:
            found.append("above-most")
        return found


def checked(one: Observation) -> Observation:
    """``one``, if it can be kept. Raises ``ObservationRejected``."""
    if not _NAME.fullmatch(one.name):
        raise ObservationRejected("name", f"{one.name[:40]!r} is no name of a figure, like ON_TIME or PAR_INDEX")
    for field in ("agency", "source"):
        text = getattr(one, field)
        if not text or len(text) > LONGEST:
            raise ObservationRejected(field, f"must have 1 to {LONGEST} characters")
    if one.ends < one.begins:
        raise ObservationRejected("ends", f"{one.ends} is before the period begins, on {one.begins}")
    if one.value is None and one.numerator is None and one.quality == "" and one.out_of is None:
        raise ObservationRejected("value", "there is no figure: give a value, or numerator and denominator")
    for field in ("value", "out_of"):
        number = getattr(one, field)
        if number is not None and not math.isfinite(number):
            raise ObservationRejected(field, "is no finite number")
    for field in ("numerator", "denominator"):
        number = getattr(one, field)
        if number is not None and not 0 <= number < 2**53:
            raise ObservationRejected(field, f"{number} is no count")
    return one


def period_of(text: str) -> tuple[date, date]:
    """First and last day of 2025, 2025-H1, 2025-Q1, 2025-03 or 2025-03-14. Raises ``ObservationRejected``."""
    found = _PERIOD.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        year, quarter, half, month, day = (int(part) if part else 0 for part in found.groups())
        if day:
            return (date(year, month, day),) * 2
        first, last = 1, 12
        if quarter:
            first, last = 3 * quarter - 2, 3 * quarter
        elif half:
            first, last = 6 * half - 5, 6 * half
        elif found[4]:
            first = last = month
        return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    except ValueError as error:
        said = f"{text[:40]!r} is no period; write it as 2025, 2025-H1, 2025-Q1, 2025-03 or 2025-03-14"
        raise ObservationRejected("period", said) from error
