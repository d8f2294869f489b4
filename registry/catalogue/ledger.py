"""The one way to write to the catalogue: a unit of work in one transaction.

It numbers every change, keeps believed spans free of overlaps, and never touches what is recorded but to mark
the change that superseded it.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import TypeVar

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue.believed import Believed, Numbered
from registry.catalogue.timeline import Span
from registry.catalogue.touching import Related, touched
from registry.catalogue.writing import Writing, encode
from registry.engine import Database
from registry.procedure import Announcement, Item, Procedure, Term
from registry.vocabulary import Action
from search.text import fold

T = TypeVar("T")


class Origin(msgspec.Struct, frozen=True):
    """Where a version came from: the source, the file and row, and what cleaning did (JSON of Notes)."""

    source: str = ""
    origin: str = ""
    raw_digest: str = ""
    cleaning: str = "[]"


class Stored(msgspec.Struct, frozen=True):
    """A version, but for its code and days: the digest of its content and the ids of its announcements."""

    announcement: str | None
    ended_by: str | None
    content: str
    origin: Origin


class AgencyState(msgspec.Struct, frozen=True):
    """What is true of an agency over a span of days. ``decision`` is the number of the act that made it so."""

    name: str
    kind: str = "body"
    level: str | None = None
    parent: str | None = None
    decision: str = ""


class Ledger:
    """A transaction's view of what is believed, and the changes made to it. Use through ``record``."""

    def __init__(self, database: Database, seq: int, moment: datetime) -> None:
        self._database = database
        self._before = seq
        self._writing = Writing(database, seq, moment)
        self.versions: Believed[Stored] = Believed("version", seq + 1, self._writing.change)
        self.agencies: Believed[AgencyState] = Believed("agency", seq + 1, self._writing.change)
        self._sectors: dict[str, tuple[int, str]] = {}
        self._announced: dict[str, tuple[int, bytes]] = {}
        self._items: dict[str, set[tuple[str | None, str, str]]] = {}
        self._succeeded: dict[tuple[str, str, str, str | None], set[date]] = {}

    @property
    def seq(self) -> int:
        """The number of the last change."""
        return self._writing.seq

    @property
    def moment(self) -> datetime:
        """When all that this unit of work does is recorded."""
        return self._writing.moment

    @property
    def changes(self) -> list[tuple[int, datetime, str, str, str]]:
        """What it changed so far: number, moment, kind, key, action."""
        return self._writing.changes

    # -- loading ------------------------------------------------------------------------------------------

    async def load(
        self,
        codes: Iterable[str] = (),
        announcements: Iterable[str] = (),
        agencies: Iterable[str] = (),
    ) -> None:
        """Bring what is believed of these keys into view; editing a key that was not loaded is an error."""
        await self._load_versions(self.versions.missing(codes))
        await self._load_agencies(self.agencies.missing(agencies))
        await self._load_announcements([key for key in dict.fromkeys(announcements) if key not in self._items])
        if not self._sectors:
            rows = await self._database.rows(
                QueryString("SELECT seq, code, name FROM sector WHERE recorded_to IS NULL")
            )
            self._sectors = {row["code"]: (row["seq"], row["name"]) for row in rows}

    async def _load_versions(self, codes: list[str]) -> None:
        for row in await self._database.rows_in(
            "SELECT seq, code, valid_from, valid_to, content, announcement, ended_by, source, origin, "
            "raw_digest, cleaning FROM version WHERE recorded_to IS NULL AND code IN ({})",
            codes,
        ):
            origin = Origin(row["source"], row["origin"], row["raw_digest"], row["cleaning"])
            stored = Stored(row["announcement"], row["ended_by"], row["content"], origin)
            self.versions.load(row["code"], row["valid_from"], row["valid_to"], row["seq"], stored)

    async def _load_announcements(self, keys: list[str]) -> None:
        for key in keys:
            self._items[key] = set()
        for row in await self._database.rows_in(
            "SELECT seq, id, body FROM announcement WHERE recorded_to IS NULL AND id IN ({})", keys
        ):
            self._announced[row["id"]] = (row["seq"], row["body"].encode())
        for row in await self._database.rows_in(
            "SELECT announcement, action, old, new FROM item WHERE announcement IN ({})", keys
        ):
            self._items[row["announcement"]].add((row["action"], row["old"], row["new"]))
        await self._load_successions("announcement IN ({})", keys)

    async def _load_agencies(self, codes: list[str]) -> None:
        for row in await self._database.rows_in(
            "SELECT seq, code, name, kind, level, parent, valid_from, valid_to, decision FROM agency "
            "WHERE recorded_to IS NULL AND code IN ({})",
            codes,
        ):
            state = AgencyState(row["name"], row["kind"], row["level"], row["parent"], row["decision"])
            self.agencies.load(row["code"], row["valid_from"], row["valid_to"], row["seq"], state)
        await self._load_successions("kind = 'agency' AND old IN ({})", codes)

    async def _load_successions(self, where: str, keys: list[str]) -> None:
        for row in await self._database.rows_in(
            f"SELECT kind, old, new, announcement, day FROM succession WHERE {where}", keys
        ):
            key = (row["kind"], row["old"], row["new"], row["announcement"])
            self._succeeded.setdefault(key, set()).add(row["day"])

    # -- editing ------------------------------------------------------------------------------------------

    def put(
        self,
        procedure: Procedure,
        start: date,
        announcement: str | None,
        origin: Origin,
        *,
        until: date | msgspec.UnsetType | None = msgspec.UNSET,
        ended_by: str | None = None,
    ) -> bool:
        """Record that ``procedure`` is in force from ``start``: by default until the next thing known of it,
        else on exactly ``start <= day < until``. Returns whether this changed anything."""
        code, content = procedure.code, self.content(procedure)
        held = self.versions.at(code, start)
        state = held.value.state if held else None
        same = state is not None and (state.content, state.announcement) == (content, announcement)
        if isinstance(until, msgspec.UnsetType):
            if same:
                return False
            until = self.versions.natural_end(code, start)
            ended_by = self._ender(code, held, until)
        elif same and held and (held.start, held.end, held.value.state.ended_by) == (start, until, ended_by):
            return False
        stored = Stored(announcement, ended_by, content, origin)
        self.versions.put(code, start, until, stored, _ended(announcement))
        return True

    def _ender(self, code: str, held: Span[Numbered[Stored]] | None, end: date | None) -> str | None:
        """Which announcement ends what begins inside ``held``, or in a gap before the version that begins on
        ``end``."""
        if end is None:
            return None
        if held is not None:
            return held.value.state.ended_by
        following = self.versions.at(code, end)
        return following.value.state.announcement if following else None

    def end(self, code: str, day: date, announcement: str | None) -> bool:
        """Record that ``code`` is no longer in force from ``day``. What is known to begin later stays."""
        return self.versions.end(code, day, _ended(announcement))

    def announce(self, announcement: Announcement) -> bool:
        """Record an announcement and its items. What is already recorded of it is added to, not rewritten."""
        body = encode(msgspec.structs.replace(announcement, items=()))
        known = self._announced.get(announcement.id)
        changed = known is None or known[1] != body
        if changed:
            if known is not None and known[0]:
                self._writing.supersede("announcement", known[0])
            seq = self._writing.change("announcement", announcement.id, "put")
            self._announced[announcement.id] = (seq, body)
            issuer = (announcement.issuer.code or "") if announcement.issuer else ""
            self._writing.add(
                "announcement",
                (
                    seq,
                    announcement.id,
                    announcement.number,
                    fold_number(announcement.number),
                    announcement.decided,
                    announcement.effective,
                    issuer,
                    body.decode(),
                ),
            )
        for item in announcement.items:
            changed |= self.itemise(announcement, item)
        return changed

    def holds_announcement(self, announcement: Announcement) -> bool:
        """Whether this announcement is recorded, whatever its items."""
        known = self._announced.get(announcement.id)
        return known is not None and known[1] == encode(msgspec.structs.replace(announcement, items=()))

    def itemise(self, announcement: Announcement, item: Item, *, succeeding: bool = True) -> bool:
        """Add an item to an announcement. Returns whether it is new. What it replaces is recorded as succeeded,
        unless ``succeeding`` says that this is told apart."""
        old, new = encode(item.old).decode(), encode(item.new).decode()
        key = (item.action.value if item.action else None, old, new)
        if key in self._items[announcement.id]:
            return False
        self._items[announcement.id].add(key)
        self._writing.add(
            "item", (self._writing.change("announcement", announcement.id, "item"), announcement.id, *key)
        )
        if item.action is Action.REPLACED and succeeding:
            day = announcement.effective or announcement.decided
            for left in item.old:
                for right in item.new:
                    self.succeed("procedure", left, right, day, announcement.id)
        return True

    def succeed(self, kind: str, old: str, new: str, day: date | None, announcement: str | None) -> None:
        """Record that ``old`` gave way to ``new`` on ``day``, once. Where the day is not known, today stands for
        it, unless the same announcement is known to have made it so on a day."""
        known = self._succeeded.setdefault((kind, old, new, announcement), set())
        if day in known or (day is None and known):
            return
        day = day or clock.today()
        known.add(day)
        self._writing.add(
            "succession", (self._writing.change(kind, old, "succeed"), kind, old, new, day, announcement)
        )

    def put_agency(
        self,
        code: str,
        state: AgencyState,
        start: date = clock.ALWAYS,
        until: date | msgspec.UnsetType | None = msgspec.UNSET,
    ) -> bool:
        """Record what an agency is from ``start``; like ``put``."""
        held = self.agencies.at(code, start)
        end = self.agencies.natural_end(code, start) if isinstance(until, msgspec.UnsetType) else until
        if held is not None and held.value.state == state and (until is msgspec.UNSET or held.end == end):
            return False
        self.agencies.put(code, start, end, state, lambda before: before)
        return True

    def end_agency(self, code: str, day: date, decision: str) -> bool:
        """Record that an agency is no more from ``day``, by ``decision``."""
        return self.agencies.end(code, day, lambda state: msgspec.structs.replace(state, decision=decision))

    def put_sector(self, term: Term) -> bool:
        """Record a sector's name."""
        known = self._sectors.get(term.code)
        if known is not None and known[1] == term.name:
            return False
        if known is not None:
            self._writing.supersede("sector", known[0])
        seq = self._writing.change("sector", term.code, "put")
        self._sectors[term.code] = (seq, term.name)
        self._writing.add("sector", (seq, term.code, term.name))
        return True

    def touch(self, code: str) -> None:
        """Record that what is told of a procedure changed, though none of its versions did."""
        self._writing.change("procedure", code, "touch")

    def related(self) -> Related:
        """What changed that procedures may name."""
        undated = self._writing.closed
        closed = (*self.agencies.closed, *undated["announcement"], *undated["sector"])
        by = {change for change, own in closed if own <= self._before}
        keys: dict[str, set[str]] = {"agency": set(), "announcement": set(), "sector": set(), "procedure": set()}
        for seq, _, kind, key, _ in self.changes:
            if seq in by:
                keys[kind].add(key)
        for _, side, old, new, *_ in self._writing.added("succession"):
            keys[str(side)] |= {str(old), str(new)}
        return Related(*(frozenset(keys[kind]) for kind in ("agency", "sector", "announcement", "procedure")))

    # -- writing ------------------------------------------------------------------------------------------

    def content(self, procedure: Procedure) -> str:
        """Keep a content that a version is to have. Returns its digest."""
        return self._writing.content(procedure)

    async def flush(self) -> None:
        """Write everything; called once by ``record``."""
        if not self.changes:
            return
        versions = (
            (span.value.seq, code, span.start, span.end, *_columns(span.value.state))
            for code, span in self.versions.opened()
        )
        agencies = (
            (span.value.seq, code, span.start, span.end, *msgspec.structs.astuple(span.value.state))
            for code, span in self.agencies.opened()
        )
        await self._writing.flush((self.versions.closed, versions), (self.agencies.closed, agencies))


def _ended(announcement: str | None) -> Callable[[Stored], Stored]:
    return lambda stored: msgspec.structs.replace(stored, ended_by=announcement)


def _columns(stored: Stored) -> tuple[object, ...]:
    return (stored.announcement, stored.ended_by, stored.content, *msgspec.structs.astuple(stored.origin))


def fold_number(number: str) -> str:
    """An announcement's number as it is looked up: without case, marks and spaces."""
    return fold(number).replace(" ", "")


async def record(database: Database, work: Callable[[Ledger], Awaitable[T]]) -> T:
    """Run ``work`` on a ledger and write what it did, all or nothing."""

    async def unit() -> T:
        rows = await database.rows(QueryString("SELECT COALESCE(MAX(seq), 0) AS seq FROM change"))
        ledger = Ledger(database, int(rows[0]["seq"]), clock.now())
        result = await work(ledger)
        own = {key for _, _, kind, key, action in ledger.changes if kind == "version" or action == "touch"}
        for code in await touched(database, ledger.related()):
            if code not in own:
                ledger.touch(code)
        await ledger.flush()
        return result

    return await database.transact(unit)
