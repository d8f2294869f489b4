"""Reading a source to its end: what it holds, record by record, before anything is decided."""

from collections.abc import Callable
from datetime import date
from hashlib import blake2b
from itertools import pairwise

import msgspec

from registry.intake.compare import Fate
from registry.intake.record import Format, Note, Raw, Record, Rejection
from registry.intake.spool import Place, Spool
from registry.procedure import Announcement
from registry.sections import digest

INTAKE_VERSION = 1
"""Goes up when cleaning or mapping changes, so that records which look unchanged are read again."""

_encode = msgspec.json.Encoder().encode

Progress = Callable[[str, int, int | None], None]
"""Hears (stage, done, of how many)."""


class Entry(msgspec.Struct):
    """A record between reading and applying; its bulk lies in the spool."""

    code: str
    name: str
    origin: str
    digest: str
    raw_digest: str
    raw: Place
    body: Place
    start: date | None
    end: date | msgspec.UnsetType | None
    ended_by: str | None
    announcement: Announcement | None
    carried: frozenset[str] | None
    notes: tuple[Note, ...]
    exact: bool
    fate: Fate | None = None
    sections: tuple[str, ...] = ()
    until: date | msgspec.UnsetType | None = msgspec.UNSET


class Stop(msgspec.Struct, frozen=True):
    """The end of a procedure on ``day``, by the announcement with this id."""

    code: str
    day: date
    announcement: str | None


class Reading(msgspec.Struct):
    """Everything that was read of a source."""

    entries: list[Entry] = []
    rejections: list[Rejection] = []
    repeated: list[Entry] = []
    stops: list[Stop] = []
    announcements: dict[str, Announcement] = {}  # what stops name, by id
    mended: set[str] = set()  # origins of records that a person's fix made acceptable
    untouched: dict[str, str] = {}  # code → origin of records whose bytes have not changed

    @property
    def total(self) -> int:
        return len(self.entries) + len(self.rejections) + len(self.repeated) + len(self.untouched)


def read(source: Format, spool: Spool, known: dict[str, str], progress: Progress) -> Reading:
    """Read a source to its end; ``known`` are digests of raw records that are believed, with their codes."""
    reading = Reading()
    for number, raw in enumerate(source.raws(), 1):
        if number % 100 == 0:
            progress("read", number, None)
        if isinstance(raw, Rejection):
            reading.rejections.append(raw)
            continue
        mark = raw_digest(source.name, raw)
        if (code := known.get(mark)) is not None and code not in reading.untouched:
            reading.untouched[code] = raw.origin
            continue
        record = source.parse(raw)
        if isinstance(record, Rejection):
            reading.rejections.append(record)
        else:
            reading.entries.append(entry_of(record, mark, spool))
    progress("read", reading.total, reading.total)
    return reading


def raw_digest(format_name: str, raw: Raw) -> str:
    """The digest of a raw record as read by this version of the intake."""
    key = f"{INTAKE_VERSION}\0{format_name}\0".encode()
    return blake2b(key + raw.data, digest_size=16).hexdigest()


def entry_of(record: Record, mark: str, spool: Spool) -> Entry:
    """What is kept of a record until it is applied."""
    procedure = record.procedure
    return Entry(
        code=procedure.code,
        name=procedure.name,
        origin=record.raw.origin,
        digest=digest(procedure),
        raw_digest=mark,
        raw=spool.add(record.raw.data),
        body=spool.add(_encode(procedure)),
        start=record.valid_from,
        end=record.valid_to,
        ended_by=record.ended_by,
        announcement=record.announcement,
        carried=record.carried,
        notes=record.notes,
        exact=not any(note.field == "code" for note in record.notes),
    )


def collide(reading: Reading, spool: Spool) -> None:
    """Two records with one code and overlapping days are told apart, never merged.

    The one whose code needed no repair wins over those that did; among equals nobody wins, and all are
    quarantined, for which of them is right is not for a program to guess.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in reading.entries:
        groups.setdefault(entry.code, []).append(entry)
    reading.entries = []
    for code, group in groups.items():
        unique: dict[tuple[str, date | None, str], Entry] = {}
        for entry in group:
            key = (entry.digest, entry.start, entry.announcement.id if entry.announcement else "")
            if key in unique:
                reading.repeated.append(entry)
            else:
                unique[key] = entry
        rivals = list(unique.values())
        if len(rivals) > 1 and not _consecutive(rivals):
            exact = [entry for entry in rivals if entry.exact]
            winners = exact if len(exact) == 1 and code not in reading.untouched else []
        else:
            winners = [] if code in reading.untouched else rivals
        reading.entries += winners
        for entry in rivals:
            if entry not in winners:
                others = [e.origin for e in rivals if e is not entry] + [
                    reading.untouched[c] for c in (code,) if c in reading.untouched
                ]
                reading.rejections.append(_rivalry(entry, others, spool))


def _consecutive(entries: list[Entry]) -> bool:
    """Whether these are versions of one procedure, each with its own days."""
    ordered = sorted(entries, key=lambda entry: entry.start or date.min)
    return all(
        isinstance(left.end, date) and right.start is not None and left.end <= right.start
        for left, right in pairwise(ordered)
    )


def _rivalry(entry: Entry, others: list[str], spool: Spool) -> Rejection:
    named = "; ".join(others[:5])
    return Rejection(
        raw=Raw(entry.origin, spool.get(entry.raw)),
        reason=f"another record of this source has the same code {entry.code}: {named}. "
        "Give one of them its own code, then retry.",
        field="code",
        code=entry.code,
        name=entry.name,
    )
