"""Reorganisations: whose a dossier was then, and whose it is today."""

from datetime import date
from typing import Any

import msgspec
import pytest

from registry.metrics import (
    Ask,
    AskInvalid,
    Boundaries,
    Dimension,
    Side,
    Span,
    evaluate,
    previous,
    read_period,
    records,
    scorecard,
)
from registry.metrics.periods import buckets, pieces, runs

pytestmark = pytest.mark.anyio
YEAR = {"start": date(2025, 1, 1), "end": date(2025, 9, 30)}
ONE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


async def received(world: Any, agency: str | None, **other: Any) -> int:
    ask = Ask(indicator="DOSSIERS_RECEIVED", agency=agency, **{**YEAR, **other})
    return (await evaluate(world.database, ask)).value.numerator or 0


@ONE
async def test_a_province_that_joined_another_is_its_own_then_and_the_others_today(world: Any) -> None:
    before = sum(
        1 for one in world.dossiers if one["agency"].startswith("H03") and one["received"] >= "2025-01-01"
    )
    assert before > 5
    assert await received(world, "H03") == before
    assert await received(world, "H03", boundaries=Boundaries.TODAY) == 0
    then, today = await received(world, "H55"), await received(world, "H55", boundaries=Boundaries.TODAY)
    assert today == then + before
    assert await received(world, None) == await received(world, None, boundaries=Boundaries.TODAY)


@ONE
async def test_a_district_without_a_successor_is_its_provinces_today(world: Any) -> None:
    own = sum(1 for one in world.dossiers if one["agency"] == "H55.21" and one["received"] >= "2025-01-01")
    ask = Ask(
        indicator="DOSSIERS_RECEIVED",
        agency="H55",
        group_by=(Dimension.AGENCY,),
        boundaries=Boundaries.TODAY,
        **YEAR,
    )
    groups = {one.keys[0].value: one.value.numerator or 0 for one in (await evaluate(world.database, ask)).groups}
    assert "H55.21" not in groups
    assert groups["H55"] >= own
    # A commune that was divided among two is neither's: what is above both has it.
    divided = sum(1 for one in world.dossiers if one["agency"] == "H55.21.2" and one["received"] >= "2025-01-01")
    alone = await received(world, "H55", below=False, boundaries=Boundaries.TODAY)
    assert alone == groups["H55"] >= own + divided


@ONE
async def test_an_office_counts_for_whom_it_belonged_to_on_the_day(world: Any) -> None:
    office = [one["received"] for one in world.dossiers if one["agency"] == "H55.30"]
    away = sum(1 for day in office if "2025-03-15" <= day < "2025-08-05")
    there = sum(1 for day in office if day >= "2025-01-01") - away
    assert away > 0 < there
    ask = Ask(indicator="DOSSIERS_RECEIVED", agency="H55.17", group_by=(Dimension.AGENCY,), **YEAR)
    groups = {one.keys[0].value: one.value.numerator for one in (await evaluate(world.database, ask)).groups}
    assert groups["H55.30"] == there
    listed = await records(world.database, msgspec.structs.replace(ask, group_by=()), Side.NUMERATOR, 1000)
    assert sum(1 for one in listed.items if one.agency == "H55.30") == there
    assert await received(world, "H55.30") == sum(1 for day in office if day >= "2025-01-01")


@ONE
async def test_a_scorecard_adds_up_and_names_its_place(world: Any) -> None:
    card = await scorecard(world.database, "H55", date(2025, 1, 1), date(2025, 6, 30))
    assert card.points == pytest.approx(sum(group.points or 0 for group in card.groups), abs=1e-9)
    for group in card.groups:
        assert group.points == pytest.approx(sum(one.value.points or 0 for one in group.indicators), abs=1e-9)
    assert card.most == 100
    assert {one.agency for one in card.peers} == {"H55", "H03"}
    assert card.place in (1, 2)
    own = next(one for one in card.peers if one.agency == "H55")
    assert (own.points, own.groups) == (card.points, {group.code: group.points for group in card.groups})
    assert [one.place for one in card.peers] == sorted(one.place or 0 for one in card.peers)
    assert {"H55.17", "H55.21", "H55.22"} <= {one.agency for one in card.below}
    country = await scorecard(world.database, None, date(2025, 1, 1), date(2025, 6, 30))
    assert (country.place, country.peers) == (None, ())


def test_periods_are_written_in_four_ways() -> None:
    assert read_period("2024") == Span(date(2024, 1, 1), date(2024, 12, 31))
    assert read_period("2024-Q1") == Span(date(2024, 1, 1), date(2024, 3, 31))
    assert read_period("2024-02") == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert read_period("2024-02-29") == Span(date(2024, 2, 29), date(2024, 2, 29))
    for wrong in ("2023-02-29", "24", "2024-13", "2024-Q5", "1999", ""):
        with pytest.raises(AskInvalid):
            read_period(wrong)


def test_the_period_before_is_of_the_same_kind() -> None:
    assert previous(read_period("2025-Q1")) == read_period("2024-Q4")
    assert previous(Span(date(2025, 1, 1), date(2025, 5, 31))) == Span(date(2024, 8, 1), date(2024, 12, 31))
    assert previous(Span(date(2025, 1, 10), date(2025, 1, 19))) == Span(date(2024, 12, 31), date(2025, 1, 9))


def test_a_period_is_cut_into_the_coarsest_pieces() -> None:
    cut = pieces(Span(date(2023, 11, 20), date(2025, 2, 3)), years=True, months=True)
    assert (cut.years, cut.months) == ([2024], [202312, 202501])
    assert cut.days == [Span(date(2023, 11, 20), date(2023, 11, 30)), Span(date(2025, 2, 1), date(2025, 2, 3))]
    assert runs([202311, 202312, 202401, 202403]) == [[202311, 202312, 202401], [202403]]
    names = [name for name, _ in buckets(Span(date(2024, 12, 30), date(2025, 4, 2)), Dimension.QUARTER)]
    assert names == ["2024-Q4", "2025-Q1", "2025-Q2"]
