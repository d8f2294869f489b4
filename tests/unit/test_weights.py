"""Procedures that people use often."""

import re
from collections import Counter

import pytest

from registry import weights


def test_every_group_is_mild_and_has_its_reason() -> None:
    for group in weights.groups():
        assert group.reason
        assert weights.ORDINARY < group.weight <= 1.3


def test_a_code_is_weighed_once() -> None:
    counts = Counter(code for group in weights.groups() for code in group.codes)
    assert max(counts.values()) == 1
    assert all(re.fullmatch(r"\d\.\d{6}", code) for code in counts)


def test_every_beginning_has_its_reason_and_is_weighed_once() -> None:
    for one in weights.beginnings():
        assert one.reason
        assert 0.5 <= one.weight < weights.ORDINARY
    names = [name for one in weights.beginnings() for name in one.names]
    assert len(names) == len(set(names))
    assert names == [name.lower() for name in names]


def test_what_is_not_listed_is_ordinary() -> None:
    assert weights.weight("9.999999", "Cấp thẻ luật sư") == weights.ORDINARY
    assert weights.weight("1.001193", "Thủ tục đăng ký khai sinh") > weights.ORDINARY


@pytest.mark.parametrize(
    "name", ["Thu hồi thẻ luật sư", "THU HỒI thẻ luật sư", "Thủ tục thu hồi thẻ luật sư", "Thủ tục: Thu hồi thẻ"]
)
def test_what_takes_a_paper_away_stands_behind_what_gives_it(name: str) -> None:
    assert weights.weight("9.999999", name) < weights.weight("9.999999", "Cấp thẻ luật sư")


@pytest.mark.parametrize("name", ["Chiavơ", "Cấp lại hoặc", "Thu hồi"])
def test_a_beginning_ends_with_its_word(name: str) -> None:
    begins = any(re.match(rf"{one}(\W|$)", name.lower()) for some in weights.beginnings() for one in some.names)
    assert (weights.weight("9.999999", name) < weights.ORDINARY) == begins


def test_who_is_listed_by_code_is_not_weighed_by_name() -> None:
    code = "1.010028"  # Xóa đăng ký tạm trú
    assert weights.weight(code, "Xóa đăng ký tạm trú") > weights.ORDINARY
