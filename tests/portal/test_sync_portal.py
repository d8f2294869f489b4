"""Syncing follows the portal: what is new, changed and gone, without asking for more than it must."""

from collections.abc import Callable
from typing import Any

import pytest
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import ledger, versions
from registry.catalogue.check import catalogue_digest, check
from registry.catalogue.errors import ProcedureNotFound
from registry.catalogue.ledger import Ledger, Origin
from registry.engine import Database
from registry.intake import quarantine
from registry.procedure import Procedure

pytestmark = pytest.mark.anyio
Go = Callable[..., Any]
Make = Callable[..., dict[str, Any]]


async def name_of(database: Database, code: str) -> str:
    return (await versions.find(database, code, clock.today())).procedure.name


async def test_the_first_run_takes_everything_and_the_next_asks_for_a_share(
    database: Database, go: Go, replica: Any
) -> None:
    first = await go()
    assert (first.status, first.listed, first.taken["new"], first.in_force) == ("done", 10, 10, 10)
    assert replica.busiest <= 4
    replica.reset()
    second = await go()
    assert (second.lines["known"], second.lines["fetched"]) == (7, 3)
    assert (second.taken["unchanged"], second.revision) == (3, first.revision)
    assert replica.count("list") == 4
    assert replica.count("detail") == 3
    assert not await check(database)


async def test_a_changed_line_is_fetched_at_once(local: Database, attempt: Go, replica: Any) -> None:
    await attempt()
    replica.reset()
    replica.change("id-00004", name="Cấp lại giấy phép ví dụ")
    second = await attempt()
    assert "id-00004" in replica.ids()
    assert second.taken["corrected"] == 1
    assert await name_of(local, "7.100004") == "Cấp lại giấy phép ví dụ"


async def test_a_change_that_the_list_does_not_show_is_found_within_the_rounds(
    local: Database, attempt: Go, replica: Any
) -> None:
    await attempt()
    replica.reset()
    for key in list(replica.details):
        replica.change(key, unseen=True, note="Chỉ thấy trong bản ghi")
    runs = [await attempt() for _ in range(4)]
    assert sum(run.taken["corrected"] for run in runs) == 10
    assert sorted(set(replica.ids())) == sorted(replica.details)
    assert max(run.lines["fetched"] for run in runs) == 3


async def test_full_looks_at_everything(attempt: Go, replica: Any) -> None:
    await attempt()
    replica.change("id-00000", unseen=True, note="Khác")
    outcome = await attempt(full=True)
    assert (outcome.lines["fetched"], outcome.taken["corrected"]) == (10, 1)


async def test_a_limit_of_a_full_run_goes_through_everything(attempt: Go, replica: Any) -> None:
    await attempt()
    replica.reset()
    for _ in range(4):
        await attempt(full=True, limit=3)
    assert set(replica.ids()) == set(replica.details)


async def test_a_limit_is_kept_and_the_next_run_goes_on(attempt: Go, replica: Any) -> None:
    seen = [await attempt(limit=4) for _ in range(3)]
    assert [run.lines["left"] for run in seen] == [6, 2, 0]
    assert seen[-1].in_force == 10


async def test_what_is_listed_no_more_ends_and_history_stays(
    database: Database, go: Go, replica: Any, make: Make
) -> None:
    replica.fill(make(number) for number in range(10, 60))
    await go()
    replica.reset()
    replica.remove("id-00003")
    outcome = await go()
    assert outcome.ends == ["7.100003"]
    assert replica.count("list") == 2 * 16, "an absence is confirmed by a second reading"
    with pytest.raises(ProcedureNotFound):
        await name_of(database, "7.100003")
    assert len(await versions.history(database, "7.100003")) == 1


async def test_too_many_ends_are_refused_with_their_list_and_nothing_changes(
    local: Database, attempt: Go, replica: Any
) -> None:
    first = await attempt()
    replica.remove("id-00003")
    replica.change("id-00004", name="Tên mới")
    replica.reset()
    refused = await attempt()
    assert (refused.status, refused.ends, refused.revision) == ("refused", ["7.100003"], first.revision)
    assert replica.count("detail") == 0
    allowed = await attempt(allow_ends=True)
    assert (allowed.status, allowed.ends, allowed.in_force) == ("done", ["7.100003"], 9)
    assert await name_of(local, "7.100004") == "Tên mới"


async def test_what_moves_between_pages_while_the_list_is_read_does_not_end(attempt: Go, replica: Any) -> None:
    replica.cursor = "offset"
    await attempt(allow_ends=True)

    def move(page: int) -> None:
        # What was on the page that has been read goes, and the first line of the next page moves onto it.
        if page == 1 and "id-00009" in replica.lines:
            replica.remove("id-00009")

    replica.reset()
    replica.on_list = move
    outcome = await attempt(allow_ends=True)
    assert outcome.ends == []
    assert outcome.in_force == 10
    replica.reset()
    assert (await attempt(allow_ends=True)).ends == ["7.100009"]


async def test_records_that_share_a_code_are_fetched_together_and_never_merged(
    local: Database, attempt: Go, replica: Any, make: Make
) -> None:
    replica.put(make(10, code=" 7.100004", name="Một thủ tục khác"))
    first = await attempt()
    assert first.taken["quarantined"] == 1
    replica.change("id-00010", name="Một thủ tục khác, sửa")
    replica.reset()
    second = await attempt()
    assert {"id-00004", "id-00010"} <= set(replica.ids())
    assert second.taken["quarantined"] == 1
    assert await name_of(local, "7.100004") == "Cấp giấy phép ví dụ 4"


async def test_a_record_that_a_person_gave_another_code_does_not_end(
    local: Database, attempt: Go, replica: Any, make: Make
) -> None:
    await attempt()

    async def given(book: Ledger) -> None:
        procedure = Procedure(code="7.999999", name="Do người đặt mã", source_id="id-00004")
        await book.load(codes=["7.999999"])
        book.put(procedure, clock.today(), None, Origin(source="portal"))

    await ledger.record(local, given)
    assert (await attempt(allow_ends=True)).ends == []


async def test_what_came_from_elsewhere_never_ends_by_the_portals_list(local: Database, attempt: Go) -> None:
    async def other(book: Ledger) -> None:
        await book.load(codes=["9.000001"])
        book.put(Procedure(code="9.000001", name="Của tỉnh"), clock.today(), None, Origin(source="native"))

    await ledger.record(local, other)
    outcome = await attempt(allow_ends=True)
    assert (outcome.ends, outcome.in_force) == ([], 11)


async def test_a_province_gets_its_own_and_what_is_national_at_its_levels(
    database: Database, go: Go, replica: Any, make: Make
) -> None:
    levels = {"isMinistry": False, "isProvince": False, "isWard": False}
    of = {"departmentPromulgateName": "UBND tỉnh"}
    replica.fill(
        [
            make(20, **levels | {"isWard": True}),
            make(21, **levels | {"isMinistry": True}),
            make(22, type="SPECIFIC", departmentPromulgateCode="H55", **of, **levels | {"isProvince": True}),
            make(23, type="SPECIFIC", departmentPromulgateCode="H05", **of, **levels | {"isProvince": True}),
            make(24, type="STANDARD_INTERNAL", departmentPromulgateCode="H55.17", **of, **levels),
        ]
    )
    outcome = await go(province="H55")
    found = await database.rows(QueryString("SELECT code FROM version ORDER BY code"))
    codes = {row["code"] for row in found}
    assert {"7.100020", "7.100022", "7.100024"} <= codes
    assert not {"7.100021", "7.100023"} & codes
    assert outcome.lines["skipped"] == 1
    assert outcome.taken["outside"] == 1
    assert not (await go(province="H55", allow_ends=True)).ends
    whole = await go()
    assert whole.taken["new"] == 2, "what was outside the province is fetched when everything is asked for"


async def test_a_record_that_changes_between_list_and_detail_is_taken_as_its_detail_says(
    local: Database, attempt: Go, replica: Any
) -> None:
    def change(key: str) -> None:
        if key == "id-00004" and not replica.details[key].count(b"GIUA"):
            replica.change(key, name="Đổi ở GIUA")

    replica.on_detail = change
    await attempt()
    assert await name_of(local, "7.100004") == "Đổi ở GIUA"
    replica.reset()
    await attempt()
    assert "id-00004" in replica.ids(), "its line has changed since, so it is looked at again"


async def test_a_record_that_goes_between_list_and_detail_is_told(attempt: Go, replica: Any) -> None:
    replica.details.pop("id-00004")
    told: list[Any] = []
    outcome = await attempt(report=told.append)
    assert (outcome.status, outcome.lines["absent"], outcome.in_force) == ("done", 1, 9)
    assert [one.code for one in told if one.fate == "absent"] == ["7.100004"]


async def test_the_report_has_every_line_of_the_list(attempt: Go, replica: Any) -> None:
    await attempt()
    replica.change("id-00004", name="Khác")
    told: list[Any] = []
    outcome = await attempt(report=told.append)
    assert len(told) == outcome.listed


async def test_a_record_that_is_no_procedure_is_quarantined_with_its_bytes(
    database: Database, go: Go, replica: Any
) -> None:
    replica.change("id-00004", name="")
    outcome = await go()
    assert outcome.taken["quarantined"] == 1
    (entry,) = await quarantine.listed(database)
    _, data = await quarantine.find(database, entry.id)
    assert b'"id-00004"' in data
    replica.change("id-00004", name="Nay có tên")
    await go()
    assert not await quarantine.listed(database)


async def test_a_sync_equals_an_import_of_the_same_records(
    local: Database, attempt: Go, replica: Any, tmp_path: Any
) -> None:
    from registry.engine import open_database
    from registry.intake import pipeline
    from registry.intake.formats import detect
    from registry.intake.record import Options
    from registry.settings import Settings

    await attempt()
    file = tmp_path / "same.ndjson"
    file.write_bytes(b"\n".join(replica.details.values()) + b"\n")
    other = await open_database(Settings(data=tmp_path / "other"))
    await pipeline.take(other, detect(file), Options("same", clock.today()), tmp_path)
    assert await catalogue_digest(other) == await catalogue_digest(local)
    await other.close()
