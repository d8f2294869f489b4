"""Measure the exchange between two registries: ``python tests/bench/exchange.py STORE``.

STORE is the folder of a store that holds the real catalogue (``danhmuc import`` fills one); it is copied and not
changed. Both registries are served and followed by processes of their own on loopback. Beside the seconds on the
wall stand those that processes worked, which depend less on what else the machine does; the last column says what
is asked for.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import versions
from registry.catalogue.check import catalogue_digest
from registry.catalogue.ledger import Ledger, Origin, record
from registry.engine import Database, open_database
from registry.exchange import transport, verifying
from registry.exchange.digests import Tree
from registry.exchange.following import Follower
from registry.exchange.source import Source
from registry.settings import Settings

PUBLISHED = 100
DANHMUC = [sys.executable, "-m", "registry"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def copied(store: Path, folder: Path) -> Path:
    """A store of its own: the database, whole, without its identity, and its index."""
    folder.mkdir()
    with sqlite3.connect(store / "danhmuc.sqlite") as source, sqlite3.connect(folder / "danhmuc.sqlite") as copy:
        source.backup(copy)
        copy.execute("DELETE FROM meta WHERE name = 'registry'")
    if (store / "index").is_dir():
        shutil.copytree(store / "index", folder / "index")
    return folder


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command until the end of the block."""
    process = subprocess.Popen(
        [*DANHMUC, *arguments],
        env={**os.environ, "DANHMUC_DATA": str(data), "DANHMUC_DATABASE_URL": ""},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def serving(data: Path) -> Iterator[str]:
    port = free_port()
    with running(data, "serve", "--port", str(port), "--empty", "--workers", "1") as process:
        until = time.monotonic() + 120
        while True:
            try:
                get(f"http://127.0.0.1:{port}/health/ready")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("danhmuc serve does not answer") from None
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"


def get(url: str, **headers: str) -> bytes:
    with urlopen(Request(url, headers=headers), timeout=120) as answer:
        body: bytes = answer.read()
        return body


def told(what: str, figure: str, wanted: str = "") -> None:
    print(f"{what:62}{figure:>30}  {wanted}", flush=True)


def worked() -> float:
    """Seconds that this process has worked."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def worked_by(pid: int) -> float:
    """Seconds that another process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def snapshots(url: str) -> None:
    for name, headers in (("as it is", {}), ("compressed", {"accept-encoding": "gzip"})):
        taken, size = [], 0
        for _ in range(3):
            begun = time.perf_counter()
            size = len(get(f"{url}/api/snapshot", **headers))
            taken.append(time.perf_counter() - begun)
        told(f"snapshot, {name}, {size / 1e6:.1f} MB", f"{min(taken):.2f} s", "<= 3 s")


async def replay(url: str, data: Path) -> None:
    """Every change from the first on, into an empty store."""
    database = await open_database(Settings(data=data))
    async with transport.client(allow_private=True) as client:
        follower = Follower(database, Source(url, client))
        await follower.begin()
        await database.rows(QueryString("UPDATE followed SET phase = 'changes'"))
        begun, busy = time.perf_counter(), worked()
        caught = await follower.catch_up()
        wall, busy = time.perf_counter() - begun, worked() - busy
        rate = f"{caught.applied / wall:,.0f}/s ({caught.applied / busy:,.0f}/s of work)"
        told(f"feed replay, {caught.applied:,} changes, proven equal: {caught.equal}", rate, ">= 3,000/s")
    await database.close()


async def comparison(url: str, data: Path) -> None:
    """Two registries that differ in one record; our own tree is kept, as in a process that follows."""
    database = await open_database(Settings(data=data))
    codes = await database.rows(QueryString("SELECT code FROM version WHERE recorded_to IS NULL ORDER BY code"))
    code = codes[len(codes) // 2]["code"]
    async with transport.client(allow_private=True) as client:
        source, tree = Source(url, client), Tree()
        begun, busy = time.perf_counter(), worked()
        async with database.snapshot():
            await tree.refresh(database)
        wall, busy = time.perf_counter() - begun, worked() - busy
        told("digests of our own, from nothing, once a process", f"{wall:.2f} s ({busy:.2f} s of work)")
        await publish(database, code, "Tên khác")
        await source.root()
        source.received = 0
        begun, busy = time.perf_counter(), worked()
        async with database.snapshot():
            await tree.refresh(database)
        found = await verifying.differences(tree, source)
        wall, busy = time.perf_counter() - begun, worked() - busy
        met = {key for one in found for key in (*one.differing, *one.extra)}
        assert code in met, found
        told("comparison that finds one record", f"{wall:.3f} s ({busy:.3f} s of work)", "<= 0.5 s")
        told("bytes moved for it", f"{source.received:,}", "<= 100,000")
    await database.close()


async def publish(database: Database, code: str, name: str) -> None:
    """One procedure gets another name from today."""

    async def unit(book: Ledger) -> None:
        await book.load([code])
        found = await versions.find(database, code, clock.today())
        fresh = msgspec.structs.replace(found.procedure, name=name)
        book.put(fresh, clock.today(), None, Origin("bench"))

    await record(database, unit)


async def delay(url: str, there: Path, here: Path, published: int) -> None:
    """From the moment a change is published there to the moment it is found here."""
    database = await open_database(Settings(data=there))
    rows = await database.rows(
        QueryString("SELECT code FROM version WHERE recorded_to IS NULL AND valid_to IS NULL ORDER BY code")
    )
    codes = [row["code"] for row in rows][:: len(rows) // published][:published]
    taken = []
    with serving(here) as mine, running(here, "follow", url, "--allow-private") as process:
        await settled(mine, database, here)
        before = worked_by(process.pid)
        for number, code in enumerate(codes):
            word = f"zxq{number:03}"
            begun = time.perf_counter()
            await publish(database, code, f"Thủ tục {word} mới công bố")
            asked = {"q": word, "asOf": clock.today().isoformat(), "limit": 1, "internal": "include"}
            query = urlencode(asked)
            while True:
                hits = json.loads(await asyncio.to_thread(get, f"{mine}/api/procedures?{query}"))["items"]
                if hits and word in hits[0]["name"]:
                    break
                if time.perf_counter() - begun > 30:
                    raise SystemExit(f"{code} is not found after 30 s")
                await asyncio.sleep(0.02)
            taken.append(time.perf_counter() - begun)
        busy = (worked_by(process.pid) - before) / len(codes)
    taken.sort()
    middle, tail = statistics.median(taken), taken[int(len(taken) * 0.99)]
    told(f"publish there -> found here, p50 of {len(taken)}", f"{middle:.2f} s ({busy:.2f} s of work)")
    told("publish there -> found here, p99", f"{tail:.2f} s", "<= 2 s")
    mine_now = await open_database(Settings(data=here))
    equal = await catalogue_digest(database) == await catalogue_digest(mine_now)
    told("both equal in the end, digest for digest", str(equal))
    await mine_now.close()
    await database.close()


async def settled(url: str, there: Database, here: Path) -> None:
    """Wait until the follower has taken everything in, and found it."""
    wanted = await versions.revision(there)
    while True:
        rows: list[dict[str, Any]] = []
        mine = await open_database(Settings(data=here))
        rows = await mine.rows(QueryString("SELECT phase, cursor FROM followed"))
        await mine.close()
        ready = json.loads(get(f"{url}/health/ready"))
        if rows and (rows[0]["phase"], rows[0]["cursor"]) == ("changes", wanted) and ready["lag"] == 0:
            return
        await asyncio.sleep(0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--published", type=int, default=PUBLISHED, help="how many changes to publish")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as name:
        folder = Path(name)
        there = copied(options.store, folder / "there")
        with serving(there) as url:
            get(f"{url}/api/digest")
            snapshots(url)
            asyncio.run(replay(url, folder / "replayed"))
            asyncio.run(comparison(url, copied(there, folder / "compared")))
            asyncio.run(delay(url, there, copied(there, folder / "here"), options.published))


if __name__ == "__main__":
    main()
