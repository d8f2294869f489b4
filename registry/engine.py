"""The one place that opens a database: SQLite in a file, or PostgreSQL.

Piccolo's own SQLite engine opens a connection per query, without WAL and with deferred transactions, which
under concurrent writers ends in "database is locked". Here connections are kept, writes are IMMEDIATE and take
turns, and a failed COMMIT leaves nothing behind.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import asyncpg
from piccolo.engine.base import Engine
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine, dict_factory
from piccolo.query.base import Query
from piccolo.querystring import QueryString
from piccolo.table import Table

from registry.settings import Settings

Row = dict[str, Any]
T = TypeVar("T")

BUSY_SECONDS = 30.0
KEPT_CONNECTIONS = 4
WRITE_LOCK = 0x44616E68  # "Danh": the advisory lock that makes writers of one registry take turns
RETRIES = 5
BESIDE = "beside"
"""The schema of what is attached to a transaction."""

# At its lowest level it logs the arguments of every statement, secrets among them.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


class StoreUnavailable(Exception):
    """The database cannot be opened or reached; the message says which and why."""


class Scope:
    """An open transaction, in the shape in which Piccolo's engines look for one."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class KeptSQLite(SQLiteEngine):
    """SQLite with a few kept connections in WAL mode."""

    __slots__ = ("_free", "_opened", "_slots", "_writer")

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path), timeout=BUSY_SECONDS)
        self._free: list[aiosqlite.Connection] = []
        self._opened: list[aiosqlite.Connection] = []
        self._slots = asyncio.Semaphore(KEPT_CONNECTIONS)
        self._writer: aiosqlite.Connection | None = None

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs)
        self._opened.append(connection)
        connection.row_factory = dict_factory  # type: ignore[assignment]  # rows as Piccolo has them
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
            await connection.execute(f"PRAGMA {pragma}")
        return connection

    @asynccontextmanager
    async def connection(self, *, writing: bool = False) -> AsyncIterator[aiosqlite.Connection]:
        """A connection. All writing goes through the same one, which thus has the pages of what it wrote last."""
        async with self._slots:
            free = [one for one in self._free if (one is self._writer) is writing]
            if free:
                kept = free[-1]
                self._free.remove(kept)
            else:
                kept = await self._connect()
            if writing:
                self._writer = kept
            try:
                yield kept
            finally:
                self._free.append(kept)

    async def close(self) -> None:
        for connection in self._opened:
            await connection.close()
        self._opened.clear()
        self._free.clear()
        self._writer = None

    async def _run_in_new_connection(
        self,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        async with self.connection() as kept:
            return await self._run_in_existing_connection(kept, query, args, query_type, table)

    async def _run_in_existing_connection(
        self,
        connection: Any,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",  # noqa: ARG002 - Piccolo's signature
        table: type[Table] | None = None,  # noqa: ARG002 - Piccolo's signature
    ) -> Any:
        return list(await connection.execute_fetchall(query, args or []))


class Database:
    """A store that is open. Queries are Piccolo queries or ``QueryString`` with ``{}`` placeholders."""

    def __init__(self, engine: KeptSQLite | PostgresEngine) -> None:
        self.engine = engine
        self.kind = "sqlite" if isinstance(engine, SQLiteEngine) else "postgres"
        self._writing = asyncio.Lock()

    async def close(self) -> None:
        if isinstance(self.engine, KeptSQLite):
            await self.engine.close()
        else:
            await self.engine.close_connection_pool()

    async def rows(self, query: Query[Any, Any] | QueryString) -> list[Row]:
        """Run one query and return its rows as dictionaries."""
        statement = query if isinstance(query, QueryString) else query.querystrings[0]
        found: list[Row] = await self.engine.run_querystring(statement)
        return found

    async def rows_in(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run ``sql`` with its one ``{}`` filled by each slice of ``values``: drivers bound their arguments."""
        found: list[Row] = []
        for start in range(0, len(values), 5000):
            part = values[start : start + 5000]
            marks = QueryString(", ".join(["{}"] * len(part)), *part)
            found += await self.rows(QueryString(sql, marks))
        return found

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Reads inside see one state of the store, whatever is written meanwhile."""
        if isinstance(self.engine, KeptSQLite):
            async with self.engine.connection() as connection, self._sqlite(connection, "DEFERRED"):
                yield
        else:
            async with (
                self._pool().acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                with self._inside(connection):
                    yield

    async def transact(self, work: Callable[[], Awaitable[T]], beside: str | None = None) -> T:
        """Run ``work`` in one write transaction. Writers take turns; a serialisation conflict is retried.

        ``beside`` is the file of another SQLite database, whose tables ``work`` finds in ``BESIDE``; only where
        this one is SQLite.
        """
        for attempt in range(RETRIES):
            try:
                async with self._writing, self._write(beside):
                    return await work()
            except asyncpg.SerializationError:
                if attempt == RETRIES - 1:
                    raise
                await asyncio.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    async def insert(self, table: type[Table], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows; only inside ``transact``."""
        names = ", ".join(f'"{name}"' for name in columns)
        await self.each(
            f'INSERT INTO "{table._meta.tablename}" ({names}) VALUES ({self._marks(len(columns))})', rows
        )

    async def each(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run ``sql`` (``?`` or ``$n`` by engine, see ``mark``) once a row; only inside ``transact``."""
        rows = list(rows)
        if not rows:
            return
        current = self.engine.current_transaction.get()
        if current is None:
            raise RuntimeError("bulk writes need a transaction: call them inside Database.transact")
        await current.connection.executemany(sql, rows)

    def mark(self, position: int) -> str:
        """The placeholder of argument ``position`` (from 1) in ``each``."""
        return "?" if self.kind == "sqlite" else f"${position}"

    def _marks(self, count: int) -> str:
        return ", ".join(self.mark(position) for position in range(1, count + 1))

    def _pool(self) -> asyncpg.Pool:
        assert isinstance(self.engine, PostgresEngine)
        if self.engine.pool is None:
            raise StoreUnavailable("the PostgreSQL connection pool is not open")
        return self.engine.pool

    @asynccontextmanager
    async def _write(self, beside: str | None) -> AsyncIterator[None]:
        if isinstance(self.engine, KeptSQLite):
            async with (
                self.engine.connection(writing=True) as connection,
                self._attached(connection, beside),
                self._sqlite(connection, "IMMEDIATE"),
            ):
                yield
        else:
            async with self._pool().acquire() as connection, connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", WRITE_LOCK)
                with self._inside(connection):
                    yield

    @asynccontextmanager
    async def _attached(self, connection: aiosqlite.Connection, path: str | None) -> AsyncIterator[None]:
        if path is None:
            yield
            return
        await connection.execute(f"ATTACH ? AS {BESIDE}", (path,))
        try:
            yield
        finally:
            await connection.execute(f"DETACH {BESIDE}")

    @asynccontextmanager
    async def _sqlite(self, connection: aiosqlite.Connection, mode: str) -> AsyncIterator[None]:
        await connection.execute(f"BEGIN {mode}")
        try:
            with self._inside(connection):
                yield
            await connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                await connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _inside(self, connection: Any) -> Iterator[None]:
        current: ContextVar[Any] = self.engine.current_transaction
        token = current.set(Scope(connection))
        try:
            yield
        finally:
            current.reset(token)


async def open_database(settings: Settings) -> Database:
    """Open the store of ``settings`` and bring its schema up to date. Raises ``StoreUnavailable``."""
    engine: KeptSQLite | PostgresEngine
    if settings.database_url:
        engine = PostgresEngine(config={"dsn": settings.database_url})
        try:
            await engine.start_connection_pool(min_size=1, max_size=8, timeout=10)
        except (OSError, asyncpg.PostgresError, ValueError) as error:
            raise StoreUnavailable(f"DANHMUC_DATABASE_URL cannot be reached: {error}") from error
    else:
        engine = KeptSQLite(settings.sqlite_path)
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            async with engine.connection():
                pass
        except (OSError, aiosqlite.Error) as error:
            # A connection is a thread, and what is left open keeps the process from ending.
            await engine.close()
            raise StoreUnavailable(
                f"{settings.sqlite_path} cannot be opened: {error}. Set DANHMUC_DATA to a writable folder."
            ) from error
    database = Database(engine)
    try:
        await migrate(engine)
    except BaseException:
        await database.close()
        raise
    return database


async def migrate(engine: Engine[Any]) -> None:
    """Run the migrations that this store has not had."""
    from registry.migrating import forwards

    await forwards(engine)
