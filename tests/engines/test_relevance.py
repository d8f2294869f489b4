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
KIND = 0.70
SITUATION = 0.50
MRR = 0.88
ZERO = 0.01


@pytest.fixture(scope="session")
def real_store(real_archive: Path, store_of: Callable[[str], Path]) -> Path:
    """The folder of a store of the whole real catalogue, which is read alone."""
    return store_of("real")


@pytest.fixture(scope="session")
def measurements() -> dict[str, dict[str, Report]]:
    """What was measured, by engine: a fixture with parameters is made again whenever they change."""
    return {}


@pytest.fixture(params=["embedded", "meilisearch"])
def measured(
    request: pytest.FixtureRequest,
    measurements: dict[str, dict[str, Report]],
    real_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Report]:
    """How good an engine is, by half of the judged queries."""
    if request.param in measurements:
        return measurements[request.param]
    settings = Settings(data=tmp_path_factory.mktemp("relevance") / "var")
    shutil.copytree(real_store, settings.data)
    server = request.getfixturevalue("server") if request.param == "meilisearch" else None

    def opened() -> Engine:
        """Nothing stands in for an engine that is slow on a busy machine."""
        if server is not None:
            return Meilisearch(server.url, server.key, understand=understand)
        return Embedded(settings.index_path, understand=understand)

    async def measure() -> dict[str, Report]:
        engine = opened()
        try:
            if request.param == "meilisearch":
                await engine.rebuild(await indexed(settings), 1)
            assert (await engine.state()).documents == PROCEDURES
            return {half: report([await ask(engine, one) for one in load(path(half))]) for half in FLOORS}
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
        assert answer.engine == request.param
        return judge(one, [hit.code for hit in answer.hits])

    return measurements.setdefault(request.param, asyncio.run(measure()))


def path(half: str) -> Path:
    return Path(__file__).parents[1] / "judged" / f"{half}.jsonl"


@pytest.mark.parametrize("half", sorted(FLOORS))
def test_the_right_procedure_comes_first(measured: dict[str, Report], half: str) -> None:
    overall = measured[half].overall
    assert overall.ndcg >= FLOORS[half]
    assert overall.mrr >= MRR
    assert overall.zero <= ZERO


@pytest.mark.parametrize("half", sorted(FLOORS))
def test_no_kind_of_question_is_neglected(measured: dict[str, Report], half: str) -> None:
    kinds = {kind: figures.ndcg for kind, figures in measured[half].kinds.items()}
    low = {
        kind: round(ndcg, 3) for kind, ndcg in kinds.items() if ndcg < (SITUATION if kind == "situation" else KIND)
    }
    assert low == {}
    assert len(kinds) >= 15
