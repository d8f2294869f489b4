"""The data files hold what they must, row by row, and a faulty one says where."""

import re
from collections import Counter
from importlib.resources import files

import msgspec
import pytest

from search.contract import FACETS
from search.text import tokens
from search.understanding import ages, data, lexicon, situations
from search.understanding.phrases import Phrases, alike

CODE = re.compile(r"\d\.\d{6}")
LEVELS = {"ministry", "province", "commune", "other"}


def said(file: str) -> int:
    return sum(len(row.say) for row in lexicon.rows() if row.file == file)


def test_the_files_are_broad():
    assert said("abbreviations") >= 150
    assert said("everyday") >= 250
    assert said("business") >= 80
    assert len(situations.situations()) >= 80


def test_every_row_has_its_reason_and_words():
    for row in lexicon.rows():
        assert row.reason, row.say
        assert row.say, row
        assert all(tokens(phrase) for phrase in row.say), row.say
        assert all(0 < one.weight <= 1 and one.words for one in (*row.mean, *row.also)), row.say
    for situation in situations.situations():
        assert situation.reason
        assert situation.want
        assert all(situation.when)


def test_no_data_file_names_a_procedure_by_code():
    for name in data.names(".toml"):
        text = (files("search.understanding") / "data" / name).read_text(encoding="utf-8")
        assert not CODE.search(text), name


def test_preferred_values_are_those_of_known_facets():
    values = [one for row in lexicon.rows() for one in (*row.prefer, *row.demand)]
    assert {one.facet for one in values} <= set(FACETS)
    assert {one.value for one in values if one.facet == "level"} <= LEVELS
    assert {one.value for one in values if one.facet == "onlineLevel"} <= {"full", "partial", "information"}
    assert {one.value for one in values if one.facet == "channel"} <= {"online", "direct", "postal"}


def test_the_34_provinces_take_in_the_63():
    rows = [row for row in lexicon.rows() if row.file == "places"]
    places = Counter(one.value for row in rows for one in row.prefer)
    assert len(places) == 34
    assert sum(places.values()) == 34 + 30  # 29 that were merged away, and Thừa Thiên Huế by its old name
    assert all(re.fullmatch(r"H\d\d", code) for code in places)


def test_ages_are_spans():
    assert all(
        span.least <= span.most and span.say and span.reason for span in ages.ages(["5", "tuổi", "80", "tuổi"])
    )
    assert [span.say for span in ages.ages(["bé", "5", "tuổi"])] == ["dưới 6 tuổi", "dưới 14 tuổi"]
    assert ages.ages(["5", "ngày"]) == []


def test_a_value_without_its_facet_is_named():
    with pytest.raises(data.DataFault, match=r"x\.toml.*commune.*facet=value"):
        lexicon._values("commune", "x.toml")


def test_a_weight_that_is_no_number_is_named():
    with pytest.raises(data.DataFault, match=r"x\.toml.*sổ đỏ"):
        data.weighted("sổ đỏ ~nhiều", "x.toml")


def test_an_unknown_class_of_a_situation_is_named():
    with pytest.raises(data.DataFault, match="no class 'aunt'"):
        situations._phrases("{aunt}", {})


def test_an_unknown_key_of_a_row_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rows": [{"say": "a", "mean": "b", "reson": "c"}]}, lexicon._File)


def test_a_phrase_is_found_with_marks_missing_but_not_with_other_marks():
    phrases: Phrases[str] = Phrases()
    phrases.add("paper", "sổ đỏ")
    assert phrases.at(["sổ", "đỏ"], 0)
    assert phrases.at(["so", "do"], 0)
    assert phrases.at(["sỗ", "đỏ"], 0)
    assert not phrases.at(["số", "đo"], 0)
    assert not phrases.at(["so", "do"], 0, marked=True)
    assert alike("kêt", "kết")
    assert not alike("chợ", "cho")


def test_a_long_phrase_forgives_a_word_its_marks_or_its_tone_but_not_both():
    phrases: Phrases[str] = Phrases()
    phrases.add("seal", "đăng ký dấu")
    phrases.add("arcade", "mở tiệm net")
    assert phrases.at(["đăng", "kỵ", "dấu"], 0)
    assert phrases.at(["đăng", "ký", "dậu"], 0)
    assert not phrases.at(["đăng", "ký", "đầu"], 0)
    # What has no marks of its own is written with any.
    assert phrases.at(["mở", "tiệm", "nết"], 0)
