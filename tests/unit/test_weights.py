"""Procedures that people use often."""

import re
from collections import Counter

from registry import weights


def test_every_group_is_mild_and_has_its_reason() -> None:
    for group in weights.groups():
        assert group.reason
        assert weights.ORDINARY < group.weight <= 1.3


def test_a_code_is_weighed_once() -> None:
    counts = Counter(code for group in weights.groups() for code in group.codes)
    assert max(counts.values()) == 1
    assert all(re.fullmatch(r"\d\.\d{6}", code) for code in counts)


def test_what_is_not_listed_is_ordinary() -> None:
    assert weights.weight("9.999999") == weights.ORDINARY
    assert weights.weight("1.001193") > weights.ORDINARY
