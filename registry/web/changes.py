"""What changed in the catalogue, day by day and by announcement: to read, and to follow."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from registry import clock
from registry.api.answers import names
from registry.api.caching import Form
from registry.api.exchange import exchange_of
from registry.api.parameters import one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import Service, service_of
from registry.catalogue import announcements, versions
from registry.catalogue.chronicle import Chronicle, Entry, Happening, Turn, chronicle, sections
from registry.metrics.holdings import holdings
from registry.procedure import Announcement
from registry.sections import LABELS
from registry.web import atom, wording
from registry.web.addresses import link
from registry.web.pages import language, shown, stored

MOST_ROWS = 50
MOST_ENTRIES = 25
MOST_COMING = 8
SPANS = (7, 30, 365)

Offset = Annotated[int, QueryParameter(description="How many to skip.", ge=0, le=10**6)]


class Asked(NamedTuple):
    """What a reader asked to see, as it was written."""

    sector: str = ""
    agency: str = ""
    turn: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {
            "linh-vuc": self.sector,
            "co-quan": self.agency,
            "loai": self.turn,
            "tu": self.since,
            "den": self.until,
        }


class Read(NamedTuple):
    """The same, understood; ``errors`` are (field, key of what to say)."""

    turn: Turn | None
    since: date | None
    until: date | None
    errors: list[tuple[str, str]]


class Row(NamedTuple):
    """One happening as a page shows it. ``old`` and ``new`` are (code, name) pairs, ``sections`` the labels of
    those that differ, where it was ``compared``; ``days`` are the last day before and the first day after."""

    turn: Turn
    old: list[tuple[str, str]]
    new: list[tuple[str, str]]
    compared: bool
    sections: list[str]
    days: tuple[date, date]


class Group(NamedTuple):
    """An announcement's happenings on a day, as far as they are on this page; ``counts`` are of all of them."""

    entry: Entry
    announcement: Announcement | None
    counts: Mapping[Turn, int]
    rows: list[Row]
    begun: bool


def read_asked(
    sector: Annotated[str | None, one("linh-vuc", "Code of a sector.", "G04-HT")] = None,
    agency: Annotated[str | None, one("co-quan", "Code of the agency that decided.", "H55")] = None,
    turn: Annotated[str | None, one("loai", "What happened.", "amended")] = None,
    since: Annotated[str | None, one("tu", "First day of effect.", "2025-01-01")] = None,
    until: Annotated[str | None, one("den", "Last day of effect.", "2025-12-31")] = None,
) -> Asked:
    return Asked(sector or "", agency or "", turn or "", since or "", until or "")


ASKED = {"asked": Provide(read_asked, sync_to_thread=False)}


class ChangePages(Controller):
    @get("/thay-doi", dependencies=ASKED)
    async def page(
        self, request: Request[Any, Any, Any], asked: NamedDependency[Asked], offset: Offset = 0
    ) -> Response[Any]:
        service, read = service_of(request), understood(asked)
        if read.errors:
            async with service.database.snapshot():
                revision = await versions.revision(service.database)
                data = await _data(service, asked, read, offset, language(request), revision)
            return await shown(request, "changes/page.html", data, status=400)
        make = partial(_data, service, asked, read, offset, language(request))
        return await stored(request, "changes/page.html", make)

    @get("/thay-doi.atom", dependencies=ASKED)
    async def feed(
        self,
        request: Request[Any, Any, Any],
        asked: NamedDependency[Asked],
        page: Annotated[int, QueryParameter(name="trang", description="Which page.", ge=1, le=10**6)] = 1,
    ) -> Response[Any]:
        service, read, spoken = service_of(request), understood(asked), language(request)
        if read.errors:
            field = read.errors[0][0]
            raise ParameterInvalid(field, f"{field}: {asked.query[field][:40]!r} cannot be used")
        identity, settings = await exchange_of(request).identity(), request.app.state.settings
        address = link(spoken, settings.address + "/thay-doi.atom", asked.query)

        async def make(revision: int) -> bytes:
            told = await chronicle(service.database, revision)
            found = await _selected(service, told, asked, read)
            # What was learned last comes first; of what was learned on the same day, the latest day of effect.
            found.sort(key=lambda entry: (clock.day_of(entry.updated), entry.day), reverse=True)
            part = found[(page - 1) * MOST_ENTRIES : page * MOST_ENTRIES]
            acts = await announcements.by_ids(service.database, _ids(part))
            called = await names(service.database, _codes(part))
            feed = atom.Feed(identity, settings.address, settings.publisher, address, spoken, asked.query)
            pages = atom.Pages(page, max(1, -(-len(found) // MOST_ENTRIES)))
            updated = max((entry.updated for entry in found), default=None)
            return atom.write(feed, pages, updated, _decided(part, acts), called)

        return await service.stored(request, spoken, make, Form(atom.MEDIA, lambda body: body))


def understood(asked: Asked) -> Read:
    """What was asked, with what is wrong with it."""
    errors: list[tuple[str, str]] = []
    days: dict[str, date | None] = {}
    for field in ("tu", "den"):
        try:
            days[field] = optional_day(field, asked.query[field])
        except ParameterInvalid:
            errors.append((field, "changes.error.day"))
            days[field] = None
    since, until = days["tu"], days["den"]
    if since and until and since > until:
        errors.append(("den", "changes.error.order"))
    turn = Turn(asked.turn) if asked.turn in list(Turn) else None
    if asked.turn and turn is None:
        errors.append(("loai", "changes.error.turn"))
    return Read(turn, since, until, errors)


async def _selected(service: Service, told: Chronicle, asked: Asked, read: Read) -> list[Entry]:
    return told.select(
        since=read.since,
        until=read.until,
        issuer=asked.agency or None,
        turn=read.turn,
        within=await _within(service, told.revision, asked.sector),
    )


async def _within(service: Service, revision: int, sector: str) -> Callable[[str], bool] | None:
    """Whether a procedure is, or once was, of the sector."""
    if not sector:
        return None
    found = await holdings(service.database, revision)
    codes = {held.code for held in found.versions if any(term.code == sector for term in held.content.sectors)}
    return codes.__contains__


async def _data(
    service: Service, asked: Asked, read: Read, offset: int, spoken: str, revision: int
) -> dict[str, Any]:
    """What the page shows: without days that were asked for, what is in effect and, beside it, what is coming."""
    told, today = await chronicle(service.database, revision), clock.today()
    found = [] if read.errors else await _selected(service, told, asked, read)
    coming: list[Entry] = []
    if not read.since and not read.until:
        coming = [entry for entry in reversed(found) if entry.day > today]
        found = [entry for entry in found if entry.day <= today]
    part = _cut(found, offset, MOST_ROWS)
    acts = await announcements.by_ids(service.database, _ids([*(one for one, _ in part), *coming[:MOST_COMING]]))
    return {
        "asked": asked,
        "errors": [(field, wording.said(spoken, key)) for field, key in read.errors],
        "total": sum(len(entry.happenings) for entry in found),
        "limit": MOST_ROWS,
        "offset": offset,
        "days": await _grouped(service, part, acts, spoken),
        "coming": _decided(coming[:MOST_COMING], acts),
        "coming_total": len(coming),
        "tomorrow": today + timedelta(days=1),
        "spans": [(days, today - timedelta(days=days)) for days in SPANS],
        "turns": list(Turn),
        "sectors": _with(await _sectors(service, revision), asked.sector),
        "agencies": _with(await _agencies(service, told), asked.agency),
    }


def _cut(entries: Iterable[Entry], offset: int, limit: int) -> list[tuple[Entry, tuple[Happening, ...]]]:
    """The happenings from ``offset`` on, at most ``limit``, by their entries."""
    found = []
    for entry in entries:
        here = entry.happenings[max(offset, 0) : max(offset + limit, 0)]
        if here:
            found.append((entry, here))
        offset -= len(entry.happenings)
        if offset + limit <= 0:
            break
    return found


async def _grouped(
    service: Service,
    part: Sequence[tuple[Entry, tuple[Happening, ...]]],
    acts: Mapping[str, Announcement],
    spoken: str,
) -> list[tuple[date, list[Group]]]:
    """Entries by day, with what they did in words."""
    told = [happening for _, here in part for happening in here]
    called = await names(service.database, [code for happening in told for code in happening.codes])
    changed = await sections(service.database, told)
    days: dict[date, list[Group]] = {}
    for entry, here in part:
        rows = [_row(happening, called, changed, spoken) for happening in here]
        act = acts.get(entry.announcement or "")
        begun = here[0] is not entry.happenings[0]
        days.setdefault(entry.day, []).append(Group(entry, act, entry.counts, rows, begun))
    return list(days.items())


def _row(
    happening: Happening,
    called: Mapping[str, str],
    changed: Mapping[tuple[str, str], list[str]],
    spoken: str,
) -> Row:
    parts = changed.get((happening.before or "", happening.after or ""), [])
    return Row(
        happening.turn,
        [(code, called.get(code, code)) for code in happening.old],
        [(code, called.get(code, code)) for code in happening.new],
        happening.before is not None,
        [LABELS[name].en if spoken == "en" else LABELS[name].vi for name in parts],
        (happening.day - timedelta(days=1), happening.day),
    )


def _decided(entries: Iterable[Entry], acts: Mapping[str, Announcement]) -> atom.Told:
    return [(entry, acts.get(entry.announcement or "")) for entry in entries]


def _ids(entries: Iterable[Entry]) -> list[str]:
    return [entry.announcement for entry in entries if entry.announcement]


def _codes(entries: Iterable[Entry]) -> list[str]:
    return [code for entry in entries for one in entry.happenings[: atom.MOST_TOLD] for code in one.codes]


def _with(options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """The options, and what was chosen though it is none of them."""
    if chosen and chosen not in dict(options):
        return [*options, (chosen, chosen)]
    return options


async def _sectors(service: Service, revision: int) -> list[tuple[str, str]]:
    labels = await service.labels(revision)
    return sorted(labels.sectors.items(), key=lambda pair: (pair[1], pair[0]))


async def _agencies(service: Service, told: Chronicle) -> list[tuple[str, str]]:
    """Who ever decided something that happened."""
    labels = await service.labels(told.revision)
    codes = {told.issuers.get(entry.announcement or "", "") for entry in told.entries} - {""}
    named = {code: labels.agency(code, clock.today()) or code for code in codes}
    return sorted(named.items(), key=lambda pair: (pair[1], pair[0]))
