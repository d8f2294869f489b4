"""Numbers on a terminal and in files: readable, right to the last digit, and harmless to open."""

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as some
from python_calamine import CalamineWorkbook

from registry.cli import main
from registry.cli.screen import Screen
from registry.dossiers.measures import BY_NAME
from registry.metrics.definitions import Definition, definitions
from registry.metrics.exports import Column, Kind, Report, Sheet, delimited, period_text, shown, wording, workbook
from registry.metrics.sides import Agencies, Observation
from registry.metrics.traits import TRAITS
from registry.settings import SETTINGS, Settings

DAY = date(2025, 5, 31)
# What letters of Vietnamese carry, once taken apart; đ cannot be.
MARKS = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323đĐ")
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "http://example.org/", "=HYPERLINK(1)")


@pytest.fixture
def run(
    filled: Settings, on_the_day: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(filled.data))

    def command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return command


def report(*names: str) -> Report:
    columns = (
        Column("name", "Tên"),
        Column("count", "Số", Kind.COUNT),
        Column("share", "Tỷ lệ", Kind.PERCENT),
        Column("day", "Ngày", Kind.DAY),
    )
    rows = tuple((name, 1234567, 99.43, DAY) for name in names)
    sheet = Sheet("Số liệu: [2025]/*", "Số liệu", columns, rows, ("=ghi chú",))
    return Report("=Báo cáo", (("Cơ quan", "=H55"),), (sheet,), DAY)


def cells(data: bytes, sheet: int = 0) -> list[list[Any]]:
    found: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(sheet).to_python()
    return found


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (1234567, Kind.COUNT, "1.234.567"),
        (99.43, Kind.PERCENT, "99,43 %"),
        (1999.5, Kind.POINTS, "1.999,50"),
        (0.00012, Kind.PRECISE, "0,0001"),
        (2.5, Kind.NUMBER, "2,5"),
        (10.0, Kind.NUMBER, "10"),
        (1.2, Kind.CHANGE, "+1,20"),
        (-1.2, Kind.CHANGE, "-1,20"),
        (DAY, Kind.DAY, "31/05/2025"),
        (None, Kind.COUNT, "–"),
        ("dưới 5", Kind.COUNT, "dưới 5"),
    ],
)
def test_numbers_are_written_as_in_vietnam(value: Any, kind: Kind, said: str) -> None:
    assert shown(value, kind) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "năm 2025"),
        (date(2025, 7, 1), date(2025, 12, 31), "6 tháng cuối năm 2025"),
        (date(2025, 4, 1), date(2025, 6, 30), "quý 2/2025"),
        (date(2024, 2, 1), date(2024, 2, 29), "tháng 2/2024"),
        (DAY, DAY, "ngày 31/05/2025"),
        (date(2025, 1, 1), DAY, "từ 01/01/2025 đến 31/05/2025"),
        (date(9999, 12, 1), date(9999, 12, 31), "tháng 12/9999"),
    ],
)
def test_periods_are_told_in_words(start: date, end: date, said: str) -> None:
    assert period_text(start, end) == said


def test_a_workbook_reads_back_as_it_was_meant() -> None:
    rows = cells(workbook(report("Đăng ký khai sinh")))
    assert rows[0][0] == "=Báo cáo"
    assert ["Tên", "Số", "Tỷ lệ", "Ngày"] in rows
    assert ["Đăng ký khai sinh", 1234567, 0.9943, DAY] in rows
    assert rows[-1][0] == "=ghi chú"


def test_no_text_becomes_a_formula_or_a_link() -> None:
    data = workbook(report(*EVIL))
    found = parts(data)
    assert not [name for name, text in found.items() if "<f>" in text or "<hyperlink" in text]
    names = [row[0] for row in cells(data)]
    assert set(EVIL) - {"\r=1"} <= set(names)


def test_a_workbook_is_ready_to_print_and_to_scroll() -> None:
    found = parts(workbook(report("a")))
    sheet = found["xl/worksheets/sheet1.xml"]
    assert 'paperSize="9"' in sheet
    assert 'fitToWidth="1"' in sheet or "fitToPage" in sheet
    assert 'state="frozen"' in sheet
    assert "Print_Titles" in found["xl/workbook.xml"]
    assert "dd/mm/yyyy" in found["xl/styles.xml"]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert workbook(report("a", "b")) == workbook(report("a", "b"))


def test_csv_has_a_mark_plain_numbers_and_no_formulas() -> None:
    data = delimited(report("=1+1", "Đất, đai"))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [
        ["name", "count", "share", "day"],
        ["'=1+1", "1234567", "99.43", "2025-05-31"],
        ["Đất, đai", "1234567", "99.43", "2025-05-31"],
    ]


@bounded(max_examples=10, deadline=None)
@given(some.text(max_size=40))
def test_any_text_can_be_written(text: str) -> None:
    assert cells(workbook(report(text)))
    assert delimited(report(text)).count(b"\n") >= 2


def test_every_word_of_a_definition_is_known() -> None:
    known = wording.words()
    assert set(BY_NAME) <= set(known.measures)
    assert set(TRAITS) <= set(known.traits)
    assert {unit for one in definitions() for unit in one.units} <= set(known.units)
    assert {each.reason for one in definitions() for each in (*one.exclusions, *one.quality)} <= set(known.reasons)
    asked = [side.term for one in definitions() for side in one.sides]
    named = {term.name for term in asked if isinstance(term, Observation)}
    named |= {term.flag for term in asked if isinstance(term, Agencies) and term.flag}
    assert named <= set(known.observed)
    [provided] = [one for one in definitions() if one.id == "ONLINE_PROVIDED"]
    assert wording.worded(provided.numerator) == "thủ tục; cung cấp trực tuyến; không kể nội bộ giữa các cơ quan"
    assert wording.scored(provided.points) == "đủ 2 điểm khi đạt từ 80 %, dưới mức đó theo tỷ lệ"
    assert (
        wording.worded(provided.numerator, "en")
        == "procedures; offered online; leaving out those internal between agencies"
    )
    assert wording.scored(provided.points, "en") == "all 2 points from 80 % on, below that in proportion"


def texts(one: Definition, language: str) -> dict[str, str]:
    """Every text that a definition shows, but for the acts that it cites."""
    apart = [*one.exclusions, *one.quality]
    return {
        "title": one.title.by(language),
        "numerator": wording.worded(one.numerator, language),
        "denominator": wording.worded(one.denominator, language) if one.denominator else "",
        "left out": wording.left_out(one, language),
        "points": wording.scored(one.points, language),
        "empty": wording.told(wording.words().empty, one.empty, language),
        "reasons": "; ".join(wording.reason(each.reason, language) for each in apart),
        "note": re.sub(r"Nghị định số \S+", "", one.note.by(language)),
    }


def test_every_text_that_a_definition_shows_is_told_in_both_languages() -> None:
    for one in definitions():
        vi, en = texts(one, "vi"), texts(one, "en")
        for place, text in vi.items():
            assert bool(text) == bool(en[place]), (one.id, place)
            assert text.isdecimal() or not text or text != en[place], (one.id, place, text)
            assert not MARKS.intersection(normalize("NFD", en[place])), (one.id, place, en[place])
        assert one.source.vi
        assert one.source.en
        told = [text for text in vi.values() if len(text) > 12]
        assert all(MARKS.intersection(normalize("NFD", text)) for text in told), one.id


def test_every_word_stands_in_both_languages() -> None:
    for section in msgspec.structs.asdict(wording.words()).values():
        for name, word in section.items():
            assert word.vi, name
            assert word.en, name
            assert word.vi.count("{}") == word.en.count("{}"), name


def test_metrics_show_both_sides_and_what_others_published(run: Any) -> None:
    code, out, _ = run("metrics", "ON_TIME", "--agency", "H99", "--period", "2025")
    assert code == 0
    assert "Tỷ lệ hồ sơ giải quyết, đang giải quyết đúng hạn\t5\t6\t83,33 %\t16,67" in out
    assert "Cổng dịch vụ công" in out


def test_metrics_without_a_name_are_all_of_them(run: Any) -> None:
    code, out, _ = run("metrics", "--agency", "H99", "--period", "2025", "--json")
    answers = msgspec.json.decode(out)["answers"]
    assert code == 0
    assert [one["indicator"] for one in answers] == [one.id for one in definitions(date(2025, 12, 31))]


def test_a_scorecard_is_written_as_a_workbook_that_explains_itself(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "card.xlsx"
    code, out, err = run("scorecard", "H99", "--period", "2025", "--xlsx", path)
    assert (code, out) == (0, "")
    assert str(path) in err
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names[0] == "Bảng điểm"
    assert {"Công thức", "Nguồn gốc số liệu", "Số liệu công bố"} <= set(book.sheet_names)
    rows = book.get_sheet_by_name("Bảng điểm").to_python()
    [on_time] = [row for row in rows if row[0] == "ON_TIME"]
    assert on_time[2:7] == [5, 6, 0.8333, 16.67, 20]
    assert on_time[-1] == 19.5
    [formula] = [row for row in book.get_sheet_by_name("Công thức").to_python() if row[0] == "ON_TIME"]
    assert "hồ sơ tiếp nhận" in formula[2]
    assert formula[7] == 1


def test_practice_goes_down_to_the_dossiers(run: Any, tmp_path: Path) -> None:
    asked = ("practice", "--agency", "H99.01", "--procedure", "9.000001.000.00.00.H99", "--period", "2025-05")
    code, out, _ = run(*asked, "--records", "--csv", tmp_path / "p.csv")
    assert (code, out) == (0, "")
    [row] = csv.DictReader(io.StringIO((tmp_path / "p.csv").read_text("utf-8-sig")))
    assert (row["promise"], row["median"], row["unit"], row["count"]) == ("5", "6", "ngày làm việc", "1")
    assert "1 trong 1 hồ sơ" in run(*asked, "--records")[1]


def test_a_work_list_is_told_in_the_words_of_the_office(run: Any) -> None:
    code, out, _ = run("worklist", "--agency", "H99", "--kind", "update", "--as-of", "2025-05-26")
    assert code == 0
    assert "Công khai quyết định\tQD1\t1/QĐ-UBND" in out
    assert "27/05/2025\t1\t2\t" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("metrics", "NOTHING"), 5, "ON_TIME"),
        (("metrics", "ON_TIME", "--agency", "H00"), 5, "H00"),
        (("metrics", "--rank", "--agency", "H99"), 2, "INDICATOR"),
        (("metrics", "ON_TIME", "--rank"), 2, "--agency"),
        (("metrics", "ON_TIME", "--period", "2025-Q5"), 2, "2025-Q1"),
        (("metrics", "ON_TIME", "--period", "2025", "--to", "2025-05-01"), 2, "not both"),
        (("metrics", "ON_TIME", "--from", "2025-05-02", "--to", "2025-05-01"), 2, "before"),
        (("scorecard", "H00"), 5, "H00"),
        (("worklist", "--kind", "nothing"), 2, "update"),
        (("practice", "--records"), 2, "--procedure"),
        (("observe", "/nonexistent.json"), 2, "no such file"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_line(run: Any, arguments: Any, code: int, said: str) -> None:
    ended, out, err = run(*arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_numbers_stand_on_the_right_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.terminal = True
    screen.table(("Tên", "Số"), [("a", "1"), ("b", "1.000")], wide=0, right=[1])
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert len({len(line) for line in lines}) == 1


def test_figures_are_observed_once_and_corrected(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "var"))
    path = tmp_path / "par.csv"
    path.write_text('name,agency,period,value,source\nPAR_INDEX,H55,2021,"86,5",Bộ Nội vụ\n')
    assert "dry run" in run("observe", path, "--dry-run")[1]
    assert "1 new, 0 corrected" in run("observe", path)[1]
    assert "0 new, 0 corrected, 1 unchanged" in run("observe", path)[1]
    path.write_text(path.read_text().replace("86,5", "86,6"))
    assert "0 new, 1 corrected" in run("observe", path)[1]
