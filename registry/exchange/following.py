"""Following another registry: its state once, then its changes, each taken in with the number it has there.

What is taken in and how far that goes are written in one transaction: a kill at any moment leaves both or neither,
and going on asks for exactly what is missing. Every catching up ends with the proof that both sides are equal;
where they are not, the tree of digests finds the records, and only these are fetched.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from registry import clock
from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger
from registry.engine import Database
from registry.exchange.addresses import shown
from registry.exchange.followed import Followed, FollowRefused, Superseded, adopt, advance, followed
from registry.exchange.identity import identity
from registry.exchange.mirror import ContentRefused, Mirror
from registry.exchange.protocol import (
    AnyState,
    FeedChange,
    FeedPage,
    SnapshotEnd,
    SnapshotHead,
)
from registry.exchange.proving import Proof
from registry.exchange.source import Source, SourceRefused
from registry.exchange.verifying import Moved

STATES = 400
MOST_HELD = 20_000
"""A unit of work of more changes than this is taken in by pieces."""
ATTEMPTS = 5

Progress = Callable[[str, int, int | None], None]


class Caught(msgspec.Struct, frozen=True, rename="camel"):
    """What a catching up did: ``taken`` records of a snapshot, ``applied`` changes, ``repaired`` records;
    ``equal`` says that both are proven equal at their change ``revision``, but for ``own`` records of ours.
    ``differing`` are records (part:key) of which more is recorded here than there: that is not taken back."""

    revision: int
    taken: int
    applied: int
    repaired: int
    own: int
    differing: list[str]
    equal: bool


class Follower:
    """Keeps this store equal to the registry at ``source``."""

    def __init__(
        self,
        database: Database,
        source: Source,
        *,
        allow_ends: bool = False,
        progress: Progress = lambda *_: None,
    ) -> None:
        self.database = database
        self.source = source
        self.proof = Proof(database, source, allow_ends=allow_ends)
        self._progress = progress
        self._come: FeedPage | None = None
        self._taken = self._applied = self._repaired = 0

    async def begin(self, anew: bool = False) -> Followed:
        """Make sure that this is a registry to follow, and that it is the one that was followed so far.

        With ``anew``, forget what was followed: its state is taken again, and what is equal already stays.
        """
        root = await self.source.root()
        if root.registry == await identity(self.database):
            raise FollowRefused(
                f"{shown(self.source.url)} is this registry itself, or one of the two stores was copied from the "
                "other: in a copy run danhmuc follow --identify once, which gives it an identity of its own"
            )
        state = await followed(self.database)
        if state is not None and state.registry != root.registry and not anew:
            raise FollowRefused(
                f"{shown(self.source.url)} is another registry than {shown(state.url)}, which this store follows; "
                "--anew lets it follow this one instead"
            )
        if state is None or anew:
            await adopt(self.database, root.registry, self.source.url, root.revision)
            return await self._state()
        if root.revision < max(state.cursor, state.target):
            raise self._backwards(state, f"its last change is {root.revision}")
        if state.url != self.source.url:
            await self._save(state, {"url": self.source.url})
        return await self._state()

    async def catch_up(self) -> Caught:
        """Take in everything there is now, and prove that both are equal. Call ``begin`` first."""
        self._taken = self._applied = self._repaired = 0
        for _ in range(ATTEMPTS):
            try:
                state = await self._state()
                if state.phase == "snapshot":
                    await self._snapshot(state)
                page = await self._changes()
                return await self._prove(page)
            except (Moved, Superseded):
                continue
        return self._told((await self._state()).cursor, equal=False)

    async def wait(self, seconds: float) -> bool:
        """Wait for a change there. Returns whether there is one."""
        state = await self._state()
        page = await self.source.page(state.cursor, wait=seconds)
        self._check(state, page, state.cursor, state.mark)
        self._come = page
        return page.revision > state.cursor

    # -- state --------------------------------------------------------------------------------------------

    async def _state(self) -> Followed:
        state = await followed(self.database)
        if state is None:
            raise FollowRefused("this store follows no registry")
        return state

    async def _save(self, state: Followed, values: dict[str, object]) -> None:
        await self.database.transact(lambda: advance(self.database, state, values))

    async def _record(
        self, state: Followed, work: Callable[[Mirror], Awaitable[None]], values: dict[str, object]
    ) -> Followed:
        """Take something in and write how far that goes, both or neither."""

        async def unit(book: Ledger) -> None:
            await advance(self.database, state, values)
            await work(Mirror(self.database, book, self.source.url))

        try:
            await ledger.record(self.database, unit)
        except ContentRefused as error:
            raise SourceRefused(f"{shown(self.source.url)}: {error}") from error
        return msgspec.structs.replace(state, **values)

    # -- the snapshot -------------------------------------------------------------------------------------

    async def _snapshot(self, state: Followed) -> None:
        head: SnapshotHead | None = None
        waiting: list[AnyState] = []
        async for line in self.source.snapshot(state.target, state.position):
            if isinstance(line, SnapshotHead):
                head = line
                if (head.registry, head.revision) != (state.registry, state.target):
                    raise SourceRefused(f"{shown(self.source.url)} sends another snapshot than was asked for")
            elif isinstance(line, SnapshotEnd):
                state = await self._take(state, waiting)
                assert head is not None
                done = {"phase": "changes", "cursor": head.revision, "mark": head.mark, "position": ""}
                await self._save(state, done)
            else:
                waiting.append(line)
                if len(waiting) >= STATES:
                    state = await self._take(state, waiting)
                    waiting = []

    async def _take(self, state: Followed, states: Sequence[AnyState]) -> Followed:
        if not states:
            return state
        last = states[-1]
        position = f"{last.__struct_config__.tag}:{last.key}"
        state = await self._record(
            state, lambda mirror: mirror.states(states, state.target), {"position": position}
        )
        self._taken += len(states)
        self._progress("records", self._taken, None)
        return state

    # -- changes ------------------------------------------------------------------------------------------

    async def _changes(self) -> FeedPage:
        """Take in every change there is. Returns the last page, which reached the end."""
        state = await self._state()
        begun, reached, mark = state.cursor, state.cursor, state.mark
        held: list[FeedChange] = []
        coming = asyncio.create_task(self._first(reached))
        try:
            while True:
                page = await coming
                self._check(state, page, reached, mark)
                held += page.changes
                reached, mark = page.next, page.mark
                at_end = reached == page.revision
                if not at_end:  # the next page comes while this one is taken in
                    coming = asyncio.create_task(self.source.page(reached))
                whole = len(held) if at_end or len(held) > MOST_HELD else _whole(held)
                if whole:
                    state = await self._apply(state, held[:whole])
                    held = held[whole:]
                    self._progress("changes", state.cursor - begun, page.revision - begun)
                if at_end:
                    return page
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _first(self, since: int) -> FeedPage:
        """The page that came while there was nothing to do, if it is the one, else the one that is there now."""
        come, self._come = self._come, None
        return come if come is not None and come.changes and come.since == since else await self.source.page(since)

    async def _apply(self, state: Followed, changes: list[FeedChange]) -> Followed:
        last = changes[-1]
        state = await self._record(
            state, lambda mirror: mirror.changes(changes), {"cursor": last.seq, "mark": last.mark}
        )
        self._applied += len(changes)
        return state

    def _check(self, state: Followed, page: FeedPage, since: int, mark: str) -> None:
        """Refuse a feed that is another, goes back, leaves something out, or contradicts itself."""
        where = shown(self.source.url)
        if page.registry != state.registry:
            raise SourceRefused(f"{where} is another registry than it was")
        if page.revision < since or page.since_mark != mark:
            raise self._backwards(state, f"change {since} is not the one that was taken in here")
        if page.since != since:
            raise SourceRefused(f"{where} tells changes after {page.since}, but was asked for those after {since}")
        expected = since
        for change in page.changes:
            expected += 1
            if change.seq != expected:
                raise SourceRefused(f"{where} has a gap: change {change.seq} comes where {expected} should")
        if page.next != expected or page.next > page.revision or (page.next == since and page.revision > since):
            raise SourceRefused(f"{where} says that {page.next} follows, but its changes end with {expected}")
        if page.changes and page.mark != page.changes[-1].mark:
            raise SourceRefused(f"{where} marks change {page.next} otherwise than it tells it")

    def _backwards(self, state: Followed, what: str) -> FollowRefused:
        return FollowRefused(
            f"{shown(self.source.url)} has gone back in time: {what}, and {state.cursor} is taken in here. It was "
            "restored from a backup, it seems; --anew takes its state as it is now, and keeps what is equal"
        )

    # -- proof --------------------------------------------------------------------------------------------

    async def _prove(self, page: FeedPage) -> Caught:
        equal = await self.proof.equal(page.digest)
        if not equal:
            await self.proof.repair(page.revision, self._mend)
            equal = await self.proof.equal(page.digest)
        return await self._caught(page, equal=equal)

    async def _mend(self, states: Sequence[AnyState]) -> None:
        state = await self._state()
        values: dict[str, object] = {"repaired": state.repaired + len(states)}
        await self._record(state, lambda mirror: mirror.states(states, state.cursor), values)
        self._repaired += len(states)

    async def _caught(self, page: FeedPage, *, equal: bool) -> Caught:
        state = await self._state()
        if state.verified != page.revision or self._taken or self._applied or self._repaired:
            verified = page.revision if equal else state.verified
            await self._save(state, {"caught_at": clock.now(), "verified": verified})
        return self._told(page.revision, equal=equal)

    def _told(self, revision: int, *, equal: bool) -> Caught:
        differing = [] if equal else [f"{part}:{key}" for part, key in self.proof.kept]
        own = len(self.proof.own)
        return Caught(revision, self._taken, self._applied, self._repaired, own, differing, equal)


def _whole(changes: Sequence[FeedChange]) -> int:
    """How many of these changes are surely of complete units of work: one unit has one moment, and the last may go
    on in the next page."""
    last = changes[-1].recorded_at
    return next((n for n in range(len(changes), 0, -1) if changes[n - 1].recorded_at != last), 0) if changes else 0
