"""What a list says of the decision that it belongs to: matched with what is recorded, and carried out."""

from datetime import date
from typing import Protocol, runtime_checkable

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.catalogue.ledger import fold_number
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.intake.compare import Held
from registry.intake.reading import Reading, Stop
from registry.intake.record import SourceUnreadable
from registry.procedure import Announcement
from search.text import fold

_announcement = msgspec.json.Decoder(Announcement).decode


@runtime_checkable
class Deciding(Protocol):
    """A source that is part of one decision: which, with all its items, and the codes that it ends."""

    announcement: Announcement | None
    ended: list[str]


async def carry_out(
    database: Database, source: object, reading: Reading, held: dict[str, Held], day: date
) -> list[str]:
    """Give the records of such a source the decision as it is recorded already, if it is, let ``held`` be what
    they are to be compared with, and set the ends that it tells. Returns the codes that end; those that are not in
    force have nothing to end.

    Raises ``SourceUnreadable`` where several recorded decisions may be meant.
    """
    if not isinstance(source, Deciding) or source.announcement is None:
        return []
    told = source.announcement
    history: dict[str, list[Version]] = {}
    codes = [*(entry.code for entry in reading.entries), *source.ended]
    for version in await versions.versions_of(database, list(dict.fromkeys(codes))):
        history.setdefault(version.code, []).append(version)
    made = {version.announcement for found in history.values() for version in found}
    known = await _recorded(database, told, made)
    whole = msgspec.structs.replace(known or told, items=told.items)
    start = whole.effective or whole.decided or day
    for entry in reading.entries:
        entry.announcement, entry.start = whole, start
        before = _before(history.get(entry.code, []), whole.id, start)
        if before is not None:
            held[entry.code] = Held(before.digest, before.announcement, before.valid_from, before.valid_to, "")
            entry.start = before.valid_from if before.announcement == whole.id else start
    reading.announcements[whole.id] = whole
    renewed = {entry.code for entry in reading.entries}
    ends = [
        code
        for code in dict.fromkeys(source.ended)
        if code not in renewed and any(version.holds(start) for version in history.get(code, ()))
    ]
    reading.stops += [Stop(code, start, whole.id) for code in ends]
    return ends


def _before(history: list[Version], announcement: str, start: date) -> Version | None:
    """What a line of a decision is compared with: what that decision made, else what it found in force."""
    made = [version for version in history if version.announcement == announcement]
    return made[-1] if made else next((version for version in history if version.holds(start)), None)


async def _recorded(database: Database, told: Announcement, made: set[str | None]) -> Announcement | None:
    """The recorded decision of this number and day; where several share both, the one of the agency that decided,
    then the one that ``made`` what is in force."""
    rows = await database.rows(
        QueryString(
            "SELECT body FROM announcement WHERE recorded_to IS NULL AND folded = {} AND decided = {}",
            fold_number(told.number),
            told.decided,
        )
    )
    found = [_announcement(row["body"]) for row in rows]
    if len(found) > 1 and told.issuer is not None:
        by = fold(told.issuer.name)
        found = [one for one in found if one.issuer is not None and fold(one.issuer.name) == by]
    if len(found) > 1:
        found = [one for one in found if one.id in made] or found
    if len(found) > 1:
        raise SourceUnreadable(
            f"{len(found)} decisions have the number {told.number} and the day {told.decided}: name the agency "
            "under the annex's title as it is recorded"
        )
    return found[0] if found else None
