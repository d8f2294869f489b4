"""Taking quarantined records in after a fix: read again by their format, and taken in as a loose source."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from registry.access import audit
from registry.access.actors import Actor, command
from registry.catalogue import versions
from registry.engine import Database
from registry.intake import fixes, formats, pipeline, quarantine
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.codes import procedure_code
from registry.intake.compare import Fate
from registry.intake.pipeline import Told
from registry.intake.quarantine import Entry
from registry.intake.record import Options, Raw, Record, Rejection


class NothingToRetry(Exception):
    """The record is held no longer."""


class FixUnusable(Exception):
    """What a person says of a record cannot be tried; the message says why."""


class Fix(msgspec.Struct, frozen=True):
    """What a person says of a record: the code that it is to have, the bytes that are right."""

    code: str | None = None
    raw: bytes | None = None


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """What became of one quarantined record: its fate, or the reason for which it is still held."""

    id: str
    code: str
    fate: str
    reason: str = ""


class Retried:
    """A source of records that were read before."""

    def __init__(self, name: str, records: Sequence[Record]) -> None:
        self.name = name
        self._records = {record.raw: record for record in records}

    def raws(self) -> Iterator[Raw | Rejection]:
        yield from self._records

    def parse(self, raw: Raw) -> Record | Rejection:
        return self._records[raw]


def checked(code: str | None) -> str | None:
    """A code that a person gave, in its one notation. Raises ``FixUnusable``."""
    if code is None:
        return None
    try:
        return procedure_code(code, Notes()).national
    except Unacceptable as error:
        raise FixUnusable(error.reason) from error


async def retry(
    database: Database, entries: Sequence[Entry], fix: Fix, day: date, folder: Path, actor: Actor | None = None
) -> list[Result]:
    """Try to take these entries in; what still cannot be accepted stays held, and its result says why.

    ``actor`` is who tries, whoever runs this process where that is not given. Raises ``NothingToRetry``, and
    ``FixUnusable`` where their format is no more.
    """
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.state != "held":
            raise NothingToRetry(f"{entry.id}: is {entry.state}, there is nothing to retry")
        groups.setdefault((entry.format, entry.source), []).append(entry)
    results: list[Result] = []
    for (name, source), members in groups.items():
        group = _Group(database, name, Options(source=source, day=day), folder, actor or command())
        results += await group.retry(members, fix)
    return results


class _Group:
    """Entries of one format and source, which may stand in each other's way."""

    def __init__(self, database: Database, name: str, options: Options, folder: Path, actor: Actor) -> None:
        self.actor = actor
        self.database = database
        self.name = name
        self.options = options
        self.folder = folder

    async def retry(self, entries: list[Entry], fix: Fix) -> list[Result]:
        try:
            parse = formats.parser(self.name)
        except KeyError as error:
            raise FixUnusable(f"the format {self.name!r} is not known any more") from error
        failed: dict[str, Result] = {}
        records: dict[str, Record] = {}
        for entry in entries:
            _, data = await quarantine.find(self.database, entry.id)
            read = fixes.read(parse, Raw(entry.origin, data if fix.raw is None else fix.raw), fix.code)
            reason = read.reason if isinstance(read, Rejection) else await self._rival(entry, read)
            if isinstance(read, Record) and not reason:
                records[entry.id] = read
            else:
                failed[entry.id] = Result(entry.id, entry.code, Fate.QUARANTINED, reason)
        # Taken in on trial first: what is refused must not be quarantined once more.
        trial = await self._take(records, dry_run=True)
        for key, told in trial.items():
            if told.fate is Fate.QUARANTINED:
                failed[key] = Result(key, told.code, told.fate, told.reason)
                del records[key]
        taken = await self._accept(records, fix) if records else {}
        done = {key: Result(key, told.code, told.fate) for key, told in taken.items()}
        return [done.get(entry.id) or failed[entry.id] for entry in entries]

    async def _rival(self, entry: Entry, record: Record) -> str:
        """Why this record may not have its code: one whose code was in doubt must not overwrite another."""
        code = record.procedure.code
        doubtful = entry.field == "code" or entry.code != code
        if not doubtful or not await versions.days(self.database, code):
            return ""
        others = [one for one in await versions.history(self.database, code) if one.origin != entry.origin]
        if not others:
            return ""
        return (
            f"the catalogue holds {code} “{others[-1].procedure.name[:80]}” from {others[-1].origin}: "
            "give this record a code of its own with --code"
        )

    async def _take(self, records: dict[str, Record], *, dry_run: bool) -> dict[str, Told]:
        """What becomes of each record, by the id of its entry."""
        heard: dict[str, Told] = {}

        def hear(told: Told) -> None:
            if told.origin not in heard or told.fate is Fate.QUARANTINED:
                heard[told.origin] = told

        options = msgspec.structs.replace(self.options, dry_run=dry_run)
        source = Retried(self.name, list(records.values()))
        await pipeline.take(self.database, source, options, self.folder, hear, actor=self.actor)
        return {key: heard[record.raw.origin] for key, record in records.items()}

    async def _accept(self, records: dict[str, Record], fix: Fix) -> dict[str, Told]:
        taken = await self._take(records, dry_run=False)

        async def settle() -> None:
            await quarantine.release(self.database, list(records), fix.code or "", fix.raw)
            for key in records:
                told = {"code": taken[key].code, "given": fix.code or "", "mended": fix.raw is not None}
                await audit.record(self.database, self.actor, "quarantine.release", key, told)

        await self.database.transact(settle)
        return taken
