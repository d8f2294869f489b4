"""Raw Telex and VNI keystrokes are turned back, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import fold
from search.understanding import keystrokes
from search.understanding.keystrokes import decode, raw, restore
from search.understanding.syllable import inventory, plausible, split, toned, valid

SYLLABLES = sorted(inventory())
TELEX = {"ă": "aw", "â": "aa", "đ": "dd", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw"}
VNI = {"ă": "a8", "â": "a6", "đ": "d9", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7"}
VNI_TONES = {"": "", "f": "2", "s": "1", "x": "4", "r": "3", "j": "5"}


def encode(syllable: str, method: dict[str, str], *, late_tone: bool, late_marks: bool) -> str:
    """The keys that type a syllable."""
    base, tone = split(syllable)
    key = VNI_TONES[tone] if method is VNI else tone
    seat = next((place for place, char in enumerate(syllable) if split(char)[1]), -1)
    keys = late = ""
    for place, char in enumerate(base):
        typed = method.get(char, char)
        keys += typed[0] if late_marks else typed
        late += typed[1:] if late_marks else ""
        keys += key if place == seat and not late_tone else ""
    return keys + late + (key if late_tone else "")


@given(st.sampled_from(SYLLABLES), st.sampled_from([TELEX, VNI]), st.booleans(), st.booleans())
def test_every_syllable_survives_its_keystrokes(syllable, method, late_tone, late_marks):
    typed = encode(syllable, method, late_tone=late_tone, late_marks=late_marks)
    if typed != syllable:
        assert decode(typed) == syllable


@given(st.sampled_from(SYLLABLES))
def test_a_syllable_is_never_taken_for_keystrokes(syllable):
    assert valid(syllable)
    assert plausible(fold(syllable))
    assert raw(syllable) is None
    assert raw(fold(syllable)) is None


def test_the_tables_hold_thousands_of_syllables_and_no_other_words():
    assert 10_000 < len(SYLLABLES) < 25_000
    assert not any(valid(word) for word in ("kôn", "cẹ", "ngiệp", "ghà", "bac", "ôt", "strong", "faq", ""))


def test_the_tone_stands_where_the_schoolbook_has_it():
    assert toned("hoa", "f") == "hòa"
    assert toned("thuơ", "r") == "thuở"
    assert toned("giêng", "s") == "giếng"
    assert toned("quy", "s") == "quý"
    assert toned("ngươi", "f") == "người"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng kys tajm trus", "đăng ký tạm trú"),
        ("d9a8ng ky1 ket61 hon6", "đăng ký kết hôn"),
        ("dangd kys", "đang ký"),
        ("giayas pheps xaya dungwj", "giấy phép xây dựng"),
        ("tach1 thu7a3 d9a6t1", "tách thửa đất"),
        ("chuyeenr mucj ddichs", "chuyển mục đích"),
        ("nhaajn con nuooi", "nhận con nuôi"),
        ("thưcj phẩm", "thực phẩm"),
        ("thuwowfng trus", "thường trú"),
        ("ngu7o72i nu7o71c ngoa2i", "người nước ngoài"),
    ],
)
def test_keystrokes_are_turned_back(typed, meant):
    assert " ".join(restore(typed.split())) == meant


@pytest.mark.parametrize(
    "text",
    [
        "test visa logo form taxi web karaoke homestay",
        "work permit for foreigner",
        "gplx cccd ubnd bhyt qsdd",
        "bằng a1 a2 b2 c1 d2",
        "ct07 m3 co2 h55 1001193",
        "dang ky khai sinh",
    ],
)
def test_what_is_no_keystroke_is_left_alone(text):
    assert restore(text.split()) == text.split()


def test_a_known_word_is_only_doubted_among_raw_ones():
    assert restore(["kys", "hop", "dong"], known={"kys"}.__contains__) == ["kys", "hop", "dong"]
    assert restore(["ddawng", "kys"], known={"kys"}.__contains__) == ["đăng", "ký"]


@given(st.text(max_size=40))
def test_no_text_breaks_the_decoder(text):
    made = keystrokes.decode(text)
    assert made is None or valid(made)
