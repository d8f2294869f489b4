"""The records behind a number."""

from collections.abc import AsyncIterator

from registry.engine import Database
from registry.metrics.answer import AnyRecord, Page
from registry.metrics.ask import Ask, Side


async def records(
    database: Database, ask: Ask, side: Side, limit: int = 100, cursor: str | None = None
) -> Page:
    """A page of the records of one side."""
    raise NotImplementedError(database, ask, side, limit, cursor)


async def stream(database: Database, ask: Ask, side: Side, batch: int = 500) -> AsyncIterator[list[AnyRecord]]:
    """All records of one side, in batches."""
    raise NotImplementedError(database, ask, side, batch)
    yield []
