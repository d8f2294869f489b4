"""The log of syncing: when each run began, what it fetched, and what came of it."""

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.engine import Database
from registry.tables import Sync

# What has been run is told without what it takes to run.
if TYPE_CHECKING:
    from registry.exchange.portal.listing import Progress

COLUMNS = "id, source, url, province, started_at, finished_at, outcome, counts, ends, reason, revision"
CUT = "cut off"
NOTED = 2.0
"""Seconds between two notes of how far a run is."""
log = logging.getLogger(__name__)


class Run(msgspec.Struct, frozen=True, rename="camel"):
    """One run. ``outcome`` is ``None`` while it goes on; ``cut off`` is what was killed.

    ``counts`` of one that goes on are its stage, how far that is, and ``of`` how many, where that is known.
    ``ends`` are codes that the run ended, or would have ended had it not been refused.
    """

    id: int
    source: str
    url: str
    province: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    counts: dict[str, int]
    ends: list[str]
    reason: str
    revision: int


async def begin(database: Database, source: str, url: str, province: str) -> int:
    """Note that a run begins. Call it with the lock held: whatever seems to go on has been killed. Returns its
    number."""

    async def unit() -> int:
        mark = database.mark
        await database.each(
            f"UPDATE sync SET outcome = {mark(1)}, finished_at = {mark(2)}, reason = {mark(3)} "
            "WHERE outcome IS NULL",
            [(CUT, clock.now(), "it was killed, or its machine was; the next run went on from there")],
        )
        rows = await database.rows(QueryString("SELECT COALESCE(MAX(id), 0) AS id FROM sync"))
        number = int(rows[0]["id"]) + 1
        columns = ("id", "source", "url", "province", "started_at", "holder")
        holder = f"process {os.getpid()} on {platform.node()}"
        await database.insert(Sync, columns, [(number, source, url, province, clock.now(), holder)])
        return number

    return await database.transact(unit)


@asynccontextmanager
async def noting(database: Database, number: int, heard: "Progress") -> "AsyncIterator[Progress]":
    """While a run goes on, pass its progress on to ``heard``, and note every few seconds how far it is."""
    last: dict[str, int] = {}

    def progress(stage: str, done: int, whole: int | None) -> None:
        last.clear()
        last.update({stage: done} if whole is None else {stage: done, "of": whole})
        heard(stage, done, whole)

    writing = asyncio.create_task(_note(database, number, last), name=f"sync {number}")
    try:
        yield progress
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _note(database: Database, number: int, last: dict[str, int]) -> None:
    before: dict[str, int] = {}
    while True:
        await asyncio.sleep(NOTED)
        if last == before:
            continue
        before = dict(last)
        told = msgspec.json.encode(before).decode()

        async def unit(told: str = told) -> None:
            await database.rows(
                QueryString("UPDATE sync SET counts = {} WHERE id = {} AND outcome IS NULL", told, number)
            )

        try:
            await database.transact(unit)
        except Exception as error:  # whatever ails the store, the run itself meets and tells
            log.warning("the progress of run %s could not be noted: %s", number, error)


async def finish(
    database: Database,
    number: int,
    outcome: str,
    *,
    counts: dict[str, int] | None = None,
    ends: list[str] | None = None,
    reason: str = "",
    revision: int = 0,
) -> None:
    """Note what came of a run."""
    told = (msgspec.json.encode(counts or {}).decode(), msgspec.json.encode(ends or []).decode(), reason[:2000])

    async def unit() -> None:
        mark = database.mark
        await database.each(
            f"UPDATE sync SET finished_at = {mark(1)}, outcome = {mark(2)}, counts = {mark(3)}, ends = {mark(4)}, "
            f"reason = {mark(5)}, revision = {mark(6)} WHERE id = {mark(7)}",
            [(clock.now(), outcome, *told, revision, number)],
        )

    await database.transact(unit)


async def listed(database: Database, limit: int = 20) -> list[Run]:
    """The last runs, latest first."""
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM sync ORDER BY id DESC LIMIT {{}}", limit))
    return [_run(row) for row in rows]


async def found(database: Database, number: int) -> Run | None:
    """A run by its number; ``None`` where there is none."""
    if not 0 < number < 2**63:
        return None
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM sync WHERE id = {{}}", number))
    return _run(rows[0]) if rows else None


async def state(database: Database) -> int:
    """A number that changes whenever a run begins or ends."""
    rows = await database.rows(QueryString("SELECT COUNT(*) AS begun, COUNT(finished_at) AS ended FROM sync"))
    return int(rows[0]["begun"]) + int(rows[0]["ended"])


async def holder(database: Database) -> str:
    """Who seems to hold the lock, in words; empty where nobody says so."""
    rows = await database.rows(
        QueryString("SELECT id, started_at, holder FROM sync WHERE outcome IS NULL ORDER BY id DESC LIMIT 1")
    )
    if not rows:
        return ""
    began = rows[0]["started_at"].astimezone(clock.VIETNAM)
    return f"run {rows[0]['id']}, {rows[0]['holder']}, since {began:%Y-%m-%d %H:%M}"


def _run(row: dict[str, Any]) -> Run:
    decoded = {name: msgspec.json.decode(row[name]) for name in ("counts", "ends")}
    return Run(**{**row, **decoded})
