"""Two engines behind one: a server that answers while it can, and an index of our own that always can."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from search.contract import (
    Answer,
    Batch,
    Document,
    Engine,
    Hit,
    IndexBehind,
    IndexState,
    IndexUnavailable,
    Question,
)

log = logging.getLogger(__name__)

# Seconds for which a server that failed is left alone: doubled with every failure, up to the longest.
PAUSE = 1.0
LONGEST_PAUSE = 30.0

T = TypeVar("T")


class Breaker:
    """Keeps calls away from what has failed, and lets one through now and then to see whether it is back."""

    def __init__(
        self,
        pause: float = PAUSE,
        longest: float = LONGEST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fault = ""
        self._first = pause
        self._pause = pause
        self._longest = longest
        self._clock = clock
        self._until = 0.0
        self._trying = False

    async def call(self, name: str, call: Callable[[], Awaitable[T]], limit: float | None = None) -> T:
        """What the call gives, within ``limit`` seconds. Raises ``IndexUnavailable``, at once while it is kept
        away."""
        if self.fault and (self._trying or self._clock() < self._until):
            raise IndexUnavailable(f"{name} is not asked for a while, because it failed: {self.fault}")
        self._trying = bool(self.fault)
        try:
            async with asyncio.timeout(limit):
                result = await call()
        except (IndexUnavailable, TimeoutError) as fault:
            text = str(fault) or f"{name} did not answer within {limit:g} s"
            self._failed(name, text)
            raise IndexUnavailable(text) from fault
        finally:
            self._trying = False
        if self.fault:
            log.info("%s is back", name)
        self.fault, self._pause = "", self._first
        return result

    def retry(self) -> None:
        """Let the next call through: there is reason to believe that it is back."""
        self._until = 0.0

    def _failed(self, name: str, fault: str) -> None:
        if not self.fault:
            log.warning("%s fails and is replaced until it is back: %s", name, fault)
        else:
            self._pause = min(self._pause * 2, self._longest)
        self.fault = fault
        self._until = self._clock() + self._pause


class Member:
    """One of the engines. ``revision`` is the last one seen in it, ``None`` before it was asked.

    With breakers, reading and writing each stop for a while after a failure, reading also after ``limit``
    seconds; without, every call is passed on.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        reading: Breaker | None = None,
        writing: Breaker | None = None,
        limit: float | None = None,
    ) -> None:
        self.name = engine.name
        self.revision: int | None = None
        self._engine = engine
        self._reading = reading
        self._writing = writing
        self._limit = limit

    async def search(self, question: Question) -> Answer:
        answer = await self._read(lambda: self._engine.search(question))
        self.revision = answer.revision
        return answer

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        return await self._read(lambda: self._engine.suggest(text, as_of, limit))

    async def apply(self, batch: Batch) -> None:
        await self._write(lambda: self._engine.apply(batch))
        self.revision = max(batch.revision, self.revision or 0)

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        await self._write(lambda: self._engine.rebuild(documents, revision))
        self.revision = revision
        if self._reading is not None:
            self._reading.retry()

    async def state(self) -> IndexState:
        state = await self._write(self._engine.state)
        self.revision = state.revision
        return state

    async def close(self) -> None:
        await self._engine.close()

    async def _read(self, call: Callable[[], Awaitable[T]]) -> T:
        return await (self._reading.call(self.name, call, self._limit) if self._reading else call())

    async def _write(self, call: Callable[[], Awaitable[T]]) -> T:
        return await (self._writing.call(self.name, call) if self._writing else call())


class Failover:
    """Answers from ``primary`` within ``limit_seconds``, or else from ``fallback``; ``Answer.engine`` says which.

    An answer of a primary that has not come as far as the fallback is not given: the fallback's is newer. A
    primary that failed costs nothing until it is tried again. Changes go to the fallback, which must take them,
    and to the primary, if it can: what it misses it catches up with, each of ``engines`` being followed on its
    own.
    """

    name = "failover"

    def __init__(
        self,
        primary: Engine,
        fallback: Engine,
        *,
        limit_seconds: float,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        reading, writing = (Breaker(pause, LONGEST_PAUSE, clock) for _ in range(2))
        self.primary = Member(primary, reading=reading, writing=writing, limit=limit_seconds)
        self.fallback = Member(fallback)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines to be kept equal to the catalogue, the one that must be first."""
        return (self.fallback, self.primary)

    async def search(self, question: Question) -> Answer:
        """Answer a question. Raises ``IndexUnavailable`` only when neither engine can."""
        await self._know(question.as_of)
        try:
            answer = await self.primary.search(question)
        except IndexUnavailable:
            return await self.fallback.search(question)
        if not self._behind:
            return answer
        try:
            return await self.fallback.search(question)
        except IndexUnavailable:
            return answer

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        """Names that complete ``text``: from our own index, which answers each keystroke without a way to go, and
        from the server only where that cannot answer."""
        try:
            return await self.fallback.suggest(text, as_of, limit)
        except IndexUnavailable:
            return await self.primary.suggest(text, as_of, limit)

    async def apply(self, batch: Batch) -> None:
        """Apply a change to the fallback, and to the primary if it has all that came before."""
        before = (await self.fallback.state()).revision
        await self.fallback.apply(batch)
        await self._try(lambda: self._follow(batch, before))

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Rebuild both."""
        every = list(documents)
        await self.fallback.rebuild(every, revision)
        await self._try(lambda: self.primary.rebuild(every, revision))

    async def state(self) -> IndexState:
        """The state of the fallback, which always follows; that of each is told by ``engines``."""
        return await self.fallback.state()

    async def close(self) -> None:
        try:
            await self.primary.close()
        finally:
            await self.fallback.close()

    @property
    def _behind(self) -> bool:
        """Whether the primary lacks what the fallback has."""
        return (self.primary.revision or 0) < (self.fallback.revision or 0)

    async def _know(self, day: int) -> None:
        """Ask once, at the beginning, how far each has come."""
        for member in (self.fallback, self.primary):
            if member.revision is None:
                await self._try(partial(member.search, Question(as_of=day, limit=0)))

    async def _follow(self, batch: Batch, before: int) -> None:
        if (await self.primary.state()).revision == before:
            await self.primary.apply(batch)

    async def _try(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call, and leave it to the breaker to keep and log what went wrong."""
        try:
            await call()
        except (IndexUnavailable, IndexBehind) as fault:
            log.debug("left for later: %s", fault)


def engines_of(engine: Engine) -> tuple[Engine, ...]:
    """The engines behind one, each to be followed on its own, the one that must follow first."""
    return engine.engines if isinstance(engine, Failover) else (engine,)


def stands_in(engine: Engine, answer: Answer) -> bool:
    """Whether an answer came from the engine that stands in for a server."""
    return isinstance(engine, Failover) and answer.engine == engine.fallback.name
