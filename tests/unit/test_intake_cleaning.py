"""Cleaning repairs text and says what it did; what is clean is left alone."""

import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.intake.cleaning import EXCERPT, Notes, block, is_null, line, unglued

_CHARS = " \n\t\u00a0\u200b\u00ad\ufeff\0\x07\u2028\uf0b7\uf8ff\u0301-»"
_PIECES = ("  ", "\r\n", "e\u0302\u0323", "Không có thông tin", "null", "Đăng ký")
_DIRT = st.sampled_from([*_CHARS, *_PIECES])
_TEXTS = st.one_of(st.text(), st.lists(st.one_of(_DIRT, st.text(max_size=6)), max_size=12).map("".join))


def _rules(notes: Notes) -> list[str]:
    return [note.rule for note in notes.collected()]


@given(_TEXTS)
def test_cleaning_a_line_twice_changes_nothing_more(text: str) -> None:
    once = line(text, Notes(), "name")
    notes = Notes()
    assert line(once, notes, "name") == once
    assert len(notes) == 0


@given(_TEXTS)
def test_cleaning_a_block_twice_changes_nothing_more(text: str) -> None:
    once = block(text, Notes(), "note")
    notes = Notes()
    assert block(once, notes, "note") == once
    assert len(notes) == 0


@given(_TEXTS)
def test_a_clean_line_is_composed_printable_and_single(text: str) -> None:
    cleaned = line(text, Notes(), "name")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\n" not in cleaned
    assert "  " not in cleaned
    assert cleaned == cleaned.strip(" ")
    assert not any(unicodedata.category(char) in {"Cc", "Co", "Cs"} for char in cleaned)


@given(_TEXTS)
def test_a_clean_block_has_no_loose_spaces_and_at_most_two_blank_lines(text: str) -> None:
    cleaned = block(text, Notes(), "note")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert "\n\n\n\n" not in cleaned
    assert all(part == part.strip(" ") for part in cleaned.split("\n"))
    assert not any(unicodedata.category(char) in {"Co", "Cs"} for char in cleaned)


@given(_TEXTS)
def test_a_note_is_written_exactly_when_something_changed(text: str) -> None:
    for clean in (line, block):
        notes = Notes()
        assert (clean(text, notes, "name") != text) == (len(notes) > 0)


@given(_TEXTS, _TEXTS)
def test_notes_are_short_and_hold_no_nul(before: str, after: str) -> None:
    notes = Notes()
    notes.add("name", "rule", before * 40, after * 40)
    (note,) = notes.collected()
    assert max(len(note.before), len(note.after)) <= EXCERPT
    assert "\0" not in note.before + note.after


@pytest.mark.parametrize(
    ("dirty", "clean", "rule"),
    [
        ("Cấp  phép", "Cấp phép", "double-space"),
        (" Cấp phép ", "Cấp phép", "trim"),
        ("Cấp\nphép", "Cấp phép", "line-break"),
        ("Cấp\u00a0phép", "Cấp phép", "odd-space"),
        ("Cấp\tphép", "Cấp phép", "odd-space"),
        ("Cấp\u200b phép", "Cấp phép", "zero-width"),
        ("\ufeffCấp phép", "Cấp phép", "zero-width"),
        ("Cấp\0 phép", "Cấp phép", "control"),
        ("\uf0b7\tCấp phép", "• Cấp phép", "private-use"),
        ("\uf02d Cấp phép", "- Cấp phép", "private-use"),
        ("Cấp\uf8ff phép", "Cấp phép", "private-use"),
        (unicodedata.normalize("NFD", "Cấp phép"), "Cấp phép", "nfc"),
        ("Không có thông tin", "", "literal-null"),
        ("NULL", "", "literal-null"),
    ],
)
def test_each_kind_of_dirt_is_cleaned_under_its_own_rule(dirty: str, clean: str, rule: str) -> None:
    notes = Notes()
    assert line(dirty, notes, "name") == clean
    assert rule in _rules(notes)


def test_a_note_names_the_place_and_shows_both_sides() -> None:
    notes = Notes()
    line("Cấp  phép", notes, "cases[{}].papers[{}].name", 2, 7)
    (note,) = notes.collected()
    assert (note.field, note.before, note.after) == ("cases[2].papers[7].name", "Cấp  phép", "Cấp phép")


def test_a_note_on_a_long_text_shows_where_it_changed() -> None:
    notes = Notes()
    block("a" * 5_000 + "  bước hai", notes, "note")
    (note,) = notes.collected()
    assert "  bước hai" in note.before
    assert " bước hai" in note.after


def test_a_block_keeps_its_lines() -> None:
    assert block("Bước 1 \r\n  Bước 2\u2028Bước 3", Notes(), "steps") == "Bước 1\nBước 2\nBước 3"


def test_khong_is_an_answer_and_no_null() -> None:
    assert not is_null("Không")
    assert not is_null("Không quy định")
    assert line("Không", Notes(), "requirements") == "Không"


def test_a_tone_tells_a_word_from_a_null() -> None:
    assert is_null("nan")
    assert not is_null("nạn")


def test_text_of_the_page_is_taken_off() -> None:
    notes = Notes()
    assert unglued("Trang chủ Luật số 90/2025/QH15", notes, "title") == "Luật số 90/2025/QH15"
    assert unglued("Hòa giải (1) Trình tự thực hiện:", notes, "name") == "Hòa giải"
    crumbs = ("Quản lý xuất nhập cảnh",)
    glued = "CSDL Quốc gia về TTHC»Bộ Công an»Quản lý xuất nhập cảnh Cấp giấy phép"
    assert unglued(glued, notes, "keywords", crumbs=crumbs) == "Cấp giấy phép"
    assert _rules(notes) == ["page-text"] * 3


def test_what_only_looks_like_page_text_stays() -> None:
    notes = Notes()
    for text in ("Trang chủ của báo điện tử", "CSDL Quốc gia về TTHC», "[:-2], "Thủ tục (1)"):
        assert unglued(text, notes, "name") == text
    assert len(notes) == 0


@pytest.mark.parametrize("char", [" ", "\n", "\u00a0", "-", "\u200b", "\uf0b7", "\u0301"])
def test_a_megabyte_of_anything_is_cleaned_in_a_blink(char: str) -> None:
    text = "a" + char * 1_000_000 + "b"
    started = process_time()
    line(text, Notes(), "name")
    block(text, Notes(), "note")
    assert process_time() - started < 10
