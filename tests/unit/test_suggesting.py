"""Completing a name as it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import plain
from search.suggesting import Named, ranked, readings
from search.understanding import understand


def order(text: str, *names: str, weights: dict[str, float] | None = None) -> list[str]:
    found = [(Named(name, (weights or {}).get(name, 1.0), 1.0), name) for name in names]
    return ranked(found, text, 10)


def test_names_that_begin_with_the_text_come_first_and_the_shorter_before_the_longer() -> None:
    long, short, inside = "Đăng ký khai sinh lưu động", "Thủ tục đăng ký khai sinh", "Lại đăng ký khai sinh"
    assert order("dang ky kh", inside, long, short) == [short, long, inside]


def test_what_is_used_more_comes_before_what_is_shorter() -> None:
    used, shorter = "Đăng ký khai sinh", "Đăng ký khai tử"
    assert order("đăng ký kh", shorter, used, weights={used: 1.5}) == [used, shorter]


def test_a_finished_word_is_not_completed() -> None:
    assert order("khai ", "Khai sinh", "Khaisinh") == ["Khai sinh", "Khaisinh"]


def test_a_name_comes_once() -> None:
    assert order("khai", "Khai sinh", "KHAI SINH") == ["Khai sinh"]


@pytest.mark.parametrize("typed", ["dang ky k", "đăng ký khai sinh", "tôi muốn đăng ký k", "k"])
def test_the_last_word_is_always_completed_as_it_stands(typed: str) -> None:
    last = readings(understand, typed)[0].groups[-1]
    assert last.partial
    assert last.alternatives[0].tokens == (typed.split()[-1],)


def test_what_a_text_stands_for_comes_second() -> None:
    first, second = readings(understand, "bhyt")
    assert first.groups[-1].alternatives[0].tokens == ("bhyt",)
    assert any(one.tokens == ("bảo", "hiểm", "y", "tế") for group in second.groups for one in group.alternatives)


@given(st.text(max_size=80))
def test_any_text_has_one_or_two_readings(typed: str) -> None:
    assert 1 <= len(readings(understand, typed)) <= 2
    assert readings(plain, typed)[0] == plain(typed) or typed[-1:].isalnum()
