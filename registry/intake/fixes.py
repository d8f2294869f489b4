"""What people have said of records that could not be accepted: another code, other bytes."""

from collections.abc import Callable
from typing import Any

import msgspec

from registry.engine import Database
from registry.intake import quarantine
from registry.intake.reading import Reading, entry_of, raw_digest
from registry.intake.record import Format, Note, Raw, Record, Rejection
from registry.intake.spool import Spool

DEEPEST = 2  # objects in objects that a record's own code may stand in
Parse = Callable[[Raw], Record | Rejection]


async def mend(database: Database, source: Format, reading: Reading, spool: Spool) -> None:
    """Accept again what was accepted by hand before: the same bytes, rejected for the same reason."""
    rejected = {quarantine.identify(source.name, rejection): rejection for rejection in reading.rejections}
    fixes = await quarantine.fixes(database, list(rejected))
    taken = {entry.code for entry in reading.entries} | set(reading.untouched)
    for key, (code, data) in fixes.items():
        raw = rejected[key].raw
        record = read(source.parse, Raw(raw.origin, raw.data if data is None else data), code or None)
        if isinstance(record, Record) and record.procedure.code not in taken:
            taken.add(record.procedure.code)
            reading.mended.add(raw.origin)
            reading.rejections.remove(rejected[key])
            reading.entries.append(entry_of(record, raw_digest(source.name, record.raw), spool))


def read(parse: Parse, raw: Raw, code: str | None) -> Record | Rejection:
    """One record as its format reads it, under the code that it is given, if any."""
    found = parse(raw)
    if code is None:
        return found
    if isinstance(found, Rejection):
        if found.code:
            found = parse(Raw(raw.origin, _recoded(raw.data, found.code, code)))
        return found
    if found.procedure.code == code:
        return found
    note = Note("code", "given-by-hand", found.procedure.code, code)
    procedure = msgspec.structs.replace(found.procedure, code=code)
    return msgspec.structs.replace(found, procedure=procedure, notes=(*found.notes, note))


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
