"""Where there is no server: real answers, recorded by ``record.py``, are held against the embedded engine's."""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from search.contract import IndexUnavailable, Question
from search.embedded import Embedded
from search.meilisearch import Meilisearch

SCENE: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("scene.py")))["SCENE"]
RECORDED = Path(__file__).parent / "recorded" / "exchanges.json"
STALE = "was never recorded; if it is meant, run: python tests/engines/record.py"


def key(method: str, path: str, body: Any) -> bytes:
    return msgspec.json.encode([method, path, body], order="deterministic")


class Replay:
    """Answers as the real server did."""

    def __init__(self) -> None:
        exchanges = msgspec.json.decode(RECORDED.read_bytes())
        self.answers = {key(one["method"], one["path"], one["body"]): one for one in exchanges}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = msgspec.json.decode(request.content) if request.content else None
        asked = key(request.method, request.url.path, body)
        if asked not in self.answers:
            pytest.fail(f"{asked.decode()[:500]} {STALE}")
        return httpx.Response(self.answers[asked]["status"], json=self.answers[asked]["answer"])


@pytest.fixture(scope="module")
def replay() -> Replay:
    return Replay()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    found = Embedded(tmp_path_factory.mktemp("replay"))
    asyncio.run(found.rebuild(SCENE["documents"], 7))
    return found


@pytest.fixture
def replayed(replay: Replay) -> Meilisearch:
    return Meilisearch("http://search.test", "key", index="recorded", transport=httpx.MockTransport(replay))


@pytest.mark.parametrize(
    "question", SCENE["questions"], ids=lambda one: f"{one.text[:20]}-{one.sort}-{one.offset}"
)
def test_recorded_answers_are_those_of_the_embedded_engine(
    replayed: Meilisearch, embedded: Embedded, question: Question
) -> None:
    ours = asyncio.run(embedded.search(question))
    theirs = asyncio.run(replayed.search(question))
    assert [hit.id for hit in theirs.hits] == [hit.id for hit in ours.hits]
    assert [(hit.highlight, hit.payload) for hit in theirs.hits] == [
        (hit.highlight, hit.payload) for hit in ours.hits
    ]
    assert (theirs.total, theirs.facets, theirs.revision) == (ours.total, ours.facets, 7)


@pytest.mark.parametrize(("text", "day"), SCENE["suggestions"])
def test_recorded_suggestions_are_those_of_the_embedded_engine(
    replayed: Meilisearch, embedded: Embedded, text: str, day: int
) -> None:
    found = asyncio.run(replayed.suggest(text, day, 8))
    assert [hit.code for hit in found] == [hit.code for hit in asyncio.run(embedded.suggest(text, day, 8))]


def test_a_recorded_state_is_that_of_the_embedded_engine(replayed: Meilisearch, embedded: Embedded) -> None:
    assert asyncio.run(replayed.state()) == asyncio.run(embedded.state())


def test_an_index_that_changes_without_end_is_given_up(replay: Replay) -> None:
    """Each answer carries another state than the one before it."""
    stamps = iter(range(10_000))

    def restless(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/version":
            return httpx.Response(200, json={"pkgVersion": "1.50.0"})
        queries = msgspec.json.decode(request.content)["queries"]
        states = [{"facetDistribution": {"state": {f"x:7:{next(stamps)}": 1}}} for _ in queries]
        return httpx.Response(200, json={"results": states})

    engine = Meilisearch("http://search.test", "key", transport=httpx.MockTransport(restless))
    with pytest.raises(IndexUnavailable, match="changes faster"):
        asyncio.run(engine.search(Question(as_of=1, text="x")))
