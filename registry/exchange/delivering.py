"""Telling targets of changes: in their order, at least once, again and again with growing pauses.

How far each target has come is in the store: what was about to be sent when the process died is sent by the next.
A target that hangs or fails holds up nobody but itself, and is given up after too many attempts: what it did not
take waits in its dead letters.
"""

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import versions
from registry.engine import Database, Row
from registry.exchange import feed
from registry.exchange.identity import identity
from registry.exchange.posting import Answered, Message, Told, post
from registry.exchange.reading import condition

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

WAITING, DEAD = "waiting", "dead"
_parts = msgspec.json.Decoder(list[str]).decode


class Pace(msgspec.Struct, frozen=True):
    """How patiently targets are served; all but ``attempts``, ``batch`` and ``at_once`` in seconds.

    After the n-th failure the pause is ``first`` doubled n-1 times, at most ``longest``, give or take a half.
    """

    looking: float = 0.5
    answering: float = 10.0
    whole: float = 15.0
    first: float = 2.0
    longest: float = 3600.0
    attempts: int = 12
    batch: int = 500
    at_once: int = 16
    lease: float = 60.0


class Deliverer:
    """Delivers until it is cancelled. ``allow_private`` is this registry's own word on all targets."""

    def __init__(self, database: Database, *, allow_private: bool = False, pace: Pace | None = None) -> None:
        self._database = database
        self._pace = pace or Pace()
        self._me = uuid4().hex
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(self._pace.at_once)
        self._allow_private = allow_private
        self._clients: dict[bool, httpx.AsyncClient] = {}

    def _client(self, private: bool) -> "httpx.AsyncClient":
        """The client for targets that may be ``private``, made for the first: most registries have none."""
        from registry.exchange.transport import client

        private = private or self._allow_private
        if private not in self._clients:
            self._clients[private] = client(
                allow_private=private,
                connecting=self._pace.answering,
                answering=self._pace.answering,
                connections=self._pace.at_once,
            )
        return self._clients[private]

    async def run(self) -> None:
        """Look for what is to be sent, and send it."""
        pause = self._pace.looking
        try:
            while True:
                try:
                    await self.look()
                    pause = self._pace.looking
                # Whatever it is, the next look may go well.
                except Exception as error:
                    log.error("webhooks wait: %s: %s", type(error).__name__, error)
                    pause = min(pause * 2, 30.0)
                await asyncio.sleep(pause)
        finally:
            await self.stop()

    async def stop(self) -> None:
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        for one in self._clients.values():
            await one.aclose()

    async def look(self) -> None:
        """Begin to serve every target for which there is something to do, one task each."""
        self._busy = {key: task for key, task in self._busy.items() if not task.done()}
        revision = await versions.revision(self._database)
        rows = await self._database.rows(
            QueryString(
                "SELECT w.id FROM webhook w WHERE w.paused_at IS NULL AND w.taken_until < {} AND (w.cursor < {} "
                "OR EXISTS (SELECT 1 FROM "
                "webhook_dispatch d WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_at <= {}))",
                _now(),
                revision,
                _now(),
            )
        )
        for row in rows:
            if row["id"] not in self._busy:
                self._busy[row["id"]] = asyncio.create_task(self._serve(row["id"]), name=f"webhook {row['id']}")

    async def settled(self) -> None:
        """Wait for everything that was begun."""
        await asyncio.gather(*self._busy.values())

    async def _serve(self, key: str) -> None:
        async with self._room:
            hook = await self._take(key)
            try:
                while hook is not None and (dispatch := await self._next(hook)) is not None:
                    await self._deliver(hook, dispatch)
                    hook = await self._take(key)
            except Exception as error:  # what it was doing is in the store; the next look goes on
                log.error("webhook %s waits: %s: %s", key, type(error).__name__, error)
            finally:
                await self._leave(key)

    async def _take(self, key: str) -> Row | None:
        """The target, if no other process serves it; it is ours for a while."""

        async def write() -> list[Row]:
            until = _now() + int(self._pace.lease * 1000)
            return await self._database.rows(
                QueryString(
                    "UPDATE webhook SET taken_until = {}, taken_by = {} WHERE id = {} "
                    "AND paused_at IS NULL AND (taken_until < {} OR taken_by = {}) "
                    "RETURNING id, url, secret, kinds, allow_private, cursor",
                    until,
                    self._me,
                    key,
                    _now(),
                    self._me,
                )
            )

        rows = await self._database.transact(write)
        return rows[0] if rows else None

    async def _leave(self, key: str) -> None:
        async def write() -> None:
            await self._database.rows(
                QueryString("UPDATE webhook SET taken_until = 0 WHERE id = {} AND taken_by = {}", key, self._me)
            )

        await self._database.transact(write)

    async def _next(self, hook: Row) -> Row | None:
        """The dispatch to send now: the oldest that waits, or a new one of what it has not been told yet."""
        rows = await self._database.rows(
            QueryString(
                "SELECT id, since, until, attempts, next_at FROM webhook_dispatch "
                "WHERE webhook = {} AND state = 'waiting' ORDER BY since LIMIT 1",
                hook["id"],
            )
        )
        if rows:
            return rows[0] if rows[0]["next_at"] <= _now() else None
        revision = await versions.revision(self._database)
        if hook["cursor"] >= revision:
            return None
        told = await self._changes(hook, hook["cursor"], revision)
        until = told[-1].seq if len(told) == self._pace.batch else revision
        dispatch = {"id": uuid4().hex, "since": hook["cursor"], "until": until, "attempts": 0, "next_at": 0}

        async def write() -> None:
            await self._database.rows(
                QueryString("UPDATE webhook SET cursor = {} WHERE id = {}", until, hook["id"])
            )
            if told:
                await self._database.rows(
                    QueryString(
                        "INSERT INTO webhook_dispatch (id, webhook, since, until, state, created_at) "
                        "VALUES ({}, {}, {}, {}, 'waiting', {})",
                        dispatch["id"],
                        hook["id"],
                        dispatch["since"],
                        until,
                        clock.now(),
                    )
                )

        await self._database.transact(write)
        return dispatch if told else None

    async def _changes(self, hook: Row, since: int, until: int) -> list[Told]:
        conditions = [QueryString("seq > {} AND seq <= {}", since, until)]
        kinds = feed.kinds_of(_parts(hook["kinds"]))
        if kinds:
            conditions.append(QueryString(f"kind IN ({', '.join(['{}'] * len(kinds))})", *kinds))
        rows = await self._database.rows(
            QueryString(
                f"{feed.CHANGE} WHERE {{}} ORDER BY seq LIMIT {{}}", condition(conditions), self._pace.batch
            )
        )
        return [Told(**row) for row in rows]

    async def _deliver(self, hook: Row, dispatch: Row) -> None:
        status, fault, wait = await self._send(hook, dispatch)
        if fault:
            log.warning("webhook %s: %s (attempt %s)", hook["id"], fault, dispatch["attempts"] + 1)
            await self._database.transact(lambda: self._failed(dispatch, status, fault, wait))
        else:
            await self._database.transact(lambda: self._done(hook, dispatch))

    async def _send(self, hook: Row, dispatch: Row) -> Answered:
        """Post it once."""
        message = Message(
            await identity(self._database),
            hook["id"],
            dispatch["id"],
            dispatch["since"],
            dispatch["until"],
            await self._changes(hook, dispatch["since"], dispatch["until"]),
        )
        return await post(self._client(bool(hook["allow_private"])), hook, message, self._pace.whole)

    async def _done(self, hook: Row, dispatch: Row) -> None:
        await self._database.rows(QueryString("DELETE FROM webhook_dispatch WHERE id = {}", dispatch["id"]))
        await self._database.rows(
            QueryString(
                "UPDATE webhook SET delivered = delivered + 1, delivered_at = {} WHERE id = {}",
                clock.now(),
                hook["id"],
            )
        )

    async def _failed(self, dispatch: Row, status: int | None, fault: str, wait: float) -> None:
        attempts = dispatch["attempts"] + 1
        pause = min(self._pace.longest, self._pace.first * 2 ** min(attempts - 1, 30))
        pause = max(pause * random.uniform(0.5, 1.5), min(wait, self._pace.longest))  # noqa: S311 - jitter
        await self._database.rows(
            QueryString(
                "UPDATE webhook_dispatch SET attempts = {}, state = {}, next_at = {}, status = {}, fault = {} "
                "WHERE id = {}",
                attempts,
                DEAD if attempts >= self._pace.attempts else WAITING,
                _now() + int(pause * 1000),
                status,
                fault[:500],
                dispatch["id"],
            )
        )


def _now() -> int:
    return int(time.time() * 1000)
