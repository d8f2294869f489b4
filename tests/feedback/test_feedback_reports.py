"""Reports: taken in once, numbered, answered in time. Views: counted, never lost, nobody followed."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from registry import clock
from registry.access import audit
from registry.access.actors import Actor, KeyScope
from registry.calendar import working_between
from registry.engine import Database
from registry.feedback import (
    Handed,
    Kind,
    ReportInvalid,
    ReportNotFound,
    State,
    Usage,
    Views,
    answer,
    counting,
    hand_in,
    report,
    reports,
    usage,
)

pytestmark = pytest.mark.anyio
CLERK = Actor("person", "p1", "Cán bộ", frozenset(KeyScope))
WRONG = Handed(Kind.WRONG, "9.000001", "a", "Lệ phí đã đổi", ("fees",), "G04", "d1", date(2025, 5, 31))


def once(handed: Handed, key: str, **changes: object) -> Handed:
    return replace(handed, once=key, **changes)


async def test_a_report_gets_the_next_number_and_is_due_in_five_working_days(database: Database) -> None:
    first = await hand_in(database, WRONG)
    second = await hand_in(database, once(WRONG, "b"))
    assert (first.number, second.number) == (1, 2)
    found = await report(database, 1)
    assert (found.state, found.sections, found.shown) == (State.OPEN, ("fees",), date(2025, 5, 31))
    assert found.due is not None
    assert working_between(found.day, found.due) == 5
    assert not found.late(found.due)
    assert found.late(found.due + timedelta(days=1))


async def test_a_form_sent_twice_at_once_is_one_report(database: Database) -> None:
    taken = await asyncio.gather(*(hand_in(database, WRONG) for _ in range(4)))
    assert {one.number for one in taken} == {1}
    assert sorted(one.again for one in taken) == [False, True, True, True]
    assert (await reports(database, None)).total == 1


async def test_a_yes_and_a_no_without_a_word_are_noted_and_owe_nothing(database: Database) -> None:
    for key, kind, text in (("y", Kind.YES, ""), ("n", Kind.NO, " "), ("t", Kind.NO, "Không thấy mẫu đơn")):
        await hand_in(database, Handed(kind, "9.000001", key, text))
    states = [(await report(database, number)).state for number in (1, 2, 3)]
    assert states == [State.NOTED, State.NOTED, State.OPEN]
    assert (await report(database, 1)).due is None


async def test_personal_numbers_are_masked_before_they_are_stored(database: Database) -> None:
    taken = await hand_in(database, once(WRONG, "m", text="Gọi tôi 0912 345 678"))
    assert taken.masked == 1
    assert (await report(database, taken.number)).text == "Gọi tôi •••"


BAD: tuple[dict[str, object], ...] = (
    {"text": " "},
    {"text": "a" * 2001},
    {"text": "a\0"},
    {"sections": ("no-section",)},
    {"once": ""},
    {"once": "a" * 201},
)


async def test_what_cannot_be_taken_in_is_refused_and_leaves_nothing(database: Database) -> None:
    for bad in BAD:
        with pytest.raises(ReportInvalid):
            await hand_in(database, replace(WRONG, **bad))
    assert (await reports(database, None)).total == 0


async def test_reports_are_listed_in_pages_oldest_first_while_an_answer_is_owed(database: Database) -> None:
    for number in range(5):
        await hand_in(database, once(WRONG, str(number), agency="G04" if number % 2 else "H55"))
    page = await reports(database, State.OPEN, 2)
    assert [one.number for one in page.items] == [1, 2]
    rest = await reports(database, State.OPEN, 9, page.next)
    assert ([one.number for one in rest.items], rest.next, rest.total) == ([3, 4, 5], None, 5)
    assert [one.number for one in (await reports(database, None, 2)).items] == [5, 4]
    assert (await reports(database, State.OPEN, agencies=["G04"])).total == 2
    assert (await reports(database, State.OPEN, agencies=[])).total == 0
    with pytest.raises(ReportInvalid):
        await reports(database, State.OPEN, 2, "x")


async def test_an_answer_is_told_kept_and_audited(database: Database) -> None:
    await hand_in(database, WRONG)
    await answer(database, 1, CLERK, State.WORKING)
    found = await answer(database, 1, CLERK, State.CORRECTED, "Đã sửa theo Quyết định 30/QĐ-BTP")
    assert (found.state, found.answered_by) == (State.CORRECTED, "p1")
    assert not found.late(date.max)
    entries = [entry async for batch in audit.stream(database, subject="1") for entry in batch]
    assert [entry.action for entry in entries] == ["report.answer"] * 2
    assert (await reports(database, State.OPEN)).total == 0


async def test_an_answer_without_a_reason_or_to_nothing_is_refused(database: Database) -> None:
    await hand_in(database, WRONG)
    for state in (State.CORRECTED, State.DECLINED, State.OPEN):
        with pytest.raises(ReportInvalid):
            await answer(database, 1, CLERK, state)
    with pytest.raises(ReportNotFound):
        await answer(database, 2, CLERK, State.NOTED)
    with pytest.raises(ReportNotFound):
        await report(database, 2**70)


async def test_views_add_up_over_batches_and_processes(database: Database) -> None:
    one, other = Views(), Views()
    for _ in range(3):
        one.count("9.000001")
    other.count("9.000001")
    other.count("9.000002")
    assert (await one.flush(database), await other.flush(database), await one.flush(database)) == (3, 2, 0)
    today = clock.today()
    await hand_in(database, Handed(Kind.YES, "9.000002", "y"))
    await hand_in(database, Handed(Kind.NO, "9.000002", "n"))
    assert await usage(database, today, today) == {"9.000001": Usage(4), "9.000002": Usage(1, 1, 1)}
    assert await usage(database, today + timedelta(days=1), date.max) == {}


async def test_views_are_written_when_the_app_ends(database: Database) -> None:
    async with counting(database) as views:
        views.count("9.000001")
    assert (await usage(database, date.min, date.max))["9.000001"].views == 1


async def test_views_that_cannot_be_written_are_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    views = Views()
    views.count("9.000001")

    async def fail(_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(database, "transact", fail)
        with pytest.raises(OSError, match="disk full"):
            await views.flush(database)
    assert await views.flush(database) == 1
