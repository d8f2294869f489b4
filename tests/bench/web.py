"""Measure searching over HTTP, beside Datasette: ``python tests/bench/web.py --datasette PROGRAM``.

Both servers run in one go on loopback, on the real catalogue, and take the same questions, each with facets
counted: ours with all of its facets, Datasette with four. Install Datasette in an environment of its own and give
its program; without it only ours is measured.
"""

import argparse
import json
import os
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
# A server that is started a second time has its modules compiled, whatever a machine for tests is told.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
CLIENTS = 8
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)")
PASSES = 400
WARMING = 50
CROWD = 6000  # questions for clients at once: no one asks what has been asked before


IDLE = 0.1
"""Seconds of processors in a second: less than that is next to nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(command: Sequence[str], port: int, path: str, **environment: str) -> Iterator[float]:
    """A server until it answers ``path``, and does nothing by itself any more: ours makes its pages ready once it
    answers. Gives the seconds until it answered."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                if Client(port).ask(path) == 200:
                    break
            except OSError:
                pass
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            if time.perf_counter() - begun > 60:
                raise SystemExit(f"{command[0]} does not answer")
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        rest(process.pid)
        yield seconds
    finally:
        process.terminate()
        process.wait(10)


def rest(pid: int) -> None:
    """Wait until a process and those that it started do next to nothing for two seconds."""
    used, quiet = worked(pid), 0
    while quiet < 2:
        time.sleep(1)
        before, used = used, worked(pid)
        quiet = quiet + 1 if used - before < IDLE else 0


def worked(pid: int) -> float:
    """The seconds of processors that a process has had, and those that it started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has just ended
        return 0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(worked, map(int, children)))


class Client:
    """A kept connection that reads as little of an answer as it must: it shares the machine with the server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, path: str) -> int:
        """The status of the answer, once all of it has come."""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head = got[:end].lower()
        body = got[end + 4 :]
        if found := LENGTH.search(head):
            wanted = int(found[1]) - len(body)
            while wanted > 0:
                wanted -= len(self._more())
        else:  # in chunks
            while not body.endswith(b"0\r\n\r\n"):
                body = body[-8:] + self._more()
        return int(head[9:12])

    def _more(self) -> bytes:
        if not (more := self.socket.recv(262144)):
            raise ConnectionError("the server closed the connection")
        return more


def latency(port: int, paths: Sequence[str]) -> list[float]:
    """Milliseconds of one question after the other over one connection."""
    client = Client(port)
    taken = []
    for path in paths:
        begun = time.perf_counter()
        status = client.ask(path)
        taken.append((time.perf_counter() - begun) * 1000)
        assert status == 200, (status, path)
    return taken


def throughput(port: int, paths: Sequence[str], seconds: float = 8) -> float:
    """Questions a second that several clients get answered at once."""
    answered = [0] * CLIENTS
    stop = time.perf_counter() + seconds

    def client(number: int) -> None:
        own = Client(port)
        for path in paths[number::CLIENTS]:
            if time.perf_counter() >= stop:
                return
            assert own.ask(path) == 200
            answered[number] += 1

    begun = time.perf_counter()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / (time.perf_counter() - begun)


def questions(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Pieces of titles, as people type them; no two alike."""
    own = random.Random(42)
    asked: dict[str, None] = {}
    while len(asked) < WARMING + PASSES + CROWD:
        words = own.choice(rows)["name"].split()
        start = own.randrange(max(1, len(words) - 3))
        asked[" ".join(words[start : start + own.randint(2, 5)])] = None
    return list(asked)


def tabulate(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The catalogue as a team would put it into Datasette: one table with full text over it."""
    path = folder / "catalogue.db"
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE procedures (code TEXT PRIMARY KEY, name, sector, agency, level, online, body)")
        store.executemany("INSERT INTO procedures VALUES (?,?,?,?,?,?,?)", [tuple(row.values()) for row in rows])
        store.execute(
            "CREATE VIRTUAL TABLE procedures_fts USING fts5(name, sector, agency, body, "
            "content='procedures', tokenize='unicode61 remove_diacritics 2')"
        )
        store.execute("INSERT INTO procedures_fts(procedures_fts) VALUES ('rebuild')")
        for column in ("sector", "agency", "level", "online"):
            store.execute(f"CREATE INDEX by_{column} ON procedures ({column})")
    store.close()
    return path


def rows_of(export: Path) -> list[dict[str, Any]]:
    rows = []
    with export.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["kind"] != "version":
                continue
            p = event["procedure"]
            issuers = [agency["name"] for agency in p.get("agencies", ()) if agency["role"] == "issuing"]
            rows.append(
                {
                    "code": p["code"],
                    "name": p["name"],
                    "sector": (p.get("sectors") or [{"name": ""}])[0]["name"],
                    "agency": (issuers or [""])[0],
                    "level": " ".join(p.get("levels", ())),
                    "online": p.get("onlineLevel", ""),
                    "body": " ".join(step["text"] for step in p.get("steps", ())),
                }
            )
    return rows


def measured(name: str, port: int, paths: Sequence[str]) -> tuple[float, float]:
    """Warm a server up, measure it, print a line. Returns the median in ms and the requests per second."""
    latency(port, paths[:WARMING])
    taken = sorted(latency(port, paths[WARMING : WARMING + PASSES]))
    rate = throughput(port, paths[WARMING + PASSES :])
    middle, tail = statistics.median(taken), taken[int(len(taken) * 0.99)]
    print(f"{name:34}{middle:9.2f}{tail:9.2f}{rate:11.0f}", flush=True)
    return middle, rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasette", default="", help="Datasette's program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as name:
        folder = Path(name)
        ours = {**os.environ, "DANHMUC_DATA": str(folder / "var")}
        danhmuc = [sys.executable, "-m", "registry"]
        subprocess.run(
            [*danhmuc, "import", str(ARCHIVE), "--on", "2026-07-17"],
            env=ours,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        export = folder / "export.ndjson"
        subprocess.run([*danhmuc, "export", "-o", str(export)], env=ours, stdout=subprocess.DEVNULL, check=True)
        rows = rows_of(export)
        asked = questions(rows)
        print(f"{len(rows):,} procedures, {len(asked):,} questions, none twice, {CLIENTS} clients at once")
        print(f"{'':34}{'p50 ms':>9}{'p99 ms':>9}{'requests/s':>11}")
        port = free_port()
        serve = [*danhmuc, "serve", "--port", str(port)]
        paths = [f"/api/procedures?{urlencode({'q': text})}" for text in asked]
        with serving(serve, port, "/health/ready", DANHMUC_DATA=str(folder / "var")) as started:
            middle, rate = measured("Danh Mục, all facets", port, paths)
        if options.datasette:
            store = tabulate(folder, rows)
            other = free_port()
            command = [options.datasette, "serve", str(store), "--port", str(other)]
            facets = [("_facet", column) for column in ("sector", "agency", "level", "online")]
            query = [urlencode([("_search", text), ("_size", "20"), *facets]) for text in asked]
            theirs = [f"/catalogue/procedures.json?{each}" for each in query]
            with serving([*command, "--setting", "facet_time_limit_ms", "2000"], other, "/-/versions.json"):
                slow, few = measured("Datasette with FTS5, four facets", other, theirs)
            print(f"{'ratio':34}{slow / middle:8.1f}x{'':9}{rate / few:10.1f}x")
        print(f"first answer of a server on the loaded store after {started:.2f} s")


if __name__ == "__main__":
    main()
