"""Misspelt words put right by the words that procedures are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.understanding import corrected


@pytest.mark.parametrize(
    ("typed", "wanted"), [("khaii sinhh", "khai sinh"), ("giấy phéppp xây dựng", "giấy phép xây dựng")]
)
def test_an_unknown_word_becomes_the_nearest_known_one(typed: str, wanted: str) -> None:
    assert corrected(typed) == wanted


@pytest.mark.parametrize("typed", ["", "đăng ký khai sinh", "dang ky", "1.001193", "qwertyuiop", "a " * 30])
def test_what_is_right_or_beyond_help_is_left_alone(typed: str) -> None:
    assert corrected(typed) is None


@given(st.text(max_size=60))
def test_what_is_corrected_is_not_what_was_typed_and_stays_corrected(typed: str) -> None:
    found = corrected(typed)
    assert found is None or (found != typed and corrected(found) != found)
