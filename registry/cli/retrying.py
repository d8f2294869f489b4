"""Taking quarantined records in after a fix: read again by their format, and taken in as a loose source."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from registry.catalogue import versions
from registry.cli.exits import Exit
from registry.cli.failures import Refusal
from registry.engine import Database
from registry.intake import formats, pipeline, quarantine
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.codes import procedure_code
from registry.intake.compare import Fate
from registry.intake.pipeline import Told
from registry.intake.quarantine import Entry
from registry.intake.record import Note, Options, Raw, Record, Rejection

DEEPEST = 2  # objects in objects that a record's own code may stand in
Parse = Callable[[Raw], Record | Rejection]


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
    """A code that a person gave, in its one notation. Raises ``Refusal``."""
    if code is None:
        return None
    try:
        return procedure_code(code, Notes()).national
    except Unacceptable as error:
        raise Refusal(f"--code: {error.reason}", Exit.USAGE) from error


async def retry(database: Database, entries: Sequence[Entry], fix: Fix, day: date, folder: Path) -> list[Result]:
    """Try to take these entries in; what still cannot be accepted stays held, and its result says why."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.state != "held":
            raise Refusal(f"{entry.id}: is {entry.state}, there is nothing to retry", Exit.UNKNOWN)
        groups.setdefault((entry.format, entry.source), []).append(entry)
    results: list[Result] = []
    for (name, source), members in groups.items():
        results += await _Group(database, name, Options(source=source, day=day), folder).retry(members, fix)
    return results


class _Group:
    """Entries of one format and source, which may stand in each other's way."""

    def __init__(self, database: Database, name: str, options: Options, folder: Path) -> None:
        self.database = database
        self.name = name
        self.options = options
        self.folder = folder

    async def retry(self, entries: list[Entry], fix: Fix) -> list[Result]:
        try:
            parse = formats.parser(self.name)
        except KeyError as error:
            raise Refusal(f"the format {self.name!r} is not known any more", Exit.USAGE) from error
        failed: dict[str, Result] = {}
        records: dict[str, Record] = {}
        for entry in entries:
            _, data = await quarantine.find(self.database, entry.id)
            read = _read(parse, Raw(entry.origin, data if fix.raw is None else fix.raw), fix.code)
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
        taken = await self._accept(records) if records else {}
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
        await pipeline.take(self.database, source, options, self.folder, hear)
        return {key: heard[record.raw.origin] for key, record in records.items()}

    async def _accept(self, records: dict[str, Record]) -> dict[str, Told]:
        before = await quarantine.listed(self.database)
        taken = await self._take(records, dry_run=False)
        origins = {record.raw.origin for record in records.values()}
        still = {entry.id for entry in await quarantine.listed(self.database)}
        # An intake releases what is held under the codes that it accepts; another record is not meant by that.
        lost = [e for e in before if e.id not in still and e.id not in records and e.origin not in origins]
        kept = [(entry, (await quarantine.find(self.database, entry.id))[1]) for entry in lost]

        async def settle() -> None:
            await quarantine.release(self.database, list(records))
            for entry, data in kept:
                raw = Raw(entry.origin, data)
                rejection = Rejection(raw, entry.reason, entry.field, entry.code, entry.name)
                await quarantine.hold(self.database, entry.format, entry.source, entry.run, [rejection])

        await self.database.transact(settle)
        return taken


def _read(parse: Parse, raw: Raw, code: str | None) -> Record | Rejection:
    """One record as its format reads it, under the code that it is given."""
    read = parse(raw)
    if code is None:
        return read
    if isinstance(read, Rejection):
        if read.code:
            read = parse(Raw(raw.origin, _recoded(raw.data, read.code, code)))
        return read
    if read.procedure.code == code:
        return read
    note = Note("code", "given-by-hand", read.procedure.code, code)
    procedure = msgspec.structs.replace(read.procedure, code=code)
    return msgspec.structs.replace(read, procedure=procedure, notes=(*read.notes, note))


def _recoded(data: bytes, old: str, new: str) -> bytes:
    """JSON of a record with another code: its own and those of what it is wrapped in, not those of its parts."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data
    return msgspec.json.encode(_replaced(value, old, new, DEEPEST))


def _replaced(value: Any, old: str, new: str, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {key: _replaced(one, old, new, depth - 1) for key, one in value.items()}
    return new if isinstance(value, str) and value.strip() == old else value
