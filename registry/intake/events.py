"""The lines of our own NDJSON: a registry told as events, which the export writes and the intake reads back.

A file begins with ``catalogue`` and closes with ``end``, so that a truncated one shows. Days are valid days; a
``validTo`` is the day after the last one.
"""

from datetime import date

import msgspec

from registry.intake.record import Note
from registry.procedure import Announcement, Procedure
from registry.vocabulary import Level

FORMAT = 2
"""Goes up when lines are told that an older registry cannot read."""
READABLE = (1, 2)


class Event(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """Base of all lines."""


class Header(Event, frozen=True, tag="catalogue"):
    """The first line: what follows, and the state of the registry that it was taken from."""

    format: int
    title: str = ""
    illustrative: bool = False
    revision: int = 0
    digest: str = ""
    as_of: date | None = None


class SectorEvent(Event, frozen=True, tag="sector"):
    code: str
    name: str


class AgencyEvent(Event, frozen=True, tag="agency"):
    """One state of an agency. ``successors`` are the agencies that took over when this state ended."""

    code: str
    name: str
    level: Level | None = None
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    decision: str = ""
    kind_of: str = "body"


class SuccessionEvent(Event, frozen=True, tag="succession"):
    """``old`` gave way to ``new`` on a day: procedures (``of`` is ``procedure``) or agencies (``agency``)."""

    of: str
    old: str
    new: str
    day: date
    announcement: str | None = None


class AnnouncementEvent(Event, frozen=True, tag="announcement"):
    """An announcement with its items."""

    announcement: Announcement


class VersionEvent(Event, frozen=True, tag="version"):
    """One version of a procedure. ``announcement`` and ``ended_by`` are ids of announcements."""

    code: str
    valid_from: date
    procedure: Procedure
    valid_to: date | None = None
    announcement: str | None = None
    ended_by: str | None = None
    source: str = ""
    origin: str = ""
    cleaning: tuple[Note, ...] = ()


class Trailer(Event, frozen=True, tag="end"):
    """The last line: how many lines stand between the header and this one."""

    events: int


AnyEvent = Header | SectorEvent | AgencyEvent | SuccessionEvent | AnnouncementEvent | VersionEvent | Trailer
