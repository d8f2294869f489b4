"""Two runs never go on at once, a dead holder holds nothing, and runs follow one another."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from piccolo.querystring import QueryString

from registry.engine import Database
from registry.exchange.portal import runs
from registry.exchange.portal.lock import KEY, alone
from registry.exchange.portal.manners import LockLost, SourceFault, SyncRunning
from registry.exchange.portal.schedule import repeat
from registry.settings import Settings

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
Go = Callable[..., Any]
HOLDER = """
import asyncio, sys, time
from pathlib import Path
from registry.engine import open_database
from registry.exchange.portal import runs
from registry.exchange.portal.lock import KEY, alone
from registry.settings import Settings

async def hold():
    database = await open_database(Settings(data=Path(sys.argv[1]), database_url=sys.argv[2]))
    async with alone(database, Path(sys.argv[1])):
        await runs.begin(database, "portal", "http://held", "")
        print("held", flush=True)
        time.sleep(60)

asyncio.run(hold())
"""


async def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread; there is no event to wait for."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_a_second_run_is_refused_while_one_goes_on(
    go: Go, database: Database, replica: Any, settings: Settings
) -> None:
    replica.delay = 0.05
    first = asyncio.create_task(go())
    await until(lambda: bool(replica.asked))
    with pytest.raises(SyncRunning, match="another sync is running: run 1, process"):
        await go()
    assert (await first).status == "done"
    assert (await go()).status == "done"


async def test_the_lock_of_a_holder_that_was_killed_is_taken_over(
    go: Go, database: Database, settings: Settings
) -> None:
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, str(settings.data), settings.database_url),
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert await asyncio.wait_for(holder.stdout.readline(), 30) == b"held\n"
    with pytest.raises(SyncRunning):
        await go()
    holder.kill()
    await holder.wait()
    deadline = time.monotonic() + 10
    while True:
        try:
            outcome = await go()
            break
        except SyncRunning:  # PostgreSQL takes a moment to see that the connection is gone
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    assert outcome.status == "done"
    assert [run.outcome for run in await runs.listed(database)] == ["done", "cut off"]


async def test_a_run_that_lost_its_lock_changes_nothing(
    go: Go, database: Database, settings: Settings, replica: Any
) -> None:
    if database.kind == "sqlite":
        async with alone(database, settings.data) as check:
            await check()  # a file's lock is never lost while the file is open
        return

    def cut(key: str) -> None:
        replica.on_detail = lambda _: None
        asyncio.run_coroutine_threadsafe(_terminate(database), loop).result(10)

    loop = asyncio.get_running_loop()
    replica.on_detail = cut
    with pytest.raises(LockLost, match="run it again"):
        await go()
    assert (await runs.listed(database))[0].outcome == "failed"
    assert (await go()).in_force == 10


async def _terminate(database: Database) -> None:
    """End the connection that holds the lock, as a network does."""
    holders = "SELECT pg_terminate_backend(pid) AS ended FROM pg_locks WHERE locktype = 'advisory' AND objid = {}"
    rows = await database.rows(QueryString(holders, KEY))
    assert [row["ended"] for row in rows] == [True]


async def test_runs_are_remembered_with_what_came_of_them(go: Go, database: Database, replica: Any) -> None:
    await go(province="H55")
    with pytest.raises(SourceFault):
        await go(url="http://127.0.0.1:9/api")
    last, first = await runs.listed(database)
    assert (first.outcome, first.province, first.counts["new"], first.revision > 0) == ("done", "H55", 10, True)
    assert (last.outcome, last.counts) == ("failed", {})
    assert "cannot be listed" in last.reason


async def test_a_run_that_is_stopped_says_so_and_is_finished_by_the_next(
    local: Database, attempt: Go, replica: Any
) -> None:
    replica.delay = 0.05
    task = asyncio.create_task(attempt())
    await until(lambda: replica.count("detail") >= 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [run.outcome for run in await runs.listed(local)] == ["stopped"]
    replica.delay = 0
    replica.reset()
    assert (await attempt()).in_force == 10
    assert replica.count("detail") <= 9


async def test_turns_begin_at_their_times_and_a_long_one_is_followed_at_once() -> None:
    begun: list[float] = []

    async def turn() -> None:
        begun.append(time.monotonic())
        await asyncio.sleep(0.15 if len(begun) == 1 else 0.0)

    await repeat(0.1, turn, turns=3)
    assert begun[1] - begun[0] >= 0.14
    assert 0.09 <= begun[2] - begun[1] < 5


async def test_every_goes_on_through_an_outage(tmp_path: Path, replica: Any, portal: Any, blank: Path) -> None:
    shutil.copytree(blank, tmp_path / "var")
    replica.faults.append(portal.Fault("list", "400", times=1))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "registry", "sync", "--url", replica.url, "--rate", "0", "--allow-private"),
        *("--every", "1s"),
        cwd=ROOT,
        env=os.environ | {"DANHMUC_DATA": str(tmp_path / "var"), "DANHMUC_DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    said = b""
    while b"run 3" not in said:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line, await process.communicate()
        said += line
    process.send_signal(signal.SIGINT)
    _, remarks = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 130
    assert b"answered 400" in remarks
    assert b"10 new" in said
