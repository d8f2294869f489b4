"""Our own NDJSON export: the registry with its history, which the intake reads back digest for digest."""

from collections.abc import AsyncIterator
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import agencies, announcements, versions
from registry.catalogue.check import catalogue_digest
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.intake.events import (
    FORMAT,
    AgencyEvent,
    AnnouncementEvent,
    AnyEvent,
    Header,
    SectorEvent,
    Trailer,
    VersionEvent,
)
from registry.intake.record import Note
from registry.procedure import Announcement
from registry.vocabulary import Level

_encode = msgspec.json.Encoder().encode
_notes = msgspec.json.Decoder(tuple[Note, ...]).decode
_announcement = msgspec.json.Decoder(Announcement).decode


async def export(database: Database, day: date | None = None, known: int | None = None) -> AsyncIterator[bytes]:
    """The registry as lines of NDJSON, in chunks: with its history, or only what is in force on ``day``."""
    async with database.snapshot():
        count = 0
        header = Header(
            format=FORMAT,
            revision=await versions.revision(database),
            digest=await catalogue_digest(database),
            as_of=day,
        )
        yield _line(header)
        async for events in _events(database, day, known):
            count += len(events)
            yield b"".join(_line(event) for event in events)
        yield _line(Trailer(count))


def _line(event: AnyEvent) -> bytes:
    return _encode(event) + b"\n"


async def _events(database: Database, day: date | None, known: int | None) -> AsyncIterator[list[AnyEvent]]:
    yield [SectorEvent(term.code, term.name) for term in await agencies.sectors(database)]
    yield [await _agency(database, state) for state in await agencies.all_versions(database)]
    async for announced in _announced(database):
        yield announced
    async for batch in versions.stream(database, day, known):
        yield [_version(version) for version in batch]


async def _agency(database: Database, state: agencies.AgencyVersion) -> AgencyEvent:
    following = await versions.successors(database, state.code, "agency") if state.valid_to else []
    return AgencyEvent(
        code=state.code,
        name=state.name,
        level=Level(state.level) if state.level else None,
        parent=state.parent,
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        successors=tuple(code for code, on, _ in following if on == state.valid_to),
        decision=state.decision,
        kind_of=state.kind,
    )


async def _announced(database: Database) -> AsyncIterator[list[AnyEvent]]:
    after = ""
    while rows := await database.rows(
        QueryString(
            "SELECT id, body FROM announcement WHERE recorded_to IS NULL AND id > {} ORDER BY id LIMIT {}",
            after,
            versions.BATCH,
        )
    ):
        after = rows[-1]["id"]
        events: list[AnyEvent] = []
        for row in rows:
            items = tuple(await announcements.items_of(database, row["id"]))
            events.append(AnnouncementEvent(msgspec.structs.replace(_announcement(row["body"]), items=items)))
        yield events


def _version(version: Version) -> VersionEvent:
    return VersionEvent(
        code=version.code,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        announcement=version.announcement,
        ended_by=version.ended_by,
        procedure=version.procedure,
        source=version.source,
        origin=version.origin,
        cleaning=_notes(bytes(version.cleaning)),
    )
