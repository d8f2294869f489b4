"""An import that is killed or stopped leaves every announcement wholly old or wholly new."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.cli.exits import Exit
from registry.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]
ANNOUNCEMENTS = 24
ITEMS = 6
# Sends itself a signal so many seconds after the first transaction began; transactions are kept small, so that
# there are many. One process is made ready, and its children are interrupted, one for each line that it reads.
DRIVER = """
import os, sys, threading
import registry.intake.apply as apply
from registry.catalogue import ledger
from registry.cli import main
from registry.cli import store
from registry.cli.commands import import_

apply.PER_TRANSACTION = 8
record = ledger.record

def interrupted(number, delay):
    begun = threading.Event()

    async def watched(*arguments):
        if not begun.is_set():
            begun.set()
            timer = threading.Timer(delay, os.kill, (os.getpid(), number))
            timer.daemon = True
            timer.start()
        return await record(*arguments)

    ledger.record = watched
    sys.exit(main(["import", sys.argv[1], "--json"]))

for line in sys.stdin:
    number, delay = line.split()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        interrupted(int(number), float(delay))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
Run = Callable[..., Any]
Interrupt = Callable[[int, float], tuple[int, str]]


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


@pytest.fixture
def interrupted(settings: Settings, sources: tuple[Path, Path], tmp_path: Path) -> Iterator[Interrupt]:
    """Imports what amends, interrupted so many seconds after its first transaction began. Gives its exit code and
    what it printed about it."""
    names = {setting.name for setting in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    store = {"DANHMUC_DATA": str(settings.data), "DANHMUC_DATABASE_URL": settings.database_url}
    said = tmp_path / "said"
    command = [sys.executable, "-c", DRIVER, str(sources[1]), str(said)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**kept, **store}, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:

        def interrupt(number: int, delay: float) -> tuple[int, str]:
            assert process.stdin is not None
            assert process.stdout is not None
            print(number, delay, file=process.stdin, flush=True)
            return int(process.stdout.readline()), said.read_text()

        yield interrupt


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
    everywhere: Run, sources: tuple[Path, Path], interrupted: Interrupt
) -> None:
    old, new = sources
    assert everywhere("import", old).code == Exit.DONE
    done, killed = 0, 0
    for _ in range(4):
        code, said = interrupted(signal.SIGKILL, random.uniform(0, 0.06))
        killed += code == -signal.SIGKILL
        assert code in (-signal.SIGKILL, Exit.DONE), said
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
    everywhere: Run, sources: tuple[Path, Path], interrupted: Interrupt
) -> None:
    old, new = sources
    assert everywhere("import", old).code == Exit.DONE
    code, said = interrupted(signal.SIGINT, 0.02)
    assert code == Exit.INTERRUPTED
    assert said.splitlines()[-2:] == [
        "stopped: what was applied stays, and running it again finishes it",
        "danhmuc: stopped",
    ]
    assert "Traceback" not in said
    assert amended(everywhere) < ANNOUNCEMENTS
    assert everywhere("import", new).code == Exit.DONE
    assert amended(everywhere) == ANNOUNCEMENTS
