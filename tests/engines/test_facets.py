"""Facet counts, totals and filters against a naive count in plain Python."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.contract import Answer, Document, Engine, FacetCount, Question
from search.text import syllables

NAMES = ("level", "sector", "channel", "fee")
VALUES = ("a", "b", "c", "a=b", "ô")
WORDS = ("khai", "sinh", "đất", "nhà", "phép")

values = st.lists(st.sampled_from(VALUES), max_size=3, unique=True)
filters = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
questions = st.tuples(st.sampled_from(["", "khai", "dat"]), st.integers(0, 10), filters)


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    count = draw(st.integers(0, 12))
    found = []
    for place in range(count):
        start = draw(st.integers(1, 6))
        found.append(
            Document(
                id=f"id{place}",
                code=f"1.{place % 7:06}",
                name=" ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))),
                valid_from=start,
                valid_to=start + draw(st.integers(1, 4)),
                digest="d",
                facets={name: draw(values) for name in NAMES},
            )
        )
    return found


def expected(
    some: list[Document], word: str, day: int, chosen: dict[str, list[str]], but: str = ""
) -> list[Document]:
    return [
        one
        for one in some
        if one.valid_from <= day < one.valid_to
        and (not word or word in syllables(one.name))
        and all(set(wanted) & set(one.facets[name]) for name, wanted in chosen.items() if wanted and name != but)
    ]


@pytest.fixture(scope="module")
def engine(opened: Callable[[Path], Engine], tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return opened(tmp_path_factory.mktemp("facets"))


# Building an index takes longer than asking it: several questions are put to each.
@settings(max_examples=15, deadline=None)
@given(documents(), st.lists(questions, min_size=4, max_size=4))
def test_counts_are_those_of_a_naive_count(
    engine: Engine, some: list[Document], asked: list[tuple[str, int, dict[str, list[str]]]]
) -> None:
    async def ask() -> list[Answer]:
        await engine.rebuild(some, 1)
        # A closed word: one that is still being typed finds longer ones too.
        return [
            await engine.search(
                Question(as_of=day, text=f"{word} " if word else "", filters=chosen, facets=NAMES, limit=50)
            )
            for word, day, chosen in asked
        ]

    for (word, day, chosen), answer in zip(asked, asyncio.run(ask()), strict=True):
        agree(some, word, day, chosen, answer)


def agree(some: list[Document], word: str, day: int, chosen: dict[str, list[str]], answer: Answer) -> None:
    wanted = expected(some, word, day, chosen)
    assert answer.total == len(wanted)
    assert {hit.id for hit in answer.hits} == {one.id for one in wanted}
    for name in NAMES:
        counted = Counter(
            value
            for one in expected(some, word, day, chosen, but=name if chosen.get(name) else "")
            for value in one.facets[name]
        )
        assert answer.facets[name] == [
            FacetCount(value, count)
            for value, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        ]
