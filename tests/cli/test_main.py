"""What all commands have in common: help, exit codes, errors, interruption, closed pipes."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest

from registry.cli import commands
from registry.cli.exits import Exit
from registry.settings import Settings

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
NAMES = {"serve", "import", "search", "show", "history", "diff"}
NAMES |= {"reindex", "check", "export", "quarantine", "seed", "runs"}


def test_every_command_is_there() -> None:
    assert set(commands.known()) >= NAMES


def test_help_imports_nothing_that_takes_time() -> None:
    code = (
        "import sys; from registry.cli import main\n"
        "for argv in [[], *([name] for name in sys.argv[1:])]:\n"
        "    try: main([*argv, '--help'])\n"
        "    except SystemExit as end: assert not end.code, (argv, end.code)\n"
        "    slow = {'litestar', 'piccolo', 'tantivy', 'rich', 'asyncpg', 'uvicorn'} & set(sys.modules)\n"
        "    assert not slow, (argv, slow)"
    )
    names = commands.known()
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert [f"usage: danhmuc {name}" in done.stdout for name in names] == [True] * len(names)


def test_help_is_quick(local: Settings, start: Start) -> None:
    taken = []
    for _ in range(3):
        before = getrusage(RUSAGE_CHILDREN)
        assert start(local, "--help").wait(timeout=20) == 0
        after = getrusage(RUSAGE_CHILDREN)
        # Of a core: what a process waits for one is not its own time.
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.6  # 0.1 s on an idle machine; this one may be busy


def test_help_explains_every_exit_code(danhmuc: Run) -> None:
    out = danhmuc("--help").out
    assert all(f"{code.value:>3}  {code.meaning}" in out for code in Exit)


def test_the_version_is_told(danhmuc: Run) -> None:
    assert danhmuc("--version").out == "danhmuc 0.1.0\n"


@pytest.mark.parametrize("argv", [[], ["dance"], ["show"], ["show", "7.000001", "--jso"], ["diff", "7.000001"]])
def test_wrong_usage_is_told_with_its_code(danhmuc: Run, argv: list[str]) -> None:
    ran = danhmuc(*argv)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err.startswith("usage: danhmuc")


@pytest.mark.parametrize(
    ("name", "value"), [("DANHMUC_PORT", "eighty"), ("DANHMUC_DATABASE_URL", "mysql://localhost/x")]
)
def test_a_bad_setting_is_named(danhmuc: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    ran = danhmuc("runs")
    assert ran.code == Exit.USAGE
    assert ran.err.startswith(f"danhmuc runs: {name} must be")


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path: Path, start: Start) -> None:
    process = start(Settings(data=tmp_path, database_url="postgres://nobody@127.0.0.1:1/none"), "runs")
    _, err = process.communicate(timeout=30)
    assert process.returncode == Exit.UNAVAILABLE
    assert len(err.splitlines()) == 1
    assert "DANHMUC_DATABASE_URL cannot be reached" in err


def test_a_file_that_is_no_database_is_one_line_and_the_command_ends(danhmuc: Run, local: Settings) -> None:
    local.sqlite_path.write_bytes(b"no database at all" * 100)
    before = set(threading.enumerate())
    ran = danhmuc("runs")
    # A thread that goes on keeps a process alive that has nothing left to do.
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    assert ran.code == Exit.UNAVAILABLE
    assert len(ran.err.splitlines()) == 1
    assert "file is not a database" in ran.err


def test_an_error_that_nobody_expected_shows_where_it_came_from(
    danhmuc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("registry.intake.runs.listed", fail)
    ran = danhmuc("runs")
    assert ran.code == Exit.CRASHED
    assert "Traceback" in ran.err
    assert "a fault of ours" in ran.err


def test_a_closed_pipe_is_no_traceback(danhmuc: Run, local: Settings, start: Start, hundred: Run) -> None:
    danhmuc("import", hundred())
    process = start(local, "export")
    assert process.stdout is not None
    assert process.stdout.read(10).startswith("{")
    process.stdout.close()
    assert process.wait(timeout=20) == Exit.CLOSED
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_meets_a_full_disk_is_one_line(
    danhmuc: Run, local: Settings, start: Start, hundred: Run
) -> None:
    danhmuc("import", hundred())
    with Path("/dev/full").open("w") as full:
        process = start(local, "export", stdout=full)
        _, err = process.communicate(timeout=20)
    assert process.returncode == Exit.UNAVAILABLE
    assert err == "danhmuc export: the disk is full; free some space, then run this again\n"


def test_output_in_a_poor_locale_does_not_fail(danhmuc: Run, local: Settings, start: Start, hundred: Run) -> None:
    danhmuc("import", hundred(1))
    process = start(local, "history", "7.100000", env={"PYTHONIOENCODING": "ascii"})
    out, _ = process.communicate(timeout=20)
    assert process.returncode == Exit.DONE
    assert "\\u" in out
