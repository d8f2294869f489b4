"""What only the Meilisearch engine promises: it survives kills, lost disks, wrong keys and slow lines."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger, Origin
from registry.engine import Database, open_database
from registry.indexing import Follower, prove
from registry.procedure import Procedure
from registry.settings import Settings
from search.contract import Answer, Batch, Document, IndexBehind, IndexUnavailable, Question
from search.embedded import Embedded
from search.failover import Failover
from search.meilisearch import Meilisearch
from search.meilisearch.administration import Administration

DAY = 740_000
Make = Callable[..., Document]


def ask(engine: Any, text: str = "") -> Answer:
    return asyncio.run(engine.search(Question(as_of=DAY, text=text)))


def change(engine: Any, revision: int, *documents: Document) -> None:
    codes = [one.code for one in documents]
    asyncio.run(engine.apply(Batch(revision=revision, codes=codes, documents=list(documents))))


@pytest.fixture
def engine(server: Any, tmp_path: Path, document: Make) -> Meilisearch:
    """An engine with one document at revision 1, on the server that all share."""
    found = Meilisearch(server.url, server.key, index=tmp_path.name.replace("_", "-"))
    asyncio.run(found.rebuild([document("1.000001")], 1))
    return found


@pytest.fixture(scope="module")
def own_server(make_server: Callable[[], Any]) -> Any:
    """A server that may be killed."""
    return make_server()


@pytest.fixture
def mortal(own_server: Any, tmp_path: Path, document: Make) -> Iterator[tuple[Any, Meilisearch]]:
    """The server that may be killed, and an engine with one document at revision 1 on it."""
    found = Meilisearch(own_server.url, own_server.key, index=tmp_path.name.replace("_", "-"), task_seconds=20)
    asyncio.run(found.rebuild([document("1.000001")], 1))
    yield own_server, found
    own_server.kill()
    own_server.start()


def indexes(engine: Meilisearch) -> list[str]:
    administration = engine._administration
    found = administration._client.get_indexes({"limit": 1000})["results"]
    return sorted(one.uid for one in found if one.uid.startswith(administration.index))


def killing(server: Any, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool) -> None:
    """Kill the server before or after the first call of a step of the administration."""
    whole = getattr(Administration, step)

    def wrapped(self: Administration, *given: Any, **named: Any) -> Any:
        result = whole(self, *given, **named) if after else None
        server.kill()
        monkeypatch.setattr(Administration, step, whole)
        return result if after else whole(self, *given, **named)

    monkeypatch.setattr(Administration, step, wrapped)


@pytest.mark.parametrize(
    ("step", "after", "revision"),
    [
        ("_send", False, 1),
        ("_post", True, 1),
        ("_swap", False, 1),
        ("_swap", True, 2),
    ],
)
def test_a_kill_during_a_rebuild_leaves_the_old_index_or_the_new(
    mortal: Any, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, revision: int, document: Make
) -> None:
    server, engine = mortal
    killing(server, monkeypatch, step, after=after)
    with pytest.raises(IndexUnavailable, match=server.url):
        asyncio.run(engine.rebuild([document("1.000002"), document("1.000003")], 2))
    with pytest.raises(IndexUnavailable, match="cannot be reached"):
        ask(engine)
    server.start()
    assert (ask(engine).revision, ask(engine).total) == (revision, revision)
    assert len(indexes(engine)) == 2
    asyncio.run(engine.rebuild([document("1.000004")], 3))
    assert len(indexes(engine)) == 1
    assert [hit.code for hit in ask(engine).hits] == ["1.000004"]


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_during_a_change_is_made_good_by_applying_again(
    mortal: Any, monkeypatch: pytest.MonkeyPatch, after: bool, document: Make
) -> None:
    server, engine = mortal
    killing(server, monkeypatch, "_post", after=after)
    batch = Batch(2, ["1.000001", "1.000002"], [document("1.000002")])
    with pytest.raises(IndexUnavailable):
        asyncio.run(engine.apply(batch))
    server.start()
    for _ in range(2):
        asyncio.run(engine.apply(batch))
    state = asyncio.run(engine.state())
    assert (state.documents, state.revision) == (1, 2)
    assert [hit.code for hit in ask(engine).hits] == ["1.000002"]


@pytest.mark.parametrize(("step", "after", "revision"), [("_keys_of", False, 0), ("_send", True, 1)])
def test_a_change_during_which_another_index_is_swapped_in_is_not_believed(
    server: Any,
    engine: Meilisearch,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
    revision: int,
    document: Make,
) -> None:
    change(engine, 2, document("1.000002"))
    other = Meilisearch(server.url, server.key, index=engine._index)
    whole = getattr(Administration, step)

    def swapped(self: Administration, *given: Any) -> Any:
        monkeypatch.setattr(Administration, step, whole)
        result = whole(self, *given) if after else None
        asyncio.run(other.rebuild([document("1.000001")], 1))
        return result if after else whole(self, *given)

    monkeypatch.setattr(Administration, step, swapped)
    with pytest.raises(IndexBehind, match="swapped in"):
        asyncio.run(engine.apply(Batch(3, ["1.000003"], [document("1.000003")], since=2)))
    # Taken by the index that came, it is to be built anew; else that one says how far it has come.
    assert asyncio.run(engine.state()).revision == revision


def test_a_lost_disk_is_told_and_never_answered_from(mortal: Any, document: Make) -> None:
    server, engine = mortal
    assert ask(engine).total == 1
    server.lose_disk()
    with pytest.raises(IndexUnavailable, match=r"lost its index.*danhmuc reindex"):
        ask(engine)
    assert asyncio.run(engine.state()).revision == 0
    asyncio.run(engine.rebuild([document("1.000002")], 2))
    assert [hit.code for hit in ask(engine).hits] == ["1.000002"]


def test_a_wrong_key_is_named_with_the_way_out(server: Any, document: Make) -> None:
    engine = Meilisearch(server.url, "wrong")
    for call in (
        lambda: ask(engine),
        lambda: asyncio.run(engine.state()),
        lambda: change(engine, 1, document("1.000001")),
        lambda: asyncio.run(engine.rebuild([], 1)),
    ):
        with pytest.raises(IndexUnavailable, match=r"refuses the key.*DANHMUC_SEARCH_KEY"):
            call()


def test_a_key_of_least_rights_is_enough(server: Any, document: Make) -> None:
    key = Administration(server.url, server.key, "limited").issue_key()
    assert key == Administration(server.url, server.key, "limited").issue_key() != server.key
    engine = Meilisearch(server.url, key, index="limited")
    asyncio.run(engine.rebuild([document("1.000001")], 1))
    change(engine, 2, document("1.000002"))
    assert ask(engine).total == asyncio.run(engine.state()).documents == 2
    with pytest.raises(IndexUnavailable, match="refuses the key"):
        Administration(server.url, key, "another").issue_key()


def test_a_server_that_is_not_there_is_named(document: Make) -> None:
    engine = Meilisearch("http://127.0.0.1:9", "key")
    for call in (lambda: ask(engine), lambda: change(engine, 1, document("1.000001"))):
        with pytest.raises(IndexUnavailable, match=r"127\.0\.0\.1:9 cannot be reached.*DANHMUC_SEARCH_URL"):
            call()


def answering(content: Any) -> Meilisearch:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=content))
    return Meilisearch("http://search.test", "key", transport=transport)


def test_an_older_server_is_refused_by_its_version() -> None:
    with pytest.raises(IndexUnavailable, match=r"version 1\.11\.3, at least 1\.12 is needed"):
        ask(answering({"pkgVersion": "1.11.3"}))


@pytest.mark.parametrize("content", [{}, [], "hello", {"pkgVersion": "new"}, None])
def test_another_program_at_the_address_is_not_taken_for_meilisearch(content: Any) -> None:
    with pytest.raises(IndexUnavailable, match="DANHMUC_SEARCH_URL"):
        ask(answering(content))


def test_an_index_of_another_format_is_not_read_but_rebuilt(
    engine: Meilisearch, monkeypatch: pytest.MonkeyPatch, document: Make
) -> None:
    monkeypatch.setattr("search.meilisearch.engine.index_format", lambda: "other")
    fresh = Meilisearch(
        engine._connection.url, engine._administration._client.config.api_key or "", index=engine._index
    )
    with pytest.raises(IndexUnavailable, match="reads other"):
        ask(fresh)
    assert asyncio.run(fresh.state()).revision == 0


def test_a_foreign_index_of_that_name_counts_as_never_built(server: Any, tmp_path: Path) -> None:
    engine = Meilisearch(server.url, server.key, index="foreign")
    administration = engine._administration
    task = administration._client.index("foreign").add_documents([{"id": 1, "title": "films"}])
    administration._wait(task.task_uid)
    assert ask(engine).total == 0
    assert asyncio.run(engine.state()).revision == 0


def test_a_change_leaves_nothing_behind(engine: Meilisearch, document: Make) -> None:
    change(engine, 2, document("1.000001", id="another"), document("1.000002"))
    stats = engine._administration._client.index(engine._index).get_stats()
    assert stats.number_of_documents == 3  # two documents and the state of the index
    assert indexes(engine) == [engine._index]


def test_values_that_meilisearch_confuses_are_kept_apart(engine: Meilisearch, document: Make) -> None:
    values = ["H55", "h55", "ô", "o\u0302", " a", "a", "x" * 600, "x" * 600 + "y", 'a" OR "b', "a\\", ""]
    documents = [document(f"1.{place:06}", facets={"sector": [value]}) for place, value in enumerate(values)]
    asyncio.run(engine.rebuild(documents, 2))
    for place, value in enumerate(values):
        question = Question(as_of=DAY, filters={"sector": [value]})
        assert [hit.code for hit in asyncio.run(engine.search(question)).hits] == [f"1.{place:06}"]
    counts = asyncio.run(engine.search(Question(as_of=DAY, facets=("sector",)))).facets["sector"]
    assert sorted(one.value for one in counts if len(one.value) < 100) == sorted(
        value for value in values if len(value) < 100
    )


def test_codes_that_differ_only_in_case_are_two(engine: Meilisearch, document: Make) -> None:
    asyncio.run(engine.rebuild([document("T-a"), document("T-A")], 2))
    asyncio.run(engine.apply(Batch(3, ["T-a"], [])))
    assert [hit.code for hit in ask(engine).hits] == ["T-A"]


# Behind the embedded index


class Proxy:
    """A line to the server that can be slow."""

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        self._port = port
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)

    def _run(self, started: threading.Event) -> None:
        async def open_() -> None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
            started.set()

        self._loop.run_until_complete(open_())
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    def stop(self) -> None:
        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def proxied(server: Any) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    try:
        yield proxy
    finally:
        proxy.stop()


def test_a_slow_server_is_replaced_within_the_limit(server: Any, tmp_path: Path, document: Make) -> None:
    async def run(proxy: Proxy) -> None:
        loop = asyncio.get_running_loop()
        slow = Meilisearch(proxy.url, server.key, index=tmp_path.name.replace("_", "-"))
        both = Failover(slow, Embedded(tmp_path / "index"), limit_seconds=0.3, pause=0.2)
        await both.rebuild([document("1.000001")], 1)
        question = Question(as_of=DAY, text="giấy phép")
        assert (await both.search(question)).engine == "meilisearch"
        proxy.delay = 1.0
        for limit in (0.6, 0.1):
            start = loop.time()
            answer = await both.search(question)
            assert (answer.engine, answer.total) == ("embedded", 1)
            assert loop.time() - start < limit
        proxy.delay = 0.0
        await asyncio.sleep(0.3)
        assert (await both.search(question)).engine == "meilisearch"
        await both.close()

    with proxied(server) as proxy:
        asyncio.run(run(proxy))


async def record(database: Database, place: int) -> None:
    """One procedure more in the catalogue."""

    async def work(book: Ledger) -> None:
        procedure = Procedure(code=f"9.{place:06}", name=f"Cấp giấy phép số {place}")
        await book.load(codes=[procedure.code])
        book.put(procedure, date(2025, 1, 5), None, Origin("test", f"row {place}"))

    await ledger.record(database, work)


def test_a_server_that_was_gone_catches_up_when_it_is_back(mortal: Any, tmp_path: Path) -> None:
    server, _ = mortal
    day = date(2026, 1, 1).toordinal()

    async def run() -> None:
        database = await open_database(Settings(data=tmp_path / "var"))
        primary = Meilisearch(server.url, server.key, index="catching-up", task_seconds=20)
        both = Failover(primary, Embedded(tmp_path / "index"), limit_seconds=5, pause=0.05)
        follower = Follower(database, both)

        async def found() -> tuple[str, int]:
            answer = await both.search(Question(as_of=day, text="giấy phép"))
            return answer.engine, answer.total

        for place in range(3):
            await record(database, place)
        await follower.catch_up()
        assert await found() == ("meilisearch", 3)

        server.kill()
        await record(database, 3)
        await follower.catch_up()
        assert await found() == ("embedded", 4)

        server.start()
        await asyncio.sleep(0.3)
        assert await found() == ("embedded", 4)  # the server answers again, but lacks a change
        await follower.catch_up()
        assert await found() == ("meilisearch", 4)
        assert await prove(database, both) == []

        await asyncio.to_thread(server.lose_disk)
        assert await found() == ("embedded", 4)
        await asyncio.sleep(0.3)
        await follower.catch_up()
        assert await found() == ("meilisearch", 4)
        assert await prove(database, both) == []
        await both.close()
        await database.close()

    asyncio.run(run())


def test_a_port_that_takes_calls_and_never_answers_is_given_up(document: Make) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IndexUnavailable, match=r"did not answer within 0\.2 s"):
            ask(Meilisearch(url, "key", limit_seconds=0.2))


def test_a_weight_counts_as_it_does_in_the_embedded_index(
    engine: Meilisearch, tmp_path: Path, document: Make
) -> None:
    """A much used procedure passes one that matches a little better, and no other."""
    documents = [
        document("1.000001", "Cấp giấy phép xây dựng"),
        document("1.000002", "Cấp giấy phép xây dựng công trình", weight=1.6),
        document("1.000003", "Cấp giấy phép xây dựng công trình ngầm trong đô thị", weight=1.6),
        document("1.000004", "Cấp thẻ nhà báo", weight=9.0),
    ]
    embedded = Embedded(tmp_path / "index")
    for one in (engine, embedded):
        asyncio.run(one.rebuild(documents, 2))
    ours, theirs = (ask(one, "cấp giấy phép xây dựng").hits for one in (embedded, engine))
    assert [hit.code for hit in theirs] == [hit.code for hit in ours]
    assert theirs[0].score / theirs[1].score == pytest.approx(ours[0].score / ours[1].score, rel=0.1)
