"""Figures that others publish: read to the last number, recorded once, corrected and never overwritten."""

import asyncio
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as some
from piccolo.querystring import QueryString

from registry.engine import Database
from registry.intake.record import SourceUnreadable
from registry.metrics.observations import (
    Observation,
    ObservationRejected,
    Unit,
    listed,
    observe,
    observed,
    period_of,
    place_of,
    revision,
)
from registry.metrics.observations.formats import Document, Reading, opened, reader
from registry.metrics.observations.proof import prove

SHARED = Path(os.environ.get("DANHMUC_SHARED", Path(__file__).parents[3] / "shared"))
TODAY = date(2026, 11, 22)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def read(name: str, text: str | bytes, **told: object) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    return reader(Path(name), data).read(Document(name, data, TODAY, **told))  # type: ignore[arg-type]  # by name


def figure(value: float | None = 76.71, **more: object) -> Observation:
    fields: dict[str, object] = {
        "name": "PAR_INDEX",
        "unit": Unit.POINTS,
        "agency": "H55",
        "begins": YEAR[0],
        "ends": YEAR[1],
        "source": "Bộ Nội vụ",
        "captured": TODAY,
        "value": value,
    }
    return Observation(**{**fields, **more})  # type: ignore[arg-type]  # by name


ANSWER = {
    "departmentCode": "H99",
    "departmentName": "UBND tỉnh Ví Dụ",
    "stt": 3,
    "totalReceived": 10,
    "totalOnTime": 9,
    "ratio": 90.0,
    "score": 18.0,
    "maxScore": 20,
    "surprise": 7,
}


def test_every_number_of_an_answer_is_a_figure_or_is_named() -> None:
    reading = read("answer-2026.json", msgspec.json.encode({"data": {"children": [ANSWER]}}))
    on_time, points = reading.observations
    assert (on_time.name, on_time.value, on_time.numerator, on_time.denominator) == ("ON_TIME", 90.0, 9, 10)
    assert (points.unit, points.value, points.out_of) == (Unit.POINTS, 18.0, 20.0)
    assert (on_time.begins, on_time.ends, on_time.called) == (*YEAR, "UBND tỉnh Ví Dụ")
    assert reading.numbers == 5
    told = {one.where.rpartition("/")[2]: one.reason for one in reading.left}
    assert told == {"stt": "the number of the row", "surprise": "not understood"}


def test_a_number_outside_any_agency_is_not_lost() -> None:
    reading = read("answer-2026.json", msgspec.json.encode({"total": 4, "data": ANSWER}))
    assert [one.where for one in reading.left if one.value == 4] == ["answer-2026.json#/total"]


def test_an_answer_that_repeats_its_request_tells_its_period() -> None:
    content = {"timeType": "month", "year": 2025, "month": 3, "data": ANSWER}
    one = read("answer.json", msgspec.json.encode(content)).observations[0]
    assert (one.begins, one.ends) == (date(2025, 3, 1), date(2025, 3, 31))


def test_an_answer_without_a_period_is_refused_with_the_way_out() -> None:
    with pytest.raises(SourceUnreadable, match="--period"):
        read("answer.json", msgspec.json.encode(ANSWER))


def test_a_total_that_is_not_the_sum_of_its_groups_is_flagged() -> None:
    content = {"departmentCode": "H1", "totalScore": 82.88, "groupScores": {"CKMB": 12.1, "TDGQ": 70.0}}
    total = next(
        one
        for one in read("year-2026.json", msgspec.json.encode(content)).observations
        if one.name == "TOTAL_SCORE"
    )
    assert (total.value, total.quality) == (82.88, "TOTAL_NOT_SUM_OF_GROUPS")
    assert "82.10" in total.note


def test_a_figure_that_a_document_gives_twice_differently_is_flagged() -> None:
    parts = {"CKMB": {"score": 9.5, "maxScore": 18, "ratio": 52.8}}
    content = {"departmentCode": "H1", "groupScores": {"CKMB": 9.0}, "componentIndicators": parts}
    found = read("year-2026.json", msgspec.json.encode(content)).observations
    points = next(one for one in found if one.unit is Unit.POINTS)
    assert (points.value, points.out_of, points.quality) == (9.5, 18.0, "PUBLISHED_TWICE_DIFFERENTLY")


def test_a_ratio_that_does_not_follow_from_its_parts_is_doubted() -> None:
    assert figure(82.1, unit=Unit.PERCENT, numerator=80, denominator=100).doubts == ["ratio-differs"]
    assert figure(66.67, unit=Unit.PERCENT, numerator=2, denominator=3).doubts == []
    assert figure(0.0, unit=Unit.PERCENT, numerator=0, denominator=0).doubts == ["no-denominator"]


@pytest.mark.parametrize(("name", "numbers", "left"), [("gia-lai-2026-10-10", 202, 0), ("phu-tho-2026", 126, 3)])
def test_the_real_captures_are_understood_to_the_last_number(name: str, numbers: int, left: int) -> None:
    path = SHARED / "data" / "indicators" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the real captures are absent: {path}")
    reading = read(path.name, opened(path))
    assert (reading.numbers, len(reading.left)) == (numbers, left)
    assert {one.reason for one in reading.left} <= {"the number of the row"}
    assert not [one for one in reading.observations if "ratio-differs" in one.doubts]


def test_a_list_is_read_with_commas_or_semicolons_and_a_mark() -> None:
    text = "\ufeffname;agency;period;value;unit;outOf;source\r\nPAR_INDEX_RANK;H55;2021;6;rank;63;Bộ Nội vụ\r\n"
    [rank] = read("ranks.csv", text).observations
    assert (rank.value, rank.out_of, rank.unit, rank.begins) == (6.0, 63.0, Unit.RANK, date(2021, 1, 1))
    [same] = read("ranks.csv", text.replace(";", ",")).observations
    assert same == rank


def test_a_list_may_be_lines_of_json() -> None:
    line = '{"name":"SIPAS","agency":"H55","period":"2021","value":"89,42%","source":"Bộ Nội vụ"}\n'
    [one] = read("sipas.ndjson", line).observations
    assert (one.value, one.unit, one.origin) == (89.42, Unit.PERCENT, "sipas.ndjson, row 1")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,H55,2021,1.234.5,,", "row 2: value"),
        ("A,H55,2021-13,1,,", "row 2: period"),
        (",H55,2021,1,,", "row 2: name"),
        ("A,,2021,1,,", "row 2: agency"),
        ("A,H55,2021,,1.232,", "row 2: numerator"),
        ("A,H55,2021,,,", "row 2: value"),
        ("A,H55,2021,1,,furlongs", "row 2: unit"),
        ("A,H55,2021", "row 2: 3 cells under 6 headings"),
    ],
)
def test_a_bad_row_is_named_with_its_field(row: str, said: str) -> None:
    with pytest.raises(SourceUnreadable) as refused:
        read("list.csv", f"name,agency,period,value,numerator,unit\n{row}\n", source="x")
    assert said in str(refused.value)


def test_a_column_that_is_not_known_is_refused() -> None:
    with pytest.raises(SourceUnreadable, match="'valeu'"):
        read("list.csv", "name,agency,period,valeu\nA,H55,2021,1\n", source="x")


@bounded(max_examples=40, deadline=None)
@given(some.text(max_size=60))
def test_no_text_crashes_a_reader(text: str) -> None:
    for start in ("name,agency,period,value\n", '{"name": "A", "agency": "B", "period": "2', '{"departmentCode":'):
        with suppress(SourceUnreadable):
            read("any-2026", start + text)


@given(some.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_period_holds_the_day_it_is_named_after(day: date) -> None:
    quarter = (day.month + 2) // 3
    for text in (f"{day.year}", f"{day.year}-Q{quarter}", f"{day:%Y-%m}", f"{day}"):
        begins, ends = period_of(text)
        assert begins <= day <= ends
    assert period_of(f"{day}") == (day, day)


@pytest.mark.parametrize("text", ["", "2025-13", "2025-Q5", "25", "2025-02-30", "0000", "2025-1"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ObservationRejected):
        period_of(text)


@pytest.mark.anyio
async def test_handing_in_the_same_again_changes_nothing(database: Database) -> None:
    first = await observe(database, [figure()])
    again = await observe(database, [figure()])
    assert (first.new, again.new, again.unchanged) == (1, 0, 1)
    assert await revision(database) == 1


@pytest.mark.anyio
async def test_a_correction_is_a_later_row_and_the_old_one_stays(database: Database) -> None:
    await observe(database, [figure(76.71)])
    outcome = await observe(database, [figure(76.17)])
    assert outcome.corrected == 1
    assert [one.value for one in await observed(database, None, "H55", *YEAR)] == [76.17]
    rows = await database.rows(QueryString("SELECT seq, recorded_to, value FROM observation ORDER BY seq"))
    assert [tuple(row.values()) for row in rows] == [(1, 2, 76.71), (2, None, 76.17)]


@pytest.mark.anyio
async def test_the_last_capture_counts_whatever_the_order_of_arrival(database: Database) -> None:
    late, early = figure(2.0, captured=date(2026, 11, 1)), figure(1.0, captured=date(2026, 10, 1))
    await observe(database, [late])
    await observe(database, [early])
    assert [one.value for one in await observed(database, ["PAR_INDEX"], "H55", *YEAR)] == [2.0]
    assert len(await listed(database, agency="H55")) == 2


@pytest.mark.anyio
async def test_two_sources_of_one_figure_stand_beside_each_other(database: Database) -> None:
    await observe(database, [figure(1.0), figure(2.0, source="VCCI")])
    assert {one.source: one.value for one in await observed(database, None, "H55", *YEAR)} == {
        "Bộ Nội vụ": 1.0,
        "VCCI": 2.0,
    }


@pytest.mark.anyio
async def test_what_was_not_given_comes_back_as_not_given(database: Database) -> None:
    parts = figure(None, unit=Unit.PERCENT, numerator=145, denominator=165)
    await observe(database, [parts])
    [found] = await observed(database, None, "H55", *YEAR)
    assert msgspec.structs.replace(found, seq=0) == parts
    assert (found.value, found.ratio) == (None, 87.88)


@pytest.mark.anyio
async def test_only_periods_that_share_a_day_are_given(database: Database) -> None:
    await observe(database, [figure(1.0, ends=date(2026, 3, 31)), figure(2.0, begins=date(2026, 4, 1))])
    found = await observed(database, None, "H55", date(2026, 3, 31), date(2026, 3, 31))
    assert [one.value for one in found] == [1.0]


@pytest.mark.anyio
async def test_one_bad_figure_leaves_the_store_as_it_was(database: Database) -> None:
    with pytest.raises(ObservationRejected, match="begins"):
        await observe(database, [figure(), figure(ends=date(2025, 1, 1))])
    assert await revision(database) == 0


@pytest.mark.anyio
async def test_figures_are_listed_page_by_page(database: Database) -> None:
    figures = [figure(float(n), name=f"A{n % 3}", captured=date(2026, 1, 1 + n)) for n in range(7)]
    await observe(database, figures)
    whole = await listed(database)
    paged: list[Observation] = []
    while len(page := await listed(database, limit=2, after=place_of(paged[-1]) if paged else None)):
        paged += page
    assert paged == whole
    assert len(whole) == 7


@pytest.mark.anyio
async def test_figures_that_were_altered_are_found_out(database: Database) -> None:
    await observe(database, [figure(1.0), figure(1.0, name="SIPAS")])
    await observe(database, [figure(2.0)])
    assert await prove(database) == []
    for change in ("recorded_to = 2 WHERE seq = 1", "recorded_to = 1 WHERE seq = 1", "unit = 'x' WHERE seq = 3"):

        async def alter(change: str = change) -> None:
            await database.rows(QueryString(f"UPDATE observation SET {change}"))

        await database.transact(alter)
        assert await prove(database)


@pytest.mark.anyio
async def test_writers_at_once_leave_one_figure_believed(database: Database) -> None:
    outcomes = await asyncio.gather(*(observe(database, [figure(float(number))]) for number in range(6)))
    assert sum(one.new for one in outcomes) == 1
    assert sum(one.corrected for one in outcomes) == 5
    assert len(await listed(database)) == 1
    assert await prove(database) == []
