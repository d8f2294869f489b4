"""The change feed, the snapshot and the tree of digests, as whoever follows a registry meets them."""

import asyncio
import gzip
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry import clock
from registry.catalogue import versions
from registry.catalogue.ledger import AgencyState
from registry.engine import Database, open_database
from registry.exchange.protocol import FeedPage, mark_of
from registry.procedure import Term
from registry.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def filled(settings: Settings, catalogue: Any) -> Any:
    """A registry with a history, served, on each database: (database, client)."""
    async with catalogue.served(settings) as (app, client):
        database: Database = app.state.service.database
        await catalogue.first(database)
        await catalogue.later(database)
        yield database, client


@pytest.fixture
async def lone(tmp_path: Path, store: Any, catalogue: Any) -> Any:
    """The same on SQLite alone, for what does not depend on the database."""
    async with catalogue.served(store(tmp_path / "var")) as (app, client):
        await catalogue.first(app.state.service.database)
        await catalogue.later(app.state.service.database)
        yield app.state.service.database, client


async def every(client: Any, limit: int = 1000, **params: Any) -> list[dict[str, Any]]:
    """All changes, by pages."""
    found: list[dict[str, Any]] = []
    since = 0
    while True:
        page = (await client.get("/api/changes", params={"since": since, "limit": limit, **params})).json()
        found += page["changes"]
        since = page["next"]
        if since == page["revision"]:
            return found


async def test_changes_come_in_order_without_gaps_whatever_the_page(filled: Any) -> None:
    database, client = filled
    last = await versions.revision(database)
    whole, paged = await every(client), await every(client, limit=3)
    assert [one["seq"] for one in whole] == list(range(1, last + 1))
    assert paged == whole


async def test_a_change_carries_what_it_takes_to_apply_it(filled: Any) -> None:
    _, client = filled
    changes = await every(client)
    put = next(one for one in changes if one["kind"] == "version" and one["key"] == "9.000020")
    assert put["version"]["procedure"]["name"] == "Cấp bản sao"
    assert put["version"]["announcement"] == "2/QĐ-BTP"
    assert {"sector", "announcement", "agency", "item", "succession"} <= {name for one in changes for name in one}


async def test_an_abolition_is_explicit_with_its_day_and_its_decision(lone: Any) -> None:
    _, client = lone
    ends = {one["key"]: one["ends"] for one in await every(client) if one["action"] == "end"}
    assert ends["9.000003"] == {"day": "2025-04-01", "by": "2/QĐ-BTP"}
    assert ends["H03"] == {"day": "2025-07-01", "by": "202/2025/QH15"}


async def test_what_ends_on_its_first_day_is_told_as_ended_too(filled: Any, catalogue: Any) -> None:
    database, client = filled
    await catalogue.change(
        database, lambda book: book.end("9.000004", date(2025, 1, 10), "1/QĐ-BTP"), codes=["9.000004"]
    )
    last = (await every(client))[-1]
    assert (last["key"], last["action"], last["ends"]["day"]) == ("9.000004", "end", "2025-01-10")


@pytest.mark.parametrize("what", ["agency", "sector", "announcement"])
async def test_a_change_of_something_related_touches_what_names_it(filled: Any, catalogue: Any, what: str) -> None:
    database, client = filled
    last = await versions.revision(database)
    if what == "agency":
        await catalogue.change(
            database, lambda book: book.put_agency("G04", AgencyState("Bộ Tư pháp (mới)")), agencies=["G04"]
        )
        wanted = {f"9.{number:06}" for number in (1, 2, 3, 4, 5, 6, 20)}
    elif what == "sector":
        await catalogue.change(database, lambda book: book.put_sector(Term("G05-DD", "Đất đai, nhà ở")))
        wanted = {"9.000002", "9.000004", "9.000006", "9.000020"}
    else:
        again = msgspec.structs.replace(catalogue.announcement(2), number="2/QĐ-BTP (đính chính)")
        await catalogue.change(database, lambda book: book.announce(again), announcements=[again.id])
        wanted = {"9.000001", "9.000002", "9.000003", "9.000020"}
    # Whoever follows procedures alone learns of it.
    answer = await client.get("/api/changes", params={"since": last, "part": "procedures"})
    found = answer.json()["changes"]
    assert {one["action"] for one in found} == {"touch"}
    assert {one["key"] for one in found} == wanted


async def test_a_successor_touches_both_sides(lone: Any) -> None:
    _, client = lone
    touched = {one["key"] for one in await every(client) if one["action"] == "touch"}
    assert touched == set()  # both were changed by the same unit of work anyway


async def test_an_agency_that_is_learned_of_touches_nothing(lone: Any, catalogue: Any) -> None:
    database, client = lone
    last = await versions.revision(database)
    await catalogue.change(database, lambda book: book.put_agency("G99", AgencyState("Mới")), agencies=["G99"])
    assert [one["kind"] for one in (await every(client))[last:]] == ["agency"]


async def test_the_feed_can_be_told_as_lines(lone: Any) -> None:
    _, client = lone
    answer = await client.get("/api/changes", headers={"accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    head, *changes, end = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    assert (head["line"], end["line"]) == ("feed", "end")
    assert changes == await every(client)
    assert end["next"] == head["revision"] == len(changes) == end["changes"]
    assert end["digest"] == (await client.get("/api/digest")).json()["digest"]


async def test_lines_are_compressed_for_those_who_take_them_so(lone: Any) -> None:
    _, client = lone
    plain = await client.get("/api/snapshot", headers={"accept-encoding": "identity"})
    async with client.stream("GET", "/api/snapshot", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content


async def test_what_has_not_changed_is_not_sent_again(lone: Any, catalogue: Any) -> None:
    database, client = lone
    paths = ["/api/changes", "/api/changes?format=ndjson", "/api/snapshot", "/api/digest", "/api/digest/sectors"]
    known = {path: {"if-none-match": (await client.get(path)).headers["etag"]} for path in paths}
    for path, headers in known.items():
        again = await client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b""), path
    await catalogue.change(database, lambda book: book.put_sector(Term("X", "Mới")))
    for path, headers in known.items():
        assert (await client.get(path, headers=headers)).status_code == 200, path


PROBLEMS = {
    "/api/changes?since=-1": 400,
    "/api/changes?since=x": 400,
    "/api/changes?since=99999999999999999999": 400,
    "/api/changes?limit=0": 400,
    "/api/changes?limit=5000": 400,
    "/api/changes?wait=31": 400,
    "/api/changes?wait=nan": 400,
    "/api/changes?wait=0.5": 400,
    "/api/changes?part=dossiers": 400,
    "/api/changes?format=xml": 400,
    "/api/changes?since=1000000": 409,
    "/api/changes?since=1000000&format=ndjson": 409,
    "/api/snapshot?revision=1000000": 409,
    "/api/snapshot?after=procedures": 400,
    "/api/snapshot?after=people:x": 400,
    "/api/snapshot?key=9.000001": 400,
    "/api/snapshot?part=procedures": 400,
    "/api/digest/people": 400,
    "/api/digest/sections/9.999999": 404,
}


async def test_what_cannot_be_asked_is_a_problem(lone: Any) -> None:
    _, client = lone
    for path, status in PROBLEMS.items():
        answer = await client.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_whoever_waits_is_told_at_once_and_one_task_looks_for_all(lone: Any, catalogue: Any) -> None:
    database, client = lone
    last = await versions.revision(database)
    begun = time.monotonic()
    waiting = [
        asyncio.create_task(client.get("/api/changes", params={"since": last, "wait": 20})) for _ in range(20)
    ]
    await asyncio.sleep(0.2)
    assert sum(task.get_name() == "waiting" for task in asyncio.all_tasks()) == 1
    await catalogue.change(database, lambda book: book.put_sector(Term("X", "Mới")))
    answers = await asyncio.gather(*waiting)
    assert time.monotonic() - begun < 5
    assert {one["key"] for answer in answers for one in answer.json()["changes"]} == {"X"}


async def test_waiting_ends_by_itself(lone: Any) -> None:
    database, client = lone
    last = await versions.revision(database)
    answer = await client.get("/api/changes", params={"since": last, "wait": 1})
    assert (answer.status_code, answer.json()["changes"]) == (200, [])
    await asyncio.sleep(0.2)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "waiting"]


async def test_a_server_that_ends_waits_for_nobody_who_waits(lone: Any, catalogue: Any) -> None:
    database, client = lone
    last = await versions.revision(database)
    waiting = asyncio.create_task(client.get("/api/changes", params={"since": last, "wait": 30}))
    await asyncio.sleep(0.1)
    client._transport.app.state.exchange.waiting.release()
    answer = await asyncio.wait_for(waiting, 5)
    assert (answer.status_code, answer.json()["changes"]) == (200, [])


async def test_a_snapshot_is_of_one_revision_while_writes_go_on(filled: Any, catalogue: Any) -> None:
    database, client = filled
    before = (await client.get("/api/snapshot")).text
    revision = msgspec.json.decode(before.splitlines()[0])["revision"]
    await catalogue.change(
        database,
        lambda book: book.put(catalogue.procedure(1, "Tên khác"), date(2026, 1, 1), "1/QĐ-BTP", catalogue.origin),
        codes=["9.000001"],
    )
    # The same revision is the same for ever, line for line; only the whole's digest is no longer at hand.
    again = (await client.get("/api/snapshot", params={"revision": revision})).text
    assert again.splitlines()[1:] == before.splitlines()[1:]
    assert (await client.get("/api/snapshot")).text.splitlines()[1:] != before.splitlines()[1:]


async def test_a_snapshot_goes_on_where_it_broke_off(filled: Any) -> None:
    _, client = filled
    _, *records, _ = (await client.get("/api/snapshot")).text.splitlines()
    for place in range(0, len(records), 4):
        line = records[place]
        told = msgspec.json.decode(line)
        after = f"{told['part']}:{told['key']}"
        rest = (await client.get("/api/snapshot", params={"after": after})).text.splitlines()
        assert rest[1:-1] == records[place + 1 :]
        assert msgspec.json.decode(rest[-1])["records"] == len(records) - place - 1


async def test_a_snapshot_tells_what_is_named_before_what_names_it(lone: Any) -> None:
    _, client = lone
    parts = [msgspec.json.decode(line)["part"] for line in (await client.get("/api/snapshot")).text.splitlines()]
    assert list(dict.fromkeys(parts)) == ["snapshot", "sectors", "agencies", "announcements", "procedures", "end"]


async def test_the_tree_leads_to_the_one_section_that_differs(filled: Any, catalogue: Any) -> None:
    database, client = filled

    async def walk() -> list[Any]:
        root = (await client.get("/api/digest")).json()
        groups = (await client.get("/api/digest/procedures")).json()["groups"]
        records = (await client.get("/api/digest/records/procedures", params={"group": list(groups)})).json()
        sections = (await client.get("/api/digest/sections/9.000005")).json()["versions"][-1]["sections"]
        return [root["parts"], groups, records["groups"]["G04-HT"], sections]

    before = await walk()
    await catalogue.change(
        database,
        lambda book: book.put(
            catalogue.procedure(5, requirements="Có"), date(2025, 1, 10), "1/QĐ-BTP", catalogue.origin
        ),
        codes=["9.000005"],
    )
    changed = [
        {key for key in old if old[key] != new.get(key)} for old, new in zip(before, await walk(), strict=True)
    ]
    assert changed == [{"procedures"}, {"G04-HT"}, {"9.000005"}, {"requirements"}]


async def test_a_change_of_clocks_and_zones_changes_no_mark(lone: Any) -> None:
    _, client = lone
    page = msgspec.json.decode((await client.get("/api/changes")).content, type=FeedPage)
    last = page.changes[-1]
    hanoi = last.recorded_at.astimezone(timezone(timedelta(hours=7)))
    assert mark_of(last.seq, hanoi, last.kind, last.key, last.action) == page.mark


async def test_a_clock_that_is_put_back_does_not_disturb_the_order(
    lone: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, client = lone
    last = await versions.revision(database)
    monkeypatch.setattr(clock, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    await catalogue.change(database, lambda book: book.put_sector(Term("X", "Mới")))
    assert [one["seq"] for one in await every(client)] == list(range(1, last + 2))


async def test_two_publishers_at_once_never_show_a_higher_number_first(settings: Settings, catalogue: Any) -> None:
    async with catalogue.served(settings) as (app, client):
        others = [await open_database(settings) for _ in range(2)]
        done = asyncio.Event()

        async def publish(database: Database, who: int) -> None:
            for number in range(12):
                await catalogue.change(
                    database,
                    lambda book, n=number: [book.put_sector(Term(f"{who}-{n}-{k}", "Mới")) for k in range(3)],
                )

        async def watch() -> None:
            since = 0
            while not done.is_set() or since < (await versions.revision(others[0])):
                page = (await client.get("/api/changes", params={"since": since})).json()
                assert [one["seq"] for one in page["changes"]] == list(range(since + 1, page["next"] + 1))
                since = page["next"]

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(publish(database, who) for who, database in enumerate(others)))
        done.set()
        await watching
        assert await versions.revision(app.state.service.database) == 2 * 12 * 3
        for database in others:
            await database.close()
