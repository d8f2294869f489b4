"""Measure syncing from a replica of the portal: ``python tests/bench/sync.py [ARCHIVE] [--delay 0]``.

The replica is a process of its own with every real record; the catalogue is SQLite in a temporary folder, index
included. Seconds on the wall, seconds of processor time of the syncing process alone, and the largest resident
memory; "beyond the list" is what a run takes after it has read the list.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from registry.cli.store import opened
from registry.exchange.portal.manners import Manners
from registry.exchange.portal.modern import Modern
from registry.exchange.portal.syncing import Options, Outcome, sync
from registry.settings import Settings

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
MANNERS = Manners(rate=0, connections=8)
CHANGED = 50


class Clock:
    """Hears how far a run is: when it had read the list."""

    def __init__(self) -> None:
        self.begun = self.listed = self.now()

    @staticmethod
    def now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage == "list":
            self.listed = self.now()

    def row(self, name: str, outcome: Outcome) -> str:
        ended = self.now()
        wall, work = (ended[place] - self.begun[place] for place in (0, 1))
        beyond = ended[1] - self.listed[1]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        changed = outcome.taken["new"] + outcome.taken["amended"] + outcome.taken["corrected"]
        return (
            f"{name:46}{wall:8.2f}{work:8.2f}{beyond:8.2f}{outcome.asked:10,}{outcome.lines['fetched']:9,}"
            f"{changed:9,}{memory:7.0f}"
        )


def tell(url: str, **asked: object) -> None:
    """Have the replica change."""
    body = json.dumps(asked).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/replica", data=body), timeout=60) as answer:
        answer.read()


async def measure(url: str, folder: Path) -> None:
    settings = Settings(data=folder, allow_private=True)
    async with opened(settings) as registry:

        async def run(name: str, **options: bool) -> None:
            clock = Clock()
            asked = Options(url=url, allow_private=True, manners=MANNERS, **options)  # type: ignore[arg-type]
            outcome = await sync(registry.database, Modern(MANNERS.page), asked, folder, progress=clock)
            await registry.follower.catch_up()
            print(clock.row(name, outcome), flush=True)

        await run("first sync of everything")
        await run("later, nothing changed, a 24th looked at")
        tell(url, change=CHANGED, word="(sửa)")
        await run(f"later, {CHANGED} changed, a 24th looked at")
        tell(url, unseen=CHANGED, word="Khác")
        await run(f"later, everything looked at, {CHANGED} changed", full=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", nargs="?", type=Path, default=ARCHIVE)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer of the replica")
    options = parser.parse_args()
    command = [sys.executable, str(ROOT / "tests" / "portal" / "replica.py"), str(options.archive)]
    replica = subprocess.Popen([*command, "--delay", str(options.delay)], stdout=subprocess.PIPE, text=True)
    try:
        assert replica.stdout is not None
        url = replica.stdout.readline().strip()
        heads = ("wall", "work", "beyond", "requests", "fetched", "changed", "MB")
        print(
            f"{'':46}{heads[0]:>8}{heads[1]:>8}{heads[2]:>8}{heads[3]:>10}{heads[4]:>9}{heads[5]:>9}{heads[6]:>7}"
        )
        with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as folder:
            asyncio.run(measure(url, Path(folder)))
    finally:
        replica.terminate()
        replica.wait()


if __name__ == "__main__":
    main()
