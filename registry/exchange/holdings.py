"""What an export reads: versions in batches with the announcements that they name, all as known at one change.

Nothing recorded is ever altered, so a number of a change pins a whole reading: no transaction is held open for as
long as somebody takes to fetch it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.catalogue.versions import COLUMNS, Version, believed, holding, version_of
from registry.engine import Database
from registry.exchange.publication import Publication
from registry.procedure import Announcement

_announcement = msgspec.json.Decoder(Announcement).decode


class Wanted(NamedTuple):
    """What is to be exported.

    ``day`` tells which versions: those in force on it, or all of them where it is ``None``. ``known`` is the last
    change that counts. The rest is for tables: which one, in which words its columns are headed, and whether a
    mark tells Excel that the file is UTF-8.
    """

    publication: Publication
    day: date | None
    known: int
    table: str = "procedures"
    headings: str = "name"
    mark: bool = False


class Batch(NamedTuple):
    versions: list[Version]
    announcements: Mapping[str, Announcement]


async def batches(database: Database, wanted: Wanted) -> AsyncIterator[Batch]:
    """Every version that is wanted, by code and day."""
    async for found in versions.stream(database, wanted.day, wanted.known):
        yield await batch(database, found, wanted.known)


async def batch(database: Database, found: list[Version], known: int) -> Batch:
    """Versions with their announcements."""
    ids = [by for version in found for by in (version.announcement, version.ended_by) if by]
    return Batch(found, await announcements(database, ids, known))


async def announcements(database: Database, ids: Iterable[str], known: int) -> dict[str, Announcement]:
    """Announcements by id, as known at a change; without their items."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = await database.rows(
        QueryString(
            "SELECT v.id, v.body FROM announcement v WHERE {} AND v.id IN ({})",
            believed(known),
            QueryString(", ".join(["{}"] * len(wanted)), *wanted),
        )
    )
    return {row["id"]: _announcement(row["body"]) for row in rows}


async def page(database: Database, wanted: Wanted, after: str, limit: int) -> Batch:
    """At most ``limit`` versions in force on the day that is wanted, by code, after that one."""
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM version v JOIN content c ON c.digest = v.content "
            "WHERE v.code > {} AND {} AND {} ORDER BY v.code LIMIT {}",
            after,
            believed(wanted.known),
            holding(wanted.day or wanted.publication.day),
            limit,
        )
    )
    return await batch(database, [version_of(row) for row in rows], wanted.known)
