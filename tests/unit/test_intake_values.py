"""Codes, numbers of acts, days, fees and times: what they are read as, and when they cannot be."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.intake import dates
from registry.intake.acts import act_number, is_usual
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.codes import procedure_code
from registry.intake.fees import answer, currency_code, fee
from registry.intake.times import processing_time
from registry.procedure import Fee, ProcessingTime
from registry.vocabulary import FeeKind, FeeState, TimeUnit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DAYS = st.dates(date(1975, 7, 1), date(2100, 12, 31))


def _rules(notes: Notes) -> set[str]:
    return {note.rule for note in notes.collected()}


# Codes


@pytest.mark.parametrize(
    ("given_code", "national", "local", "rules"),
    [
        ("1.001193", "1.001193", None, set()),
        (" 1.014325", "1.014325", None, {"trim"}),
        ("1. 001193", "1.001193", None, {"code-space"}),
        ("1,001193", "1.001193", None, {"code-comma"}),
        ("1001193", "1.001193", None, {"code-dot"}),
        ("2.009182739", "2.009182739", None, {"unusual-code"}),
        ("1.0133611", "1.0133611", None, {"unusual-code"}),
        ("1.001193.000.00.00.H55", "1.001193", "1.001193.000.00.00.H55", {"local-code"}),
        ("1.001193.000.00.00.h55", "1.001193", "1.001193.000.00.00.H55", {"local-code"}),
        ("1.001193.H55.17", "1.001193", "1.001193.H55.17", {"local-code"}),
    ],
)
def test_a_code_is_read_in_every_notation(
    given_code: str, national: str, local: str | None, rules: set[str]
) -> None:
    notes = Notes()
    code = procedure_code(given_code, notes)
    assert (code.national, code.local) == (national, local)
    assert _rules(notes) == rules


@pytest.mark.parametrize("deleted", ["1.014955-Xoa", "1.014955-xóa", "1.014955_XOA2"])
def test_a_code_marked_as_deleted_is_refused_as_such(deleted: str) -> None:
    with pytest.raises(Unacceptable, match="deleted by its source"):
        procedure_code(deleted, Notes())


@pytest.mark.parametrize("wrong", ["12345678", "1.001193.01", "TTHC", "1.00", "x" * 100_000, "11.001193"])
def test_what_is_no_code_is_refused(wrong: str) -> None:
    with pytest.raises(Unacceptable, match="not a procedure's code") as refused:
        procedure_code(wrong, Notes())
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u200b", "null"])
def test_a_missing_code_is_refused(nothing: str | None) -> None:
    with pytest.raises(Unacceptable, match="no code"):
        procedure_code(nothing, Notes())


@given(st.from_regex(r"[1-6]\.\d{6}", fullmatch=True))
def test_a_national_code_is_never_changed(code: str) -> None:
    notes = Notes()
    assert procedure_code(code, notes).national == code
    assert len(notes) == 0


# Numbers of acts


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("4472/QĐ-BTC", "4472/QĐ-BTC"),
        ("Quyết định số 2153/QĐ-BQP", "2153/QĐ-BQP"),
        ("SỐ 64/QĐ-NHNN", "64/QĐ-NHNN"),
        ("Số:1111/QĐ-UBND", "1111/QĐ-UBND"),
        ("628 /QĐ-BCT", "628/QĐ-BCT"),
        ("111/QĐ-UBND.", "111/QĐ-UBND"),
        ("1931/.QĐ-BNNMT", "1931/QĐ-BNNMT"),
        ("1580./QĐ-BGDĐT", "1580/QĐ-BGDĐT"),
        ("3098/QĐ_BYT", "3098/QĐ-BYT"),
        ("3713/QD-BTP", "3713/QĐ-BTP"),
        ("519/qđ-ubnd", "519/QĐ-UBND"),
        ("Nghị định số68/2018/NĐ-CP", "68/2018/NĐ-CP"),
        ("18/2026/QĐ - UBND", "18/2026/QĐ-UBND"),
        ("1061b/QĐ-BNG", "1061b/QĐ-BNG"),
        ("753.1/QĐ-BKHCN", "753.1/QĐ-BKHCN"),
        ("Luật số 58", "Luật số 58"),
        ("nghị định 146/2025", "nghị định 146/2025"),
    ],
)
def test_the_number_of_an_act_is_freed_of_what_was_typed_around_it(written: str, number: str) -> None:
    notes = Notes()
    assert act_number(written, notes, "number") == number
    assert (len(notes) > 0) == (written != number)
    assert act_number(number, notes, "number") == number


def test_a_number_that_no_decision_has_is_told_apart() -> None:
    assert is_usual("4472/QĐ-BTC")
    assert is_usual("8597/QĐ-BCA-H06")
    assert not any(map(is_usual, ["13", "543", "Demo/QĐ-BCA", "QĐ000001SNNTEST"]))


# Days


def test_midnight_in_vietnam_is_the_next_day() -> None:
    seventeen = datetime(2026, 5, 19, 17, tzinfo=UTC)
    assert dates.from_milliseconds(seventeen.timestamp() * 1000, "day") == date(2026, 5, 20)
    assert dates.from_milliseconds(datetime(2026, 5, 20, tzinfo=UTC).timestamp() * 1000, "day") == date(
        2026, 5, 20
    )


@given(DAYS, st.integers(0, 86_399_999))
def test_a_moment_of_a_vietnamese_day_is_that_day(day: date, past_midnight: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    moment = midnight.timestamp() * 1000 + past_midnight
    assert dates.from_milliseconds(moment, "day") == day


@given(DAYS)
def test_every_written_shape_of_a_day_is_the_same_day(day: date) -> None:
    shapes = [f"{day:%d-%m-%Y}", f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", day.isoformat()]
    shapes += [f"ngày {day:%d tháng %m năm %Y}", f"{day:%Y/%m/%d}", f"{day.isoformat()}T00:00:00+07:00"]
    assert {dates.from_text(shape, "day") for shape in shapes} == {day}
    assert dates.from_serial((day - date(1899, 12, 30)).days, "day") == day


def test_the_day_stands_before_the_month() -> None:
    assert dates.from_text("09/01/2018", "day") == date(2018, 1, 9)


@pytest.mark.parametrize(
    "wrong", ["31/02/2026", "2026-13-01", "14-10-24", "hôm qua", "01/01/1900", "2101-01-01", "9" * 50]
)
def test_a_day_that_does_not_exist_is_refused_with_its_field(wrong: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        dates.from_text(wrong, "decisionDate")
    assert refused.value.field == "decisionDate"


@given(st.one_of(st.floats(allow_nan=True), st.integers()))
def test_a_number_is_a_day_or_is_refused(value: float) -> None:
    for read in (dates.from_milliseconds, dates.from_serial):
        try:
            day = read(value, "day")
        except Unacceptable:
            continue
        assert dates.FIRST_YEAR <= day.year <= dates.LAST_YEAR


def test_any_shape_is_read_and_nothing_stays_nothing() -> None:
    noon = datetime(2026, 5, 20, 18, tzinfo=UTC)
    assert dates.from_any(noon, "day") == date(2026, 5, 21)
    assert dates.from_any(date(2026, 5, 20), "day") == date(2026, 5, 20)
    assert dates.from_any("20-05-2026", "day") == date(2026, 5, 20)
    assert dates.from_any(int((noon - timedelta(hours=2)).timestamp() * 1000), "day") == date(2026, 5, 20)
    assert dates.from_any(None, "day") is None
    assert dates.from_any("", "day") is None


# Fees


def _fee(value: float | None, text: str = "", currency: str | None = None, *, attached: bool = False) -> Fee:
    return fee(FeeKind.FEE, value, text, currency, Notes(), "fees[0].value", attached=attached)


def test_a_zero_fee_with_a_text_is_not_free() -> None:
    read = _fee(0, "Theo quy định của Bộ Tài chính")
    assert (read.state, read.amount) == (FeeState.SCHEDULE, None)


@pytest.mark.parametrize("value", [0, None, 0.0])
def test_a_zero_without_a_text_is_unknown(value: float | None) -> None:
    assert _fee(value).state is FeeState.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "Miễn phí",
        "Không thu phí",
        "không",
        "Không có.",
        "- Không có",
        "0 đồng",
        "Lệ phí: Không",
        "- Miễn lệ phí (Thông tư số 47/2019/TT-BTC).",
        "MIỄN LỆ PHÍ",
        "Không thu phí, lệ phí",
    ],
)
def test_a_fee_is_free_where_the_text_as_a_whole_says_so(text: str) -> None:
    assert _fee(0, text).state is FeeState.FREE


@pytest.mark.parametrize(
    "text",
    [
        "Miễn phí đối với người khuyết tật",
        "Không thu lệ phí đăng ký đối với tổ hợp tác",
        "150.000 đồng/giấy",
        "(1) Chấp thuận tổ chức lại: Không có.",
        "Miễn lệ phí. Phí cấp bản sao theo Thông tư số 281/2016/TT-BTC",
        "Miễn phí (trừ doanh nghiệp)",
    ],
)
def test_a_condition_or_an_amount_in_words_is_a_schedule(text: str) -> None:
    assert _fee(0, text).state is FeeState.SCHEDULE


@pytest.mark.parametrize(
    "text", ["Không quy định.", "Chưa quy định", "Chưa có", "0", "Đồng", "Phí thẩm định: Chưa có quy định"]
)
def test_a_text_that_does_not_know_leaves_the_fee_unknown(text: str) -> None:
    assert _fee(0, text).state is FeeState.UNKNOWN


def test_an_attached_file_is_a_schedule() -> None:
    assert _fee(None, attached=True).state is FeeState.SCHEDULE
    assert _fee(0, "Miễn phí", attached=True).state is FeeState.FREE


def test_an_amount_keeps_its_currency_and_its_text() -> None:
    assert _fee(50_000, "một giấy", "Việt Nam Đồng") == Fee(
        FeeKind.FEE, FeeState.AMOUNT, 50_000, "VND", "một giấy"
    )
    assert _fee(25, currency="USD").currency == "USD"
    assert currency_code("Yên Nhật") == "Yên Nhật"


@pytest.mark.parametrize("value", [-1, -0.5, 0.5, 1000.25, 10**18])
def test_an_amount_that_cannot_be_dong_is_refused(value: float) -> None:
    with pytest.raises(Unacceptable) as refused:
        _fee(value)
    assert refused.value.field == "fees[0].value"


def test_part_of_a_dollar_is_told_in_words() -> None:
    read = _fee(12.5, "một bản", "USD")
    assert (read.state, read.text) == (FeeState.SCHEDULE, "12.5 USD. một bản")


@given(st.text())
def test_no_amount_and_any_text_never_make_an_amount(text: str) -> None:
    assert answer(text) in {FeeState.FREE, FeeState.SCHEDULE, FeeState.UNKNOWN}


# Processing times


def _time(value: float | str | None, unit: TimeUnit = TimeUnit.OTHER, text: str = "") -> ProcessingTime | None:
    return processing_time(value, unit, text, Notes(), "processingTime")


@pytest.mark.parametrize(
    ("value", "read"), [(5, 5), (7.5, 7.5), (7.0, 7), ("05", 5), ("7,5", 7.5), ("12.5", 12.5)]
)
def test_a_number_with_a_unit_is_a_time(value: float | str, read: float) -> None:
    found = _time(value, TimeUnit.WORKING_DAY, "kể từ ngày nhận đủ hồ sơ")
    assert found == ProcessingTime(TimeUnit.WORKING_DAY, read, "kể từ ngày nhận đủ hồ sơ")


@pytest.mark.parametrize("value", [0, "0", "Theo mô tả", None, 1])
def test_only_a_text_speaks_where_no_number_does(value: float | str | None) -> None:
    assert _time(value, text="Không quá 10 ngày") == ProcessingTime(TimeUnit.OTHER, None, "Không quá 10 ngày")
    assert _time(value) is None


def test_a_zero_is_no_promise() -> None:
    notes = Notes()
    assert processing_time(0, TimeUnit.DAY, "", notes, "processingTime") is None
    assert _rules(notes) == {"zero-time"}


def test_words_in_the_place_of_a_number_are_kept_with_the_description() -> None:
    assert _time("Không quá 15 ngày", text="Nộp trực tuyến") == ProcessingTime(
        TimeUnit.OTHER, None, "Không quá 15 ngày\nNộp trực tuyến"
    )
    assert _time("Không quy định", text="Không quy định") == ProcessingTime(TimeUnit.OTHER, None, "Không quy định")


@pytest.mark.parametrize("value", [-1, 10**9, 1e300])
def test_an_absurd_time_is_refused(value: float) -> None:
    with pytest.raises(Unacceptable):
        _time(value, TimeUnit.DAY)
