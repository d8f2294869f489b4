"""The desk over HTTP: drafts, effect, publishing, conflicts."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest

from registry.access import keys
from registry.access.actors import Actor
from registry.engine import Database
from registry.settings import Settings

pytestmark = pytest.mark.anyio

BODY = {
    "number": "77/QĐ-BTP",
    "decided": "2025-05-05",
    "effective": "2025-05-20",
    "issuer": "G15",
    "items": [{"action": "amended", "new": [{"code": "9.000001", "changes": {"name": "Tên mới"}}]}],
}
MERGER = {
    "number": "1/NQ",
    "decided": "2025-06-12",
    "effective": "2025-07-01",
    "events": [{"what": "end", "old": ["H55.17"], "new": [{"code": "H55"}]}],
}


class Desk(NamedTuple):
    client: httpx.AsyncClient
    database: Database
    first: dict[str, str]
    second: dict[str, str]
    follower: dict[str, str]


@pytest.fixture
async def desk(local: Settings, serving: Any, somebody: Actor) -> AsyncIterator[Desk]:
    async with serving(local) as (app, client):
        database = app.state.service.database
        made = [
            (await keys.create(database, somebody, name, [scope])).secret
            for name, scope in (("one", "announce"), ("two", "announce"), ("three", "follow"))
        ]
        yield Desk(client, database, *({"authorization": f"Bearer {secret}"} for secret in made))


async def test_an_announcement_is_drafted_seen_and_published(desk: Desk) -> None:
    made = (await desk.client.post("/api/drafts", json=BODY, headers=desk.first)).json()
    place = f"/api/drafts/{made['id']}"
    listed = (await desk.client.get("/api/drafts", headers=desk.second)).json()
    assert [(one["id"], one["number"]) for one in listed["items"]] == [(made["id"], "77/QĐ-BTP")]
    seen = (await desk.client.get(f"{place}/effect?lang=en", headers=desk.first)).json()
    assert seen["publishable"]
    assert seen["items"][0]["outcomes"][0]["differences"][0]["label"] == "Name"
    edited = await desk.client.put(f"{place}?version=1", json={**BODY, "title": "x"}, headers=desk.second)
    assert edited.json()["version"] == 2
    stale = await desk.client.post(f"{place}/publish?version=1", headers=desk.first)
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    done = (await desk.client.post(f"{place}/publish?version=2", headers=desk.first)).json()
    again = (await desk.client.post(f"{place}/publish?version=2", headers=desk.first)).json()
    assert (done["repeated"], again["repeated"], again["at"]) == (False, True, done["at"])
    other = await desk.client.post(f"{place}/publish?version=2", headers=desk.second)
    assert (other.status_code, other.json()["type"]) == (409, "urn:danhmuc:problem:draft-closed")
    shown = (await desk.client.get("/api/procedures/9.000001?asOf=2025-05-20")).json()
    assert shown["procedure"]["name"] == "Tên mới"
    assert (await desk.client.delete(f"{place}?version=2", headers=desk.first)).status_code == 409
    assert (await desk.client.get("/api/drafts?state=published", headers=desk.first)).json()["total"] == 1


async def test_a_program_publishes_in_one_step_or_is_told_all_reasons(desk: Desk) -> None:
    wrong = {**BODY, "issuer": "H03", "items": [{"action": "abolished", "old": ["9.000004"]}]}
    refused = await desk.client.post("/api/announcements", json=wrong, headers=desk.first)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert [one["code"] for one in refused.json()["reasons"]] == ["agency-not-there", "code-abolished"]
    assert all(one["vi"] and one["en"] for one in refused.json()["reasons"])
    done = await desk.client.post("/api/announcements", json=BODY, headers=desk.first)
    assert (done.status_code, done.json()["repeated"]) == (201, False)
    again = await desk.client.post("/api/announcements", json=BODY, headers=desk.first)
    assert again.json()["repeated"]
    other = await desk.client.post("/api/announcements", json=BODY, headers=desk.second)
    assert [one["code"] for one in other.json()["reasons"]] == ["number-used", "nothing-changed"]


async def test_a_reorganisation_is_drafted_seen_and_published(desk: Desk) -> None:
    made = (await desk.client.post("/api/reorganisations", json=MERGER, headers=desk.first)).json()
    place = f"/api/reorganisations/{made['id']}"
    assert (await desk.client.get(f"/api/drafts/{made['id']}", headers=desk.first)).status_code == 404
    changed = {**MERGER, "title": "x"}
    assert (await desk.client.put(f"{place}?version=1", json=changed, headers=desk.first)).json()["version"] == 2
    seen = (await desk.client.get(f"{place}/effect", headers=desk.first)).json()
    assert (seen["publishable"], seen["successions"]) == (True, [["H55.17", "H55"]])
    assert (await desk.client.post(f"{place}/publish?version=2", headers=desk.first)).status_code == 200
    history = (await desk.client.get("/api/agencies/H55.17")).json()
    assert [one["code"] for one in history["successors"]] == ["H55"]
    assert (await desk.client.get(place, headers=desk.first)).json()["state"] == "published"
    assert (await desk.client.get("/api/reorganisations", headers=desk.first)).json()["total"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/drafts"),
        ("POST", "/api/drafts"),
        ("GET", "/api/drafts/x"),
        ("PUT", "/api/drafts/x?version=1"),
        ("DELETE", "/api/drafts/x?version=1"),
        ("GET", "/api/drafts/x/effect"),
        ("POST", "/api/drafts/x/publish?version=1"),
        ("POST", "/api/announcements"),
        ("GET", "/api/reorganisations"),
        ("POST", "/api/reorganisations"),
    ],
)
async def test_nothing_of_the_desk_is_public(desk_once: Desk, method: str, path: str) -> None:
    without = await desk_once.client.request(method, path, json=BODY)
    lacking = await desk_once.client.request(method, path, json=BODY, headers=desk_once.follower)
    assert (without.status_code, lacking.status_code) == (401, 403)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"items": [',
        b'{"items": 1}',
        b'{"number": 1}',
        b'{"nmber": ""}',
        b"\xff",
        b"[" * 9000,
    ],
)
async def test_a_half_sent_draft_is_a_problem_of_the_client(desk_once: Desk, body: bytes) -> None:
    headers = {**desk_once.first, "content-type": "application/json"}
    for path in ("/api/drafts", "/api/announcements", "/api/reorganisations"):
        answer = await desk_once.client.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), (
            answer.text
        )


async def test_a_text_beyond_all_bounds_is_refused(desk_once: Desk) -> None:
    long = {**BODY, "title": "x" * 1_000_001}
    answer = await desk_once.client.post("/api/drafts", json=long, headers=desk_once.first)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "title")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def desk_once(filled_file: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk for tests that write nothing."""
    import shutil

    from registry.access.actors import command
    from registry.app import create_app

    data = tmp_path_factory.mktemp("once") / "var"
    shutil.copytree(filled_file, data)
    app = create_app(Settings(data=data))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        database = app.state.service.database
        made = [
            (await keys.create(database, command(), scope, [scope])).secret for scope in ("announce", "follow")
        ]
        first, follower = ({"authorization": f"Bearer {secret}"} for secret in made)
        yield Desk(client, database, first, first, follower)
