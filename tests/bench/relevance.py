"""Compare how good searches are: ``python tests/bench/relevance.py [QUERIES …]``.

On the real catalogue and judged queries, both engines as they are served, the embedded one without query
understanding, and what a team would have without us: SQLite's FTS5 and Meilisearch at their defaults, over name,
sector, agencies and outputs.
"""

import argparse
import asyncio
import os
import re
import runpy
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import httpx

from registry.engine import open_database
from registry.indexing import documents
from registry.intake import pipeline
from registry.intake.formats import detect
from registry.intake.record import Options
from registry.settings import Settings
from search.contract import Document, Engine, Question
from search.embedded import Embedded
from search.meilisearch import Meilisearch
from search.relevance import DEPTH, Judged, judge, load, report
from search.understanding import understand

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
HALVES = [ROOT / "tests" / "judged" / f"{half}.jsonl" for half in ("check", "tuning", "practice")]
DAY = date(2026, 7, 17)
INDEX = "defaults"

Ask = Callable[[str], Awaitable[list[str]]]


async def read(folder: Path) -> list[Document]:
    """The real catalogue as documents; what is internal is left out, as it is for citizens."""
    settings = Settings(data=folder)
    database = await open_database(settings)
    try:
        await pipeline.take(database, detect(ARCHIVE), Options("bench", DAY), folder)
        found = [document async for batch in documents(database) for document in batch]
    finally:
        await database.close()
    return [document for document in found if document.facets["internal"] == ["false"]]


def asking(engine: Engine) -> Ask:
    async def ask(text: str) -> list[str]:
        answer = await engine.search(Question(DAY.toordinal(), text, limit=DEPTH))
        return [hit.code for hit in answer.hits]

    return ask


def fields(document: Document) -> dict[str, str]:
    return {
        "name": document.name,
        "sector": " ".join(document.sectors),
        "agency": " ".join(document.agencies),
        "output": " ".join(document.outputs),
    }


def fts5(some: list[Document]) -> Ask:
    """SQLite's full-text search at its defaults: diacritics removed, any word, bm25."""
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE p USING fts5(code UNINDEXED, name, sector, agency, output)")
    store.executemany("INSERT INTO p VALUES (?,?,?,?,?)", [(d.code, *fields(d).values()) for d in some])

    async def ask(text: str) -> list[str]:
        words = re.findall(r"\w+", text)
        query = " OR ".join(f'"{word}"' for word in words)
        rows = store.execute("SELECT code FROM p WHERE p MATCH ? ORDER BY rank LIMIT ?", (query, DEPTH))
        return [code for (code,) in rows]

    return ask


async def defaults(client: httpx.AsyncClient, some: list[Document]) -> Ask:
    """Meilisearch as it comes, over the same fields."""
    rows = [{"id": number, "code": document.code, **fields(document)} for number, document in enumerate(some)]
    task = (await client.post(f"/indexes/{INDEX}/documents?primaryKey=id", json=rows)).json()["taskUid"]
    while (await client.get(f"/tasks/{task}")).json()["status"] not in ("succeeded", "failed"):  # noqa: ASYNC110
        await asyncio.sleep(0.1)

    async def ask(text: str) -> list[str]:
        body = {"q": text, "limit": DEPTH, "attributesToRetrieve": ["code"]}
        return [hit["code"] for hit in (await client.post(f"/indexes/{INDEX}/search", json=body)).json()["hits"]]

    return ask


async def line(name: str, ask: Ask, sets: dict[str, list[Judged]]) -> None:
    told = []
    for judged in sets.values():
        found = report([judge(one, await ask(one.query)) for one in judged]).overall
        told.append(f"{found.ndcg:8.3f}{found.mrr:7.3f}{found.zero:7.1%}")
    print(f"{name:36}{'  '.join(told)}", flush=True)


async def compare(sets: dict[str, list[Judged]], folder: Path) -> None:
    some = await read(folder / "var")
    print(f"{'':36}" + "  ".join(f"{name + ' (' + str(len(judged)) + ')':22}" for name, judged in sets.items()))
    print(f"{'':36}" + "  ".join(f"{'nDCG@10':>8}{'MRR':>7}{'zero':>7}" for _ in sets))
    for name, engine in (
        ("embedded", Embedded(folder / "understood", understand=understand)),
        ("embedded, nothing understood", Embedded(folder / "plain")),
    ):
        await engine.rebuild(some, 1)
        await line(name, asking(engine), sets)
        await engine.close()
    await line("SQLite FTS5, defaults", fts5(some), sets)
    server = runpy.run_path(str(ROOT / "tests" / "engines" / "server.py"))
    if not server["PROGRAM"]:
        print(server["ABSENT"])
        return
    running = server["Server"]()
    running.start()
    try:
        ours = Meilisearch(running.url, running.key, understand=understand)
        await ours.rebuild(some, 1)
        await line("Meilisearch, as we use it", asking(ours), sets)
        await ours.close()
        headers = {"Authorization": f"Bearer {running.key}"}
        async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=60) as client:
            await line("Meilisearch, defaults", await defaults(client, some), sets)
    finally:
        running.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", nargs="*", type=Path, default=HALVES)
    sets = {path.stem: list(load(path)) for path in parser.parse_args().queries}
    with tempfile.TemporaryDirectory(prefix="danhmuc-bench-") as folder:
        asyncio.run(compare(sets, Path(folder)))


if __name__ == "__main__":
    main()
