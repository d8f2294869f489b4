"""How often pages are read and found useful, by procedure and day.

A view is counted in memory and written in batches: no cookie, no address, no order in which somebody read.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.engine import Database

EVERY = 30.0
"""Seconds between two batches; what was counted since the last is lost when the process is killed."""
MOST_KEPT = 20_000
log = logging.getLogger(__name__)


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    """Of one procedure: how often its page was read, and how many found what they needed or did not."""

    views: int = 0
    yes: int = 0
    no: int = 0


class Views:
    """Views that are counted and not yet written, by day and code."""

    def __init__(self) -> None:
        self._waiting: Counter[tuple[date, str]] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def count(self, code: str) -> None:
        """Count a view of ``code`` today. ``code`` must be one of the catalogue's: that bounds their number.

        Where writing has failed for so long that memory would fill up, what is new is not counted.
        """
        key = (clock.today(), code)
        if len(self._waiting) < MOST_KEPT or key in self._waiting:
            self._waiting[key] += 1

    async def flush(self, database: Database) -> int:
        """Add what was counted to what is stored. Returns how many views. What could not be written is kept."""
        batch, self._waiting = self._waiting, Counter()
        if not batch:
            return 0
        values = [(f"{day} {code}", day, code, views) for (day, code), views in sorted(batch.items())]
        marks = ", ".join(database.mark(position) for position in range(1, 5))

        async def write() -> None:
            await database.each(
                f"INSERT INTO page_view (key, day, code, views) VALUES ({marks}) "
                "ON CONFLICT (key) DO UPDATE SET views = page_view.views + excluded.views",
                values,
            )

        try:
            await database.transact(write)
        except BaseException:
            self._waiting.update(batch)
            raise
        return batch.total()


@asynccontextmanager
async def counting(database: Database) -> AsyncIterator[Views]:
    """Views that are written every ``EVERY`` seconds, and when this ends."""
    views = Views()
    writing = asyncio.create_task(_write(database, views))
    try:
        yield views
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await views.flush(database)


async def _write(database: Database, views: Views) -> None:
    while True:
        await asyncio.sleep(EVERY)
        try:
            await views.flush(database)
        except Exception:
            log.exception("views could not be written; they are kept and tried again")


async def usage(database: Database, start: date, end: date) -> dict[str, Usage]:
    """Views, yes and no of every procedure that has any, by code, from ``start`` to ``end`` (both included)."""
    read = await database.rows(
        QueryString(
            "SELECT code, SUM(views) AS n FROM page_view WHERE day BETWEEN {} AND {} GROUP BY code", start, end
        )
    )
    said = await database.rows(
        QueryString(
            "SELECT code, kind, COUNT(*) AS n FROM report WHERE day BETWEEN {} AND {} AND kind IN ('yes', 'no') "
            "GROUP BY code, kind",
            start,
            end,
        )
    )
    found: dict[str, dict[str, int]] = {}
    for row in read:
        found.setdefault(row["code"], {})["views"] = int(row["n"])
    for row in said:
        found.setdefault(row["code"], {})[row["kind"]] = int(row["n"])
    return {code: Usage(**counts) for code, counts in sorted(found.items())}
