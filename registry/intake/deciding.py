"""Deciding what becomes of each record that was read, and what its source ends by leaving it out."""

from datetime import date

import msgspec

from registry.catalogue import versions
from registry.engine import Database
from registry.intake import compare
from registry.intake.compare import Fate, Held
from registry.intake.reading import Entry, Reading, Stop
from registry.intake.record import Cover, Options
from registry.intake.spool import Spool
from registry.procedure import Procedure
from registry.sections import digest

_encode = msgspec.json.Encoder().encode
_procedure = msgspec.json.Decoder(Procedure).decode


async def decide(
    database: Database, reading: Reading, held: dict[str, Held], options: Options, spool: Spool
) -> None:
    """Set each entry's fate, its first day, and how long it holds."""
    await _compare_spans(database, reading)
    for start in range(0, len(reading.entries), versions.BATCH):
        part = [e for e in reading.entries[start : start + versions.BATCH] if e.fate is None]
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
    found = compare.classify(procedure, entry.announcement, entry.start, held, old)
    entry.fate, entry.sections = found.fate, found.sections
    if held is not None:
        entry.until = held.valid_to


async def _compare_spans(database: Database, reading: Reading) -> None:
    """Decide entries that tell their own days, as those of another registry do.

    What is not known at all yet goes in as it happened, a version until the next and an end of its own where
    nothing follows, so that whatever has been applied when it is stopped is a true state of its day.
    """
    told = [entry for entry in reading.entries if not isinstance(entry.end, msgspec.UnsetType)]
    spans = await compare.spans(database, [entry.code for entry in told])
    starts = {(entry.code, entry.start) for entry in told}
    for entry in told:
        key = entry.announcement.id if entry.announcement else None
        known = spans.get(entry.code)
        if known is None:
            entry.fate = Fate.NEW
            if isinstance(entry.end, date) and (entry.code, entry.end) not in starts:
                reading.stops.append(Stop(entry.code, entry.end, entry.ended_by))
        elif (entry.start, entry.end, entry.digest, key, entry.ended_by) in known:
            entry.fate = Fate.UNCHANGED
        else:
            entry.fate, entry.until = Fate.CORRECTED, entry.end


async def ends(
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
