"""Killed at any moment, tallies equal records after it, and delivering again finishes what was begun."""

import asyncio
import multiprocessing
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from piccolo.querystring import QueryString

from registry.dossiers import intake, keys
from registry.dossiers.examining import Examiner, Now
from registry.dossiers.proof import prove
from registry.dossiers.served import Task
from registry.engine import open_database
from registry.settings import Settings

KILLS = int(os.environ.get("DANHMUC_TEST_KILLS", "15"))
LINES = 600
BATCH = 40


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed process leaves is tidied up with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


async def piecemeal(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 5_000):
        yield data[start : start + 5_000]


async def deliver(settings: Settings, data: bytes | Path) -> Any:
    database = await open_database(settings)
    try:
        key = await keys.secret(database, settings)
        stream = data if isinstance(data, Path) else piecemeal(data)
        return await intake.take(database, "killed", stream, key)
    finally:
        await database.close()


async def findings(settings: Settings) -> list[Any]:
    database = await open_database(settings)
    try:
        async with database.snapshot():
            return list(await prove(database))
    finally:
        await database.close()


def child(settings: Settings, data: bytes | Path, delay: float, apart: int) -> None:
    """Deliver, and be killed ``delay`` seconds after the first transaction began. After ``apart`` lines another
    process does the reading, and at once that of a file."""
    intake.BATCH = BATCH
    intake.APART = apart
    intake.LONG = 0
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    write = intake.write

    async def watched(*arguments: Any) -> Any:
        if not timer.is_alive():
            timer.start()
        return await write(*arguments)

    intake.write = watched
    asyncio.run(deliver(settings, data))
    os._exit(0)


def run(settings: Settings, data: bytes | Path, delay: float, apart: int = LINES) -> int:
    process = multiprocessing.get_context("fork").Process(target=child, args=(settings, data, delay, apart))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_killed_while_another_process_reads_tallies_equal_records(
    settings: Settings, stock: Any, make: Any, tmp_path: Path
) -> None:
    stock(settings)
    data = make.written(*(make.dossier(f"A-{n}") for n in range(LINES)))
    path = tmp_path / "dossiers.ndjson"
    path.write_bytes(data)
    killed = 0
    for delay, stream in ((0.02, data), (0.02, path), (0.1, path), (0.4, data)):
        killed += run(settings, stream, delay, BATCH) == -signal.SIGKILL
        assert asyncio.run(findings(settings)) == []
    assert killed
    assert asyncio.run(deliver(settings, data)).read == LINES
    assert asyncio.run(findings(settings)) == []


def test_the_process_that_reads_ends_with_its_input_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """And thus with the process that started it, however that one was killed."""
    folder = tmp_path / "read"
    folder.mkdir()
    (folder / "some.sqlite").touch()
    told = pickle.dumps(("task", Task("ndjson", b"", Examiner(b"k" * 32, Now(0, 1, 1)), 10, str(folder))))
    program = "from registry.dossiers.served import serve; serve()"
    for heard in (b"\x05", struct.pack("<Q", len(told)) + told):
        ended = subprocess.run(
            [sys.executable, "-c", program], input=heard, capture_output=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_killed_at_random_points_tallies_equal_records(settings: Settings, stock: Any, make: Any) -> None:
    stock(settings)
    states = [
        make.dossier(f"A-{n}", updated="2025-05-12T08:00:00Z")
        if turn == 0
        else make.ended(f"A-{n}", updated="2025-05-14T08:00:00Z")
        for n in range(LINES // 2)
        for turn in (0, 1)
    ]
    random.Random(3).shuffle(states)
    lines = [*states, make.dossier("A-1", feeDue=-1), make.dossier("B-1", procedure="9.777777")]
    data = make.written(*lines)
    killed = 0
    for attempt in range(KILLS):
        ended = run(settings, data, random.uniform(0, 0.25))
        assert ended in (-signal.SIGKILL, 0)
        killed += ended == -signal.SIGKILL
        assert asyncio.run(findings(settings)) == [], attempt
    assert killed
    outcome = asyncio.run(deliver(settings, data))
    assert outcome.read == len(lines)
    assert asyncio.run(findings(settings)) == []

    async def left() -> tuple[int, int, int]:
        database = await open_database(settings)
        try:
            counted = []
            for table in ("dossier WHERE finished IS NOT NULL", "dossier_aside", "dossier_rejected"):
                rows = await database.rows(QueryString(f"SELECT COUNT(*) AS n FROM {table}"))
                counted.append(int(rows[0]["n"]))
            return counted[0], counted[1], counted[2]
        finally:
            await database.close()

    assert asyncio.run(left()) == (LINES // 2, 1, 1)
