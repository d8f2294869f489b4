"""Passwords that are cheap to hash, and whoever may do everything."""

import shutil
from pathlib import Path

import pytest

from registry.access import passwords
from registry.access.actors import Actor, KeyScope
from registry.settings import Settings

SOMEBODY = Actor("command", "tester", "Tester", frozenset(KeyScope), None, "here")


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
