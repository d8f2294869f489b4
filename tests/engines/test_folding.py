"""Twins folded into one result, against a naive fold, on every engine."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import twins
from registry.api import folding
from search.contract import FOREVER, Answer, Document, Engine, IndexUnavailable, Question

DAY = 740_000
NAMES = ("Cấp lại giấy", "Cấp đổi giấy", "Giao đất")


def document(place: int, name: str, scope: str = "provincial", level: str = "province") -> Document:
    issuer = f"UBND tỉnh T{place}"
    shown = {"name": name, "scope": scope, "internal": False, "levels": [level], "agency": {"name": issuer}}
    keys = [twins.key(name, issuer, (level,))] if scope == "provincial" else []
    return Document(
        id=f"{place}@1",
        code=f"1.{place:06}",
        name=name,
        valid_from=1,
        valid_to=FOREVER,
        digest="d",
        facets={"level": [level], "twin": keys},
        payload=msgspec.json.encode(shown),
    )


@pytest.fixture(scope="module")
def engine(opened: Callable[[Path], Engine], tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return opened(tmp_path_factory.mktemp("folding"))


def naive(hits: list[Any]) -> list[tuple[str, list[str]]]:
    """The first of each key with the codes of the others."""
    groups: dict[str, list[str]] = {}
    for hit in hits:
        groups.setdefault(twins.shown(hit.payload) or hit.code, []).append(hit.code)
    return [(codes[0], sorted(codes[1:])) for codes in groups.values()]


rows = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["provincial", "national"]),
        st.sampled_from(["province", "commune"]),
    ),
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(rows, st.sampled_from(["", "giấy "]), st.sampled_from(["relevance", "name", "code"]), st.integers(1, 9))
def test_pages_are_those_of_one_folded_list(
    engine: Engine, some: list[tuple[str, str, str]], text: str, sort: str, size: int
) -> None:
    async def ask() -> Any:
        await engine.rebuild([document(place, *row) for place, row in enumerate(some)], 1)
        question = Question(as_of=DAY, text=text, sort=sort, limit=100)
        whole = await engine.search(question)
        found: list[tuple[str, list[str]]] = []
        for offset in range(0, 45, size):
            page = msgspec.structs.replace(question, offset=offset, limit=size)
            answer, copies, folded = await folding.search(engine, page, fold=True)
            assert answer.total + folded == whole.total
            found += [
                (hit.code, sorted(copy.code for copy in others))
                for hit, others in zip(answer.hits, copies, strict=True)
            ]
        return naive(whole.hits), found, answer.total

    wanted, found, total = asyncio.run(ask())
    assert found == wanted
    assert total == len(wanted)


def test_copies_answer_the_same_filters(engine: Engine) -> None:
    async def ask() -> folding.Folded:
        many = [document(place, "Cấp lại giấy") for place in range(4)]
        two = [msgspec.structs.replace(one, facets={**one.facets, "fee": ["free"]}) for one in many[:2]]
        await engine.rebuild([*two, *many[2:]], 1)
        return await folding.search(engine, Question(as_of=DAY, filters={"fee": ["free"]}), fold=True)

    found = asyncio.run(ask())
    assert (found.answer.total, [[one.code for one in some] for some in found.copies]) == (1, [["1.000001"]])


def test_unfolded_every_procedure_is_a_result(engine: Engine) -> None:
    async def ask() -> folding.Folded:
        await engine.rebuild([document(place, "Giao đất") for place in range(3)], 1)
        return await folding.search(engine, Question(as_of=DAY), fold=False)

    found = asyncio.run(ask())
    assert (found.answer.total, found.copies, found.folded) == (3, [[], [], []], 0)


class Restless:
    """An engine whose revision is another with every question, a number of times."""

    name = "restless"

    def __init__(self, inner: Engine, times: int) -> None:
        self.inner = inner
        self.times = times

    async def search(self, question: Question) -> Answer:
        self.times -= 1
        return msgspec.structs.replace(await self.inner.search(question), revision=max(0, self.times))


async def restless(engine: Engine, times: int) -> folding.Folded:
    await engine.rebuild([document(place, "Giao đất") for place in range(9)], 1)
    return await folding.search(Restless(engine, times), Question(as_of=DAY, limit=2), fold=True)  # type: ignore[arg-type]  # half of one


def test_an_index_that_changes_meanwhile_is_asked_again(engine: Engine) -> None:
    found = asyncio.run(restless(engine, 4))
    assert (found.answer.total, len(found.copies[0])) == (1, 8)


def test_an_index_that_never_rests_is_told_of(engine: Engine) -> None:
    with pytest.raises(IndexUnavailable, match="faster than it can be read"):
        asyncio.run(restless(engine, 1000))
