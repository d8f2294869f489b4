"""What is told of how a question was understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.understanding import Meaning, meanings
from search.understanding.meanings import MOST_MEANINGS


@pytest.mark.parametrize(
    ("typed", "text", "meaning"),
    [
        ("ddawng kys tajm trus", "ddawng kys tajm trus", "đăng ký tạm trú"),
        ("dangky thuongtru", "dangky thuongtru", "dang ky thuong tru"),
        ("xin giấy chứng nhận BHYT", "bhyt", "bảo hiểm y tế"),
    ],
)
def test_what_was_put_right_or_expanded_is_told(typed: str, text: str, meaning: str) -> None:
    assert Meaning(text, meaning) in meanings(typed)


def test_an_everyday_word_is_told_with_what_the_catalogue_calls_it() -> None:
    assert any("giấy chứng nhận quyền sử dụng đất" in one.meaning for one in meanings("làm bìa đỏ"))


@pytest.mark.parametrize("typed", ["", "   ", "đăng ký khai sinh", "1.001193", "???"])
def test_what_is_taken_as_it_stands_is_not_told(typed: str) -> None:
    assert meanings(typed) == []


@given(st.text(max_size=200))
def test_any_text_is_told_of_briefly_and_never_by_itself(typed: str) -> None:
    found = meanings(typed)
    assert len(found) <= MOST_MEANINGS
    assert all(one.meaning and one.text != one.meaning for one in found)
