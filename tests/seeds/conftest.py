"""Commands on a store of their own, with a demonstration that is small enough for every run."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

import seeds
from registry.cli import main
from registry.dossiers.dossier import Delivered
from registry.intake.events import AnyEvent
from registry.settings import SETTINGS, Settings
from seeds.applications import applications
from seeds.sources import one
from seeds.wanted import Dossiers, Habits

LEFT_OUT = 1  # the stream of the communes but one, which has most of the dossiers


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def danhmuc(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh store, on each database."""
    return _runner(settings, monkeypatch, capsys)


@pytest.fixture
def local(blank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh SQLite store."""
    shutil.copytree(blank, tmp_path / "local")
    return _runner(Settings(data=tmp_path / "local"), monkeypatch, capsys)


def _runner(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(settings.data))
    monkeypatch.setenv("DANHMUC_DATABASE_URL", settings.database_url)

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


def _smaller(name: str, events: Sequence[AnyEvent]) -> Iterator[Delivered]:
    plan = one(name, "dossiers.toml", Dossiers)
    streams = tuple(stream for place, stream in enumerate(plan.stream) if place != LEFT_OUT)
    habits = one("", "habits.toml", Habits)
    return applications(msgspec.structs.replace(plan, stream=streams), habits, events)


@pytest.fixture
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """The district and one commune instead of all."""
    monkeypatch.setattr(seeds, "dossiers", _smaller)
