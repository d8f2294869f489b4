"""Composes a catalogue: its histories become announcements and versions."""

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from registry.intake.events import (
    FORMAT,
    AnnouncementEvent,
    AnyEvent,
    Header,
    SectorEvent,
    Trailer,
    VersionEvent,
)
from registry.procedure import Announcement, Procedure
from seeds import faces, sources
from seeds.bodies import bodies
from seeds.contents import Writer
from seeds.decisions import decisions
from seeds.entries import Entry, entries
from seeds.faces import Face
from seeds.plan import Deed, Happening, Plan, next_title
from seeds.sources import Data

_encode = msgspec.json.Encoder().encode


def events(name: str) -> Iterator[AnyEvent]:
    """The events of catalogue ``name``: sectors, agencies and announcements, then versions by day and code.

    The header's digest is taken over the lines between the header and the trailer, as NDJSON.
    """
    data = sources.read(name)
    body, outline = _body(data), data.outline
    digest = blake2b(b"".join(_encode(event) + b"\n" for event in body), digest_size=16).hexdigest()
    yield Header(FORMAT, outline.title, illustrative=True, revision=outline.revision, digest=digest)
    yield from body
    yield Trailer(len(body))


def _body(data: Data) -> list[AnyEvent]:
    found = entries(data)
    plan = Plan(data, found)
    drafted = decisions(data, found, plan)
    ids = {key: announcement.id for key, announcement in drafted.items()}
    announced = sorted(drafted.values(), key=_order)
    writer = Writer(data)
    versions = [
        version for entry in found for version in _versions(data, writer, entry, plan.histories[entry.code], ids)
    ]
    versions.sort(key=lambda version: (version.valid_from, version.code))
    return [
        *_sectors(data),
        *bodies(data),
        *(AnnouncementEvent(announcement) for announcement in announced),
        *versions,
    ]


def _order(announcement: Announcement) -> tuple[str, str]:
    return (str(announcement.effective), announcement.id)


def _sectors(data: Data) -> Iterator[SectorEvent]:
    for sector in sorted(data.sectors, key=lambda sector: sector.code):
        yield SectorEvent(sector.code, sector.name)


def _versions(
    data: Data, writer: Writer, entry: Entry, history: list[Happening], ids: dict[object, str]
) -> Iterator[VersionEvent]:
    face: Face | None = None
    procedure: Procedure | None = None
    for number, happening in enumerate(history):
        if happening.deed is Deed.END:
            return
        before, face = procedure, _face(data, writer, entry, face, happening)
        procedure = writer.procedure(entry, face)
        while procedure == before:
            face = faces.amended(entry, face, face.day, writer.papers(entry))
            procedure = writer.procedure(entry, face)
        following = history[number + 1] if number + 1 < len(history) else None
        yield VersionEvent(
            code=entry.code,
            valid_from=happening.slot.effective,
            procedure=procedure,
            valid_to=following.slot.effective if following else None,
            announcement=ids[happening.slot.key],
            ended_by=ids[following.slot.key] if following else None,
        )


def _face(data: Data, writer: Writer, entry: Entry, face: Face | None, happening: Happening) -> Face:
    day = happening.slot.effective
    if face is None:
        return faces.first(entry, day, data)
    match happening.deed:
        case Deed.REGRADE:
            return faces.regraded(entry, face, day)
        case Deed.AGAIN:
            return faces.announced_again(entry, face, day, writer.papers(entry))
        case Deed.MOVE:
            return faces.moved(face, entry, day, next_title(entry))
        case _:
            return faces.amended(entry, face, day, writer.papers(entry))
