"""CPSV-AP as documents: the whole catalogue on a day in JSON-LD or Turtle, or a part of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from registry.engine import Database
from registry.exchange import cpsv, graph
from registry.exchange.cpsv import Shared
from registry.exchange.graph import Node
from registry.exchange.holdings import Batch, Wanted, batches


async def jsonld(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """Every service with what it refers to; agencies and terms once."""
    shared, between = Shared(), b""
    yield graph.opening()
    async for batch in batches(database, wanted):
        if batch.versions:
            yield between + await asyncio.to_thread(written, batch, wanted, shared, graph.lines)
            between = b",\n"
    yield graph.CLOSING


async def turtle(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """The same as Turtle."""
    shared = Shared()
    yield graph.prefixes()
    async for batch in batches(database, wanted):
        yield await asyncio.to_thread(written, batch, wanted, shared, graph.turtle)


def nodes(batch: Batch, wanted: Wanted, shared: Shared) -> list[Node]:
    """The services of a batch with what they refer to and ``shared`` has not told yet."""
    found: list[Node] = []
    for version in batch.versions:
        found += shared.fresh(cpsv.nodes(version, batch.announcements, wanted.publication))
    return found


def written(batch: Batch, wanted: Wanted, shared: Shared, write: Callable[[Iterable[Node]], bytes]) -> bytes:
    return write(nodes(batch, wanted, shared))
