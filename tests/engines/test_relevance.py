"""Judged queries on the real catalogue: a change that breaks a floor does not go in.

The tuning half is what data and weights were tuned on; the check half was written apart from it and is only ever
looked at in sums.
"""

import asyncio
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from registry.engine import open_database
from registry.indexing import documents
from registry.settings import Settings
from search.contract import Document, Engine, Question
from search.embedded import Embedded
from search.meilisearch import Meilisearch
from search.relevance import DEPTH, Judged, Judgement, Report, judge, load, report
from search.understanding import understand

DAY = date(2026, 7, 17)
PROCEDURES = 5_663
FLOORS = {"check": 0.85, "tuning": 0.89}
# What is tuned is data and weights, which both engines share: one of them tells whether it still holds.
HALVES = (("embedded", "check"), ("embedded", "tuning"), ("meilisearch", "check"))
KIND = 0.70
SITUATION = 0.50
MRR = 0.88
ZERO = 0.01


@pytest.fixture(scope="session")
def real_store(real_archive: Path, store_of: Callable[[str], Path]) -> Path:
    """The folder of a store of the whole real catalogue, which is read alone."""
    return store_of("real")


@pytest.fixture(scope="session")
def measurements() -> dict[tuple[str, str], Report]:
    """What was measured, by engine and half: a fixture with parameters is made again whenever they change."""
    return {}


@pytest.fixture(params=HALVES, ids="-".join)
def measured(
    request: pytest.FixtureRequest,
    measurements: dict[tuple[str, str], Report],
    real_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Report]:
    """How good an engine is at a half of the judged queries."""
    name, half = request.param
    if request.param in measurements:
        return half, measurements[request.param]
    settings = Settings(data=tmp_path_factory.mktemp("relevance") / "var")
    shutil.copytree(real_store, settings.data)
    server = request.getfixturevalue("server") if name == "meilisearch" else None

    def opened() -> Engine:
        """Nothing stands in for an engine that is slow on a busy machine."""
        if server is not None:
            return Meilisearch(server.url, server.key, understand=understand)
        return Embedded(settings.index_path, understand=understand)

    async def measure() -> Report:
        engine = opened()
        try:
            if server is not None:
                await engine.rebuild(await indexed(settings), 1)
            assert (await engine.state()).documents == PROCEDURES
            return report([await ask(engine, one) for one in load(path(half))])
        finally:
            await engine.close()

    async def indexed(settings: Settings) -> list[Document]:
        database = await open_database(settings)
        try:
            return [document async for batch in documents(database) for document in batch]
        finally:
            await database.close()

    async def ask(engine: Engine, one: Judged) -> Judgement:
        asked = Question(DAY.toordinal(), one.query, {"internal": ["false"]}, limit=DEPTH)
        answer = await engine.search(asked)
        assert answer.engine == name
        return judge(one, [hit.code for hit in answer.hits])

    return half, measurements.setdefault(request.param, asyncio.run(measure()))


def path(half: str) -> Path:
    return Path(__file__).parents[1] / "judged" / f"{half}.jsonl"


def test_the_right_procedure_comes_first(measured: tuple[str, Report]) -> None:
    half, found = measured
    assert found.overall.ndcg >= FLOORS[half]
    assert found.overall.mrr >= MRR
    assert found.overall.zero <= ZERO


def test_no_kind_of_question_is_neglected(measured: tuple[str, Report]) -> None:
    _, found = measured
    kinds = {kind: figures.ndcg for kind, figures in found.kinds.items()}
    low = {
        kind: round(ndcg, 3) for kind, ndcg in kinds.items() if ndcg < (SITUATION if kind == "situation" else KIND)
    }
    assert low == {}
    assert len(kinds) >= 15
