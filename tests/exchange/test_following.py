"""A registry that follows another holds what the other holds, whatever happens on the way."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.catalogue.check import check
from registry.catalogue.ledger import AgencyState
from registry.engine import Database
from registry.exchange import feed, following, keeping, source
from registry.exchange.followed import FollowRefused, followed
from registry.exchange.identity import identity, renew
from registry.exchange.protocol import SnapshotLine
from registry.exchange.source import Source, SourceRefused, SourceUnavailable
from registry.procedure import Item, Term
from registry.vocabulary import Action

pytestmark = pytest.mark.anyio


async def caught(follower: Any) -> Any:
    await follower.begin()
    return await follower.catch_up()


async def test_a_snapshot_and_then_changes_make_an_equal_registry(pair: Any, catalogue: Any) -> None:
    await catalogue.first(pair.there)
    follower = pair.follower()
    begun = await caught(follower)
    assert begun.equal
    assert begun.taken
    assert await pair.equal()
    await catalogue.later(pair.there)
    done = await follower.catch_up()
    assert (done.equal, done.taken, done.repaired) == (True, 0, 0)
    assert done.applied == await versions.revision(pair.there) - begun.revision
    assert await pair.equal()
    assert await check(pair.here) == []


async def test_the_past_is_taken_over_with_its_days_and_decisions(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there)
    await catalogue.later(light.there)
    assert (await caught(light.follower())).equal
    old, new = await versions.history(light.here, "9.000001")
    assert (old.valid_from, old.valid_to, old.ended_by) == (date(2025, 1, 10), date(2025, 4, 1), "2/QĐ-BTP")
    assert (new.valid_from, new.announcement) == (date(2025, 4, 1), "2/QĐ-BTP")
    assert await versions.successors(light.here, "9.000002") == [("9.000020", date(2025, 4, 1), "2/QĐ-BTP")]
    # Recorded time is ours; where it came from says which change it was there.
    assert (new.source, new.origin.partition("#")[0]) == ("follow", "http://national.test")
    assert b"nfc" in bytes(new.cleaning)


async def test_changes_of_every_kind_are_followed_one_by_one(pair: Any, catalogue: Any) -> None:
    await catalogue.first(pair.there)
    follower = pair.follower()
    await caught(follower)
    own = random.Random(7)
    for round_ in range(8):
        await random_change(pair.there, catalogue, own, round_)
        done = await follower.catch_up()
        assert (done.equal, done.repaired) == (True, 0)
        assert await pair.equal()
    assert await check(pair.here) == []


async def random_change(database: Database, catalogue: Any, own: random.Random, round_: int) -> None:
    """One unit of work of several edits, some of which undo each other."""
    codes = [f"9.{number:06}" for number in range(1, 9)]
    number = own.randint(1, 5)
    announced = catalogue.announcement(number, Item(Action.REPLACED, (own.choice(codes),), (own.choice(codes),)))

    def work(book: Any) -> None:
        book.announce(announced)
        for _ in range(own.randint(1, 5)):
            code, day = own.randint(1, 8), date(2025, own.randint(1, 12), own.randint(1, 28))
            match own.randint(0, 5):
                case 0:
                    book.end(f"9.{code:06}", day, announced.id)
                case 1:
                    state = AgencyState(f"Bộ {round_}", decision=announced.id)
                    book.put_agency("G04", state, day)
                case 2:
                    book.end_agency("G04", day, announced.id)
                case 3:
                    book.put_sector(Term("G04-HT", f"Hộ tịch {round_}"))
                case _:
                    until = own.choice([msgspec.UNSET, None, date(2026, 1, 1)])
                    fresh = catalogue.procedure(code, f"Tên {own.randint(1, 3)}")
                    book.put(fresh, day, announced.id, catalogue.origin, until=until)

    await catalogue.change(database, work, codes=codes, announcements=[announced.id], agencies=["G04"])


async def test_catching_up_twice_changes_nothing(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there)
    follower = light.follower()
    await caught(follower)
    before = await versions.revision(light.here)
    await follower.begin(anew=True)  # the whole state once more
    again = await follower.catch_up()
    assert again.equal
    assert again.taken
    assert await versions.revision(light.here) == before


async def test_an_end_stays_an_end_for_whoever_follows_the_follower(
    light: Any, catalogue: Any, tmp_path: Any
) -> None:
    await catalogue.first(light.there)
    follower = light.follower()
    await caught(follower)
    before = await versions.revision(light.here)
    await catalogue.later(light.there)
    await follower.catch_up()
    told = await feed.changes(light.here, before, await versions.revision(light.here), 1000)
    assert {one.key for one in told if one.action == "end"} == {"9.000002", "9.000003", "H03"}
    amended = [one.action for one in told if one.key == "9.000001"]
    assert amended == ["cut", "put"]


async def test_both_may_follow_each_other_and_come_to_rest(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there)
    await caught(light.follower())
    revisions = []
    for _ in range(2):
        await caught(light.follower())
        revisions.append(await versions.revision(light.here))
    assert revisions[0] == revisions[1]


async def test_a_registry_does_not_follow_itself(light: Any) -> None:
    with pytest.raises(FollowRefused, match="this registry itself"):
        await following.Follower(light.there, Source("http://national.test", light.client)).begin()


async def test_a_copied_store_gets_an_identity_of_its_own(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there)
    there = await identity(light.there)
    await light.here.rows(QueryString("INSERT INTO meta (name, value) VALUES ('registry', {})", there))
    with pytest.raises(FollowRefused, match="--identify"):
        await light.follower().begin()
    assert await renew(light.here) != there
    assert (await caught(light.follower())).equal


async def test_an_identity_is_made_once(pair: Any) -> None:
    found = await asyncio.gather(*(identity(pair.here) for _ in range(5)))
    assert len(set(found)) == 1
    assert await identity(pair.there) not in found


class Altered(httpx.AsyncBaseTransport):
    """A registry whose answers are altered on the way by ``alter(path, body)``."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.alter: Any = lambda path, body: body
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.client.send(self.client.build_request("GET", request.url))
        self.asked.append(request.url.path)
        body = self.alter(request.url.path, answer.content)
        if isinstance(body, Exception):
            raise body
        if isinstance(body, httpx.Response):
            return body
        return httpx.Response(answer.status_code, content=body)


@pytest.fixture
async def altered(light: Any) -> AsyncIterator[Any]:
    """(the answers on the way, a follower that gets them)"""
    transport = Altered(light.client)
    async with httpx.AsyncClient(transport=transport) as client:
        yield transport, following.Follower(light.here, Source("http://national.test", client))


def edited(path: str, **fields: Any) -> Any:
    """Alters fields of the answers of one path; a function is given what is there."""

    def alter(asked: str, body: bytes) -> bytes:
        if asked != path:
            return body
        found = msgspec.json.decode(body)
        for name, value in fields.items():
            found[name] = value(found) if callable(value) else value
        return msgspec.json.encode(found)

    return alter


REFUSED = {
    "another version": (edited("/api/digest", protocol=2), "another version"),
    "an older version": (edited("/api/digest", protocol=0), "another version"),
    "no registry at all": (lambda path, body: b"<html>", "no registry of this kind"),
    "another one behind the same address": (edited("/api/digest", registry="f" * 32), "another registry"),
    "a gap": (edited("/api/changes", changes=lambda page: page["changes"][1:]), "gap"),
    "changes in another order": (edited("/api/changes", changes=lambda page: page["changes"][::-1]), "gap"),
    "less than it says": (edited("/api/changes", changes=lambda page: page["changes"][:-1]), "changes end with"),
    "an answer to another question": (edited("/api/changes", since=0), "asked for those"),
    "a change that was altered": (
        edited("/api/changes", changes=lambda page: [one | {"key": "9.999999"} for one in page["changes"]]),
        "marks|does not digest",
    ),
    "a change that is another now": (edited("/api/changes", sinceMark="0" * 16), "back in time"),
    "a past": (edited("/api/changes", revision=3), "back in time|asked for"),
    "a past from the start": (edited("/api/digest", revision=3), "back in time"),
}


async def test_a_feed_that_cannot_be_trusted_is_refused_and_nothing_is_taken_in(
    altered: Any, light: Any, catalogue: Any
) -> None:
    transport, follower = altered
    await catalogue.first(light.there)
    await caught(follower)
    await catalogue.later(light.there)
    before, state = await versions.revision(light.here), await followed(light.here)
    for what, (alter, reason) in REFUSED.items():
        transport.alter = alter
        with pytest.raises((FollowRefused, SourceRefused), match=reason):
            await caught(follower)
        assert (await versions.revision(light.here), await followed(light.here)) == (before, state), what
    transport.alter = lambda path, body: body
    assert (await caught(follower)).equal
    assert await light.equal()


async def test_a_content_that_was_altered_on_the_way_is_refused(altered: Any, light: Any, catalogue: Any) -> None:
    transport, follower = altered
    await catalogue.first(light.there)
    transport.alter = lambda path, body: body.replace(
        b"N\xe1\xbb\x99p h\xe1\xbb\x93 s\xc6\xa1 3", b"Tr\xe1\xba\xa3 500"
    )
    with pytest.raises(SourceRefused, match="does not digest"):
        await caught(follower)
    assert await versions.revision(light.here) == 0


async def test_a_registry_that_was_restored_is_followed_anew_when_told_to(
    light: Any, catalogue: Any, tmp_path: Any, store: Any
) -> None:
    await catalogue.first(light.there)
    await catalogue.later(light.there)
    await caught(light.follower())
    async with catalogue.paired(store(tmp_path / "restored"), store(tmp_path / "unused")) as other:
        # The same identity, an older state, and then other changes of the same numbers.
        await other.there.rows(
            QueryString("INSERT INTO meta (name, value) VALUES ('registry', {})", await identity(light.there))
        )
        await catalogue.first(other.there)
        for number in range(12):
            await catalogue.change(other.there, lambda book, n=number: book.put_sector(Term(f"X{n}", "Khác")))
        follower = following.Follower(light.here, Source("http://national.test", other.client), allow_ends=True)
        with pytest.raises(FollowRefused, match=r"back in time.*--anew"):
            await caught(follower)
        await follower.begin(anew=True)
        done = await follower.catch_up()
        # What succeeded what is never taken back here; all else is as it is there.
        assert sorted(done.differing) == ["agencies:H03", "procedures:9.000002"]
        assert (await follower.catch_up()).repaired == 0
        assert [one.valid_to for one in await versions.history(light.here, "9.000003")] == [None]
        with pytest.raises(Exception, match=r"9\.000020"):
            await versions.find(light.here, "9.000020", date(2025, 6, 1))


async def test_what_was_altered_here_is_found_and_only_that_is_fetched(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there, 30)
    await caught(light.follower())
    await catalogue.change(
        light.here,
        lambda book: book.put(catalogue.procedure(7, "Sai"), date(2025, 1, 10), "1/QĐ-BTP", catalogue.origin),
        codes=["9.000007"],
    )
    await catalogue.change(light.here, lambda book: book.put_sector(Term("G05-DD", "Sai")))
    follower = light.follower()
    done = await caught(follower)
    assert (done.equal, done.repaired) == (True, 2)
    assert await light.equal()


async def test_what_is_ours_stays_and_is_told_apart(light: Any, catalogue: Any) -> None:
    await catalogue.first(light.there)
    await catalogue.change(
        light.here,
        lambda book: [
            book.put(catalogue.procedure(900, "Của tỉnh"), date(2025, 1, 1), None, catalogue.origin),
            book.put_sector(Term("H55-DD", "Của tỉnh")),
        ],
        codes=["9.000900"],
    )
    follower = light.follower()
    done = await caught(follower)
    assert (done.equal, done.own, done.repaired) == (True, 2, 0)
    await catalogue.later(light.there)
    done = await follower.catch_up()
    assert (done.equal, done.own) == (True, 2)
    assert (await versions.find(light.here, "9.000900", date(2025, 6, 1))).procedure.name == "Của tỉnh"


async def test_many_that_vanish_without_having_ended_are_not_removed_unasked(
    altered: Any, light: Any, catalogue: Any, store: Any, tmp_path: Any
) -> None:
    await catalogue.first(light.there, 10)
    await caught(light.follower())
    async with catalogue.paired(store(tmp_path / "small"), store(tmp_path / "unused")) as other:
        await other.there.rows(
            QueryString("INSERT INTO meta (name, value) VALUES ('registry', {})", await identity(light.there))
        )
        await catalogue.first(other.there, 4)
        follower = following.Follower(light.here, Source("http://national.test", other.client))
        await follower.begin(anew=True)
        with pytest.raises(FollowRefused, match=r"6 procedures.*--allow-ends"):
            await follower.catch_up()
        assert await versions.count(light.here, date(2025, 6, 1)) == 10


def failing(times: int, error: Any) -> Any:
    left = [times]

    def alter(path: str, body: bytes) -> Any:
        left[0] -= 1
        return error if left[0] >= 0 else body

    return alter


async def test_following_goes_on_after_what_may_pass(altered: Any, light: Any, catalogue: Any) -> None:
    transport, follower = altered
    await catalogue.first(light.there)
    await follower.begin()
    troubles, caught_up = [], asyncio.Event()
    transport.alter = failing(3, httpx.Response(503, json={"detail": "later"}))

    async def told(_: Any) -> None:
        caught_up.set()

    task = asyncio.create_task(
        keeping.keep(follower, told, lambda text, _: troubles.append(text), waiting=1, pause=0.01)
    )
    await asyncio.wait_for(caught_up.wait(), 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(troubles) == 3
    assert "503: later" in troubles[0]
    assert await light.equal()


async def test_why_following_failed_stays_known_until_it_goes_well_again(
    altered: Any, light: Any, catalogue: Any
) -> None:
    transport, follower = altered
    await catalogue.first(light.there)
    await keeping.once(follower)
    assert (await followed(light.here)).fault == ""
    transport.alter = failing(1, httpx.Response(503, json={"detail": "later"}))
    with pytest.raises(SourceUnavailable):
        await keeping.once(follower)
    failed = await followed(light.here)
    assert "503: later" in failed.fault
    # Nor does what happens with a registry that is not followed say anything of the one that is.
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500))) as client:
        with pytest.raises(SourceUnavailable):
            await keeping.once(following.Follower(light.here, Source("http://another.test", client)))
    assert await followed(light.here) == failed
    await catalogue.later(light.there)
    done = await keeping.once(follower)
    assert done.equal
    assert (await followed(light.here)).fault == ""


async def test_a_failure_while_waiting_is_known_until_it_is_caught_up_again(
    altered: Any, light: Any, catalogue: Any
) -> None:
    transport, follower = altered
    await catalogue.first(light.there)
    faults, caught_up = [], asyncio.Event()

    async def told(_: Any) -> None:
        faults.append((await followed(light.here)).fault)
        if len(faults) == 1:
            transport.alter = failing(2, httpx.Response(503, json={"detail": "later"}))
        else:
            caught_up.set()

    def troubled(message: str, _: float) -> None:
        faults.append(message)

    task = asyncio.create_task(keeping.keep(follower, told, troubled, waiting=0.05, pause=0.01))
    await asyncio.wait_for(caught_up.wait(), 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [bool(one) for one in faults] == [False, True, True, False]


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
async def test_a_registry_that_cannot_be_reached_is_named(
    altered: Any, light: Any, catalogue: Any, error: Exception
) -> None:
    transport, follower = altered
    transport.alter = failing(9, error)
    with pytest.raises(SourceUnavailable, match=r"http://national\.test/api/digest"):
        await caught(follower)


async def test_an_answer_without_end_is_cut_off(
    altered: Any, light: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, follower = altered
    await catalogue.first(light.there)
    monkeypatch.setattr(source, "MOST_SNAPSHOT", 2000)
    with pytest.raises(SourceRefused, match="more than can be taken"):
        await caught(follower)
    monkeypatch.setattr(source, "MOST_ANSWER", 100)
    with pytest.raises(SourceRefused, match="100 are the most"):
        await caught(follower)


async def test_a_snapshot_that_breaks_off_goes_on_where_it_was(
    altered: Any, light: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, follower = altered
    monkeypatch.setattr(following, "STATES", 3)
    await catalogue.first(light.there)
    broken = [True]

    def cut(path: str, body: bytes) -> bytes:
        if path == "/api/snapshot" and broken.pop():
            return b"\n".join(body.split(b"\n")[:8]) + b"\n"
        return body

    transport.alter = cut
    with pytest.raises(SourceUnavailable, match="cut off after 7 records"):
        await caught(follower)
    state = await followed(light.here)
    assert state is not None
    assert (state.phase, bool(state.position)) == ("snapshot", True)
    # Meanwhile the other goes on; the rest is still told as of the same moment, and what came since follows.
    await catalogue.later(light.there)
    broken.append(False)
    asked = len(transport.asked)
    assert (await caught(follower)).equal
    assert transport.asked[asked:].count("/api/snapshot") == 1
    assert await light.equal()


async def test_two_processes_that_follow_do_not_disturb_each_other(pair: Any, catalogue: Any) -> None:
    await catalogue.first(pair.there)
    followers = [pair.follower() for _ in range(3)]
    for one in followers:
        await one.begin()
    done = await asyncio.gather(*(one.catch_up() for one in followers))
    assert any(one.equal for one in done)
    await catalogue.later(pair.there)
    await asyncio.gather(*(one.catch_up() for one in followers))
    assert (await followers[0].catch_up()).equal
    assert await pair.equal()
    assert await check(pair.here) == []


async def test_what_is_told_in_a_later_version_beside_what_is_known_is_passed_over() -> None:
    line = b'{"part":"sectors","key":"X","name":"Y","colour":"red"}'
    assert msgspec.json.decode(line, type=SnapshotLine).key == "X"
