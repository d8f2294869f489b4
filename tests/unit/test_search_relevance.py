import json
from math import log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.relevance import Judged, JudgedUnreadable, judge, load, mrr, ndcg, recall, report

relevant = st.dictionaries(st.sampled_from("abcdefghijklm"), st.integers(1, 3), min_size=1)
ranked = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True)


def test_ndcg_is_the_gain_over_the_best_gain_discounted_by_place() -> None:
    assert ndcg(["x", "a", "b"], {"a": 3, "b": 1}) == pytest.approx(
        (7 / log2(3) + 1 / log2(4)) / (7 / log2(2) + 1 / log2(3))
    )


def test_what_stands_beyond_the_depth_does_not_count() -> None:
    assert ndcg(["x"] * 10 + ["a"], {"a": 3}) == 0
    assert recall(["x"] * 10 + ["a"], {"a": 3}) == 0
    assert mrr(["x"] * 10 + ["a"], {"a": 3}) == 1 / 11


def test_a_code_found_twice_counts_once() -> None:
    assert ndcg(["a", "a", "a"], {"a": 3, "b": 3}) < ndcg(["a", "b"], {"a": 3, "b": 3}) == 1


def test_recall_is_of_as_many_as_could_stand_there() -> None:
    many = {str(place): 1 for place in range(30)}
    assert recall([str(place) for place in range(10)], many) == 1
    assert recall(["1", "x"], {"1": 1, "2": 2}) == 0.5


def test_nothing_relevant_is_worth_nothing() -> None:
    assert ndcg(["a"], {}) == mrr(["a"], {}) == recall(["a"], {}) == 0
    assert ndcg([], {"a": 1}) == mrr([], {"a": 1}) == recall([], {"a": 1}) == 0


@given(ranked, relevant)
def test_every_figure_lies_between_0_and_1(found: list[str], grades: dict[str, int]) -> None:
    for figure in (ndcg(found, grades), mrr(found, grades), recall(found, grades)):
        assert 0 <= figure <= 1


@given(relevant)
def test_the_ideal_order_is_perfect(grades: dict[str, int]) -> None:
    best = sorted(grades, key=lambda code: -grades[code])
    assert ndcg(best, grades) == pytest.approx(1)
    assert mrr(best, grades) == recall(best, grades) == 1


@given(ranked, relevant)
def test_moving_the_best_document_up_never_hurts(found: list[str], grades: dict[str, int]) -> None:
    best = max(grades, key=lambda code: grades[code])
    moved = [best, *(code for code in found if code != best)]
    assert ndcg(moved, grades) >= ndcg(found, grades) - 1e-12


def test_a_report_gives_means_per_kind_and_the_worst_first() -> None:
    queries = [
        Judged("1", "title", "x", {"a": 3}),
        Judged("2", "title", "y", {"a": 3}),
        Judged("3", "typo", "z", {"b": 1}),
    ]
    shown = report(judge(query, found) for query, found in zip(queries, [["a"], [], ["c", "b"]], strict=True))
    assert shown.kinds["title"].ndcg == shown.kinds["title"].mrr == 0.5
    assert shown.kinds["title"].zero == 0.5
    assert shown.kinds["typo"].mrr == 0.5
    assert shown.overall.queries == 3
    assert shown.overall.mrr == 0.5
    assert [one.id for one in shown.judgements] == ["2", "3", "1"]
    assert report([]).overall.queries == 0


def test_judged_queries_are_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    good = {"id": "1", "kind": "title", "query": "khai sinh", "relevant": {"1.001193": 3}}
    path.write_text(json.dumps(good) + "\n\n", encoding="utf-8")
    assert load(path) == [Judged("1", "title", "khai sinh", {"1.001193": 3})]
    path.write_text(json.dumps(good) + "\n{}\n", encoding="utf-8")
    with pytest.raises(JudgedUnreadable, match="line 2"):
        load(path)
