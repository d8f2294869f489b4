"""Reading the catalogue: a procedure, a list, or all of it, as of a day and as known at a moment."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue.errors import ProcedureNotFound
from registry.engine import Database, Row
from registry.procedure import Announcement, Procedure
from registry.sections import differences

_procedure = msgspec.json.Decoder(Procedure).decode
_announcement = msgspec.json.Decoder(Announcement).decode

COLUMNS = (
    "v.seq, v.code, v.valid_from, v.valid_to, v.announcement, v.ended_by, v.content, v.source, v.origin, "
    "v.cleaning, v.recorded_to, c.body"
)
BATCH = 500


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """One procedure as it is in force on ``valid_from <= day < valid_to``.

    ``seq`` is the change that recorded it, ``recorded_to`` the one that superseded it (``None`` while believed),
    ``digest`` that of its content; ``announcement`` and ``ended_by`` are ids of announcements.
    """

    seq: int
    code: str
    valid_from: date
    valid_to: date | None
    announcement: str | None
    ended_by: str | None
    digest: str
    source: str
    origin: str
    cleaning: msgspec.Raw
    recorded_to: int | None
    procedure: Procedure

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def version_of(row: Row) -> Version:
    """A version from its row joined with its content."""
    return Version(
        seq=row["seq"],
        code=row["code"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        announcement=row["announcement"],
        ended_by=row["ended_by"],
        digest=row["content"],
        source=row["source"],
        origin=row["origin"],
        cleaning=msgspec.Raw(row["cleaning"].encode()),
        recorded_to=row["recorded_to"],
        procedure=_procedure(row["body"]),
    )


async def revision(database: Database) -> int:
    """The number of the latest change; 0 for a store that holds nothing."""
    rows = await database.rows(QueryString("SELECT COALESCE(MAX(seq), 0) AS seq FROM change"))
    return int(rows[0]["seq"])


async def revision_at(database: Database, moment: datetime) -> int:
    """The number of the latest change that was recorded by ``moment`` (with its time zone)."""
    rows = await database.rows(
        QueryString("SELECT COALESCE(MAX(seq), 0) AS seq FROM change WHERE recorded_at <= {}", moment)
    )
    return int(rows[0]["seq"])


def believed(known: int | None) -> QueryString:
    """The condition that a row ``v`` was believed at change ``known``; now where that is ``None``."""
    if known is None:
        return QueryString("v.recorded_to IS NULL")
    return QueryString("v.seq <= {} AND (v.recorded_to IS NULL OR v.recorded_to > {})", known, known)


def holding(day: date) -> QueryString:
    """The condition that a row ``v`` holds on ``day``."""
    return QueryString("v.valid_from <= {} AND (v.valid_to IS NULL OR v.valid_to > {})", day, day)


async def find(database: Database, code: str, day: date, known: int | None = None) -> Version:
    """The version of ``code`` in force on ``day``. Raises ``ProcedureNotFound``."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
            "WHERE v.code = {} AND {} AND {}",
            code,
            believed(known),
            holding(day),
        )
    )
    if not rows:
        raise ProcedureNotFound(code, day, await days(database, code, known))
    return version_of(rows[0])


async def days(database: Database, code: str, known: int | None = None) -> list[tuple[date, date | None]]:
    """The spans of days on which ``code`` is in force, oldest first."""
    rows = await database.rows(
        QueryString(
            "SELECT v.valid_from, v.valid_to FROM version v WHERE v.code = {} AND {} ORDER BY v.valid_from",
            code,
            believed(known),
        )
    )
    return [(row["valid_from"], row["valid_to"]) for row in rows]


class Turn(NamedTuple):
    """A version without its content: its days, and the ids of the announcements that began and ended it."""

    valid_from: date
    valid_to: date | None
    announcement: str | None
    ended_by: str | None


async def turns(database: Database, code: str) -> list[Turn]:
    """Every version of ``code`` that is believed, oldest first, without its content."""
    rows = await database.rows(
        QueryString(
            "SELECT v.valid_from, v.valid_to, v.announcement, v.ended_by FROM version v "
            "WHERE v.code = {} AND {} ORDER BY v.valid_from",
            code,
            believed(None),
        )
    )
    return [Turn(**row) for row in rows]


async def history(database: Database, code: str, known: int | None = None) -> list[Version]:
    """Every version of ``code`` that is believed, oldest first. Raises ``ProcedureNotFound``."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
            "WHERE v.code = {} AND {} ORDER BY v.valid_from",
            code,
            believed(known),
        )
    )
    if not rows:
        raise ProcedureNotFound(code, None, [])
    return [version_of(row) for row in rows]


async def of_digest(database: Database, code: str, begin: str) -> Version | None:
    """The version of ``code`` recorded last whose content's digest begins with ``begin``, believed or not.

    ``None`` where there is none.
    """
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
            "WHERE v.code = {} AND substr(v.content, 1, {}) = {} ORDER BY v.seq DESC LIMIT 1",
            code,
            len(begin),
            begin,
        )
    )
    return version_of(rows[0]) if rows else None


async def versions_of(database: Database, codes: Sequence[str]) -> list[Version]:
    """Every believed version of these codes, in the order of code and day."""
    rows = await database.rows_in(
        f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
        "WHERE v.recorded_to IS NULL AND v.code IN ({}) ORDER BY v.code, v.valid_from",
        codes,
    )
    return [version_of(row) for row in rows]


async def stream(
    database: Database, day: date | None = None, known: int | None = None
) -> AsyncIterator[list[Version]]:
    """The whole catalogue in batches, by code: what is in force on ``day``, or every believed version.

    Call inside ``Database.snapshot`` where writes may go on meanwhile.
    """
    after = ""
    while True:
        codes = await database.rows(
            QueryString(
                "SELECT DISTINCT v.code AS code FROM version v WHERE v.code > {} AND {} ORDER BY v.code LIMIT {}",
                after,
                believed(known),
                BATCH,
            )
        )
        if not codes:
            return
        after = codes[-1]["code"]
        rows = await database.rows(
            QueryString(
                f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
                "WHERE v.code >= {} AND v.code <= {} AND {} AND {} ORDER BY v.code, v.valid_from",
                codes[0]["code"],
                after,
                believed(known),
                QueryString("1 = 1") if day is None else holding(day),
            )
        )
        yield [version_of(row) for row in rows]


async def count(database: Database, day: date, known: int | None = None) -> int:
    """How many procedures are in force on ``day``."""
    rows = await database.rows(
        QueryString("SELECT COUNT(*) AS n FROM version v WHERE {} AND {}", believed(known), holding(day))
    )
    return int(rows[0]["n"])


class Change(msgspec.Struct, frozen=True, rename="camel"):
    """What differs in one section between two days, and the announcements that made it so."""

    section: str
    label: str
    before: Any
    after: Any
    announcements: list[str]


async def compare(
    database: Database, code: str, first: date, last: date, language: str = "vi", known: int | None = None
) -> list[Change]:
    """The difference of ``code`` between two days, by section; each names the announcements that made it.

    A section that changed and changed back is not a difference. A day on which the procedure was not in force
    compares as ``None``. Raises ``ProcedureNotFound`` for an unknown code.
    """
    versions = await history(database, code, known)
    before = next((v for v in versions if v.holds(first)), None)
    after = next((v for v in versions if v.holds(last)), None)
    found = differences(before.procedure if before else None, after.procedure if after else None, language)
    return [
        Change(d.section, d.label, d.before, d.after, _makers(versions, d.section, first, last)) for d in found
    ]


def _makers(versions: list[Version], section: str, first: date, last: date) -> list[str]:
    """Ids of the announcements by which ``section`` changed after ``first`` and up to ``last``."""
    low, high = sorted((first, last))
    makers: list[str] = []
    previous: Version | None = None
    for version in versions:
        gap = previous is not None and previous.valid_to != version.valid_from
        if previous is not None and gap and previous.valid_to and low < previous.valid_to <= high:
            makers += [previous.ended_by] if previous.ended_by else []
        if low < version.valid_from <= high and version.announcement:
            earlier = None if previous is None or gap else previous.procedure
            if any(d.section == section for d in differences(earlier, version.procedure)):
                makers.append(version.announcement)
        previous = version
    if previous is not None and previous.valid_to and low < previous.valid_to <= high and previous.ended_by:
        makers.append(previous.ended_by)
    return list(dict.fromkeys(makers))


async def successors(database: Database, code: str, kind: str = "procedure") -> list[tuple[str, date, str | None]]:
    """What took the place of ``code``: (code, day, announcement), oldest first."""
    rows = await database.rows(
        QueryString("SELECT new, day, announcement FROM succession WHERE kind = {} AND old = {}", kind, code)
    )
    return sorted((row["new"], row["day"], row["announcement"]) for row in rows)


async def predecessors(
    database: Database, code: str, kind: str = "procedure"
) -> list[tuple[str, date, str | None]]:
    """What ``code`` took the place of: (code, day, announcement), oldest first."""
    rows = await database.rows(
        QueryString("SELECT old, day, announcement FROM succession WHERE kind = {} AND new = {}", kind, code)
    )
    return sorted((row["old"], row["day"], row["announcement"]) for row in rows)
