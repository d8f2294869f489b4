"""What an answer carries: the number, what it is made of, and how to get at the records behind it."""

from datetime import date

import msgspec

from registry.metrics.ask import Side
from registry.vocabulary import Channel, Level


class Answered(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what is answered: every field is there, ``null`` where there is nothing to say."""


class Title(Answered, frozen=True):
    """What people read, in both languages."""

    vi: str
    en: str

    def by(self, language: str) -> str:
        return self.en if language == "en" else self.vi


class Value(Answered, frozen=True):
    """One number. ``ratio`` is in per cent and ``points`` are points, both with two decimals, rounded half up.

    Where the denominator is zero there is no ratio, and points only where the definition grants them. An indicator
    that only counts has no denominator. ``excluded`` are records that were left out, by reason, and ``quality``
    how many of those that count have something to know about them; ``flags`` are what to know about the number.
    A ``hidden`` value has numbers that are too small to be shown to everyone.
    """

    numerator: int | None
    denominator: int | None
    ratio: float | None
    points: float | None = None
    excluded: dict[str, int] = {}
    quality: dict[str, int] = {}
    flags: tuple[str, ...] = ()
    hidden: bool = False


class Revisions(Answered, frozen=True):
    """From which state of the store an answer was made: the numbers of the last changes."""

    catalogue: int
    dossiers: int
    observations: int


class Period(Answered, frozen=True):
    """The first and the last day, both inside."""

    start: date
    end: date


class Formula(Answered, frozen=True):
    """How the number is made, by which version of its definition. ``denominator`` is ``None`` for a count."""

    version: int
    valid_from: date
    numerator: str
    denominator: str | None
    exclusions: tuple[str, ...]
    points: str | None
    most: float | None
    empty: str
    source: str
    note: str


class Cut(Answered, frozen=True):
    """One part of a group's key: a dimension, its value, and the name people read."""

    dimension: str
    value: str
    name: str


class Group(Answered, frozen=True):
    """One group of an answer. ``place`` is its rank by ratio where the groups are agencies; equals share one."""

    keys: tuple[Cut, ...]
    value: Value
    place: int | None = None


class Compared(Answered, frozen=True):
    """The same in another period, and how much it has changed since (percentage points, points; for counts the
    numerator's difference)."""

    period: Period
    value: Value
    ratio_change: float | None
    points_change: float | None
    numerator_change: int | None


class Rank(Answered, frozen=True):
    """The place of an agency among its peers, best first; ``of`` are those that have a value."""

    place: int | None
    of: int
    peers: tuple[Group, ...]


class Asked(Answered, frozen=True):
    """What was asked, with the defaults filled in."""

    agency: str | None
    agency_name: str | None
    below: bool
    sector: str | None
    level: Level | None
    procedure: str | None
    channel: Channel | None
    group_by: tuple[str, ...]
    boundaries: str


class Links(Answered, frozen=True):
    """Where the records of each side are listed (paths of the API)."""

    numerator: str
    denominator: str | None


class Answer(Answered, frozen=True):
    """The answer to an ``Ask``. ``unit`` is what each side counts: dossiers, procedures, announced or agencies."""

    indicator: str
    title: Title
    group: str | None
    units: tuple[str, ...]
    formula: Formula
    asked: Asked
    period: Period
    as_of: date
    revisions: Revisions
    value: Value
    groups: tuple[Group, ...]
    compared: Compared | None
    rank: Rank | None
    links: Links


class Scored(Answered, frozen=True):
    """A group of indicators on a scorecard: its points are the sum of its indicators' points."""

    code: str
    title: Title
    points: float | None
    most: float
    change: float | None
    indicators: tuple[Answer, ...]


class Standing(Answered, frozen=True):
    """One agency among its peers, or below the one that is scored. ``sparse`` are the groups whose points rest on
    a single number of fewer than five dossiers: what everyone sees of them is ``None``."""

    agency: str
    name: str
    points: float | None
    groups: dict[str, float | None]
    classification: str | None
    place: int | None = None
    sparse: tuple[str, ...] = ()


class Scorecard(Answered, frozen=True):
    """All indicators of the groups that score. ``points`` are the sum of the groups' points, always.

    ``change`` is against ``previous``, the period before this one. ``peers`` are ranked, best first; ``below`` are
    the agencies directly below.
    """

    asked: Asked
    period: Period
    previous: Period
    as_of: date
    revisions: Revisions
    points: float | None
    most: float
    classification: str | None
    classification_title: Title | None
    classification_source: str
    change: float | None
    groups: tuple[Scored, ...]
    place: int | None
    of: int
    peers: tuple[Standing, ...]
    below: tuple[Standing, ...]
    hidden: bool = False


class DossierRecord(Answered, frozen=True, tag_field="kind", tag="dossier"):
    """A dossier as it may be shown: never its number. ``count`` is what it adds to the side (petitions may add
    several), ``facts`` are the names of its facts."""

    key: str
    procedure: str
    agency: str
    channel: str
    received: date
    due: date | None
    finished: date | None
    state: str
    facts: tuple[str, ...]
    count: int = 1


class ProcedureRecord(Answered, frozen=True, tag_field="kind", tag="procedure"):
    """A procedure, by the version that was counted: ``version`` is the number of the change that recorded it."""

    code: str
    name: str
    version: int
    valid_from: date
    announcement: str | None
    count: int = 1


class AnnouncedRecord(Answered, frozen=True, tag_field="kind", tag="announcement"):
    """An announcement, or an item of it with the codes that it names, and the days by which it is judged."""

    announcement: str
    number: str
    procedures: tuple[str, ...]
    issuer: str | None
    decided: date | None
    effective: date | None
    published: date | None
    deadline: date | None
    count: int = 1


class AgencyRecord(Answered, frozen=True, tag_field="kind", tag="agency"):
    """An agency, and the observation that says what is counted of it."""

    agency: str
    name: str
    observation: int | None = None
    count: int = 1


class ObservationRecord(Answered, frozen=True, tag_field="kind", tag="observation"):
    """A figure that others published, by the number of the change that recorded it."""

    observation: int
    name: str
    agency: str
    source: str
    count: int = 1


AnyRecord = DossierRecord | ProcedureRecord | AnnouncedRecord | AgencyRecord | ObservationRecord


class Page(Answered, frozen=True):
    """A page of the records of one side. The ``count`` of all records together is ``total``, the number that the
    answer shows; ``next`` continues after the last record, ``None`` at the end."""

    indicator: str
    side: Side
    total: int
    items: tuple[AnyRecord, ...]
    next: str | None
    revisions: Revisions
