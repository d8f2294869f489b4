import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight import allowance, distance, highlight


def test_folded_words_are_marked_in_the_name_as_it_is_written() -> None:
    assert highlight("Cấp thẻ Căn cước", {"can", "cuoc"}) == "Cấp thẻ <mark>Căn cước</mark>"


def test_neighbours_share_a_mark_and_others_do_not() -> None:
    assert highlight("a, b c", {"a", "b", "c"}) == "<mark>a</mark>, <mark>b c</mark>"


def test_prefixes_and_typos_are_marked() -> None:
    assert highlight("Đăng ký thường trú", (), prefixes=["thu"]) == "Đăng ký <mark>thường</mark> trú"
    assert highlight("Đăng ký thường trú", (), loose=["thuogn"]) == "Đăng ký <mark>thường</mark> trú"


def test_everything_is_escaped() -> None:
    assert highlight("<b>x</b> & 'y' <mark>", {"x"}) == (
        "&lt;b&gt;<mark>x</mark>&lt;/b&gt; &amp; &#x27;y&#x27; &lt;mark&gt;"
    )
    assert highlight("<mark>", ()) == "&lt;mark&gt;"


@given(st.text(), st.lists(st.text(min_size=1, max_size=3)))
def test_without_its_marks_a_highlight_is_the_name(name: str, terms: list[str]) -> None:
    marked = highlight(name, terms, prefixes=terms[:1])
    assert unescape(re.sub("</?mark>", "", marked)) == unescape(escape(name))
    assert marked.count("<mark>") == marked.count("</mark>")


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ("sinh", "sinh", 0),
        ("sinh", "sihn", 1),
        ("khai", "kha", 1),
        ("tru", "tam", 2),
        ("abc", "ca", 3),
        ("", "ab", 2),
    ],
)
def test_edits_are_counted_with_swaps_as_one(left: str, right: str, edits: int) -> None:
    assert distance(left, right, 5) == distance(right, left, 5) == edits


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.integers(0, 3))
def test_a_limit_only_cuts_the_distance(left: str, right: str, limit: int) -> None:
    assert distance(left, right, limit) == min(distance(left, right, 12), limit + 1)


def test_typos_are_allowed_by_length() -> None:
    assert [allowance(word) for word in ("tu", "tam", "thuong", "chungnhan", "2024")] == [0, 1, 1, 2, 0]
