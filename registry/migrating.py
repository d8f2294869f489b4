"""Brings a store's schema up to date with Piccolo's migrations."""

import asyncio
import io
import os
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from piccolo.engine.base import Engine
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.querystring import QueryString

# Piccolo finds the engine of a migration through a module variable: one migration at a time per process.
_turn = asyncio.Lock()


MIGRATIONS = Path(__file__).parent / "migrations"


class MigrationFailed(Exception):
    """A migration did not run; the store is as it was before it."""


async def forwards(engine: Engine[Any]) -> None:
    """Run every migration that the store behind ``engine`` has not had. Raises ``MigrationFailed``."""
    if await _current(engine):
        return
    os.environ.setdefault("PICCOLO_CONF", "registry.piccolo_conf")
    from piccolo.apps.migrations.tables import Migration

    from registry import piccolo_conf

    async with _turn:
        piccolo_conf.DB = engine
        Migration._meta.db = engine
        heard = io.StringIO()  # Piccolo reports by printing
        with redirect_stdout(heard):
            await _forwards(engine)


async def _current(engine: Engine[Any]) -> bool:
    """Whether the store has had every migration: Piccolo's own way to find out takes a third of a second."""
    table = "sqlite_master" if isinstance(engine, SQLiteEngine) else "pg_tables"
    name = "name" if isinstance(engine, SQLiteEngine) else "tablename"
    if not await engine.run_querystring(QueryString(f"SELECT 1 FROM {table} WHERE {name} = 'migration'")):
        return False
    return set(await applied(engine)) >= set(known())


def known() -> list[str]:
    """The migrations that there are, by the number in their file's name: ``registry_0001_first.py`` is 0001."""
    return sorted(path.stem.split("_")[1] for path in MIGRATIONS.glob("registry_*.py"))


async def _forwards(engine: Engine[Any]) -> None:
    from piccolo.apps.migrations.commands.forwards import run_forwards

    if isinstance(engine, SQLiteEngine):
        result = await run_forwards("registry")
    else:
        # Two processes that start together must not migrate together.
        async with engine.pool.acquire() as connection:  # type: ignore[attr-defined]  # PostgreSQL's
            await connection.execute("SELECT pg_advisory_lock(7)")
            try:
                result = await run_forwards("registry")
            finally:
                await connection.execute("SELECT pg_advisory_unlock(7)")
    if not result.success:
        raise MigrationFailed(f"the schema could not be brought up to date: {result.message}")


async def applied(engine: Engine[Any]) -> list[str]:
    """The migrations that this store has had, oldest first."""
    rows = await engine.run_querystring(QueryString("SELECT name FROM migration ORDER BY id"))
    return [row["name"] for row in rows]
