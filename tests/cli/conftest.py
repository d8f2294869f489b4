"""Running commands: in this process, or in one of their own; sources made small for them."""

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from registry.cli import main
from registry.cli.exits import Exit
from registry.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "tests" / "fixtures" / "portal" / "procedures"
CLEAN = json.loads((PORTAL / "7.000001" / "raw_procedure.json").read_bytes())
DAY = 24 * 3600 * 1000
FIRST_DECIDED = 1779210000000  # midnight of 2026-05-20 in Vietnam


class Ran(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


Run = Callable[..., Ran]
Start = Callable[..., "subprocess.Popen[str]"]


def environment(settings: Settings) -> dict[str, str]:
    """The variables of a process that works on this store, and on nothing that is set here by chance."""
    names = {setting.name for setting in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    store = {"DANHMUC_DATA": str(settings.data), "DANHMUC_DATABASE_URL": settings.database_url}
    return {**kept, **store, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def runner(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name, value in environment(settings).items():
        if name.startswith("DANHMUC_"):
            monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def local(blank: Path, tmp_path: Path) -> Settings:
    shutil.copytree(blank, tmp_path / "var")
    return Settings(data=tmp_path / "var")


@pytest.fixture
def danhmuc(local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh SQLite store."""
    return runner(local, monkeypatch, capsys)


@pytest.fixture
def everywhere(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh store, on each database."""
    return runner(settings, monkeypatch, capsys)


@pytest.fixture(scope="session")
def filled(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that holds what ``portal`` holds."""
    folder = tmp_path_factory.mktemp("filled") / "var"
    shutil.copytree(blank, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANHMUC_DATA", str(folder))
        patch.setenv("DANHMUC_DATABASE_URL", "")
        assert main(["import", str(PORTAL)]) == Exit.QUARANTINED
    return folder


@pytest.fixture
def imported(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command on a SQLite store of the test's own into which ``portal`` was imported."""
    shutil.copytree(filled, tmp_path / "var")
    return runner(Settings(data=tmp_path / "var"), monkeypatch, capsys)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a command on a store in a process of its own, which ends with the test."""
    with starting() as begin:
        yield begin


@pytest.fixture(scope="module")
def start_once() -> Iterator[Start]:
    """Starts a command in a process that ends with the last test of its file."""
    with starting() as begin:
        yield begin


@contextmanager
def starting() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(settings: Settings, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "registry", *(str(argument) for argument in arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        pipes["env"] = environment(settings) | options.get("env", {})
        started.append(subprocess.Popen(command, cwd=ROOT, **pipes))
        return started[-1]

    try:
        yield begin
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=20)


@pytest.fixture
def portal() -> Path:
    """Eight records in the portal's shape: five are accepted, three are not."""
    return PORTAL


@pytest.fixture
def procedure() -> Callable[..., Any]:
    """Makes a clean record in the portal's shape; ``decided`` is in days after 2026-05-20."""

    def make(code: str, name: str = "", number: str = "12/QĐ-BVD", decided: int = 0, **detail: object) -> Any:
        made = copy.deepcopy(CLEAN)
        name = name or f"Cấp giấy phép ví dụ {code}"
        made |= {"id": f"id-{code}", "code": code, "name": name}
        made["detail"] |= {"id": f"id-{code}", "code": code, "codeNotation": code, "name": name, **detail}
        day = FIRST_DECIDED + decided * DAY
        proposal = {"id": f"d-{number}", "proposalNumber": number, "decisionDate": day, "publicationDate": day}
        made["detail"]["procedureProposal"] |= proposal
        return made

    return make


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Path]:
    """Writes records to a source of this name, one a line."""

    def write(name: str, *records: Any) -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
        return path

    return write


@pytest.fixture
def hundred(source: Callable[..., Path], procedure: Callable[..., Any]) -> Callable[..., Path]:
    """A source with the first so many of a hundred procedures."""
    return lambda many=100: source(f"{many}.ndjson", *(procedure(f"7.10{n:04}") for n in range(many)))
