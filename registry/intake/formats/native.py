"""Our own NDJSON: a whole registry with its history, as ``danhmuc export`` writes it."""

from collections.abc import Iterable, Iterator

import msgspec

from registry import clock
from registry.catalogue import ledger
from registry.catalogue.ledger import AgencyState, Ledger
from registry.engine import Database
from registry.intake.archive import File, Source
from registry.intake.events import (
    READABLE,
    AgencyEvent,
    AnnouncementEvent,
    AnyEvent,
    Header,
    SectorEvent,
    SuccessionEvent,
    Trailer,
    VersionEvent,
)
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Announcement, Term

NAME = "native"
ACCEPTS = "our own NDJSON export"
RANK = 10

_OPENING = b'{"kind":"catalogue"'
_decode = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode


class Events:
    """What a native source carries beside its records; whole once the source has been read to its end."""

    def __init__(self) -> None:
        self.sectors: list[SectorEvent] = []
        self.agencies: list[AgencyEvent] = []
        self.successions: list[SuccessionEvent] = []
        self.announcements: dict[str, Announcement] = {}

    async def apply(self, database: Database) -> None:
        """Record sectors and agencies; announcements go in with their records."""
        await ledger.record(database, self._apply)

    async def _apply(self, book: Ledger) -> None:
        codes = [event.code for event in self.agencies]
        told = {(one.old, one.new, one.day) for one in self.successions if one.of == "agency"}
        await book.load(
            agencies=[*codes, *(old for old, _, _ in told)],
            announcements=[one.announcement for one in self.successions if one.announcement],
        )
        for sector in self.sectors:
            book.put_sector(Term(sector.code, sector.name))
        for event in sorted(self.agencies, key=lambda event: (event.valid_from or clock.ALWAYS, event.code)):
            level = event.level.value if event.level else None
            state = AgencyState(event.name, event.kind_of, level, event.parent, event.decision)
            start = event.valid_from or clock.ALWAYS
            if book.put_agency(event.code, state, start, event.valid_to) and event.valid_to:
                for successor in event.successors:
                    if (event.code, successor, event.valid_to) not in told:
                        book.succeed("agency", event.code, successor, event.valid_to, None)
        # Before the announcements, whose items would else make up the days that they do not tell.
        for one in self.successions:
            book.succeed(one.of, one.old, one.new, one.day, one.announcement)

    async def close(self, database: Database) -> None:
        """Record the announcements that no record brought in, such as those whose procedures are known already."""
        found = list(self.announcements.values())

        async def unit(book: Ledger) -> None:
            await book.load(announcements=[announcement.id for announcement in found])
            for announcement in found:
                book.announce(announcement)

        await ledger.record(database, unit)


class Native:
    """A source of our own lines, from a file or from a program."""

    name = NAME

    def __init__(self, lines: Iterable[Raw | Rejection], title: str) -> None:
        self._lines = lines
        self._title = title
        self.header: Header | None = None
        self.events = Events()

    def raws(self) -> Iterator[Raw | Rejection]:
        seen = 0
        for line in self._lines:
            event = line if isinstance(line, Rejection) else self._event(line)
            if isinstance(event, Trailer):
                if event.events != seen:
                    raise SourceUnreadable(
                        f"{self._title}: says it has {event.events} lines, but {seen} were read"
                    )
                return
            if isinstance(event, Header):
                self._begin(event)
                continue
            seen += 1
            if isinstance(event, Rejection):
                yield event
            elif isinstance(event, VersionEvent) and isinstance(line, Raw):
                yield line
        raise SourceUnreadable(f"{self._title}: ends without its closing line; it is truncated. Export it again.")

    def parse(self, raw: Raw) -> Record | Rejection:
        return _record(raw, self.events.announcements)

    def _begin(self, header: Header) -> None:
        if header.format not in READABLE:
            formats = " and ".join(map(str, READABLE))
            raise SourceUnreadable(
                f"{self._title}: is of format {header.format}, this registry reads format {formats}"
            )
        self.header = header

    def _event(self, raw: Raw) -> AnyEvent | Rejection:
        try:
            event: AnyEvent = _decode(raw.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Rejection(raw, f"{raw.origin}: is no line of our own export: {error}")
        if isinstance(event, SectorEvent):
            self.events.sectors.append(event)
        elif isinstance(event, AgencyEvent):
            self.events.agencies.append(event)
        elif isinstance(event, SuccessionEvent):
            self.events.successions.append(event)
        elif isinstance(event, AnnouncementEvent):
            self.events.announcements[event.announcement.id] = event.announcement
        return event


def recognise(source: Source, head: bytes) -> Native | None:
    """By its first line."""
    if isinstance(source, File) and head.removeprefix(b"\xef\xbb\xbf").startswith(_OPENING):
        return Native(_lines(source), str(source.path))
    return None


def from_events(events: Iterable[AnyEvent], title: str) -> Native:
    """A source from events in memory, such as a demonstration catalogue."""
    return Native((Raw(f"{title}:{number}", _encode(event)) for number, event in enumerate(events, 1)), title)


def parse(raw: Raw) -> Record | Rejection:
    """One line on its own, as when a quarantined one is retried: its announcement is known by its id alone."""
    return _record(raw, None)


def _lines(source: File) -> Iterator[Raw | Rejection]:
    for line in source.lines():
        yield line if isinstance(line, Rejection) else Raw(line.name, line.data)


def _record(raw: Raw, announcements: dict[str, Announcement] | None) -> Record | Rejection:
    try:
        event = _decode(raw.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejection(raw, f"{raw.origin}: is no line of our own export: {error}")
    if not isinstance(event, VersionEvent):
        return Rejection(raw, f"{raw.origin}: is not a version")
    told = {"code": event.code, "name": event.procedure.name}
    if event.code != event.procedure.code:
        return Rejection(
            raw, f"{raw.origin}: code {event.code} holds procedure {event.procedure.code}", "code", **told
        )
    if event.valid_to is not None and event.valid_to <= event.valid_from:
        return Rejection(raw, f"{raw.origin}: ends on {event.valid_to}, before it begins", "validTo", **told)
    announcement = None
    if event.announcement is not None:
        announcement = (announcements or {}).get(event.announcement)
        if announcement is None:
            return Rejection(
                raw,
                f"{raw.origin}: its announcement {event.announcement} does not stand before it in the file",
                "announcement",
                **told,
            )
    return Record(
        raw=raw,
        procedure=event.procedure,
        announcement=announcement,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        notes=event.cleaning,
        ended_by=event.ended_by,
    )
