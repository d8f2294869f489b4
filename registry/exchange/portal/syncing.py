"""One run: list, choose, fetch, take in, end what is gone, remember.

Whatever is fetched is kept in a file until it has been taken in, so that a run that is stopped anywhere is
finished by the next. Nothing ends but by a list that was read to its end, and then once more.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from registry import clock
from registry.catalogue import ledger, versions
from registry.catalogue.ledger import Ledger
from registry.engine import Database
from registry.exchange.portal import listing, lock, memory, plan, province, runs
from registry.exchange.portal.answers import Answers
from registry.exchange.portal.client import Client
from registry.exchange.portal.fetching import fetch
from registry.exchange.portal.kept import Kept
from registry.exchange.portal.listing import Listing, Progress
from registry.exchange.portal.manners import Manners, SourceFault, SyncRunning
from registry.exchange.portal.memory import Memory
from registry.exchange.portal.plan import Plan
from registry.exchange.portal.source import LINE, Source, digest
from registry.exchange.portal.telling import Report, Work
from registry.intake import pipeline, quarantine
from registry.intake.compare import Fate
from registry.intake.pipeline import MOST_ENDED
from registry.intake.record import Options as IntakeOptions


class Options(msgspec.Struct, frozen=True):
    """How a run goes. ``province`` is a code like H55, or empty for everything; ``limit`` how many records are
    fetched at most."""

    url: str
    province: str = ""
    full: bool = False
    limit: int | None = None
    allow_ends: bool = False
    allow_private: bool = False
    manners: Manners = Manners()


class Status(StrEnum):
    DONE = "done"
    PARTIAL = "partial"  # records or the rest of the list could not be had; everything else is in
    REFUSED = "refused"  # it would end too much


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """What came of a run.

    ``listed`` = the sum of ``lines``; of these ``fetched`` and ``unreadable`` = the sum of ``taken``. ``ends`` are
    codes that are gone, ``kept`` how many are absent and stay because the list is not known to be complete, for
    the reason ``fault``. ``asked`` counts requests, ``again`` those that were repeated.
    """

    status: Status
    run: int
    listed: int
    lines: dict[str, int]
    taken: dict[str, int]
    ends: list[str]
    kept: int
    fault: str
    in_force: int
    revision: int
    asked: int
    again: int


async def sync(
    database: Database,
    source: Source,
    options: Options,
    folder: Path,
    report: Report = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Outcome:
    """Bring the catalogue to where the source is. ``folder`` holds what is fetched until it is taken in.

    Raises ``SyncRunning``, ``SourceFault`` and ``LockLost``; what was fetched before is used by the next run.
    """
    try:
        async with lock.alone(database, folder) as check:
            number = await runs.begin(database, source.name, options.url, options.province)
            try:
                async with runs.noting(database, number, progress) as noted:
                    outcome = await _Run(database, source, options, folder, number, report, noted, check).go()
            except (Exception, asyncio.CancelledError) as error:
                stopped = isinstance(error, asyncio.CancelledError)
                reason = "" if stopped else f"{error}"
                await runs.finish(database, number, "stopped" if stopped else "failed", reason=reason)
                raise
            counts = {"listed": outcome.listed, **outcome.lines, **outcome.taken}
            await runs.finish(
                database,
                number,
                outcome.status.value,
                counts=counts,
                ends=outcome.ends,
                reason=outcome.fault,
                revision=outcome.revision,
            )
            return outcome
    except SyncRunning as error:
        who = await runs.holder(database)
        raise SyncRunning(f"{error}: {who}" if who else str(error)) from None


@dataclass
class _Run:
    """One run, from its beginning to its end."""

    database: Database
    source: Source
    options: Options
    folder: Path
    number: int
    report: Report
    progress: Progress
    check: lock.Check

    def __post_init__(self) -> None:
        self.key = f"{self.source.name} {self.options.url}"
        self.day = clock.today()

    async def go(self) -> Outcome:
        known = await memory.load(self.database, self.key)
        name = f"{self.source.name}-{digest(self.key.encode())[:12]}.fetched"
        allowed = self.options.allow_private
        async with Client(self.options.url, self.options.manners, allow_private=allowed) as client:
            found, own = await self._list(client)
            gone, kept = await self._gone(client, found, known)
            work = Work(found, self._plan(found, own, known), gone, kept)
            if await self._too_many(gone):
                work.plan = msgspec.structs.replace(
                    work.plan, wanted=[], left=[*work.plan.wanted, *work.plan.left]
                )
                return await self._outcome(work, client, Status.REFUSED)
            with Kept(self.folder / "sync" / name) as store:
                newest = {} if self.options.full else {key: one.updated or 0 for key, one in known.items()}
                work.fetched = await fetch(self.source, client, work.plan.wanted, store, newest, self.progress)
                await self._take(work, store)
                await self._end(gone)
                await self._remember(work, store, known)
                store.discard()
            partial = found.fault or work.fetched.failed
            return await self._outcome(work, client, Status.PARTIAL if partial else Status.DONE)

    async def _too_many(self, gone: list[str]) -> bool:
        """Whether a list leaves out more than a list should."""
        if self.options.allow_ends:
            return False
        return len(gone) > MOST_ENDED * await versions.count(self.database, self.day)

    async def _list(self, client: Client) -> tuple[Listing, set[str]]:
        """The list, and the ids of the province's own where a province was asked for."""
        found = await listing.read(self.source, client, "", self.options.manners, self.progress)
        if not found.lines:
            raise SourceFault(f"{self.options.url} lists nothing at all; that cannot be, nothing was changed")
        if not self.options.province:
            return found, set()
        own = await listing.read(self.source, client, self.options.province, self.options.manners, self.progress)
        found.fault = found.fault or own.fault
        _join(found, own)
        return found, set(own.items)

    async def _gone(self, client: Client, found: Listing, known: dict[str, Memory]) -> tuple[list[str], int]:
        """Codes that are gone, and how many are absent but stay. What is absent once may have moved between two
        pages while the list was read: it is gone when it is absent twice."""
        only = None if self.source.alone else {one.code for one in known.values() if one.taken}
        absent = await self._missing(found, only)
        if absent and not found.fault:
            again = await listing.read(self.source, client, "", self.options.manners, self.progress)
            found.fault = again.fault
            _join(found, again)
            absent = await self._missing(found, only)
        if found.unreadable and not found.fault:
            found.fault = f"{len(found.unreadable)} of its lines cannot be read, and may be what is absent"
        return ([], len(absent)) if found.fault else (absent, 0)

    async def _missing(self, found: Listing, only: set[str] | None) -> list[str]:
        return await province.missing(
            self.database, self.day, self.source.format, found, self.options.province, only
        )

    def _plan(self, found: Listing, own: set[str], known: dict[str, Memory]) -> Plan:
        return plan.plan(
            found.items.values(),
            known,
            province=bool(self.options.province),
            own=own,
            full=self.options.full,
            limit=self.options.limit,
            rounds=self.options.manners.rounds,
        )

    async def _take(self, work: Work, store: Kept) -> None:
        """Hand what was fetched to the intake."""
        await self.check()
        asked = self.options.province
        held = await province.held(self.database, self.source.format) if asked else set()
        answers = Answers(self.source, self.options.url, work.found, work.fetched, store, asked, held)
        options = IntakeOptions(source=self.options.url, day=self.day)
        outcome = await pipeline.take(
            self.database, answers, options, self.folder, report=self.report, progress=self.progress
        )
        fates = {fate: count for fate, count in outcome.fates.items() if fate != Fate.ENDED}
        work.taken = {**fates, "outside": len(answers.outside)}
        work.outside = answers.outside

    async def _end(self, codes: list[str]) -> None:
        async def unit(book: Ledger) -> None:
            await book.load(codes=codes)
            for code in codes:
                book.end(code, self.day, None)

        if codes:
            await self.check()
            await ledger.record(self.database, unit)

    async def _remember(self, work: Work, store: Kept, known: dict[str, Memory]) -> None:
        fresh = [self._memory(store, key, key not in work.outside) for key in work.fetched.ids]
        # As if their lines had changed: asked for again by the next run, and not in the place of others.
        fresh += [
            msgspec.structs.replace(known[key], mark="", checked=self.number)
            for key in (*work.fetched.failed, *work.fetched.absent)
            if key in known
        ]
        lost = [] if work.found.fault else [key for key in known if key not in work.found.items]
        mended = [] if work.found.unreadable else await self._lines_held()

        async def unit() -> None:
            await memory.save(self.database, self.key, fresh)
            await memory.forget(self.database, self.key, lost)
            # A line has no name by which the intake could tell that it has been mended.
            await quarantine.release(self.database, mended)

        await self.database.transact(unit)

    async def _lines_held(self) -> list[str]:
        """Quarantined lines of this source's list."""
        held = await quarantine.listed(self.database)
        return [one.id for one in held if one.source == self.options.url and one.origin.startswith(LINE)]

    def _memory(self, store: Kept, key: str, taken: bool) -> Memory:
        piece = store.pieces[key]
        head = piece.head
        return Memory(key, head.code, head.mark, piece.digest, head.updated, self.number, taken)

    async def _outcome(self, work: Work, client: Client, status: Status) -> Outcome:
        work.tell(self.report)
        return Outcome(
            status=status,
            run=self.number,
            listed=work.found.lines,
            lines=work.lines(),
            taken=work.taken,
            ends=work.gone,
            kept=work.kept,
            fault=work.found.fault,
            in_force=await versions.count(self.database, self.day),
            revision=await versions.revision(self.database),
            asked=client.asked,
            again=client.again,
        )


def _join(found: Listing, other: Listing) -> None:
    """Add what another reading of the list has and this one has not."""
    for key, item in other.items.items():
        found.items.setdefault(key, item)
