"""ETag, 304, HEAD, gzip, and the answers that are kept."""

import gzip
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from registry import clock
from registry.api.caching import Answers, Encoded
from registry.catalogue.ledger import Ledger, record
from registry.procedure import Term

pytestmark = pytest.mark.anyio

Own = tuple[Litestar, httpx.AsyncClient, Any]

ROUTES = [
    "/api/procedures",
    "/api/procedures?q=khai+sinh&level=commune",
    "/api/procedures/9.000001",
    "/api/procedures/9.000001/history",
    "/api/procedures/9.000001/diff?from=2025-01-31",
    "/api/suggest?q=dang",
    "/api/announcements",
    "/api/announcements/30/Q%C4%90-BTP",
    "/api/agencies",
    "/api/agencies/H55",
    "/api/sectors",
]
OTHERS = ["/health/live", "/health/ready", "/schema", "/schema/openapi.json", "/schema/files/start.js"]


@pytest.mark.parametrize("path", ROUTES)
async def test_an_unchanged_answer_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert {"accept-encoding", "accept-language"} <= set(first.headers["vary"].split(", "))
    etag = first.headers["etag"]
    for value in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = await client.get(path, headers={"if-none-match": value})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert "content-length" not in again.headers or again.headers["content-length"] == "0"
    other = await client.get(path, headers={"if-none-match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("path", ROUTES + OTHERS)
async def test_head_answers_like_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    plain = {"accept-encoding": "identity"}
    got, head = await client.get(path, headers=plain), await client.head(path, headers=plain)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {**head.headers} == {**got.headers}
    assert int(head.headers["content-length"]) == len(got.content)


async def test_head_answers_errors_too(client: httpx.AsyncClient) -> None:
    for path, status in (("/nowhere", 404), ("/api/procedures?x=1", 400), ("/api/procedures/9.999999", 404)):
        head = await client.head(path)
        assert (head.status_code, head.content) == (status, b"")


async def test_etags_tell_questions_days_and_languages_apart(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def etag(path: str, language: str = "vi") -> str:
        found: str = (await client.get(path, headers={"accept-language": language})).headers["etag"]
        return found

    path = "/api/procedures/9.000001"
    first = await etag(path)
    assert await etag(path + "?asOf=2025-05-31") != first
    assert await etag(path, "en") != first
    assert await etag(path, "en;q=0.2, vi;q=0.8") == first
    assert await etag("/api/procedures?level=commune&fee=free") == await etag(
        "/api/procedures?fee=free&level=commune&q="
    )
    monkeypatch.setattr(clock, "today", lambda: date(2030, 1, 1))
    assert await etag(path) != first


async def test_a_change_gives_a_new_etag(own: Own) -> None:
    app, client, _ = own
    etags = {path: (await client.get(path)).headers["etag"] for path in ROUTES}

    async def change(book: Ledger) -> None:
        await book.load()
        book.put_sector(Term("G04-HT", "Hộ tịch, chứng thực"))

    await record(app.state.service.database, change)
    await app.state.service.following.turn()
    for path, etag in etags.items():
        again = await client.get(path, headers={"if-none-match": etag})
        assert again.status_code == 200, path
    sectors = (await client.get("/api/sectors")).json()["items"]
    assert sectors[0]["name"] == "Hộ tịch, chứng thực"


async def test_answers_are_compressed_for_whoever_takes_it(client: httpx.AsyncClient) -> None:
    async def sent(accepted: str) -> tuple[str | None, bytes]:
        request = client.build_request("GET", "/api/procedures", headers={"accept-encoding": accepted})
        response = await client.send(request, stream=True)
        body = b"".join([part async for part in response.aiter_raw()])
        assert int(response.headers["content-length"]) == len(body)
        return response.headers.get("content-encoding"), body

    coding, plain = await sent("identity")
    assert coding is None
    for accepted in ("gzip", "br, gzip;q=0.5", "*"):
        coding, body = await sent(accepted)
        assert coding == "gzip"
        assert len(body) < len(plain)
        assert gzip.decompress(body) == plain
    for refused in ("", "gzip;q=0", "br", "*;q=0", "gzip;q=no"):
        assert await sent(refused) == (None, plain)


async def test_small_answers_and_problems_are_not_compressed(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/api/suggest", "/api/procedures/9.999999"):
        response = await client.get(path, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in response.headers


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_question_asked_again_is_not_searched_again(own: Own) -> None:
    _, client, engine = own
    first = await client.get("/api/procedures", params={"q": "khai sinh", "level": "commune"})
    count = engine.searches
    again = await client.get("/api/procedures", params={"level": "commune", "q": "khai sinh"})
    assert again.content == first.content
    assert engine.searches == count


async def test_errors_carry_no_etag(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/procedures/9.999999", headers={"if-none-match": "*"})
    assert response.status_code == 404
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


@given(sizes=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 40)), max_size=40))
def test_what_is_kept_stays_within_its_bounds(sizes: list[tuple[int, int]]) -> None:
    kept = Answers(most=4, room=60)
    expected: dict[str, Any] = {}
    for key, size in sizes:
        answer = Encoded(b"x" * size, "")
        kept.put(str(key), answer)
        expected[str(key)] = answer
        assert len(kept) <= 4
        held = [found for name in expected if (found := kept.get(name)) is not None]
        assert kept.size == sum(one.size for one in held) <= 60
        assert kept.get(str(key)) is answer
        assert all(found is None or found is expected[name] for name in expected for found in [kept.get(name)])


def test_the_answer_used_longest_ago_goes_first() -> None:
    kept = Answers(most=2, room=100)
    for key in "ab":
        kept.put(key, Encoded(b"", key))
    assert kept.get("a") is not None
    kept.put("c", Encoded(b"", "c"))
    assert kept.get("b") is None
    assert kept.get("a") is not None


def test_an_answer_larger_than_all_room_is_not_kept() -> None:
    kept = Answers(most=2, room=10)
    kept.put("a", Encoded(b"x" * 11, "a"))
    assert (len(kept), kept.size) == (0, 0)
