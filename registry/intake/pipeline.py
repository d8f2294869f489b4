"""The way of a source into the catalogue: read → clean → check → compare → apply.

Nothing is applied before the source has been read to its end. What is applied then goes in by announcement, each
whole or not at all, so that a killed intake is finished by running it again.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from registry.catalogue import versions
from registry.engine import Database
from registry.intake import apply, compare, decisions, fixes, runs
from registry.intake.compare import Fate
from registry.intake.deciding import decide, ends
from registry.intake.reading import Progress, Reading, collide, read
from registry.intake.record import Format, Note, Options
from registry.intake.spool import Spool

MOST_ENDED = 0.02
"""The share of what is in force that a source may end without being told to."""


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


Report = Callable[[Told], None]


async def take(
    database: Database,
    source: Format,
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
        # A format with events tells many versions of one code, each for itself: all are read again.
        whole = hasattr(source, "events")
        known = {} if whole else {h.raw_digest: code for code, h in held.items() if h.raw_digest}
        reading = read(source, spool, known, progress)
        collide(reading, spool)
        await fixes.mend(database, source, reading, spool)
        told = await decisions.carry_out(database, source, reading, held, options.day)
        await decide(database, reading, held, options, spool)
        gone, kept = await ends(database, reading, held, options)
        in_force = await versions.count(database, options.day)
        refused = len(gone) > MOST_ENDED * in_force and not options.allow_ends
        _tell(reading, report, [*gone, *told])
        status = Status.REFUSED if refused else Status.DRY if options.dry_run else Status.DONE
        run = 0
        if status is Status.DONE:
            run = await apply.apply(database, source, options, reading, gone, spool, progress)
        outcome = Outcome(
            status=status,
            read=reading.total,
            fates=_fates(reading, [*gone, *told]),
            ends=[*gone, *told],
            kept=kept,
            in_force=await versions.count(database, options.day),
            revision=await versions.revision(database),
            run=run,
        )
        if status is Status.DONE:
            await runs.finish(database, run, {"read": outcome.read, **outcome.fates}, outcome.revision)
        return outcome


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
