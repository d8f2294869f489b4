"""Charts as text: scales are round and cover the data, and a table says what the drawing says."""

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.web.charts import (
    Bar,
    Chart,
    Gained,
    Mark,
    Part,
    Point,
    Row,
    Scale,
    bars,
    line,
    points,
    spark,
    stacked,
    ticks,
)
from registry.web.charts.drawing import short, tag
from registry.web.charts.scale import shares
from registry.web.charts.stacked import Says

NUMBERS = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda value: round(value, 4))
WORDS = st.text(st.characters(categories=("L", "N", "P", "Z", "S")), max_size=40)
QUICK = settings(max_examples=40, deadline=None)
SAYS = Says(str, lambda share: f"{100 * share:.1f} %", "không có", "Tổng")


def texts(chart: Chart, read: Callable[[str], Any], kind: str) -> list[str]:
    """The texts of a drawing that are of one kind, in order."""
    return [one.text for one in read(chart.svg).all("text", kind)]


# -- scales ---------------------------------------------------------------------------------------------------


@QUICK
@given(NUMBERS, NUMBERS, st.integers(2, 8))
def test_ticks_are_round_even_and_cover_the_data(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    found = [Fraction(value).limit_denominator(10**9) for value in ticks(low, high, most=most)]
    steps = {after - before for before, after in pairwise(found)}
    assert len(steps) == 1
    step = steps.pop()
    while step >= 10:
        step /= 10
    while step < 1:
        step *= 10
    assert step in (1, 2, 5)
    assert found[0] <= Fraction(low) + Fraction(1, 10**6)
    assert found[-1] >= Fraction(high) - Fraction(1, 10**6)
    assert 1 <= len(found) - 1 <= most


@QUICK
@given(st.integers(0, 10**9), st.integers(2, 6))
def test_counts_are_never_marked_in_parts(high: int, most: int) -> None:
    assert all(value == int(value) for value in ticks(0, high, most=most, whole=True))


def test_a_scale_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="cannot go from 2 up to 1"):
        ticks(2, 1)


@QUICK
@given(st.lists(NUMBERS, min_size=2, max_size=2, unique=True).map(sorted), NUMBERS, NUMBERS)
def test_what_is_more_stands_higher(ends: list[float], one: float, other: float) -> None:
    scale = Scale(ticks(*ends))
    low, high = sorted((one, other))
    assert scale.place(low) <= scale.place(high)
    assert scale.place(scale.low) == 0
    assert scale.place(scale.high) == 100


@QUICK
@given(st.lists(st.floats(0, 100).map(lambda value: round(value, 2)), max_size=12))
def test_shares_stay_within_what_is_possible_and_small_moves_stay_small(values: list[float]) -> None:
    scale = shares(values)
    assert 0 <= scale.low < scale.high <= 100
    assert scale.high - scale.low >= 5
    assert all(0 <= scale.place(value) <= 100 for value in values)


# -- drawings -------------------------------------------------------------------------------------------------


@QUICK
@given(WORDS, WORDS)
def test_whatever_is_written_into_a_drawing_stays_text(name: str, value: str) -> None:
    written = str(tag("text", name, class_=value))
    assert not re.search(r"<(?!/?text[ >])", written)
    assert "<" not in re.sub(r"</?text[^>]*>", "", written)


def test_a_script_in_a_name_is_not_run(read: Callable[[str], Any]) -> None:
    chart = bars("<script>1</script>", [Bar('"><script>alert(1)</script>', 3.0, "3")], head=("a", "b"), said=str)
    assert not read(chart.svg).all("script")
    assert "&lt;script&gt;" in chart.svg


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0"), (-0.001, "0"), (12.5, "12.5"), (100.0, "100"), (1 / 3, "0.33")]
)
def test_numbers_of_a_drawing_are_short(value: float, written: str) -> None:
    assert short(value) == written


def test_a_drawing_is_read_aloud_and_holds_no_style_of_its_own(read: Callable[[str], Any]) -> None:
    for chart in every():
        page = read(chart.svg)
        svg = page.all("svg")[0]
        assert svg["role"] == "img"
        assert page.one("title").text == chart.title
        assert page.one("desc").text
        assert "style=" not in chart.svg
        assert not re.search(r"#[0-9a-f]{3,6}|rgb", chart.svg)


def every() -> list[Chart]:
    """One chart of each kind."""
    months = [Point("01/2025", "01/25", 50.0, "50,00 %"), Point("02/2025", "02/25", None, "chưa có hồ sơ")]
    months.append(Point("03/2025", "03/25", 60.0, "60,00 %"))
    return [
        line("Đường", months, head=("Tháng", "Tỷ lệ"), said=str, share=True, mark=Mark(80.0, "Đủ điểm từ 80 %")),
        bars("Hạng", [Bar("A", 3.0, "3,00", own=True), Bar("B", None, "dưới 5")], head=("a", "b"), said=str),
        stacked(
            "Chia",
            [Part("Có", 1), Part("Không", 2)],
            [Row("Tất cả", (3, 1)), Row("Xã", (0, 0))],
            head="Cấp",
            says=SAYS,
        ),
        points(
            "Điểm", [Gained("N", 3.0, 6.0, "3 / 6", 2.0, "2"), Gained("M", None, 4.0, "ẩn")], head=("a", "b", "c")
        ),
    ]


@QUICK
@given(st.lists(st.tuples(WORDS, st.none() | st.floats(0, 100)), min_size=1, max_size=14))
def test_a_lines_table_has_every_time_with_what_is_said_of_it(
    given_points: list[tuple[str, float | None]],
) -> None:
    found = [Point(name, name[:5], value, f"<{value}>") for name, value in given_points]
    chart = line("x", found, head=("Tháng", "Tỷ lệ"), said=str, share=True)
    assert chart.rows == tuple((one.name, one.text) for one in found)
    known = sum(one.value is not None for one in found)
    assert chart.svg.count("<circle") == known


def test_a_missing_time_is_a_gap_and_not_a_zero(read: Callable[[str], Any]) -> None:
    found = [Point(str(n), str(n), value, "") for n, value in enumerate((1.0, 2.0, None, 4.0, 5.0))]
    runs = [one["points"].split() for one in read(line("x", found, head=("a", "b"), said=str).svg).all("polyline")]
    assert [len(run) for run in runs] == [2, 2]


def test_a_single_time_is_a_point(read: Callable[[str], Any]) -> None:
    page = read(line("x", [Point("05/2025", "05/25", 7.0, "7")], head=("a", "b"), said=str).svg)
    assert not page.all("polyline")
    assert page.one("circle", "last")["cx"] == "50%"


def test_nothing_known_draws_a_frame_and_says_why_in_the_table() -> None:
    chart = line("x", [Point("05/2025", "05/25", None, "chưa có hồ sơ")], head=("a", "b"), said=str, share=True)
    assert "<circle" not in chart.svg
    assert chart.rows == (("05/2025", "chưa có hồ sơ"),)


@QUICK
@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_bars_are_as_long_as_their_values_and_the_table_has_them_all(values: list[float]) -> None:
    found = [Bar(f"{n}", value, f"{value}") for n, value in enumerate(values)]
    chart = bars("x", found, head=("a", "b"), said=str)
    assert chart.rows == tuple((one.name, one.text) for one in found)
    widths = [float(text) for text in re.findall(r'width="([\d.]+)%" height="0.75em" class="bar"', chart.svg)]
    drawn = values if len(values) <= 24 else values[:12] + values[-12:]
    assert len(widths) == len(drawn)
    order = sorted(range(len(drawn)), key=lambda n: drawn[n])
    assert all(widths[a] <= widths[b] for a, b in pairwise(order))
    assert all(0 <= width <= 100 for width in widths)


def test_of_many_bars_the_ends_are_drawn_and_the_rest_is_said(read: Callable[[str], Any]) -> None:
    chart = bars("x", [Bar(f"{n}", 1.0, "1") for n in range(60)], head=("a", "b"), said=str, left="còn {n}")
    assert texts(chart, read, "name") == [str(n) for n in (*range(12), *range(48, 60))]
    assert texts(chart, read, "note") == ["còn 36"]
    assert len(chart.rows) == 60


def test_a_hidden_bar_is_not_drawn() -> None:
    chart = bars("x", [Bar("A", None, "dưới 5")], head=("a", "b"), said=str)
    assert 'class="bar"' not in chart.svg
    assert chart.rows == (("A", "dưới 5"),)


@QUICK
@given(st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), min_size=1, max_size=8))
def test_the_parts_of_a_whole_fill_it(counts: list[list[int]]) -> None:
    parts = [Part("a", 1), Part("b", 2), Part("c", 3)]
    found = [Row(str(n), tuple(row)) for n, row in enumerate(counts)]
    chart = stacked("x", parts, found, head="Cấp", says=SAYS)
    drawn = [float(text) for text in re.findall(r'width="([\d.]+)%" height="1.4em"', chart.svg)]
    assert len(drawn) == sum(amount > 0 for row in counts for amount in row)
    assert sum(drawn) == pytest.approx(100 * sum(any(row) for row in counts), abs=0.1)
    assert [row[-1] for row in chart.rows] == [str(sum(row)) for row in counts]
    for row, told in zip(counts, chart.rows, strict=True):
        assert [int(cell.split(" ")[0]) for cell in told[1:-1]] == row


def test_a_row_of_other_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="Xã has 1 parts, not 2"):
        stacked("x", [Part("a", 1), Part("b", 2)], [Row("Xã", (1,))], head="Cấp", says=SAYS)


def test_a_whole_of_nothing_says_so_and_has_no_bar(read: Callable[[str], Any]) -> None:
    chart = stacked("x", [Part("a", 1)], [Row("Xã", (0,))], head="Cấp", says=SAYS)
    assert texts(chart, read, "value") == ["không có"]
    assert not read(chart.svg).all("rect")


def test_points_show_weight_gain_and_what_was_before(read: Callable[[str], Any]) -> None:
    chart = points(
        "x", [Gained("A", 11.0, 22.0, "11 / 22", 5.5, "5,5"), Gained("B", None, 11.0, "ẩn")], head=("a", "b", "c")
    )
    page = read(chart.svg)
    assert [one["width"] for one in page.all("rect", "track")] == ["100%", "50%"]
    assert [one["width"] for one in page.all("rect", "bar")] == ["50%"]
    assert [one["x1"] for one in page.all("line", "before")] == ["25%"]
    assert chart.rows == (("A", "11 / 22", "5,5"), ("B", "ẩn", "–"))


def test_more_than_was_promised_stays_inside_the_drawing(read: Callable[[str], Any]) -> None:
    page = read(points("x", [Gained("A", 30.0, 10.0, "30 / 10", 40.0)], head=("a", "b", "c")).svg)
    assert page.one("rect", "track")["width"] == "25%"
    assert page.one("rect", "bar")["width"] == "75%"
    assert page.one("line", "before")["x1"] == "100%"


def test_a_small_line_needs_two_values() -> None:
    one = [Point("a", "a", 1.0, "1"), Point("b", "b", None, "")]
    assert spark("x", one) is None
    drawn = spark("x", [*one, Point("c", "c", 2.0, "2")])
    assert drawn is not None
    assert "a: 1; c: 2" in drawn
