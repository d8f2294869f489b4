"""Writing to the catalogue, and what can be asked of it afterwards; on each database."""

import asyncio
from datetime import date

import pytest
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import agencies, announcements, ledger, versions
from registry.catalogue.check import catalogue_digest, check
from registry.catalogue.errors import AnnouncementAmbiguous, AnnouncementNotFound, ProcedureNotFound
from registry.catalogue.ledger import AgencyState, Ledger, Origin
from registry.engine import Database
from registry.procedure import Agency, Announcement, Item, Procedure, Way
from registry.vocabulary import Action, Channel, Role

pytestmark = pytest.mark.anyio

CODE = "9.000001"
FIRST = Announcement(
    id="first",
    number="12/QĐ-UBND",
    decided=date(2025, 1, 2),
    effective=date(2025, 1, 5),
    issuer=Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55"),
    items=(Item(Action.NEW, (), (CODE,)),),
)
SECOND = Announcement(
    id="second",
    number="90/QĐ-UBND",
    decided=date(2025, 3, 1),
    effective=date(2025, 3, 5),
    items=(Item(Action.AMENDED, (CODE,), (CODE,)),),
)
PLAIN = Procedure(code=CODE, name="Đăng ký khai sinh")
ONLINE = Procedure(code=CODE, name="Đăng ký khai sinh", ways=(Way(Channel.ONLINE),))


async def write(
    database: Database, announcement: Announcement, procedure: Procedure, start: date | None = None
) -> bool:
    async def work(book: Ledger) -> bool:
        await book.load(codes=[procedure.code], announcements=[announcement.id])
        book.announce(announcement)
        assert announcement.effective is not None
        return book.put(procedure, start or announcement.effective, announcement.id, Origin("test", "row 1"))

    return await ledger.record(database, work)


async def stop(database: Database, code: str, day: date, announcement: str | None = None) -> bool:
    async def work(book: Ledger) -> bool:
        await book.load(codes=[code])
        return book.end(code, day, announcement)

    return await ledger.record(database, work)


async def test_an_amendment_begins_where_the_version_before_it_ends(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    await write(database, SECOND, ONLINE)
    found = await versions.history(database, CODE)
    assert [(v.valid_from, v.valid_to, v.announcement, v.ended_by) for v in found] == [
        (date(2025, 1, 5), date(2025, 3, 5), "first", "second"),
        (date(2025, 3, 5), None, "second", None),
    ]


async def test_a_day_is_answered_by_the_version_that_was_in_force_on_it(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    await write(database, SECOND, ONLINE)
    assert (await versions.find(database, CODE, date(2025, 3, 4))).procedure == PLAIN
    assert (await versions.find(database, CODE, date(2025, 3, 5))).procedure == ONLINE
    with pytest.raises(ProcedureNotFound) as caught:
        await versions.find(database, CODE, date(2025, 1, 4))
    assert caught.value.days == [(date(2025, 1, 5), date(2025, 3, 5)), (date(2025, 3, 5), None)]


async def test_what_was_known_at_a_moment_stays_answerable(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    known = await versions.revision(database)
    moment = clock.now()
    await asyncio.sleep(0.01)
    await write(database, SECOND, ONLINE)
    assert await versions.revision_at(database, moment) == known
    then = await versions.find(database, CODE, date(2025, 4, 1), known)
    assert then.procedure == PLAIN
    assert then.valid_to is None
    assert (await versions.find(database, CODE, date(2025, 4, 1))).procedure == ONLINE


async def test_an_announcement_learned_late_takes_its_place_before_the_later_one(database: Database) -> None:
    await write(database, SECOND, ONLINE)
    await write(database, FIRST, PLAIN)
    found = await versions.history(database, CODE)
    assert [(v.valid_from, v.valid_to, v.ended_by) for v in found] == [
        (date(2025, 1, 5), date(2025, 3, 5), "second"),
        (date(2025, 3, 5), None, None),
    ]


async def test_a_correction_replaces_what_is_believed_but_not_what_was(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    known = await versions.revision(database)
    await write(database, FIRST, ONLINE)
    assert [v.procedure for v in await versions.history(database, CODE)] == [ONLINE]
    assert [v.procedure for v in await versions.history(database, CODE, known)] == [PLAIN]


async def test_the_same_thing_twice_changes_nothing(database: Database) -> None:
    assert await write(database, FIRST, PLAIN)
    revision = await versions.revision(database)
    assert not await write(database, FIRST, PLAIN)
    assert await versions.revision(database) == revision


async def test_an_abolished_procedure_ends_and_stays_in_history(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    assert await stop(database, CODE, date(2025, 7, 1), "first")
    assert not await stop(database, CODE, date(2025, 7, 1), "first")
    assert await versions.count(database, date(2025, 6, 30)) == 1
    assert await versions.count(database, date(2025, 7, 1)) == 0
    assert (await versions.history(database, CODE))[0].ended_by == "first"


async def test_an_end_leaves_what_begins_later(database: Database) -> None:
    await write(database, SECOND, ONLINE)
    await stop(database, CODE, date(2025, 5, 1))
    await write(database, SECOND, PLAIN, date(2026, 1, 1))
    assert not await stop(database, CODE, date(2025, 6, 1))
    await write(database, FIRST, PLAIN)
    await stop(database, CODE, date(2025, 2, 1), "first")
    assert await versions.days(database, CODE) == [
        (date(2025, 1, 5), date(2025, 2, 1)),
        (date(2025, 3, 5), date(2025, 5, 1)),
        (date(2026, 1, 1), None),
    ]


async def test_a_difference_names_the_announcement_that_made_it(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    await write(database, SECOND, ONLINE)
    found = {c.section: c for c in await versions.compare(database, CODE, date(2025, 2, 1), date(2025, 4, 1))}
    assert found["channels"].announcements == ["second"]
    assert list(found["channels"].after) == ["online"]
    assert "name" not in found
    assert await versions.compare(database, CODE, date(2025, 2, 1), date(2025, 3, 1)) == []


async def test_a_difference_with_a_day_before_it_existed_names_its_first_announcement(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    found = await versions.compare(database, CODE, date(2024, 1, 1), date(2025, 2, 1))
    name = next(change for change in found if change.section == "name")
    assert (name.before, name.after, name.announcements) == (None, PLAIN.name, ["first"])


async def test_replaced_procedures_lead_to_what_took_their_place(database: Database) -> None:
    items = (Item(Action.REPLACED, ("9.000001", "9.000002"), ("9.000003", "9.000004")),)
    merged = Announcement(id="m", number="5/QĐ-UBND", effective=date(2025, 5, 1), items=items)
    await write(database, merged, Procedure(code="9.000003", name="Mới"))
    found = await versions.successors(database, "9.000002")
    assert [code for code, _, _ in found] == ["9.000003", "9.000004"]
    assert [code for code, _, _ in await versions.predecessors(database, "9.000004")] == ["9.000001", "9.000002"]


async def test_numbers_that_several_agencies_use_are_told_apart(database: Database) -> None:
    other = Announcement(id="other", number="12/QĐ-UBND", decided=date(2024, 6, 1), effective=date(2024, 6, 1))
    await write(database, FIRST, PLAIN)
    await write(database, other, Procedure(code="9.000009", name="Khác"))
    with pytest.raises(AnnouncementAmbiguous):
        await announcements.find(database, "12/QĐ-UBND")
    assert (await announcements.find(database, "12/qd-ubnd", issuer="H55")).id == "first"
    assert (await announcements.find(database, "12/QĐ-UBND", decided=date(2024, 6, 1))).id == "other"
    with pytest.raises(AnnouncementNotFound):
        await announcements.find(database, "99/QĐ-UBND")


async def test_a_corrected_announcement_keeps_its_items(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    corrected = Announcement(id="first", number="12/QĐ-UBND", effective=date(2025, 1, 5), title="Có tên")
    await write(database, corrected, PLAIN)
    found = await announcements.find(database, "first")
    assert found.title == "Có tên"
    assert found.items == FIRST.items


async def test_an_agency_is_renamed_and_ends_on_its_days(database: Database) -> None:
    async def work(book: Ledger) -> None:
        await book.load(agencies=["H03"])
        book.put_agency("H03", AgencyState("UBND tỉnh Bắc Kạn", level="province"))
        book.put_agency("H03", AgencyState("UBND tỉnh Bắc Cạn", level="province"), date(2024, 1, 1))
        book.end_agency("H03", date(2025, 7, 1), "202/2025/QH15")
        book.succeed("agency", "H03", "H55", date(2025, 7, 1), None)

    await ledger.record(database, work)
    found = await agencies.history(database, "H03")
    assert [(a.name, a.valid_from, a.valid_to) for a in found] == [
        ("UBND tỉnh Bắc Kạn", None, date(2024, 1, 1)),
        ("UBND tỉnh Bắc Cạn", date(2024, 1, 1), date(2025, 7, 1)),
    ]
    assert found[-1].decision == "202/2025/QH15"
    assert await agencies.listed(database, date(2025, 7, 1)) == []
    assert [code for code, _, _ in await versions.successors(database, "H03", "agency")] == ["H55"]


async def test_a_failed_unit_of_work_leaves_nothing(database: Database) -> None:
    async def work(book: Ledger) -> None:
        await book.load(codes=[CODE], announcements=["first"])
        book.announce(FIRST)
        book.put(PLAIN, date(2025, 1, 5), "first", Origin())
        await book.flush()
        raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError, match="lights"):
        await ledger.record(database, work)
    assert await versions.revision(database) == 0
    assert await check(database) == []


async def test_writers_take_turns(database: Database) -> None:
    async def one(number: int) -> None:
        await write(database, FIRST, Procedure(code=f"9.{number:06}", name=f"Thủ tục {number}"))

    await asyncio.gather(*(one(number) for number in range(20)))
    assert await versions.count(database, date(2025, 2, 1)) == 20
    assert await check(database) == []


async def test_a_snapshot_does_not_see_what_is_written_meanwhile(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    started, written = asyncio.Event(), asyncio.Event()

    async def reader() -> tuple[int, int]:
        async with database.snapshot():
            before = await versions.revision(database)
            started.set()
            await written.wait()
            return before, await versions.revision(database)

    task = asyncio.create_task(reader())
    await started.wait()
    await write(database, SECOND, ONLINE)
    written.set()
    before, after = await task
    assert before == after < await versions.revision(database)


async def test_an_altered_content_is_found(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    assert await check(database) == []
    await database.rows(QueryString("UPDATE content SET body = REPLACE(body, 'khai', 'Khai')"))
    assert [finding.area for finding in await check(database)] == ["content"]


async def test_overlapping_versions_are_found(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    await write(database, SECOND, ONLINE)
    await database.rows(QueryString("UPDATE version SET valid_to = NULL WHERE recorded_to IS NULL"))
    assert [finding.area for finding in await check(database)] == ["versions"]


async def test_equal_registries_have_equal_digests_whatever_the_order_of_recording(database: Database) -> None:
    await write(database, FIRST, PLAIN)
    assert await catalogue_digest(database) != f"{0:032x}"
    before = await catalogue_digest(database)
    await write(database, SECOND, ONLINE)
    assert await catalogue_digest(database) != before
