"""Composes a catalogue: its histories become announcements and versions."""

from collections.abc import Iterator
from datetime import date
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
from seeds import faces, snapshots, sources
from seeds.bodies import bodies
from seeds.contents import Writer
from seeds.decisions import decisions
from seeds.entries import Entry, entries
from seeds.faces import Face
from seeds.plan import Deed, Happening, Plan, next_title
from seeds.snapshots import Composition

LIBRARY = "thai-nguyen-2025"
SNAPSHOTS = ("son-la-2020", "dai-tu-2023", "thai-nguyen-city-2018", "thai-nguyen-2021")
"""In this order: a code that one has taken is not there for those after it."""

_encode = msgspec.json.Encoder().encode


def events(name: str) -> Iterator[AnyEvent]:
    """The events of catalogue ``name``: sectors, agencies and announcements, then versions by day and code.

    The header's digest is taken over the lines between the header and the trailer, as NDJSON.
    """
    composition = composed(name)
    body, outline = _body(composition), composition.data.outline
    digest = blake2b(b"".join(_encode(event) + b"\n" for event in body), digest_size=16).hexdigest()
    yield Header(FORMAT, outline.title, illustrative=True, revision=outline.revision, digest=digest)
    yield from body
    yield Trailer(len(body))


def composed(name: str) -> Composition:
    """What catalogue ``name`` is made of."""
    if name == LIBRARY:
        return _library()
    taken = {entry.code for entry in entries(sources.read(LIBRARY))}
    for other in SNAPSHOTS[: SNAPSHOTS.index(name)]:
        snapshots.compose(other, taken)
    return snapshots.compose(name, taken)


def _library() -> Composition:
    data = sources.read(LIBRARY)
    found = entries(data)

    def face(entry: Entry, day: date) -> Face:
        return faces.first(entry, day, data)

    return Composition(data, found, Plan(data, found).histories, face, lambda _, procedure: procedure)


def _body(composition: Composition) -> list[AnyEvent]:
    data, found, histories = composition.data, composition.entries, composition.histories
    drafted = decisions(data, found, histories)
    ids = {key: announcement.id for key, announcement in drafted.items()}
    announced = sorted(drafted.values(), key=_order)
    writer = Writer(data)
    versions = [version for entry in found for version in _versions(composition, writer, entry, ids)]
    versions.sort(key=lambda version: (version.valid_from, version.code))
    return [
        *_sectors(composition),
        *bodies(data),
        *(AnnouncementEvent(announcement) for announcement in announced),
        *versions,
    ]


def _order(announcement: Announcement) -> tuple[str, str]:
    return (str(announcement.effective), announcement.id)


def _sectors(composition: Composition) -> Iterator[SectorEvent]:
    for sector in sorted(composition.data.sectors, key=lambda sector: sector.code):
        yield SectorEvent(sector.code, sector.name)
    if composition.mark:
        yield SectorEvent(composition.mark.code, composition.mark.name)


def _versions(
    composition: Composition, writer: Writer, entry: Entry, ids: dict[object, str]
) -> Iterator[VersionEvent]:
    history = composition.histories[entry.code]
    face: Face | None = None
    procedure: Procedure | None = None
    for number, happening in enumerate(history):
        if happening.deed is Deed.END:
            return
        before, face = procedure, _face(composition, writer, entry, face, happening)
        procedure = writer.procedure(entry, face)
        while procedure == before:
            face = faces.amended(entry, face, face.day, writer.papers(entry))
            procedure = writer.procedure(entry, face)
        following = history[number + 1] if number + 1 < len(history) else None
        yield VersionEvent(
            code=entry.code,
            valid_from=happening.slot.effective,
            procedure=composition.finish(entry, procedure),
            valid_to=following.slot.effective if following else None,
            announcement=ids[happening.slot.key],
            ended_by=ids[following.slot.key] if following else None,
        )


def _face(composition: Composition, writer: Writer, entry: Entry, face: Face | None, happening: Happening) -> Face:
    day = happening.slot.effective
    if face is None:
        return composition.face(entry, day)
    match happening.deed:
        case Deed.REGRADE:
            return faces.regraded(entry, face, day)
        case Deed.AGAIN:
            return faces.announced_again(entry, face, day, writer.papers(entry))
        case Deed.MOVE:
            return faces.moved(face, entry, day, next_title(entry))
        case _:
            return faces.amended(entry, face, day, writer.papers(entry))
