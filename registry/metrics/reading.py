"""One state of the store for a whole answer: a snapshot, and the revisions that it shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from registry import dossiers
from registry.catalogue import versions
from registry.engine import Database
from registry.metrics import observations
from registry.metrics.answer import Revisions
from registry.metrics.holdings import Holdings, holdings


async def revisions(database: Database) -> Revisions:
    """The revisions of the store now."""
    return Revisions(
        await versions.revision(database),
        await dossiers.revision(database),
        await observations.revision(database),
    )


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[tuple[Holdings, Revisions]]:
    """A snapshot with its revisions and holdings; inside a transaction that is open already it is that one."""
    if database.engine.current_transaction.get() is not None:
        now = await revisions(database)
        yield await holdings(database, now.catalogue), now
        return
    async with database.snapshot():
        now = await revisions(database)
        yield await holdings(database, now.catalogue), now
