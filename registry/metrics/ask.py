"""What can be asked of an indicator: of whom, of when, and cut how."""

from datetime import date
from enum import StrEnum

import msgspec

from registry.vocabulary import Channel, Level


class Dimension(StrEnum):
    """By what an answer can be cut."""

    AGENCY = "agency"
    SECTOR = "sector"
    LEVEL = "level"
    PROCEDURE = "procedure"
    CHANNEL = "channel"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


TIMES = (Dimension.DAY, Dimension.MONTH, Dimension.QUARTER, Dimension.YEAR)


class Boundaries(StrEnum):
    """Whose a dossier is after a reorganisation.

    ``then``: whose its agency was on the day that counts it. ``today``: whose it is on ``as_of``: an agency that
    has ended is followed to what took its place, and to its parent where nothing did.
    """

    THEN = "then"
    TODAY = "today"


class Side(StrEnum):
    """The two sides of a ratio."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


class AskInvalid(ValueError):
    """A question that cannot be answered; ``field`` names what is wrong with it (as in the API), ``accepted`` what
    would do, where that is a short list."""

    def __init__(self, field: str, message: str, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.accepted = accepted


class IndicatorNotFound(Exception):
    """No indicator of this id; ``known`` are those there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no indicator {name!r}")
        self.name = name
        self.known = known


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    ``start`` and ``end`` are the first and the last day of the period, both inside it. Without ``agency`` the
    whole country is asked; with ``below`` false only the agency itself. ``level`` is that of the agency that a
    dossier is with on its day, and the level of a procedure on the catalogue's side. ``sector`` is a code.

    Groups of ``agency`` are those directly below the agency asked (with all below them) and the agency itself;
    with a ``level``, the agencies of that level. ``as_of`` is the day on which the catalogue is read and what is
    overdue is counted: by default the last day of the period, or today if that is earlier. ``compare`` is the
    first and the last day of another period; with ``rank`` the agency is placed among its peers: the agencies
    of its level below the same parent.
    """

    indicator: str
    start: date
    end: date
    agency: str | None = None
    below: bool = True
    sector: str | None = None
    level: Level | None = None
    procedure: str | None = None
    channel: Channel | None = None
    group_by: tuple[Dimension, ...] = ()
    boundaries: Boundaries = Boundaries.THEN
    as_of: date | None = None
    compare: tuple[date, date] | None = None
    rank: bool = False
