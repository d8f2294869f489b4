"""How one engine stands in for another, without any server."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from search.contract import Answer, Batch, Document, Hit, IndexState, IndexUnavailable, Question
from search.failover import Failover

QUESTION = Question(as_of=740_000, text="x")


class Fake:
    """An engine that counts its calls, and fails or waits when told to."""

    def __init__(self, name: str, revision: int = 1) -> None:
        self.name = name
        self.revision = revision
        self.calls = 0
        self.fault: Exception | None = None
        self.delay = 0.0

    async def _called(self) -> None:
        self.calls += 1
        await asyncio.sleep(self.delay)
        if self.fault:
            raise self.fault

    async def search(self, question: Question) -> Answer:
        await self._called()
        return Answer([], 0, {}, self.revision, self.name)

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        await self._called()
        return [Hit(self.name, "1", 0.0, "", b"")]

    async def apply(self, batch: Batch) -> None:
        await self._called()
        self.revision = max(self.revision, batch.revision)

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        await self._called()
        assert list(documents) == []
        self.revision = revision

    async def state(self) -> IndexState:
        await self._called()
        return IndexState(0, self.revision, "")

    async def close(self) -> None:
        self.calls = -1


class Pair:
    def __init__(self) -> None:
        self.now = 0.0
        self.server, self.own = Fake("server"), Fake("own")
        self.both = Failover(self.server, self.own, limit_seconds=0.05, pause=1.0, clock=lambda: self.now)

    def ask(self) -> str:
        return asyncio.run(self.both.search(QUESTION)).engine


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    assert pair.ask() == "server"
    pair.server.calls = 0
    return pair


DOWN = IndexUnavailable("down")


def test_a_server_that_fails_is_left_alone_and_then_tried_once(pair: Pair) -> None:
    pair.server.fault = DOWN
    assert [pair.ask() for _ in range(10)] == ["own"] * 10
    assert pair.server.calls == 1
    for pause in (1, 2, 4, 8, 16, 30, 30):
        pair.now += pause - 0.01
        pair.ask()
        before = pair.server.calls
        pair.now += 0.02
        assert {pair.ask() for _ in range(5)} == {"own"}
        assert pair.server.calls == before + 1


def test_a_server_that_is_back_answers_again_and_its_pauses_begin_anew(pair: Pair) -> None:
    pair.server.fault = DOWN
    for _ in range(5):
        pair.ask()
        pair.now += 40
    pair.server.fault = None
    assert pair.ask() == "server"
    pair.server.fault = DOWN
    assert pair.ask() == "own"
    pair.server.fault = None
    pair.now += 1.01
    assert pair.ask() == "server"


def test_a_slow_server_is_cut_off(pair: Pair) -> None:
    pair.server.delay = 5
    assert pair.ask() == "own"


def test_many_questions_at_once_try_a_failed_server_only_once(pair: Pair) -> None:
    pair.server.fault = DOWN
    pair.ask()
    pair.now += 2
    pair.server.calls, pair.server.delay = 0, 0.02

    async def crowd() -> list[Answer]:
        return await asyncio.gather(*(pair.both.search(QUESTION) for _ in range(50)))

    assert {one.engine for one in asyncio.run(crowd())} == {"own"}
    assert pair.server.calls == 1


def test_a_question_that_is_given_up_lets_others_try(pair: Pair) -> None:
    pair.server.fault = DOWN
    pair.ask()
    pair.now += 2
    pair.server.fault, pair.server.delay = None, 0.02

    async def given_up() -> None:
        task = asyncio.ensure_future(pair.both.search(QUESTION))
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(given_up())
    assert pair.ask() == "server"


def test_a_bad_question_is_no_fault_of_the_server(pair: Pair) -> None:
    pair.server.fault = ValueError("unknown sort")
    with pytest.raises(ValueError, match="unknown sort"):
        pair.ask()
    pair.server.fault = None
    assert pair.ask() == "server"


def test_an_answer_older_than_our_own_is_not_given(pair: Pair) -> None:
    asyncio.run(pair.both.engines[0].apply(Batch(2, [], [])))
    assert pair.ask() == "own"
    pair.server.revision = 2
    assert pair.ask() == "server"


def test_suggestions_are_our_own_while_they_can_be(pair: Pair) -> None:
    def suggest() -> str:
        return asyncio.run(pair.both.suggest("x", 740_000, 1))[0].id

    assert suggest() == "own"
    pair.own.fault = DOWN
    assert suggest() == "server"


def test_an_empty_server_is_not_believed_at_the_start() -> None:
    pair = Pair()
    pair.server.revision = 0
    assert pair.ask() == "own"


def test_a_server_that_is_behind_is_better_than_none(pair: Pair) -> None:
    asyncio.run(pair.both.engines[0].apply(Batch(2, [], [])))
    pair.own.fault = DOWN
    assert pair.ask() == "server"
    pair.server.fault = DOWN
    with pytest.raises(IndexUnavailable):
        pair.ask()


def test_changes_go_to_both_and_what_the_server_misses_it_is_not_given_later(pair: Pair) -> None:
    run = asyncio.run
    run(pair.both.apply(Batch(2, [], [])))
    assert (pair.server.revision, pair.own.revision) == (2, 2)
    pair.server.fault = DOWN
    run(pair.both.apply(Batch(3, [], [])))
    pair.server.fault = None
    pair.now += 5
    run(pair.both.apply(Batch(4, [], [])))
    assert (pair.server.revision, pair.own.revision) == (2, 4)
    run(pair.both.rebuild(iter([]), 5))
    assert (pair.server.revision, pair.own.revision) == (5, 5)


def test_a_change_that_our_own_index_cannot_take_is_told(pair: Pair) -> None:
    pair.own.fault = DOWN
    for call in (pair.both.apply(Batch(2, [], [])), pair.both.rebuild([], 2)):
        with pytest.raises(IndexUnavailable):
            asyncio.run(call)
    assert pair.server.revision == 1


def test_both_are_closed(pair: Any) -> None:
    asyncio.run(pair.both.close())
    assert pair.server.calls == pair.own.calls == -1
