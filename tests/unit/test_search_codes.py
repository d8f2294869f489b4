import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.codes import Code, find, key
from search.text import repair


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.001193", "1.001193"),
        ("1001193", "1.001193"),
        ("1-001193", "1.001193"),
        ("1,001193", "1.001193"),
        ("1 . 001193", "1.001193"),
        ("1 012784", "1.012784"),
        ("2_000815", "2.000815"),
        ("1–001193", "1.001193"),
        ("mã 1.001193", "1.001193"),
        ("mã số: 1.001193", "1.001193"),
        ("Mã thủ tục 2.001263", "2.001263"),
        ("ma tthc 1014166", "1.014166"),
        ("TTHC 1.001193", "1.001193"),
        ("1.0133611", "1.0133611"),
        ("2.009182739", "2.009182739"),
    ],
)
def test_a_national_code_is_known_in_every_notation(typed: str, value: str) -> None:
    assert find(typed) == ([Code(value)], "")


def test_a_suffix_is_set_apart_and_kept_as_the_local_code() -> None:
    for typed in ("1.001193.000.00.00.H55", "1.001193.H55.17", "1001193.000.00.00.h55"):
        (code,), rest = find(typed)
        assert (code.value, rest) == ("1.001193", "")
        assert code.local == key(typed)


def test_words_beside_a_code_stay() -> None:
    assert find("khai sinh 1.001193 ở xã") == ([Code("1.001193")], "khai sinh   ở xã")
    codes, rest = find("1.001193 và 2.000528")
    assert [code.value for code in codes] == ["1.001193", "2.000528"]
    assert rest == " và "


def test_the_beginning_of_a_code_is_a_prefix() -> None:
    assert find("1.0011") == ([Code("1.0011", whole=False)], "")
    assert find("mã 1.0") == ([Code("1.0", whole=False)], "")


def test_a_number_that_may_be_a_year_stays_in_the_text() -> None:
    assert find("2024") == ([Code("2.024", whole=False)], "2024")


@pytest.mark.parametrize(
    "text",
    [
        "vay 1000000 đồng",
        "3.1 hecta",
        "gia hạn 12 tháng",
        "0912345678",
        "1.000.000 đồng",
        "123456789012",
        "",
        "khai sinh",
    ],
)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert find(text) == ([], text)


def test_what_looks_like_a_local_code_is_left_to_the_index_to_tell() -> None:
    for text in ("T-THN-123456-TT", "63/2010/NĐ-CP"):
        assert find(text) == ([Code("", local=key(text))], text)


def test_a_key_forgets_what_stands_between() -> None:
    assert key("t-thn-123456-tt") == key("T.THN.123456.TT") == "TTHN123456TT"
    assert key("QĐ-12") == "QD12"


@given(st.integers(1, 9), st.integers(0, 999_999), st.sampled_from([".", "-", ",", " ", " . ", "_", ""]))
def test_every_code_is_found_however_its_point_is_written(first: int, rest: int, point: str) -> None:
    assert find(f"{first}{point}{rest:06}")[0] == [Code(f"{first}.{rest:06}")]


@given(st.text(alphabet="0123456789.-, mãaH/_", max_size=60))
def test_no_text_breaks_the_search_for_codes(text: str) -> None:
    codes, rest = find(repair(text))
    assert len(rest) <= len(text) + len(codes)
