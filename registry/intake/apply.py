"""Applying what was read and compared: announcement by announcement, each whole or not at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from registry import clock
from registry.access.actors import Actor
from registry.catalogue.ledger import AgencyState, Ledger, Origin
from registry.engine import Database
from registry.intake import compare, quarantine, runs
from registry.intake.compare import Fate
from registry.intake.reading import Entry, Progress, Reading, Stop
from registry.intake.record import Format, Options
from registry.intake.spool import Spool
from registry.intake.watching import Watch
from registry.procedure import Agency, Announcement, Item, Procedure
from registry.vocabulary import Action, Level
from search.text import slug

if TYPE_CHECKING:
    from registry.intake.formats.native import Events

PER_TRANSACTION = 400
_encode = msgspec.json.Encoder().encode
_procedure = msgspec.json.Decoder(Procedure).decode


async def apply(
    database: Database,
    source: Format,
    options: Options,
    reading: Reading,
    ends: list[str],
    spool: Spool,
    progress: Progress,
    watch: Watch,
    actor: Actor,
) -> int:
    """Write what an intake decided. Returns the number of the run."""
    run = await runs.begin(database, options.source, source.name, options.cover.value, options.agency, actor)
    events = getattr(source, "events", None)
    if events is not None:
        await events.apply(database)
    pending = [entry for entry in reading.entries if entry.fate is not Fate.UNCHANGED]
    done = 0
    for group in _groups([*pending, *reading.stops]):
        unit = _Unit(group, options, source.name, spool, events, reading.announcements)
        await watch.record([each.code for each in group], unit)
        done += len(group)
        progress("apply", done, len(pending) + len(reading.stops))
    # An end may belong to an announcement that was applied before what it ends; then it has done nothing yet.
    await _end(watch, [*reading.stops, *(Stop(code, options.day, None) for code in ends)])
    if events is not None:
        await _settle(database, pending, options, source.name, spool, events, watch)
        await events.close(database)

    async def aftermath() -> None:
        await quarantine.hold(database, source.name, options.source, run, reading.rejections)
        accepted = {entry.origin for entry in reading.entries} | set(reading.untouched.values())
        rejected = {rejection.raw.origin for rejection in reading.rejections}
        await quarantine.resolve(database, source.name, list(accepted - rejected - reading.mended))

    await database.transact(aftermath)
    return run


def _groups(work: Sequence[Entry | Stop]) -> Iterator[list[Entry | Stop]]:
    """Work by announcement, each whole, in the order of their last days, in groups of a fair size."""
    together: dict[str, list[Entry | Stop]] = {}
    for each in work:
        together.setdefault(_announcement(each), []).append(each)
    group: list[Entry | Stop] = []
    for members in sorted(together.values(), key=lambda members: max(_day(each) for each in members)):
        if group and len(group) + len(members) > PER_TRANSACTION:
            yield group
            group = []
        # What ends makes room before what begins on the same day.
        group += sorted(members, key=lambda each: (_day(each), isinstance(each, Entry), each.code))
    if group:
        yield group


def _announcement(each: Entry | Stop) -> str:
    """The announcement's id, or the code alone where none is known."""
    if isinstance(each, Stop):
        return each.announcement or each.code
    return each.announcement.id if each.announcement else each.code


def _day(each: Entry | Stop) -> date:
    return each.day if isinstance(each, Stop) else each.start or date.min


class _Unit:
    """The work of one transaction."""

    def __init__(
        self,
        work: list[Entry | Stop],
        options: Options,
        format_name: str,
        spool: Spool,
        events: "Events | None",
        announcements: Mapping[str, Announcement] | None = None,
    ) -> None:
        self.announcements = events.announcements if events else announcements or {}
        self.work = work
        self.entries: list[Entry] = [each for each in work if isinstance(each, Entry)]
        self.stops: list[Stop] = [each for each in work if isinstance(each, Stop)]
        self.options = options
        self.format_name = format_name
        self.spool = spool
        self.events = events

    async def __call__(self, book: Ledger) -> None:
        procedures = [_procedure(self.spool.get(entry.body)) for entry in self.entries]
        announcements = announced(self._announcements())
        agencies = [agency for procedure in procedures for agency in procedure.agencies]
        agencies += [a.issuer for a in announcements.values() if a.issuer]
        await book.load(
            codes=[*(entry.code for entry in self.entries), *(stop.code for stop in self.stops)],
            announcements=announcements,
            agencies=[agency_key(agency) for agency in agencies],
        )
        if self.events is None:
            for agency in agencies:
                learn(book, agency)
        for announcement in announcements.values():
            if announcement.items or self.events is not None or not book.holds_announcement(announcement):
                book.announce(announcement)
        waiting = iter(procedures)
        for each in self.work:
            if isinstance(each, Stop):
                book.end(each.code, each.day, each.announcement)
                continue
            procedure = next(waiting)
            # Our own export tells its agencies and sectors itself.
            for sector in procedure.sectors if self.events is None else ():
                book.put_sector(sector)
            self._put(book, each, procedure)

    def _announcements(self) -> Iterator[Announcement | None]:
        for entry in self.entries:
            yield entry.announcement
        for stop in self.stops:
            if stop.announcement is not None:
                yield self.announcements.get(stop.announcement)

    def _put(self, book: Ledger, entry: Entry, procedure: Procedure) -> None:
        announcement = entry.announcement
        origin = Origin(
            source=self.format_name,
            origin=entry.origin,
            raw_digest=entry.raw_digest,
            cleaning=_encode(entry.notes).decode(),
        )
        key = announcement.id if announcement else None
        start = entry.start or self.options.day
        cut = book.versions.at(entry.code, entry.until) if isinstance(entry.until, date) else None
        book.put(procedure, start, key, origin, until=entry.until, ended_by=entry.ended_by)
        if isinstance(entry.until, date) and cut is not None and cut.start < entry.until:
            # What was thought to go on has ended, as is told now: no remainder of it stays behind.
            book.end(entry.code, entry.until, entry.ended_by)
        if announcement is not None and self.events is None and not announcement.items:
            known = entry.fate is Fate.AMENDED
            codes = (entry.code,)
            item = Item(Action.AMENDED, codes, codes) if known else Item(None, (), codes)
            book.itemise(announcement, item)


def announced(found: Iterable[Announcement | None]) -> dict[str, Announcement]:
    """Announcements by id, the first of each: records of one announcement may tell it differently."""
    announcements: dict[str, Announcement] = {}
    for announcement in found:
        if announcement is not None:
            announcements.setdefault(announcement.id, announcement)
    return announcements


def agency_key(agency: Agency) -> str:
    """The key under which an agency is kept: its code, or a slug of its name for a class of agency."""
    return slug(agency.name) if agency.code is None else agency.code


def learn(book: Ledger, agency: Agency) -> None:
    """Record an agency that is not known yet, as far as a mention of it tells."""
    key = agency_key(agency)
    if book.agencies.knows(key):
        return
    code = agency.code or ""
    root, _, _ = code.partition(".")
    official = len(root) == 3 and root[0] in "GH" and root[1:].isdigit()
    level = {"G": Level.MINISTRY.value, "H": Level.PROVINCE.value}[root[0]] if official else None
    parent = code.rpartition(".")[0] if official and "." in code else None
    kind = "body" if agency.code else "class"
    book.put_agency(key, AgencyState(name=agency.name, kind=kind, level=level, parent=parent), clock.ALWAYS)


async def _settle(
    database: Database,
    entries: Sequence[Entry],
    options: Options,
    format_name: str,
    spool: Spool,
    events: "Events",
    watch: Watch,
) -> None:
    """Put exactly what did not come about by putting one version after the other, such as two versions of the same
    content, or one that another announcement ended than that of the next."""
    told = [entry for entry in entries if not isinstance(entry.end, msgspec.UnsetType)]
    spans = await compare.spans(database, [entry.code for entry in told])
    loose: list[Entry | Stop] = []
    for entry in told:
        key = entry.announcement.id if entry.announcement else None
        if (entry.start, entry.end, entry.digest, key, entry.ended_by) not in spans.get(entry.code, ()):
            entry.until = entry.end
            loose.append(entry)
    loose.sort(key=lambda each: (each.code, _day(each)))
    for start in range(0, len(loose), PER_TRANSACTION):
        group = loose[start : start + PER_TRANSACTION]
        unit = _Unit(group, options, format_name, spool, events)
        await watch.record([each.code for each in group], unit)


async def _end(watch: Watch, stops: Sequence[Stop]) -> None:
    async def unit(book: Ledger) -> None:
        await book.load(codes=[stop.code for stop in stops])
        for stop in stops:
            book.end(stop.code, stop.day, stop.announcement)

    if stops:
        await watch.record([stop.code for stop in stops], unit)
