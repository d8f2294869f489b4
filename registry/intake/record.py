"""What a format hands to the rest of the pipeline, and what it may say when it cannot."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Protocol

import msgspec

from registry.procedure import Announcement, Procedure


class Note(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One thing that cleaning changed, or that a reader should know: where, by which rule, from what to what.

    ``before`` and ``after`` are cut to 200 characters; the whole original is in the source.
    """

    field: str
    rule: str
    before: str = ""
    after: str = ""


class Raw(msgspec.Struct, frozen=True):
    """One record as its source wrote it. ``origin`` names the file and the row for people."""

    origin: str
    data: bytes


class Record(msgspec.Struct, frozen=True):
    """One record read, cleaned and checked.

    ``carried`` names the Procedure fields that the source carries; ``None`` means all of them. Fields that are
    not carried keep what the catalogue already holds. ``valid_from`` is the first day in force; where it is
    ``None`` the day of the intake stands for it. ``valid_to`` is the day after the last one, ended by the
    announcement with the id ``ended_by``; most sources do not say, and it is left unset.
    """

    raw: Raw
    procedure: Procedure
    announcement: Announcement | None = None
    valid_from: date | None = None
    valid_to: date | msgspec.UnsetType | None = msgspec.UNSET
    carried: frozenset[str] | None = None
    notes: tuple[Note, ...] = ()
    ended_by: str | None = None


class Rejection(msgspec.Struct, frozen=True):
    """A record that cannot be accepted: it is quarantined with this reason and its raw bytes."""

    raw: Raw
    reason: str
    field: str = ""
    code: str = ""
    name: str = ""


class SourceUnreadable(Exception):
    """The source as a whole cannot be read: wrong type, truncated, too large. The message names the way out."""


class Cover(StrEnum):
    """What a source claims to be complete for. Only within its cover does absence mean an end."""

    CATALOGUE = "catalogue"
    AGENCY = "agency"
    LOOSE = "loose"


class Options(msgspec.Struct, frozen=True):
    """How a source is taken in. ``day`` is the day on which the source says what it says."""

    source: str
    day: date
    cover: Cover = Cover.LOOSE
    agency: str = ""
    dry_run: bool = False
    allow_ends: bool = False


class Format(Protocol):
    """One format: ``raws`` splits a source, ``parse`` makes a canonical record of a raw one.

    A format that carries more than records (announcements with their items, agencies, sectors) also offers
    ``events``: what it has read of them, whole once ``raws`` is exhausted.
    """

    name: str

    def raws(self) -> Iterator[Raw | Rejection]:
        """Stream the source. Raises ``SourceUnreadable`` where it as a whole cannot be read."""

    def parse(self, raw: Raw) -> Record | Rejection:
        """Clean and check one record. Never raises on bad content."""
