"""What a command works on: the store and its index, opened together and closed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from registry.catalogue import versions
from registry.engine import Database, open_database
from registry.finding import open_engine
from registry.indexing import Follower
from registry.settings import Settings
from search.contract import Engine


class Registry:
    """An open store with its index."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self.engine = engine
        self.follower = Follower(database, engine)


async def known_at(database: Database, moment: datetime | None) -> int | None:
    """The number of the last change that was recorded by ``moment``; ``None`` stands for now."""
    return None if moment is None else await versions.revision_at(database, moment)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Registry]:
    """The store of these settings, its schema up to date. Raises ``StoreUnavailable``."""
    database = await open_database(settings)
    try:
        engine = open_engine(settings)
        try:
            yield Registry(database, engine)
        finally:
            await engine.close()
    finally:
        await database.close()
