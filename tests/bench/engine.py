"""Measure the embedded engine on the real data: ``python tests/bench/engine.py [FOLDER] [--times 10]``.

Prints one table: building, searching with all facets counted, suggesting, concurrent clients, and, where there
are judged queries, how good the answers are.
"""

import argparse
import asyncio
import datetime
import json
import os
import random
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from search.contract import FACETS, FOREVER, Document, Question
from search.embedded import Embedded
from search.relevance import Report, judge, load, report
from search.text import fold, repair, slug, tokens

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
TODAY = datetime.date(2026, 7, 17).toordinal()
LEVELS = {"isMinistry": "ministry", "isProvince": "province", "isWard": "commune", "isOtherAgency": "other"}


def details(archive: Path) -> Iterator[dict[str, Any]]:
    """The records of the archive, read as a stream."""
    with tarfile.open(archive, "r|xz") as files:
        for member in files:
            if member.isfile() and member.name.endswith("raw_procedure.json"):
                content = files.extractfile(member)
                assert content is not None
                yield json.load(content)["detail"]


def named(entries: list[dict[str, Any] | None]) -> list[str]:
    return [repair(entry["name"]) for entry in entries if entry and entry.get("name")]


def document(detail: dict[str, Any], copy: int = 0) -> Document:
    """One record as the engine takes it: enough of the catalogue's own mapping to measure with."""
    code = detail["code"].strip()
    name = repair(detail["name"])
    sectors = named(detail["categoriesDetails"])
    agencies = named(detail["departmentsExecuting"])
    papers = [repair(paper["name"]) for case in detail["executionCases"] for paper in case["profileComponents"]]
    online = any(way["submissionMethod"] == "ONLINE" for way in detail["executionMethods"])
    internal = detail["type"] == "STANDARD_INTERNAL"
    facets = {
        "level": [level for flag, level in LEVELS.items() if detail[flag]],
        "sector": [slug(sector) for sector in sectors],
        "agency": [slug(agency) for agency in agencies],
        "onlineLevel": ["full" if detail["isFullProcess"] else "partial" if online else "information"],
        "channel": sorted({way["submissionMethod"].lower() for way in detail["executionMethods"]}),
        "audience": [slug(one) for one in named(detail["subjectTypesDetails"])],
        "lifeEvent": [slug(one) for one in named(detail["serviceGroupsDetails"])],
        "fee": ["unknown" if not any(way["fees"] for way in detail["executionMethods"]) else "amount"],
        "interlinked": [str(bool(detail["isSharedService"])).lower()],
        "internal": [str(internal).lower()],
        "province": [detail.get("departmentPromulgateCode") or ""] if detail["type"] == "SPECIFIC" else [],
        **{flag: ["unknown"] for flag in ("onlinePayment", "eResult", "essential", "postal", "serviceCentre")},
    }
    keywords = repair(detail["keywords"] or "")
    return Document(
        id=f"{code}@{detail['id']}/{copy}",
        code=code if not copy else f"{code}{copy:02d}",
        name=name,
        valid_from=TODAY - 30 - hash(code) % 1000,
        valid_to=FOREVER,
        digest=detail["id"],
        facets=facets,
        keywords=[] if keywords == "Không có thông tin" else [keywords],
        sectors=sectors,
        agencies=agencies,
        outputs=named(detail["resultsDetails"]),
        papers=papers,
        body=" ".join(step["description"] or "" for step in detail["executionSteps"]),
        payload=msgspec.json.encode({"code": code, "name": name, "sectors": sectors, "facets": facets}),
    )


def mix(names: list[str], count: int) -> list[Question]:
    """Questions as people ask them: titles, two words, without marks, with a typo, only filters."""
    chance = random.Random(20260717)
    questions: list[Question] = []
    for place in range(count):
        words = tokens(chance.choice(names)) or ["khai"]
        start = chance.randrange(max(1, len(words) - 1))
        text = [
            " ".join(words[:12]),
            " ".join(words[start : start + 2]),
            fold(" ".join(words[start : start + 5])),
            typo(" ".join(words[start : start + 4]), chance),
            "",
        ][place % 5]
        filters = {
            0: {"level": ["province"]},
            1: {"channel": ["online"], "level": ["commune", "province"]},
        }.get(chance.randrange(4), {})
        questions.append(Question(as_of=TODAY, text=text, filters=filters, facets=FACETS))
    return questions


def typo(text: str, chance: random.Random) -> str:
    place = chance.randrange(max(1, len(text) - 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


async def timed(calls: list[Callable[[], Any]]) -> list[float]:
    """Milliseconds of each call, one after the other."""
    times: list[float] = []
    for call in calls:
        start = time.perf_counter()
        await call()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def row(label: str, times: list[float]) -> None:
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"{label:<44}{len(times):>7}{p50:>10.2f} ms{p99:>10.2f} ms")


async def clients(engine: Embedded, questions: list[Question], count: int) -> float:
    """Questions a second with so many clients at once."""

    async def client(some: list[Question]) -> None:
        for question in some:
            await engine.search(question)

    start = time.perf_counter()
    await asyncio.gather(*(client(questions[place::count]) for place in range(count)))
    return len(questions) / (time.perf_counter() - start)


async def evaluate(engine: Embedded, path: Path) -> Report:
    """How good the answers to the judged queries are."""
    judgements = []
    for query in load(path):
        answer = await engine.search(Question(as_of=TODAY, text=query.query, limit=10))
        judgements.append(judge(query, [hit.code for hit in answer.hits]))
    return report(judgements)


async def measure(records: list[dict[str, Any]], times: int, folder: Path, judged: Path | None) -> None:
    documents = [document(record, copy) for copy in range(times) for record in records]
    engine = Embedded(folder / f"times-{times}")
    start = time.perf_counter()
    await engine.rebuild(documents, 1)
    print(f"\n{len(documents):,} documents: rebuild {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    await engine.state()
    print(f"state with digest {time.perf_counter() - start:.3f} s")
    names = [one.name for one in documents[: len(records)]]
    questions = mix(names, 1000)
    await engine.search(questions[0])
    kinds = ("title", "two words", "folded", "typo", "filters only")
    print(f"{'search, 16 facets counted':<44}{'count':>7}{'p50':>13}{'p99':>13}")
    every: list[float] = []
    for place, kind in enumerate(kinds):
        calls = [lambda one=one: engine.search(one) for one in questions[place::5]]
        took = await timed(calls)
        row(f"  {kind}", took)
        every += took
    row("  all", sorted(every))
    typed = [name[: 1 + place % 30] for place, name in enumerate(names[:1000])]
    row("suggest", await timed([lambda text=text: engine.suggest(text, TODAY, 8) for text in typed]))
    for count in (1, 8):
        print(f"{count} clients at once: {await clients(engine, questions, count):,.0f} searches/s")
    if judged is not None:
        shown = await evaluate(engine, judged)
        for kind, figures in {**shown.kinds, "overall": shown.overall}.items():
            print(
                f"  {kind:<14}{figures.queries:>4}  nDCG@10 {figures.ndcg:.3f}  MRR {figures.mrr:.3f}"
                f"  recall@10 {figures.recall:.3f}  zero {figures.zero:.3f}"
            )
    await engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where to build; a temporary folder otherwise")
    parser.add_argument("--times", type=int, action="append", help="how many copies of each document")
    parser.add_argument("--judged", type=Path, default=ROOT / "tests" / "judged" / "tuning.jsonl")
    arguments = parser.parse_args()
    if not ARCHIVE.is_file():
        sys.exit(f"the real data is not here: {ARCHIVE} (set DANHMUC_SHARED)")
    records = list(details(ARCHIVE))
    judged = arguments.judged if arguments.judged.is_file() else None
    with tempfile.TemporaryDirectory() as temporary:
        for times in arguments.times or [1, 10]:
            folder = arguments.folder or Path(temporary)
            asyncio.run(measure(records, times, folder, judged if times == 1 else None))


if __name__ == "__main__":
    main()
