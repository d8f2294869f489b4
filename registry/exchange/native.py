"""Our own NDJSON export: the registry with its history, which the intake reads back digest for digest."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import agencies, versions
from registry.catalogue.check import catalogue_digest
from registry.catalogue.versions import Version, believed
from registry.engine import Database
from registry.exchange.holdings import Wanted
from registry.intake.events import (
    FORMAT,
    AgencyEvent,
    AnnouncementEvent,
    AnyEvent,
    Header,
    SectorEvent,
    SuccessionEvent,
    Trailer,
    VersionEvent,
)
from registry.intake.record import Note
from registry.procedure import Announcement, Item
from registry.vocabulary import Action, Level

_encode = msgspec.json.Encoder().encode
_notes = msgspec.json.Decoder(tuple[Note, ...]).decode
_codes = msgspec.json.Decoder(tuple[str, ...]).decode
_announcement = msgspec.json.Decoder(Announcement).decode


async def everything(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """What is wanted, as ``export`` tells it."""
    # Closed here, also when nobody reads on: it holds a transaction.
    async with aclosing(export(database, wanted.day, wanted.known)) as chunks:
        async for chunk in chunks:
            yield chunk


async def export(
    database: Database, day: date | None = None, known: int | None = None
) -> AsyncGenerator[bytes, None]:
    """The registry as lines of NDJSON, in chunks: with its history, or only what is in force on ``day``.

    ``known`` is the number of the last change that is told; everything by default. Only an export of everything
    carries the registry's digest, since only that can be compared.
    """
    async with database.snapshot():
        count = 0
        revision = await versions.revision(database)
        known = None if known is not None and known >= revision else known
        whole = day is None and known is None
        header = Header(
            format=FORMAT,
            revision=revision if known is None else known,
            digest=await catalogue_digest(database) if whole else "",
            as_of=day,
        )
        yield _line(header)
        async for events in _events(database, day, known):
            count += len(events)
            yield b"".join(_line(event) for event in events)
        yield _line(Trailer(count))


def written(found: Sequence[Version]) -> bytes:
    """Versions as lines of the export."""
    return b"".join(_line(_version(version)) for version in found)


def _line(event: AnyEvent) -> bytes:
    return _encode(event) + b"\n"


async def _events(database: Database, day: date | None, known: int | None) -> AsyncIterator[list[AnyEvent]]:
    rows = await database.rows(
        QueryString("SELECT v.code, v.name FROM sector v WHERE {} ORDER BY v.code", believed(known))
    )
    yield [SectorEvent(row["code"], row["name"]) for row in rows]
    successions = await _successions(database, known)
    yield await _agencies(database, known, successions)
    yield list(successions)
    async for announced in _announced(database, known):
        yield announced
    async for batch in versions.stream(database, day, known):
        yield [_version(version) for version in batch]


async def _successions(database: Database, known: int | None) -> list[SuccessionEvent]:
    rows = await database.rows(
        QueryString(
            "SELECT v.kind, v.old, v.new, v.day, v.announcement FROM succession v WHERE {} ORDER BY v.seq",
            _recorded(known),
        )
    )
    return [SuccessionEvent(row["kind"], row["old"], row["new"], row["day"], row["announcement"]) for row in rows]


async def _agencies(
    database: Database, known: int | None, successions: Sequence[SuccessionEvent]
) -> list[AnyEvent]:
    """Every state of every agency, each with those that took over when it ended."""
    followed: dict[tuple[str, date], list[str]] = {}
    for one in successions:
        if one.of == "agency":
            followed.setdefault((one.old, one.day), []).append(one.new)
    return [
        AgencyEvent(
            code=state.code,
            name=state.name,
            level=Level(state.level) if state.level else None,
            parent=state.parent,
            valid_from=state.valid_from,
            valid_to=state.valid_to,
            successors=tuple(sorted(followed.get((state.code, state.valid_to), ()))) if state.valid_to else (),
            decision=state.decision,
            kind_of=state.kind,
        )
        for state in await agencies.all_versions(database, known)
    ]


def _recorded(known: int | None) -> QueryString:
    """The condition that a row ``v`` of what is only ever added to was recorded by change ``known``."""
    return QueryString("1 = 1") if known is None else QueryString("v.seq <= {}", known)


async def _announced(database: Database, known: int | None) -> AsyncIterator[list[AnyEvent]]:
    after = ""
    while rows := await database.rows(
        QueryString(
            "SELECT v.id, v.body FROM announcement v WHERE {} AND v.id > {} ORDER BY v.id LIMIT {}",
            believed(known),
            after,
            versions.BATCH,
        )
    ):
        after = rows[-1]["id"]
        items = await _items(database, [row["id"] for row in rows], known)
        yield [
            AnnouncementEvent(
                msgspec.structs.replace(_announcement(row["body"]), items=tuple(items.get(row["id"], ())))
            )
            for row in rows
        ]


async def _items(database: Database, ids: list[str], known: int | None) -> dict[str, list[Item]]:
    """The items of announcements in the order in which they were recorded."""
    rows = await database.rows_in(
        "SELECT seq, announcement, action, old, new FROM item WHERE announcement IN ({})", ids
    )
    found: dict[str, list[Item]] = {}
    for row in sorted(rows, key=lambda row: int(row["seq"])):
        if known is None or row["seq"] <= known:
            action = Action(row["action"]) if row["action"] else None
            found.setdefault(row["announcement"], []).append(Item(action, _codes(row["old"]), _codes(row["new"])))
    return found


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
