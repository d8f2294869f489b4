"""Stores that were migrated once and are copied, and passwords that are cheap to hash."""

import asyncio
import shutil
from pathlib import Path

import pytest

from registry.access import passwords
from registry.access.actors import Actor, KeyScope
from registry.engine import open_database
from registry.settings import Settings

SOMEBODY = Actor("command", "tester", "Tester", frozenset(KeyScope), None, "here")


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty store."""
    folder = tmp_path_factory.mktemp("blank") / "var"

    async def make() -> None:
        await (await open_database(Settings(data=folder))).close()

    asyncio.run(make())
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a fresh store, on each database."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("blank"), tmp_path / "var")
        return Settings(data=tmp_path / "var")
    cluster = request.getfixturevalue("cluster")
    return Settings(data=tmp_path / "var", database_url=cluster.create(request.getfixturevalue("migrated")))


@pytest.fixture
def local(blank: Path, tmp_path: Path) -> Settings:
    """Settings of a fresh store in SQLite."""
    shutil.copytree(blank, tmp_path / "var")
    return Settings(data=tmp_path / "var")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 2)


@pytest.fixture
def somebody() -> Actor:
    """Whoever may do everything."""
    return SOMEBODY
