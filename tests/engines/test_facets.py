"""Facet counts, totals and filters against a naive count in plain Python."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.contract import Document, Engine, FacetCount, Question
from search.text import syllables

NAMES = ("level", "sector", "channel", "fee")
VALUES = ("a", "b", "c", "a=b", "ô")
WORDS = ("khai", "sinh", "đất", "nhà", "phép")

values = st.lists(st.sampled_from(VALUES), max_size=3, unique=True)
filters = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)


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


@settings(max_examples=60, deadline=None)
@given(documents(), st.sampled_from(["", "khai", "dat"]), st.integers(0, 10), filters)
def test_counts_are_those_of_a_naive_count(
    engine: Engine, some: list[Document], word: str, day: int, chosen: dict[str, list[str]]
) -> None:
    async def ask() -> Any:
        await engine.rebuild(some, 1)
        # A closed word: one that is still being typed finds longer ones too.
        text = f"{word} " if word else ""
        return await engine.search(Question(as_of=day, text=text, filters=chosen, facets=NAMES, limit=50))

    answer = asyncio.run(ask())
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
