"""Bringing a store's schema up to date."""

from importlib import import_module

import pytest

from registry import migrating
from registry.engine import Database


def test_a_migration_has_the_number_of_its_file() -> None:
    for path in migrating.MIGRATIONS.glob("registry_*.py"):
        module = import_module(f"registry.migrations.{path.stem}")
        assert path.stem.split("_")[1] == module.ID


@pytest.mark.anyio
async def test_a_store_has_had_every_migration_once_it_is_open(database: Database) -> None:
    assert sorted(await migrating.applied(database.engine)) == migrating.known()
