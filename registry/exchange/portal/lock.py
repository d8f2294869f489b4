"""One run at a time: a lock that its holder's death releases at once, kept by the system or by the database."""

import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from registry.engine import Database, StoreUnavailable
from registry.exchange.portal.manners import LockLost, SyncRunning

KEY = 0x53796E63  # "Sync"
FILE = "sync.lock"

Check = Callable[[], Awaitable[None]]
# A holder whose machine is gone is found out by the server within about a minute.
_KEEPALIVE = (("tcp_keepalives_idle", 30), ("tcp_keepalives_interval", 10), ("tcp_keepalives_count", 3))


@asynccontextmanager
async def alone(database: Database, folder: Path) -> AsyncIterator[Check]:
    """Hold the lock of this registry. What is given raises ``LockLost`` if it is not held any more.

    Raises ``SyncRunning`` while another process holds it. A SQLite file is used from one machine, so a file's lock
    is enough; PostgreSQL keeps it with the connection, whichever machine that comes from.
    """
    if isinstance(database.engine, PostgresEngine):
        async with _in_database(database.engine) as check:
            yield check
    else:
        async with _in_folder(folder) as check:
            yield check


@asynccontextmanager
async def _in_folder(folder: Path) -> AsyncIterator[Check]:
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SyncRunning("another sync is running") from error

        async def check() -> None:
            """The system keeps a file's lock as long as the file is open."""

        yield check
    finally:
        os.close(handle)


@asynccontextmanager
async def _in_database(engine: PostgresEngine) -> AsyncIterator[Check]:
    if engine.pool is None:
        raise StoreUnavailable("the PostgreSQL connection pool is not open")
    async with engine.pool.acquire() as connection:
        for name, value in _KEEPALIVE:
            await connection.execute(f"SET {name} = {value}")
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", KEY):
            raise SyncRunning("another sync is running")

        async def check() -> None:
            try:
                await connection.fetchval("SELECT 1")
            except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
                raise LockLost(
                    f"the connection to the database was lost, and with it the lock ({error}); run it again, what "
                    "was fetched is kept"
                ) from error

        # Released with the connection: the pool takes every lock from one that comes back.
        yield check
