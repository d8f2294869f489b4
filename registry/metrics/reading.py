"""One state of the store for a whole answer: a snapshot, and the revisions that it shows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from piccolo.querystring import QueryString

from registry import dossiers
from registry.engine import Database
from registry.metrics.answer import Revisions
from registry.metrics.holdings import Holdings, holdings

T = TypeVar("T")


class _Open:
    """A snapshot that is open, and what was read in it: it shows the same until it is closed."""

    def __init__(self, database: Database, now: Revisions) -> None:
        self.database = database
        self.scope = database.engine.current_transaction.get()
        self.now = now
        self.found: dict[Hashable, Any] = {}


_open: ContextVar[_Open | None] = ContextVar("open", default=None)


async def revisions(database: Database) -> Revisions:
    """The revisions of the store now, in one question: those of ``catalogue.versions``, ``dossiers`` and
    ``metrics.observations``."""
    (row,) = await database.rows(
        QueryString(
            "SELECT (SELECT MAX(seq) FROM change) AS catalogue, "
            "(SELECT value FROM meta WHERE name = {}) AS dossiers, "
            "(SELECT MAX(seq) FROM observation) AS observations",
            dossiers.REVISION,
        )
    )
    return Revisions(*(int(row[name] or 0) for name in ("catalogue", "dossiers", "observations")))


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[tuple[Holdings, Revisions]]:
    """A snapshot with its revisions and holdings; inside a transaction that is open already it is that one."""
    if database.engine.current_transaction.get() is not None:
        held = _held(database)
        now = held.now if held else await revisions(database)
        yield await holdings(database, now.catalogue), now
        return
    async with database.snapshot():
        now = await revisions(database)
        token = _open.set(_Open(database, now))
        try:
            yield await holdings(database, now.catalogue), now
        finally:
            _open.reset(token)


async def revision(database: Database) -> int:
    """The revision of the dossiers."""
    held = _held(database)
    return held.now.dossiers if held else await dossiers.revision(database)


async def once(database: Database, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
    """What ``make`` reads, read once while a snapshot is open; ``key`` names all that it depends on besides."""
    held = _held(database)
    if held is None:
        return await make()
    if key not in held.found:
        held.found[key] = await make()
    found: T = held.found[key]
    return found


def _held(database: Database) -> _Open | None:
    held = _open.get()
    if held is None or held.database is not database:
        return None
    return held if database.engine.current_transaction.get() is held.scope else None
