"""The way of a source into the catalogue: read → clean → check → compare → apply.

Nothing is applied before the source has been read to its end. What is applied then goes in by announcement, each
whole or not at all, so that a killed intake is finished by running it again.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from registry.access.actors import Actor, command
from registry.catalogue import versions
from registry.engine import Database
from registry.intake import apply, compare, decisions, fixes, runs
from registry.intake.compare import Fate, Held
from registry.intake.deciding import decide, ends
from registry.intake.reading import Progress, Reading, collide, read
from registry.intake.record import Format, Note, Options
from registry.intake.spool import Spool
from registry.intake.watching import Watch

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


class Decided(NamedTuple):
    """What an intake has decided before anything is applied. ``gone`` are codes that it ends because the source
    covers them and leaves them out, ``told`` those whose end it tells, ``kept`` how many it leaves; ``held`` is
    what it was compared with, by code; the contents lie in ``spool``. ``refused``: it would end too much."""

    reading: Reading
    gone: list[str]
    told: list[str]
    kept: int
    held: dict[str, Held]
    spool: Spool
    refused: bool

    @property
    def ends(self) -> list[str]:
        return [*self.gone, *self.told]


Agree = Callable[[Decided], None]
"""Hears what was decided. Where it raises, nothing is applied."""


async def take(
    database: Database,
    source: Format,
    options: Options,
    folder: Path,
    report: Report = lambda _: None,
    progress: Progress = lambda *_: None,
    agree: Agree | None = None,
    actor: Actor | None = None,
) -> Outcome:
    """Take a source into the catalogue.

    ``folder`` holds the spool. ``report`` hears every record's fate, ``progress`` (stage, done, of how many).
    ``agree`` hears what was decided: then it is applied only as long as nobody else changes what it touches, else
    ``CatalogueMoved`` is raised. ``actor`` is who does it, whoever runs this process where that is not given.
    Raises ``SourceUnreadable``; then nothing has changed.
    """
    actor, since = actor or command(), await versions.revision(database)
    with Spool(folder) as spool:
        decided = await _decided(database, source, options, spool, progress)
        _tell(decided.reading, report, decided.ends)
        status = Status.REFUSED if decided.refused else Status.DRY if options.dry_run else Status.DONE
        if agree is not None:
            agree(decided)
        run = 0
        if status is Status.DONE:
            watch = Watch(database, since, strict=agree is not None)
            run = await apply.apply(
                database, source, options, decided.reading, decided.gone, spool, progress, watch, actor
            )
        outcome = Outcome(
            status=status,
            read=decided.reading.total,
            fates=_fates(decided.reading, decided.ends),
            ends=decided.ends,
            kept=decided.kept,
            in_force=await versions.count(database, options.day),
            revision=await versions.revision(database),
            run=run,
        )
        if status is Status.DONE:
            await runs.finish(database, run, {"read": outcome.read, **outcome.fates}, outcome.revision, actor)
        return outcome


async def _decided(
    database: Database, source: Format, options: Options, spool: Spool, progress: Progress
) -> Decided:
    """Read a source to its end and compare it with what is held."""
    held = await compare.held_on(database, options.day)
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
    return Decided(reading, gone, told, kept, held, spool, refused)


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
