"""Definitions are data: read, checked, versioned; a wrong one is refused with its file, indicator and field."""

from datetime import date

import pytest

from registry.metrics import DefinitionInvalid, IndicatorNotFound, definitions
from registry.metrics.definitions import book, read_book

ONE = """
[[indicator]]
id = "X"
version = 1
valid_from = 2022-06-23
title = { vi = "x", en = "x" }
numerator = "late"
denominator = "received"
source = "s"
"""


def refused(text: str) -> str:
    with pytest.raises(DefinitionInvalid) as caught:
        read_book([("mine.toml", text.encode())])
    return str(caught.value)


def test_every_definition_is_read_and_names_its_source() -> None:
    found = definitions()
    assert len(found) > 40
    for one in found:
        assert one.source, one.id
        assert one.title.vi, one.id
        assert one.title.en, one.id
        assert one.numerator.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('numerator = "late"', 'numerator = "lat"'), "mine.toml: X: numerator: there is no measure 'lat'"),
        (('numerator = "late"', "numerator = true"), "mine.toml: X: numerator: a side is"),
        (
            ('numerator = "late"', 'numerator = "late - resolved"'),
            "mine.toml: X: numerator: 'late - resolved' mixes",
        ),
        (('numerator = "late"', 'numerator = "late received"'), "is no sum of measures"),
        (
            ('numerator = "late"', 'numerator = { count = "procedures", where = { fees = "free" } }'),
            "mine.toml: X: numerator.where.fees: there is no trait 'fees'",
        ),
        (
            ('numerator = "late"', 'numerator = { count = "procedures", where = { fee = "cheap" } }'),
            "mine.toml: X: numerator.where.fee: 'cheap' is none of",
        ),
        (
            ('numerator = "late"', 'numerator = { count = "procedures", having = "overdue" }'),
            "mine.toml: X: numerator.having: there is no tallied measure 'overdue'",
        ),
        (
            ('numerator = "late"', 'numerator = { count = "people" }'),
            "numerator.count: 'people' cannot be counted",
        ),
        (('numerator = "late"', 'numerator = { count = "items", met = true }'), "numerator.met"),
        (
            (
                'numerator = "late"',
                'numerator = { count = "items", deadline = { since = "then", days = 1, ministry = 1, by = "x" } }',
            ),
            "numerator.deadline: 'then' is no day of an announcement",
        ),
        (('source = "s"', ""), "mine.toml: X: Object missing required field `source`"),
        (('source = "s"', 'source = "s"\nsauce = 1'), "unknown field `sauce`"),
        (('source = "s"', 'source = "s"\npoints = { most = 0 }'), "most must be more than 0"),
        (('source = "s"', 'source = "s"\npoints = { most = 2, full = 0.8 }'), "mine.toml: X"),
        (('source = "s"', 'source = "s"\nempty = "half"'), "mine.toml: X: Invalid enum value 'half'"),
        (('source = "s"', 'source = "s"\ngroup = "NONE"'), "X: group: there is no group 'NONE'"),
        (('source = "s"', 'source = "s"\nexclusions = [{ reason = "r" }]'), "mine.toml: X: exclusions[1]"),
        (('denominator = "received"', "points = { most = 2 }"), "only a ratio scores"),
        (("valid_from = 2022-06-23", 'valid_from = "soon"'), "mine.toml: X"),
        (("[[indicator]]", "[[indicators]]"), "mine.toml: "),
        (('id = "X"', 'id = "X'), "mine.toml: "),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(change: tuple[str, str], told: str) -> None:
    assert told in refused(ONE.replace(*change))


def test_versions_follow_each_other() -> None:
    later = ONE.replace("version = 1", "version = 2").replace("2022-06-23", "2024-01-01")
    found = read_book([("a.toml", (ONE + later).encode())])
    assert found.find("X", date(2023, 1, 1))[0].version == 1
    assert found.find("X", date(2024, 1, 1)) == (found.definitions["X"][1], True)
    assert found.find("X", date(2020, 1, 1)) == (found.definitions["X"][0], False)
    assert "X: version" in refused(later + ONE)
    assert "X: valid_from" in refused(ONE + ONE.replace("version = 1", "version = 2"))
    with pytest.raises(IndicatorNotFound):
        found.find("Y", date(2024, 1, 1))


def test_a_groups_points_are_those_of_its_indicators() -> None:
    group = '[[group]]\ncode = "G"\npoints = 5\ntitle = { vi = "g", en = "g" }\n'
    told = refused(group + ONE.replace('source = "s"', 'source = "s"\ngroup = "G"\npoints = { most = 4 }'))
    assert told == "group G: points: its indicators give 4, not 5"


def test_no_code_knows_an_indicator_by_its_name() -> None:
    from importlib.resources import files

    names = set(book().definitions)
    for one in files("registry.metrics").iterdir():
        if one.name.endswith(".py"):
            text = one.read_text("utf-8")
            assert not {name for name in names if f'"{name}"' in text}, one.name
