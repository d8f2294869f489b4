"""What is about to cost points: by when it must be done, and that it is worth what really happens then."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from registry.catalogue import announcements
from registry.catalogue.errors import AgencyNotFound
from registry.catalogue.ledger import Ledger, record
from registry.engine import Database
from registry.metrics import Ask, AskInvalid, evaluate
from registry.metrics.definitions import book
from registry.metrics.worklist import Work, Worklist, names, worklist
from registry.metrics.worklist.stakes import Stake

TODAY = date(2025, 5, 26)
PROVINCE, OFFICE, MINISTRY = "H99", "H99.01", "G99"


async def work(database: Database, kind: str, agency: str | None = PROVINCE, **other: Any) -> list[Work]:
    return list((await worklist(database, agency, TODAY, kinds=[kind], **other)).items)


async def points(database: Database, indicator: str, year: int = 2025) -> float:
    """The indicator's points as they are evaluated."""
    ask = Ask(indicator=indicator, start=date(year, 1, 1), end=date(year, 12, 31), agency=PROVINCE, as_of=TODAY)
    found = (await evaluate(database, ask)).value.points
    assert found is not None
    return found


async def changed(database: Database, edit: Callable[[Ledger], None]) -> None:
    async def write(ledger: Ledger) -> None:
        await ledger.load((), ["QD1"])
        edit(ledger)

    await record(database, write)


@pytest.mark.anyio
async def test_decisions_are_due_by_the_working_days_of_their_agency(scene: Database) -> None:
    found = await work(scene, "update", agency=None)
    told = {one.id: (one.state, one.deadline, one.days_left, one.count) for one in found}
    assert told == {
        "QD1": ("due", date(2025, 5, 27), 1, 2),
        "QD4": ("due", date(2025, 5, 28), 2, 1),
        "QD2": ("past", date(2025, 5, 12), -10, 1),
    }
    assert [one.id for one in found] == ["QD1", "QD4", "QD2"]


@pytest.mark.anyio
async def test_an_agency_is_told_its_own_decisions(scene: Database) -> None:
    assert {one.id for one in await work(scene, "update", MINISTRY)} == {"QD4"}
    assert {one.id for one in await work(scene, "update", PROVINCE)} == {"QD1", "QD2"}


@pytest.mark.anyio
async def test_a_decision_is_worth_what_publishing_it_in_time_gives(scene: Database) -> None:
    due = next(one for one in await work(scene, "update") if one.id == "QD1")
    held = await announcements.find(scene, "QD1")

    def publish(ledger: Ledger) -> None:
        ledger.announce(msgspec.structs.replace(held, published=TODAY))

    await changed(scene, publish)
    kept = await points(scene, "PUBLIC_UPDATE_ON_TIME")
    assert (kept, due.points) == (3.2, pytest.approx(4 * 4 / 5 - 4 * 2 / 5))
    assert "QD1" not in {one.id for one in await work(scene, "update")}


@pytest.mark.anyio
async def test_procedures_without_online_payment_come_with_those_of_which_it_is_not_known(scene: Database) -> None:
    found = {one.procedure: one for one in await work(scene, "payment")}
    assert {code: one.reason for code, one in found.items()} == {
        "9.000002": "no-online-payment",
        "9.000003": "payment-unknown",
    }
    assert found["9.000002"].points == pytest.approx(2 - 2 * 50 / 80)


@pytest.mark.anyio
async def test_what_can_only_be_done_on_paper_need_not_be_online(scene: Database) -> None:
    found = await work(scene, "online")
    assert [(one.procedure, one.reason) for one in found] == [("9.000004", "not-offered"), ("9.000003", "partial")]
    assert found[1].points == 0


@pytest.mark.anyio
async def test_missing_parts_are_named(scene: Database) -> None:
    found = {one.procedure: one.detail for one in await work(scene, "content")}
    assert found == {"9.000002": "Thiếu: trình tự thực hiện", "9.000005": "Thiếu: thành phần hồ sơ"}


@pytest.mark.anyio
async def test_dossiers_that_run_out_of_time_come_before_those_that_have(scene: Database) -> None:
    found = await work(scene, "dossier")
    assert [(one.state, one.deadline, one.days_left) for one in found] == [
        ("due", date(2025, 5, 26), 0),
        ("due", date(2025, 5, 27), 1),
        ("due", date(2025, 5, 30), 4),
        ("past", date(2025, 5, 23), -1),
    ]
    assert len(await work(scene, "dossier", days=1)) == 3


@pytest.mark.anyio
async def test_a_late_dossier_costs_what_was_told(scene: Database, send: Any) -> None:
    [first, *_] = await work(scene, "dossier")
    before = await points(scene, "ON_TIME")
    late = {"state": "finished", "finished": TODAY, "supplements": 2, "updated": "2025-05-26T09:00"}
    await send(SECOND | late)
    assert first.points == pytest.approx(before - await points(scene, "ON_TIME"), abs=0.01)
    assert first.points == pytest.approx(20 / 6, abs=1e-6)


SECOND = {
    "number": "N-2",
    "procedure": "9.000001",
    "agency": OFFICE,
    "channel": "online",
    "received": "2025-05-12",
    "due": "2025-05-26",
}


@pytest.mark.anyio
async def test_a_dossier_costs_the_year_in_which_it_came(scene: Database) -> None:
    old = next(one for one in await work(scene, "dossier") if one.deadline == date(2025, 5, 30))
    assert old.points == 20.0  # the only one of 2024


@pytest.mark.anyio
async def test_pages_give_all_work_once_in_one_order(scene: Database) -> None:
    whole = await worklist(scene, PROVINCE, TODAY, limit=500)
    paged: list[Work] = []
    cursor = None
    while True:
        page = await worklist(scene, PROVINCE, TODAY, limit=2, cursor=cursor)
        paged += page.items
        cursor = page.next
        if cursor is None:
            break
    assert tuple(paged) == whole.items
    assert len(paged) == sum(pile.total for pile in whole.piles)
    assert [pile.kind for pile in whole.piles] == list(names())


@pytest.mark.anyio
async def test_a_pile_tells_how_much_there_is_and_what_the_rest_is_worth(scene: Database) -> None:
    piles = {pile.kind: pile for pile in (await worklist(scene, PROVINCE, TODAY, limit=1)).piles}
    assert (piles["dossier"].total, piles["dossier"].past) == (4, 1)
    assert piles["dossier"].points == pytest.approx(20 + 2 * 20 / 6, abs=1e-5)
    assert (piles["content"].numerator, piles["content"].denominator) == (3, 5)
    assert piles["content"].points == pytest.approx(2 * 2 / 5)


@pytest.mark.anyio
async def test_dossiers_are_withheld_from_who_may_not_see_them(scene: Database) -> None:
    public = await worklist(scene, PROVINCE, TODAY, limit=500, scopes=frozenset())
    assert public.withheld == ("dossier",)
    assert "dossier" not in {one.kind for one in public.items}
    keyed: Worklist = await worklist(scene, PROVINCE, TODAY, limit=500, scopes=frozenset({"metrics"}))
    assert keyed.withheld == ()


@pytest.mark.anyio
async def test_what_cannot_be_asked_is_told(scene: Database) -> None:
    with pytest.raises(AgencyNotFound):
        await worklist(scene, "H00", TODAY)
    for wrong in ({"kinds": ["nothing"]}, {"days": -1}, {"days": 9999}, {"cursor": "x"}, {"cursor": "WzFd"}):
        with pytest.raises(AskInvalid):
            await worklist(scene, PROVINCE, TODAY, **wrong)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(AskInvalid):
        await worklist(scene, PROVINCE, date(9999, 12, 31))


SCORED = [one for versions in book().definitions.values() for one in versions if one.points]


@given(some.sampled_from(SCORED), some.integers(0, 10_000), some.integers(1, 10_000))
def test_points_at_stake_are_those_of_the_definition_before_rounding(one: Any, first: int, second: int) -> None:
    numerator, denominator = sorted((first, second))
    exact = Stake(one, 0, 0).points(numerator, max(1, denominator))
    assert abs(exact * 100 - one.points.hundredths(numerator, max(1, denominator))) <= Fraction(1, 2)


@given(some.sampled_from(SCORED), some.integers(0, 500), some.integers(0, 500), some.integers(0, 20))
def test_doing_more_never_costs_points(one: Any, numerator: int, others: int, more: int) -> None:
    stake = Stake(one, numerator, numerator + others + more)
    gain = stake.change(won=(more, 0))
    assert gain is not None
    assert gain >= 0
    assert stake.change() == 0


def test_an_indicator_without_points_is_worth_nothing() -> None:
    plain = msgspec.structs.replace(SCORED[0], points=None)
    assert Stake(plain, 1, 2).change(won=(1, 0)) is None
