"""What is known when a draft is judged: the procedures, agencies and announcements that it speaks of."""

from collections.abc import Iterable
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import agencies, announcements, versions
from registry.catalogue.agencies import AgencyVersion
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.ledger import fold_number
from registry.desk.contents import AnnouncementDraft
from registry.desk.planning import Line, line_of
from registry.engine import Database
from registry.procedure import Announcement


class Bodies:
    """Agencies as they were and are, by code."""

    def __init__(self, found: list[AgencyVersion]) -> None:
        self._states: dict[str, list[AgencyVersion]] = {}
        for state in found:
            self._states.setdefault(state.code, []).append(state)

    def __contains__(self, code: str) -> bool:
        return code in self._states

    def codes(self) -> list[str]:
        return list(self._states)

    def states(self, code: str) -> list[AgencyVersion]:
        """Every state of an agency, oldest first."""
        return self._states.get(code, [])

    def at(self, code: str, day: date) -> AgencyVersion | None:
        """The agency as it is on ``day``; ``None`` where it is not."""
        return next((state for state in self._states.get(code, []) if _holds(state, day)), None)

    def below(self, code: str, top: str, day: date) -> bool:
        """Whether ``code`` is ``top``, or stands below it on ``day``."""
        met: set[str] = set()
        current: str | None = code
        while current is not None and current not in met:
            if current == top:
                return True
            met.add(current)
            state = self.at(current, day)
            current = state.parent if state else None
        return False


def _holds(state: AgencyVersion, day: date) -> bool:
    return (state.valid_from is None or state.valid_from <= day) and (
        state.valid_to is None or day < state.valid_to
    )


class Standing(msgspec.Struct, frozen=True):
    """The store as far as a draft of an announcement touches it. ``same_number`` are the ids and days of
    announcements with its number by its issuer; ``corrected`` is the one that it corrects, with its items, and
    ``earlier`` are the timelines as they were believed before that was recorded."""

    today: date
    revision: int
    lines: dict[str, Line]
    earlier: dict[str, Line]
    bodies: Bodies
    sectors: dict[str, str]
    same_number: list[tuple[str, date | None]]
    corrected: Announcement | None


async def bodies(database: Database) -> Bodies:
    """Every agency with its history."""
    return Bodies(await agencies.all_versions(database))


async def standing(database: Database, draft: AnnouncementDraft) -> Standing:
    """What is known now; call inside a transaction or a snapshot."""
    corrected = await _corrected(database, draft.corrects)
    lines: dict[str, Line] = {code: [] for code in draft.codes()}
    by_code: dict[str, list[versions.Version]] = {}
    for version in await versions.versions_of(database, list(lines)):
        by_code.setdefault(version.code, []).append(version)
    lines |= {code: line_of(found) for code, found in by_code.items()}
    return Standing(
        today=clock.today(),
        revision=await versions.revision(database),
        lines=lines,
        earlier={} if corrected is None else await _earlier(database, corrected.id, lines),
        bodies=await bodies(database),
        sectors={term.code: term.name for term in await agencies.sectors(database)},
        same_number=await _same_number(database, draft),
        corrected=corrected,
    )


async def _corrected(database: Database, announcement: str | None) -> Announcement | None:
    if announcement is None:
        return None
    found = (await announcements.by_ids(database, [announcement])).get(announcement)
    if found is None:
        return None
    return msgspec.structs.replace(found, items=tuple(await announcements.items_of(database, announcement)))


async def _earlier(database: Database, announcement: str, codes: Iterable[str]) -> dict[str, Line]:
    rows = await database.rows(QueryString("SELECT MIN(seq) AS seq FROM announcement WHERE id = {}", announcement))
    found: dict[str, Line] = {}
    for code in codes:
        try:
            found[code] = line_of(await versions.history(database, code, rows[0]["seq"] - 1))
        except ProcedureNotFound:
            found[code] = []
    return found


async def _same_number(database: Database, draft: AnnouncementDraft) -> list[tuple[str, date | None]]:
    rows = await database.rows(
        QueryString(
            "SELECT id, decided FROM announcement WHERE recorded_to IS NULL AND folded = {} AND issuer = {}",
            fold_number(draft.number),
            draft.issuer,
        )
    )
    return [(row["id"], row["decided"]) for row in rows]
