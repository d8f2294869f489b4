import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import collate, exact, fold, repair, slug, syllables, tokens, words

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
vietnamese = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + " -.,0123456789"))


def test_every_vietnamese_letter_folds_to_one_plain_letter() -> None:
    assert len(fold(VIETNAMESE)) == len(VIETNAMESE)
    assert set(fold(VIETNAMESE + VIETNAMESE.upper())) <= set("abcdefghijklmnopqrstuvwxyz")


def test_combining_marks_and_one_character_letters_are_the_same_text() -> None:
    apart = unicodedata.normalize("NFD", "Cấp thẻ Đường bộ")
    assert repair(apart) == "Cấp thẻ Đường bộ"
    assert fold(apart) == "cap the duong bo"
    assert tokens(apart) == ["cấp", "thẻ", "đường", "bộ"]


def test_odd_spaces_controls_and_zero_width_characters_are_repaired() -> None:
    assert repair("\ufeff Cấp\u00a0 lại\u200b\tthẻ\x00 \uf0b7 mới\r\n") == "Cấp lại thẻ mới"
    assert repair("soft\u00adhyphen") == "softhyphen"


def test_curly_quotes_become_plain_ones() -> None:
    assert repair("“bìa đỏ” ‘sổ’") == "\"bìa đỏ\" 'sổ'"


def test_line_breaks_are_spaces_unless_they_are_asked_for() -> None:
    assert repair("a \r\n\r\n b\u2028c") == "a b c"
    assert repair("a \r\n\r\n b\u2028c", lines=True) == "a\nb\nc"


@pytest.mark.parametrize(("old", "new"), [("hoà", "hòa"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("HOÁ", "hóa")])
def test_both_places_of_a_tone_are_one_exact_word(old: str, new: str) -> None:
    assert exact(old) == exact(new)


def test_words_that_only_fold_alike_stay_different_words() -> None:
    assert len({exact(word) for word in ("đường", "dương", "đương", "dưỡng", "đường ")}) == 5
    assert fold("đường") == fold("dương") == "duong"


def test_words_know_their_place() -> None:
    text = "Cấp (lại) 02/2020/NĐ-CP"
    assert [text[word.start : word.end] for word in words(text)] == ["Cấp", "lại", "02", "2020", "NĐ", "CP"]
    assert syllables(text) == ["cap", "lai", "02", "2020", "nd", "cp"]


def test_a_slug_has_plain_letters_digits_and_single_hyphens() -> None:
    assert slug(" Tổ chức (không bao gồm doanh nghiệp, HTX)") == "to-chuc-khong-bao-gom-doanh-nghiep-htx"


@given(st.text())
def test_repair_and_fold_and_slug_are_at_rest_after_one_go(text: str) -> None:
    assert repair(repair(text)) == repair(text)
    assert repair(repair(text, lines=True), lines=True) == repair(text, lines=True)
    assert fold(fold(text)) == fold(text)
    assert slug(slug(text)) == slug(text)


@given(st.text())
def test_a_repaired_text_has_no_characters_that_do_not_print(text: str) -> None:
    assert not {unicodedata.category(char) for char in repair(text)} & {"Cc", "Cf", "Cs", "Co"}
    assert repair(text).split(" ") == repair(text).split() or repair(text) == ""


@given(vietnamese)
def test_vietnamese_folds_to_ascii_whatever_its_composition(text: str) -> None:
    assert fold(text).isascii()
    assert fold(text) == fold(unicodedata.normalize("NFD", text)) == fold(text.upper())


@given(vietnamese)
def test_words_and_tokens_and_syllables_cut_alike(text: str) -> None:
    assert syllables(text) == [fold(token) for token in tokens(text)] == [word.folded for word in words(text)]


def test_names_sort_by_the_vietnamese_alphabet_before_their_tones() -> None:
    ordered = ["An", "Ăn", "Âu", "Ba", "Bà", "Bá", "Bà con", "Dân", "Đân", "Ê", "Ôm", "Ơn", "Ủy", "Ưa"]
    assert sorted(set(ordered), key=collate) == ordered
