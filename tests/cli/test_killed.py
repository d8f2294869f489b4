"""An import that is killed or stopped leaves every announcement wholly old or wholly new."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.cli.exits import Exit
from registry.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]
ANNOUNCEMENTS = 40
ITEMS = 10
# Sends this process a signal so many seconds after the first transaction began; transactions are kept small, so
# that there are many.
DRIVER = """
import os, sys, threading
import registry.intake.apply as apply
from registry.catalogue import ledger
from registry.cli import main

number, delay = int(sys.argv[1]), float(sys.argv[2])
apply.PER_TRANSACTION = 15
timer = threading.Timer(delay, os.kill, (os.getpid(), number))
timer.daemon = True
record, begun = ledger.record, threading.Event()

async def watched(*arguments):
    if not begun.is_set():
        begun.set()
        timer.start()
    return await record(*arguments)

ledger.record = watched
sys.exit(main(["import", sys.argv[3], "--json"]))
"""
Run = Callable[..., Any]


@pytest.fixture
def sources(source: Callable[..., Path], procedure: Callable[..., Any]) -> tuple[Path, Path]:
    """The same procedures by forty announcements of old, and by forty that amend them all."""

    def write(name: str, year: int, text: str, decided: int) -> Path:
        return source(
            name,
            *(
                procedure(f"7.2{a:02}{n:03}", f"{text} {a} {n}", f"{a}/QĐ-{year}", decided)
                for a in range(ANNOUNCEMENTS)
                for n in range(ITEMS)
            ),
        )

    return write("old.ndjson", 2025, "Cũ", 0), write("new.ndjson", 2026, "Mới", 10)


def interrupted(settings: Settings, source: Path, number: int, delay: float) -> subprocess.CompletedProcess[str]:
    names = {setting.name for setting in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    store = {"DANHMUC_DATA": str(settings.data), "DANHMUC_DATABASE_URL": settings.database_url}
    return subprocess.run(
        [sys.executable, "-c", DRIVER, str(number), str(delay), str(source)],
        env={**kept, **store},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def amended(everywhere: Run) -> int:
    """How many of the new announcements are there; each must be there with all that it does."""
    told = [msgspec.json.decode(line) for line in everywhere("export").out.splitlines()]
    done = {
        line["announcement"]["id"]: len(line["announcement"]["items"])
        for line in told
        if line["kind"] == "announcement" and line["announcement"]["id"].endswith("2026")
    }
    versions = Counter(line["announcement"] for line in told if line["kind"] == "version")
    new = {key: count for key, count in versions.items() if key.endswith("2026")}
    assert set(done.values()) <= {ITEMS}
    assert done == new
    old = {key: count for key, count in versions.items() if key.endswith("2025")}
    assert old == {f"d-{a}/QĐ-2025": ITEMS for a in range(ANNOUNCEMENTS)}
    current = [line for line in told if line["kind"] == "version" and "validTo" not in line]
    assert len(current) == ANNOUNCEMENTS * ITEMS
    return len(new)


def test_a_killed_import_is_never_half_and_is_finished_by_running_it_again(
    everywhere: Run, settings: Settings, sources: tuple[Path, Path]
) -> None:
    old, new = sources
    assert everywhere("import", old).code == Exit.DONE
    done, killed = 0, 0
    for _ in range(5):
        ended = interrupted(settings, new, signal.SIGKILL, random.uniform(0, 0.12))
        killed += ended.returncode == -signal.SIGKILL
        assert ended.returncode in (-signal.SIGKILL, Exit.DONE), ended.stderr
        before, done = done, amended(everywhere)
        assert done >= before
        findings = everywhere("check", "--json").json["findings"]
        assert {finding["area"] for finding in findings} <= {"index"}
    assert killed
    again = everywhere("import", new)
    assert again.code == Exit.DONE
    assert amended(everywhere) == ANNOUNCEMENTS
    assert everywhere("check").code == Exit.DONE
    assert "nothing has changed" in everywhere("import", new).out


def test_ctrl_c_stops_between_announcements(
    everywhere: Run, settings: Settings, sources: tuple[Path, Path]
) -> None:
    old, new = sources
    assert everywhere("import", old).code == Exit.DONE
    ended = interrupted(settings, new, signal.SIGINT, 0.03)
    assert ended.returncode == Exit.INTERRUPTED
    assert ended.stderr.splitlines()[-2:] == [
        "stopped: what was applied stays, and running it again finishes it",
        "danhmuc: stopped",
    ]
    assert "Traceback" not in ended.stderr
    assert amended(everywhere) < ANNOUNCEMENTS
    assert everywhere("import", new).code == Exit.DONE
    assert amended(everywhere) == ANNOUNCEMENTS
