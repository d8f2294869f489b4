"""The way of a source into the catalogue: read → clean → check → compare → apply.

Nothing is applied before the source has been read to its end. What is applied then goes in by announcement, each
whole or not at all, so that a killed intake is finished by running it again.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

import msgspec

from registry.catalogue import versions
from registry.engine import Database
from registry.intake import apply, compare, runs
from registry.intake.compare import Comparison, Fate, Held
from registry.intake.record import Cover, Format, Note, Raw, Record, Rejection
from registry.intake.spool import Place, Spool
from registry.procedure import Announcement, Procedure
from registry.sections import digest

INTAKE_VERSION = 1
"""Goes up when cleaning or mapping changes, so that records which look unchanged are read again."""

MOST_ENDED = 0.02
"""The share of what is in force that a source may end without being told to."""

_encode = msgspec.json.Encoder().encode
_procedure = msgspec.json.Decoder(Procedure).decode


class Options(msgspec.Struct, frozen=True):
    """How a source is taken in. ``day`` is the day on which the source says what it says."""

    source: str
    day: date
    cover: Cover = Cover.LOOSE
    agency: str = ""
    dry_run: bool = False
    allow_ends: bool = False


class Told(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A record's fate, as the report tells it: one line of NDJSON."""

    fate: Fate
    origin: str = ""
    code: str = ""
    name: str = ""
    announcement: str = ""
    sections: tuple[str, ...] = ()
    reason: str = ""
    field: str = ""
    notes: tuple[Note, ...] = ()


class Status(StrEnum):
    DONE = "done"
    DRY = "dry-run"
    REFUSED = "refused"  # it would end too much


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """What came of an intake. ``read`` = the sum of every fate but ``ended``; ``ends`` are codes that would go.

    ``kept`` says how many ends were held back because records of the source could not be told apart.
    """

    status: Status
    read: int
    fates: dict[str, int]
    ends: list[str]
    kept: int
    in_force: int
    revision: int
    run: int


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
    end: date | None
    ended_by: str | None
    announcement: Announcement | None
    carried: frozenset[str] | None
    notes: tuple[Note, ...]
    exact: bool
    fate: Fate | None = None
    sections: tuple[str, ...] = ()
    until: date | None = None


class Reading(msgspec.Struct):
    """Everything that was read of a source."""

    entries: list[Entry] = []
    rejections: list[Rejection] = []
    repeated: list[Entry] = []
    untouched: dict[str, str] = {}  # code → origin of records whose bytes have not changed

    @property
    def total(self) -> int:
        return len(self.entries) + len(self.rejections) + len(self.repeated) + len(self.untouched)


Progress = Callable[[str, int, int | None], None]
Report = Callable[[Told], None]


async def take(
    database: Database,
    format: Format,
    options: Options,
    folder: Path,
    report: Report = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Outcome:
    """Take a source into the catalogue.

    ``folder`` holds the spool. ``report`` hears every record's fate, ``progress`` (stage, done, of how many).
    Raises ``SourceUnreadable``; then nothing has changed.
    """
    held = await compare.held_on(database, options.day)
    with Spool(folder) as spool:
        reading = read(format, spool, {h.raw_digest: code for code, h in held.items() if h.raw_digest}, progress)
        _collide(reading, spool)
        await _compare(database, reading, held, options, spool)
        ends, kept = await _ends(database, reading, held, options)
        in_force = await versions.count(database, options.day)
        refused = len(ends) > MOST_ENDED * in_force and not options.allow_ends
        _tell(reading, report, [] if kept else ends)
        status = Status.REFUSED if refused else Status.DRY if options.dry_run else Status.DONE
        run = 0
        if status is Status.DONE:
            run = await apply.apply(database, format, options, reading, ends, spool, progress)
        outcome = Outcome(
            status=status,
            read=reading.total,
            fates=_fates(reading, ends),
            ends=ends,
            kept=kept,
            in_force=await versions.count(database, options.day),
            revision=await versions.revision(database),
            run=run,
        )
        if status is Status.DONE:
            await runs.finish(database, run, outcome.fates, outcome.revision)
        return outcome


def read(format: Format, spool: Spool, known: dict[str, str], progress: Progress) -> Reading:
    """Read a source to its end; ``known`` are digests of raw records that are believed, with their codes."""
    reading = Reading()
    for number, raw in enumerate(format.raws(), 1):
        if number % 100 == 0:
            progress("read", number, None)
        if isinstance(raw, Rejection):
            reading.rejections.append(raw)
            continue
        mark = raw_digest(format.name, raw)
        if (code := known.get(mark)) is not None and code not in reading.untouched:
            reading.untouched[code] = raw.origin
            continue
        record = format.parse(raw)
        if isinstance(record, Rejection):
            reading.rejections.append(record)
        else:
            reading.entries.append(_entry(record, mark, spool))
    progress("read", reading.total, reading.total)
    return reading


def raw_digest(format_name: str, raw: Raw) -> str:
    """The digest of a raw record as read by this version of the intake."""
    key = f"{INTAKE_VERSION}\0{format_name}\0".encode()
    return blake2b(key + raw.data, digest_size=16).hexdigest()


def _entry(record: Record, mark: str, spool: Spool) -> Entry:
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


def _collide(reading: Reading, spool: Spool) -> None:
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
        left.end is not None and right.start is not None and left.end <= right.start
        for left, right in itertools.pairwise(ordered)
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


async def _compare(
    database: Database, reading: Reading, held: dict[str, Held], options: Options, spool: Spool
) -> None:
    """Set each entry's fate, its first day, and how long it holds."""
    for start in range(0, len(reading.entries), versions.BATCH):
        part = reading.entries[start : start + versions.BATCH]
        digests = [held[e.code].content for e in part if e.code in held and _differs(e, held[e.code])]
        before = await compare.contents(database, digests)
        for entry in part:
            _decide(entry, held.get(entry.code), before, options.day, spool)


def _differs(entry: Entry, held: Held) -> bool:
    return entry.carried is not None or entry.digest != held.content


def _decide(entry: Entry, held: Held | None, before: dict[str, Procedure], day: date, spool: Spool) -> None:
    procedure = _procedure(spool.get(entry.body))
    old = before.get(held.content) if held else None
    if held is not None and old is not None and entry.carried is not None:
        procedure = compare.merge(old, procedure, entry.carried)
        entry.body, entry.digest = spool.add(_encode(procedure)), digest(procedure)
        if entry.announcement is None and entry.digest == held.content:
            entry.fate, entry.start = Fate.UNCHANGED, held.valid_from
            return
    if entry.start is None:
        entry.start = day
    found: Comparison = compare.classify(procedure, entry.announcement, entry.start, held, old)
    entry.fate, entry.sections = found.fate, found.sections
    if entry.end is None and held is not None:
        entry.until = held.valid_to
    else:
        entry.until = entry.end


async def _ends(
    database: Database, reading: Reading, held: dict[str, Held], options: Options
) -> tuple[list[str], int]:
    """Codes that this source ends by leaving them out, and how many such ends are held back.

    Where a record could not even be told by its code, any absent procedure may be that record: nothing ends.
    """
    if options.cover is Cover.LOOSE:
        return [], 0
    present = {entry.code for entry in (*reading.entries, *reading.repeated)} | set(reading.untouched)
    present |= {rejection.code for rejection in reading.rejections if rejection.code}
    absent = [code for code, h in held.items() if code not in present and h.valid_from <= options.day]
    if options.cover is Cover.AGENCY:
        known = await compare.contents(database, [held[code].content for code in absent])
        absent = [
            code for code in absent if compare.covered(options.cover, options.agency, known[held[code].content])
        ]
    if any(not rejection.code for rejection in reading.rejections):
        return [], len(absent)
    return sorted(absent), 0


def _fates(reading: Reading, ends: list[str]) -> dict[str, int]:
    counted = Counter(entry.fate.value for entry in reading.entries if entry.fate)
    counted[Fate.UNCHANGED.value] += len(reading.untouched)
    counted[Fate.REPEATED.value] += len(reading.repeated)
    counted[Fate.QUARANTINED.value] += len(reading.rejections)
    counted[Fate.ENDED.value] += len(ends)
    return {fate.value: counted[fate.value] for fate in Fate}


def _tell(reading: Reading, report: Report, ends: list[str]) -> None:
    for code, origin in reading.untouched.items():
        report(Told(Fate.UNCHANGED, origin, code))
    for entry in reading.entries:
        number = entry.announcement.number if entry.announcement else ""
        fate = entry.fate or Fate.UNCHANGED
        report(Told(fate, entry.origin, entry.code, entry.name, number, entry.sections, notes=entry.notes))
    for entry in reading.repeated:
        report(Told(Fate.REPEATED, entry.origin, entry.code, entry.name))
    for rejection in reading.rejections:
        report(
            Told(
                Fate.QUARANTINED,
                rejection.raw.origin,
                rejection.code,
                rejection.name[:300],
                reason=rejection.reason,
                field=rejection.field,
            )
        )
    for code in ends:
        report(Told(Fate.ENDED, "", code, reason="absent from a source that covers it"))
