"""A run that is killed anywhere is finished by the next, and the end is the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.settings import Settings

ROOT = Path(__file__).parents[2]
KILLS = 5
# One process is made ready, and its children are killed: at a random moment of a run, by a clock that asks nobody.
DRIVER = """
import asyncio, json, os, random, signal, sys, time, urllib.request
from pathlib import Path
from registry.catalogue.check import catalogue_digest, check
from registry.engine import open_database
from registry.exchange.portal import runs
from registry.exchange.portal.manners import Manners
from registry.exchange.portal.modern import Modern
from registry.exchange.portal.syncing import Options, sync
from registry.intake import apply
from registry.settings import Settings

url, folder, address, kills = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
reference, store = Settings(data=folder / "reference"), Settings(data=folder / "store", database_url=address)
apply.PER_TRANSACTION = 6
options = Options(url=url, allow_private=True, manners=Manners(rate=0, pause=0.01, page=10, rounds=10**6))

async def once(settings, seconds=0.0):
    database = await open_database(settings)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        begun = time.monotonic()
        await sync(database, Modern(10), options, settings.data)
        took.append(time.monotonic() - begun)
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert await check(database) == []
        return await catalogue_digest(database), [run.outcome for run in await runs.listed(database)]
    finally:
        await database.close()

def tell(**asked):
    body = json.dumps(asked).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(url + "/replica", data=body)))

def fork(settings, share):
    child = os.fork()
    if not child:
        asyncio.run(once(settings, share * random.random() * took[0]))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

took = []
asyncio.run(once(reference))
fetched = tell()["details"]
codes = [fork(store, 0.7) for _ in range(kills)]
assert not fork(store, 0)
asked = tell()["details"] - fetched
tell(change=20, word="sua", remove=1)
asyncio.run(once(reference))
codes += [fork(store, 0.7) for _ in range(kills // 2)]
expected, (found, outcomes) = asyncio.run(once(reference))[0], asyncio.run(once(store))
print(json.dumps([expected, found, outcomes, codes, asked]))
"""


def test_a_run_that_is_killed_at_random_ends_equal_and_fetches_nothing_twice(
    settings: Settings, portal: Any, make: Any, tmp_path: Path
) -> None:
    replica = portal.Replica(delay=0.004).fill(make(number) for number in range(60))
    with portal.running(replica):
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, replica.url, str(tmp_path), settings.database_url, str(KILLS)],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert done.returncode == 0, done.stderr
    expected, found, outcomes, codes, asked = json.loads(done.stdout)
    assert found == expected
    assert set(codes) <= {0, -14}
    killed = codes.count(-14)
    assert killed
    assert outcomes[0] == "done"
    assert set(outcomes) <= {"done", "cut off"}
    assert asked <= 60 + 4 * killed, "what was on its way when a run was killed may be asked for again, no more"


def test_what_was_kept_survives_a_cut_at_any_byte(tmp_path: Path) -> None:
    from registry.exchange.portal.kept import Head, Kept

    path = tmp_path / "kept"
    bodies = [b"", b"a" * 30, "đ".encode() * 9]
    with Kept(path) as store:
        for number, body in enumerate(bodies):
            store.add(Head(f"id-{number}", "mark", 1.5, "1.000001", None), body)
    whole = path.read_bytes()
    held = []
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        with Kept(path) as store:
            held.append(len(store.pieces))
            assert [store.get(piece) for piece in store.pieces.values()] == bodies[: held[-1]]
            store.add(Head("id-9", "mark", 2.5, "", 7), b"next")
        with Kept(path) as store:
            assert len(store.pieces) == held[-1] + 1
    assert (held[0], held[-1], held) == (0, 3, sorted(held))


def test_a_damaged_piece_and_all_behind_it_are_fetched_again(tmp_path: Path) -> None:
    from registry.exchange.portal.kept import Head, Kept

    path = tmp_path / "kept"
    with Kept(path) as store:
        for number in range(3):
            store.add(Head(f"id-{number}", "mark", 1.5, "", None), b"x" * 50)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with Kept(path) as store:
        assert list(store.pieces) == ["id-0"]
    path.write_bytes(b"\xff" * 500)
    with Kept(path) as store:
        assert not store.pieces


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
