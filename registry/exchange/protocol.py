"""What two registries say to each other: changes in their order, states of records, digests.

``PROTOCOL`` goes up when a registry that knows only an earlier one would misread what it is told. Contents travel
as they are stored, in canonical JSON, so that both sides digest the same bytes.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import msgspec

PROTOCOL = 1

PARTS = ("procedures", "announcements", "agencies", "sectors")
"""The parts of a registry, in the order in which a snapshot tells them backwards: what is named comes first."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "procedures": ("version", "procedure"),
    "announcements": ("announcement",),
    "agencies": ("agency",),
    "sectors": ("sector",),
}
"""The kinds of changes that concern each part."""


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Base of what is sent. Fields that are not known are passed over: they do not change what is known."""


class VersionContent(Wire, frozen=True):
    """A version in force on ``valid_from <= day < valid_to``. ``announcement`` and ``ended_by`` are ids of
    announcements, ``digest`` is that of ``procedure``; ``source``, ``origin`` and ``cleaning`` tell where it came
    from."""

    valid_from: date
    digest: str
    procedure: msgspec.Raw
    cleaning: msgspec.Raw
    valid_to: date | None = None
    announcement: str | None = None
    ended_by: str | None = None
    source: str = ""
    origin: str = ""


class AgencyContent(Wire, frozen=True):
    """An agency in one state; ``valid_from`` is 0001-01-01 where its beginning is not known."""

    valid_from: date
    name: str
    kind: str = "body"
    valid_to: date | None = None
    level: str | None = None
    parent: str | None = None
    decision: str = ""


class ItemContent(Wire, frozen=True):
    """One item of an announcement: the codes before it, and those in force after it."""

    action: str | None = None
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class SuccessionContent(Wire, frozen=True):
    """What gave way to ``new`` on ``day``."""

    new: str
    day: date
    announcement: str | None = None


class Ending(Wire, frozen=True):
    """What ended is in force no longer from ``day``, by an announcement's id or the number of an act."""

    day: date
    by: str | None = None


class FeedChange(Wire, frozen=True):
    """One change with what it takes to apply it.

    ``kind`` and ``action`` say which of the contents is there. ``closes`` are the first days of the states of
    ``key`` that this change put an end to: they are no longer believed. A change without content was undone by a
    later one of the same unit of work; ``touch`` says that something named by the procedure changed.
    """

    seq: int
    recorded_at: datetime
    kind: str
    key: str
    action: str
    version: VersionContent | None = None
    agency: AgencyContent | None = None
    announcement: Any = None
    item: ItemContent | None = None
    sector: str | None = None
    succession: SuccessionContent | None = None
    closes: tuple[date, ...] = ()
    ends: Ending | None = None

    @property
    def mark(self) -> str:
        """A digest that tells this change from any other of the same number."""
        return mark_of(self.seq, self.recorded_at, self.kind, self.key, self.action)


def mark_of(seq: int, recorded_at: datetime, kind: str, key: str, action: str) -> str:
    moment = recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
    return blake2b(f"{seq}\0{moment}\0{kind}\0{key}\0{action}".encode(), digest_size=8).hexdigest()


class FeedPage(msgspec.Struct, frozen=True, rename="camel"):
    """Changes after ``since``, up to ``next``, from which the next page follows.

    ``revision`` is the number of the last change there is: where ``next`` has reached it, ``digest`` is that of
    the whole registry. The marks are those of the changes ``since`` and ``next``: a registry that was restored
    from a backup numbers other changes the same.
    """

    protocol: int
    registry: str
    revision: int
    since: int
    since_mark: str
    next: int
    mark: str
    digest: str | None
    changes: tuple[FeedChange, ...]


class FeedHead(msgspec.Struct, frozen=True, rename="camel", tag="feed", tag_field="line"):
    """The first line of a streamed feed."""

    protocol: int
    registry: str
    revision: int
    since: int
    since_mark: str


class FeedEnd(msgspec.Struct, frozen=True, rename="camel", tag="end", tag_field="line"):
    """The last line of a streamed feed; one that lacks it was cut off."""

    next: int
    mark: str
    digest: str | None
    changes: int


class State(Wire, frozen=True, tag_field="part"):
    """All that is believed of one record."""


class ProcedureState(State, frozen=True, tag="procedures"):
    key: str
    versions: tuple[VersionContent, ...] = ()
    successions: tuple[SuccessionContent, ...] = ()


class AnnouncementState(State, frozen=True, tag="announcements"):
    key: str
    announcement: msgspec.Raw
    items: tuple[ItemContent, ...] = ()


class AgencyHistory(State, frozen=True, tag="agencies"):
    key: str
    states: tuple[AgencyContent, ...] = ()
    successions: tuple[SuccessionContent, ...] = ()


class SectorState(State, frozen=True, tag="sectors"):
    key: str
    name: str


class SnapshotHead(State, frozen=True, tag="snapshot"):
    """The first line of a snapshot: everything as of change ``revision``, after which the feed is to be followed.
    ``mark`` is that change's; ``digest`` is absent where an earlier revision was asked for."""

    protocol: int
    registry: str
    revision: int
    mark: str
    digest: str | None = None


class SnapshotEnd(State, frozen=True, tag="end"):
    """The last line, with how many records stood before it; a snapshot that lacks it was cut off."""

    records: int


AnyState = ProcedureState | AnnouncementState | AgencyHistory | SectorState
SnapshotLine = AnyState | SnapshotHead | SnapshotEnd


class DigestRoot(msgspec.Struct, frozen=True, rename="camel"):
    """The digest of everything that is believed, and of each part of it."""

    protocol: int
    registry: str
    revision: int
    mark: str
    digest: str
    parts: dict[str, str]


class DigestGroups(msgspec.Struct, frozen=True, rename="camel"):
    """The digests of the groups of a part: procedures by sector, announcements by issuer, agencies by the code
    above them, sectors by the agency in their code. ``-`` is the group of what has none."""

    revision: int
    part: str
    groups: dict[str, str]


class DigestRecords(msgspec.Struct, frozen=True, rename="camel"):
    """The digests of the records of some groups, by their keys."""

    revision: int
    part: str
    groups: dict[str, dict[str, str]]


class VersionDigest(msgspec.Struct, frozen=True, rename="camel"):
    """One version: the digest of its content, and of each section of it."""

    valid_from: date
    valid_to: date | None
    announcement: str | None
    ended_by: str | None
    digest: str
    sections: dict[str, str]


class DigestProcedure(msgspec.Struct, frozen=True, rename="camel"):
    """The digests of a procedure: of all of it, and of its versions by section."""

    revision: int
    code: str
    digest: str
    versions: list[VersionDigest]


def plain(state: Any) -> bytes:
    """One line."""
    return _encode(state) + b"\n"


_encode = msgspec.json.Encoder().encode
