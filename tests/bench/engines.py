"""Measure searching on the real catalogue, both engines in one run: ``python tests/bench/engines.py``.

Every question goes through query understanding and has all facets counted. Where ``meilisearch`` is on the path, a
server is started in a temporary folder, and asked twice what each question comes to: through us, and raw, the same
bodies over a bare connection. ``--times 1 --times 10`` says with how many copies of the catalogue.
"""

import argparse
import asyncio
import gc
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from registry import indexing
from registry.app import COLLECTED, TURN
from registry.catalogue import versions
from registry.catalogue.ledger import Ledger, Origin, record
from registry.engine import open_database
from registry.procedure import Procedure
from registry.settings import Settings
from search.contract import FACETS, Document, Engine, Question
from search.embedded import Embedded
from search.meilisearch import Meilisearch
from search.text import fold, tokens
from search.understanding import understand

ROOT = Path(__file__).parents[2]
DAY = date(2026, 7, 17)
COUNTED = tuple(name for name in FACETS if name not in ("internal", "twin"))
QUESTIONS = 600
CHANGES = 60


def beside(path: str) -> ModuleType:
    """A module of the tests that is no part of a package."""
    place = ROOT / "tests" / path
    spec = importlib.util.spec_from_file_location(place.stem, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[place.stem] = module
    spec.loader.exec_module(module)
    return module


web, server = beside("bench/web.py"), beside("engines/server.py")


def imported(folder: Path) -> Settings:
    """A store with the real catalogue, and its index."""
    settings = Settings(data=folder / "var")
    command = [sys.executable, "-m", "registry", "import", str(web.ARCHIVE), "--on", str(DAY)]
    environment = {**os.environ, "DANHMUC_DATA": str(settings.data), "DANHMUC_SEARCH_URL": ""}
    # Two of its records are quarantined, which its exit code tells.
    subprocess.run(command, env=environment, capture_output=True, check=False)
    return settings


async def documents(settings: Settings) -> list[Document]:
    database = await open_database(settings)
    try:
        return [one async for batch in indexing.documents(database) for one in batch]
    finally:
        await database.close()


def copied(some: Sequence[Document], times: int) -> list[Document]:
    """So many of each document, under codes and ids of their own."""
    return [
        one if not copy else msgspec.structs.replace(one, id=f"{one.id}/{copy}", code=f"{one.code}{copy:02d}")
        for copy in range(times)
        for one in some
    ]


def asked(names: Sequence[str], count: int, seed: int) -> list[str]:
    """Questions as people type them: whole titles, two words, without marks, with a typo."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        words = tokens(chance.choice(names)) or ["khai"]
        start = chance.randrange(max(1, len(words) - 1))
        text = [
            " ".join(words[:12]),
            " ".join(words[start : start + 2]),
            fold(" ".join(words[start : start + 5])),
            typo(" ".join(words[start : start + 4]), chance),
        ][len(found) % 4]
        found[text] = None
    return list(found)


def typo(text: str, chance: random.Random) -> str:
    """Two neighbours swapped."""
    place = chance.randrange(max(1, len(text) - 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def question(text: str) -> Question:
    return Question(as_of=DAY.toordinal(), text=text, facets=COUNTED)


async def took(call: Awaitable[object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    await call
    return (time.perf_counter() - start) * 1000


def row(label: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    tail = ordered[int(len(ordered) * 0.99)]
    print(f"{label:<58}{len(ordered):>6}{statistics.median(ordered):>10.2f} ms{tail:>10.2f} ms", flush=True)


@dataclass
class Tap(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps what was asked."""

    inner: httpx.AsyncHTTPTransport
    heard: list[httpx.Request]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


async def rebuilt(engine: Engine, some: list[Document], label: str) -> None:
    print(f"{label:<58}{await took(engine.rebuild(some, 1)) / 1000:>13.2f} s", flush=True)


async def embedded(folder: Path, some: list[Document], texts: Sequence[str]) -> None:
    engine = Embedded(folder, understand=understand)
    await rebuilt(engine, some, f"embedded: rebuild of {len(some):,}")
    for text in texts[:100]:
        await engine.search(question(text))
    gc.freeze()
    gc.set_threshold(COLLECTED)
    row("embedded: search", [await took(engine.search(question(text))) for text in texts])
    typed = [text[: 1 + place % 20] for place, text in enumerate(texts)]
    row("embedded: suggest", [await took(engine.suggest(text, DAY.toordinal(), 8)) for text in typed])
    await engine.close()


async def meilisearch(running: Any, some: list[Document], texts: Sequence[str]) -> None:
    heard: list[httpx.Request] = []
    tap = Tap(httpx.AsyncHTTPTransport(), heard)
    url, key = running.url, running.key
    engine = Meilisearch(url, key, understand=understand, transport=tap, task_seconds=3600)
    await rebuilt(engine, some, f"Meilisearch: rebuild of {len(some):,}")
    for text in texts[:100]:
        await engine.search(question(text))
    ours, raw = [], []
    async with httpx.AsyncClient(trust_env=False, timeout=60) as bare:

        async def again(requests: Sequence[httpx.Request]) -> None:
            for one in requests:
                await bare.send(bare.build_request(one.method, one.url, content=one.content, headers=one.headers))

        for place, text in enumerate(texts):
            heard.clear()
            await engine.search(question(text))
            bodies = list(heard)
            # Each goes first as often, for the second finds warm what the first has read.
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda text=text: engine.search(question(text)),
                lambda bodies=bodies: again(bodies),
            ]
            for mine in (True, False) if place % 2 else (False, True):
                (ours if mine else raw).append(await took(calls[0 if mine else 1]()))
    row("Meilisearch: search through us", ours)
    row("Meilisearch: the same requests raw", raw)
    over = statistics.median(one / other for one, other in zip(ours, raw, strict=True)) - 1
    total = sum(ours) / sum(raw) - 1
    print(f"{'Meilisearch: overhead through us, median and of all':<58}{over:>12.1%}{total:>9.1%}", flush=True)
    await engine.close()


async def searchable(settings: Settings, port: int, label: str, like: Procedure) -> None:
    """From the moment a change is recorded, by another process, to an answer over HTTP that has it."""
    database = await open_database(settings)
    delays = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for number in range(CHANGES):
            code, name = f"9.7{number:05d}", f"Thủ tục kiểm đo số {random.Random(number).getrandbits(40):x}"
            made = msgspec.structs.replace(like, code=code, name=name)

            async def put(ledger: Ledger, made: Procedure = made) -> None:
                await ledger.load([made.code])
                ledger.put(made, DAY, None, Origin("bench"))

            await record(database, put)
            start = time.perf_counter()
            while True:
                answer = await client.get("/api/procedures", params={"q": code, "asOf": str(DAY), "limit": 1})
                if any(item["code"] == code for item in answer.json()["items"]):
                    break
                if time.perf_counter() - start > 30:
                    raise SystemExit(f"{code} is not found after 30 s")
                await asyncio.sleep(0.005)
            delays.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(random.Random(number).random() / 2)
    row(f"{label}: recorded to searchable", delays)
    await database.close()


def served(settings: Settings, label: str, texts: Sequence[str], like: Procedure, **environment: str) -> None:
    """Over HTTP: questions a second by 8 clients, and how soon a change is found."""
    port = web.free_port()
    command = [sys.executable, "-m", "registry", "serve", "--port", str(port)]
    paths = [f"/api/procedures?{urlencode({'q': text, 'asOf': str(DAY)})}" for text in texts]
    with web.serving(command, port, "/health/ready", DANHMUC_DATA=str(settings.data), **environment):
        time.sleep(3)  # every process of the server
        web.latency(port, paths[:100])
        rate = web.throughput(port, paths[100:], seconds=8)
        print(f"{label + ': requests/s over HTTP, 8 clients':<58}{rate:>13.0f}", flush=True)
        asyncio.run(searchable(settings, port, label, like))


def sample(settings: Settings) -> Procedure:
    """Any procedure, to make others like it."""

    async def first() -> Procedure:
        database = await open_database(settings)
        try:
            async for batch in versions.stream(database):
                return batch[0].procedure
        finally:
            await database.close()
        raise SystemExit("the catalogue is empty")

    return asyncio.run(first())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, action="append", help="how many copies of each document (1, 10)")
    options = parser.parse_args()
    sys.setswitchinterval(TURN)  # as the app does, and so below
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="danhmuc-bench-")))
        settings = imported(folder)
        some = asyncio.run(documents(settings))
        names = [one.name for one in some]
        if not server.PROGRAM:
            print(f"{server.ABSENT}: only the embedded engine is measured")
        for times in options.times or [1, 10]:
            every = copied(some, times)
            texts = asked(names, QUESTIONS, times)
            print(f"\n{len(every):,} documents{'':<39}{'count':>6}{'p50':>13}{'p99':>13}")
            asyncio.run(embedded(folder / f"index{times}", every, texts))
            if server.PROGRAM:
                running = server.Server()
                stack.callback(running.stop)
                running.start()
                asyncio.run(meilisearch(running, every, texts))
                running.stop()
        print("\nserved")
        texts, like = asked(names, 5000, 3), sample(settings)
        served(settings, "embedded", texts, like)
        if server.PROGRAM:
            running = server.Server()
            stack.callback(running.stop)
            running.start()
            fresh = imported(folder / "other")
            served(
                fresh,
                "Meilisearch",
                texts,
                like,
                DANHMUC_SEARCH_URL=running.url,
                DANHMUC_SEARCH_KEY=running.key,
            )


if __name__ == "__main__":
    main()
