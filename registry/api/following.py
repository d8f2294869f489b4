"""Keeping the index equal to the catalogue while the app runs, whoever writes to it."""

import asyncio
import logging

from registry import clock
from registry.catalogue import versions
from registry.engine import Database
from registry.indexing import Follower
from search.contract import Engine, IndexUnavailable, Question
from search.failover import engines_of

log = logging.getLogger(__name__)

# Seconds between two looks: one at our own index costs a third of a millisecond, one at a server a request.
PAUSE = 0.05
SERVER_PAUSE = 0.1
LONGEST_PAUSE = 10.0
PATIENCE = 30.0


class Following:
    """One task that compares the catalogue's revision with the index's, and catches up where they differ.

    Where an engine stands for several, each is followed by a task of its own, so that one that is slow or down
    keeps no other back; ``reached`` and ``fault`` are those of the first, which can always answer.

    ``reached`` is the revision that the index is known to have; ``fault`` why the last turn failed, if it did.
    Where another process ``writes``, this one only looks how far it has come.
    """

    def __init__(self, database: Database, engine: Engine, pause: float = PAUSE, *, writes: bool = True) -> None:
        self.reached = 0
        self.fault: str | None = None
        self._database = database
        self._engine, *others = engines_of(engine)
        self._follower = Follower(database, self._engine)
        self._writes = writes
        self._others = [Following(database, one, max(pause, SERVER_PAUSE)) for one in others] if writes else []
        self._pause = pause
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Catch up once, then go on in the background. A search engine that is down does not stop the app."""
        await self.turn()
        for one in (self, *self._others):
            one._task = asyncio.create_task(one._run(), name="following")

    async def stop(self) -> None:
        """Let a turn that is under way finish, for a while."""
        self._stopping.set()
        for one in self._others:
            await one.stop()
        if self._task is None:
            return
        try:
            await asyncio.wait_for(self._task, PATIENCE)
        except TimeoutError:
            log.error("following the catalogue was cut off: a turn took longer than %s s", PATIENCE)

    async def probe(self) -> int:
        """The revision of the index, from the index. Raises ``IndexUnavailable``."""
        answer = await self._engine.search(Question(as_of=clock.today().toordinal(), limit=0))
        self.reached = answer.revision
        return answer.revision

    async def _known(self) -> int | None:
        """As ``probe``; ``None`` when the index does not answer, which catching up may mend."""
        try:
            return await self.probe()
        except IndexUnavailable:
            return None

    async def turn(self) -> bool:
        """Catch up if there is anything to catch up with. Returns whether that went well."""
        try:
            if not self._writes:
                await self.probe()
            elif await self._known() != await versions.revision(self._database):
                self.reached = await self._follower.catch_up()
        # Whatever it is, the next turn may go well: it is kept for /health/ready, and logged once.
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            if fault != self.fault:
                log.error("the index cannot follow the catalogue: %s", fault, exc_info=error)
            self.fault = fault
            return False
        if self.fault is not None:
            log.info("the index follows the catalogue again, at revision %s", self.reached)
        self.fault = None
        return True

    async def _run(self) -> None:
        pause = self._pause
        while not await self._stopped(pause):
            pause = self._pause if await self.turn() else min(pause * 2, LONGEST_PAUSE)

    async def _stopped(self, pause: float) -> bool:
        try:
            return await asyncio.wait_for(self._stopping.wait(), pause)
        except TimeoutError:
            return False
