"""Who may do what over HTTP: keys, sessions, forms of other sites, proxies, secrets."""

import logging
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from litestar import Litestar, get
from litestar.connection import Request
from piccolo.querystring import QueryString

from registry.access import audit, keys, people, sessions
from registry.access.actors import Actor
from registry.access.limits import WRITES
from registry.api import access
from registry.app import create_app
from registry.engine import Database
from registry.settings import SettingInvalid, Settings, read_settings

pytestmark = pytest.mark.anyio

PASSWORD = "bốn từ dễ nhớ"


class Scene(NamedTuple):
    """An app, a client of it, its store, and the headers of keys by scope."""

    app: Litestar
    client: httpx.AsyncClient
    database: Database
    admin: dict[str, str]
    announce: dict[str, str]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def app(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Litestar]:
    """One app for all these tests: making one takes longer than any of them."""
    folder = tmp_path_factory.mktemp("routes") / "var"
    shutil.copytree(blank, folder)
    found = create_app(Settings(data=folder))
    async with found.lifespan():
        yield found


@pytest.fixture
async def scene(app: Litestar, somebody: Actor) -> AsyncIterator[Scene]:
    database = app.state.service.database
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        made = [(await keys.create(database, somebody, scope, [scope])).secret for scope in ("admin", "announce")]
        yield Scene(app, client, database, *({"authorization": f"Bearer {secret}"} for secret in made))
    app.state.settings = msgspec.structs.replace(app.state.settings, proxies=0)


async def signed_in(scene: Scene, somebody: Actor, *scopes: str) -> tuple[str, dict[str, str]]:
    """Sign somebody in; returns their login, and what a write must carry."""
    login = f"lan{secrets.token_hex(4)}"
    await people.create(scene.database, somebody, login, "Nguyễn Thị Lan", PASSWORD, scopes)
    answer = await scene.client.post("/api/session", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return login, {"x-csrf-token": answer.json()["csrfToken"]}


def problem(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


async def test_a_route_tells_what_is_missing(scene: Scene) -> None:
    for headers in (
        {},
        {"authorization": "Bearer dm_x_y"},
        {"authorization": "Basic YTpi"},
        {"authorization": ""},
    ):
        answer = await scene.client.get("/api/keys", headers=headers)
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert "admin" in problem(await scene.client.get("/api/keys", headers=scene.announce), 403)["detail"]
    assert (await scene.client.get("/api/keys", headers=scene.admin)).status_code == 200


async def test_a_bad_key_is_not_taken_for_none_and_reading_needs_none(scene: Scene) -> None:
    assert (await scene.client.get("/api/agencies")).status_code == 200

    @get("/scopes")
    async def told(request: Request[Any, Any, Any]) -> list[str]:
        return sorted(await access.scopes(request))

    scene.app.register(told)
    assert (await scene.client.get("/scopes")).json() == []
    assert (await scene.client.get("/scopes", headers=scene.admin)).json() == ["admin"]
    problem(await scene.client.get("/scopes", headers={"authorization": "Bearer dm_x_y"}), 401)


async def test_a_key_is_made_used_and_revoked(scene: Scene) -> None:
    wanted = {"name": "Một cửa", "scopes": ["admin"]}
    answer = await scene.client.post("/api/keys", headers=scene.admin, json=wanted)
    assert answer.status_code == 201
    made = answer.json()
    own = {"authorization": f"Bearer {made['secret']}"}
    assert made["secret"] not in (await scene.client.get("/api/keys", headers=own)).text
    place = f"/api/keys/{made['key']['id']}"
    assert (await scene.client.delete(place, headers=scene.admin)).status_code == 204
    assert "revoked" in problem(await scene.client.get("/api/keys", headers=own), 401)["detail"]
    problem(await scene.client.delete("/api/keys/nothing", headers=scene.admin), 404)
    for wrong in (
        {"name": "", "scopes": ["admin"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scope": ["admin"]},
    ):
        problem(await scene.client.post("/api/keys", headers=scene.admin, json=wrong), 400)


async def test_a_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use(
    scene: Scene, somebody: Actor
) -> None:
    login, _ = await signed_in(scene, somebody)
    cookie = (await scene.client.get("/api/session")).request.headers["cookie"]
    answer = await scene.client.post("/api/session", json={"login": login, "password": PASSWORD})
    given = answer.headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    assert "Secure" not in given
    assert given.split(";")[0] != cookie
    https = httpx.AsyncClient(transport=httpx.ASGITransport(app=scene.app), base_url="https://test")
    async with https:
        answer = await https.post("/api/session", json={"login": login, "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_write_by_cookie_carries_its_token(scene: Scene, somebody: Actor) -> None:
    _, token = await signed_in(scene, somebody, "admin")
    wanted = {"name": "x", "scopes": ["follow"]}
    assert "X-CSRF-Token" in problem(await scene.client.post("/api/keys", json=wanted), 403)["detail"]
    problem(await scene.client.post("/api/keys", json=wanted, headers={"x-csrf-token": "0" * 64}), 403)
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await scene.client.post("/api/keys", json=wanted, headers={**token, **foreign})
        assert "another site" in problem(answer, 403)["detail"]
    own = {**token, "origin": "http://test", "sec-fetch-site": "same-origin"}
    assert (await scene.client.post("/api/keys", json=wanted, headers=own)).status_code == 201


async def test_a_page_of_another_site_cannot_sign_anybody_in(scene: Scene, somebody: Actor) -> None:
    login, _ = await signed_in(scene, somebody)
    answer = await scene.client.post(
        "/api/session", json={"login": login, "password": PASSWORD}, headers={"origin": "https://evil.example"}
    )
    problem(answer, 403)


async def test_signing_out_ends_the_session_and_clears_the_cookie(scene: Scene, somebody: Actor) -> None:
    login, token = await signed_in(scene, somebody)
    shown = (await scene.client.get("/api/session")).json()
    assert (shown["login"], shown["csrfToken"]) == (login, token["x-csrf-token"])
    problem(await scene.client.delete("/api/session"), 403)
    problem(await scene.client.delete("/api/session?everywhere=perhaps", headers=token), 400)
    answer = await scene.client.delete("/api/session?everywhere=true", headers=token)
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    problem(await scene.client.get("/api/session"), 401)
    assert (await scene.client.delete("/api/session")).status_code == 204


async def test_guesses_are_told_when_to_come_back(scene: Scene, somebody: Actor) -> None:
    await people.create(scene.database, somebody, "guessed", "Lan", PASSWORD, [])
    guess = {"login": "guessed", "password": "đoán"}
    statuses = [(await scene.client.post("/api/session", json=guess)).status_code for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 401, 429]
    answer = await scene.client.post("/api/session", json=guess)
    problem(answer, 429)
    assert 1 <= int(answer.headers["retry-after"]) <= 2


async def test_writes_are_counted_by_key_and_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "WRITES", msgspec.structs.replace(WRITES, free=2))
    wanted = {"name": "x", "scopes": ["follow"]}
    statuses = [
        (await scene.client.post("/api/keys", json=wanted, headers=scene.admin)).status_code for _ in range(4)
    ]
    assert statuses == [201, 201, 201, 429]
    assert (await scene.client.get("/api/keys", headers=scene.admin)).status_code == 200


FORWARDED = (
    (0, "198.51.100.9", "127.0.0.1"),
    (1, "198.51.100.9", "198.51.100.9"),
    (1, "10.0.0.1, 198.51.100.9", "198.51.100.9"),
    (2, "198.51.100.9, 10.0.0.1", "198.51.100.9"),
    (2, "198.51.100.9", "127.0.0.1"),
    (1, "not an address", ""),
    (1, "", "127.0.0.1"),
)


async def test_a_forwarded_address_is_believed_only_of_our_own_proxies(scene: Scene) -> None:
    for proxies, forwarded, seen in FORWARDED:
        scene.app.state.settings = msgspec.structs.replace(scene.app.state.settings, proxies=proxies)
        headers = {**scene.admin, "x-forwarded-for": forwarded}
        await scene.client.post("/api/keys", json={"name": "x", "scopes": ["follow"]}, headers=headers)
        rows = await scene.database.rows(QueryString("SELECT address FROM audit ORDER BY number DESC LIMIT 1"))
        assert rows[0]["address"] == seen, (proxies, forwarded)


def test_a_number_of_proxies_that_is_none_is_refused() -> None:
    assert read_settings({"DANHMUC_PROXIES": "2"}).proxies == 2
    for text in ("-1", "yes", "10"):
        with pytest.raises(SettingInvalid, match="DANHMUC_PROXIES"):
            read_settings({"DANHMUC_PROXIES": text})


async def test_the_audit_log_is_read_page_by_page_and_exported(scene: Scene) -> None:
    for _ in range(3):
        await scene.client.post("/api/keys", json={"name": "x", "scopes": ["follow"]}, headers=scene.admin)
    problem(await scene.client.get("/api/audit", headers=scene.announce), 403)
    before = (await audit.head(scene.database)).number - 5
    place = f"/api/audit?limit=3&after={before}"
    first = (await scene.client.get(place, headers=scene.admin)).json()
    rest = (await scene.client.get(f"/api/audit?after={first['next']}", headers=scene.admin)).json()
    numbers = [entry["number"] for entry in (*first["items"], *rest["items"])]
    assert (numbers, rest["next"]) == ([before + each for each in range(1, 6)], None)
    exported = await scene.client.get(f"/api/audit/export?after={before}", headers=scene.admin)
    lines = exported.content.splitlines()
    assert [msgspec.json.decode(line) for line in lines] == [*first["items"], *rest["items"]]
    assert rest["head"] == f"{before + 5}:{rest['items'][-1]['digest']}"


async def test_secrets_are_in_no_answer_log_or_table(
    scene: Scene, somebody: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login, token = await signed_in(scene, somebody, "admin")
    cookie = scene.client.cookies[access.COOKIE]
    secret = scene.admin["authorization"].split("_", 2)[2]
    heard = []
    for path in ("/api/keys", "/api/audit", "/api/audit/export", "/api/session", "/api/nowhere", "/api/keys?x=1"):
        for headers in (scene.admin, scene.announce, token):
            answer = await scene.client.get(path, headers=headers)
            heard.append(answer.text if path != "/api/session" else "")
    bodies: tuple[Any, ...] = (
        {"login": login, "password": PASSWORD, "extra": 1},
        {"login": PASSWORD, "password": 1},
        [PASSWORD],
    )
    for body in bodies:
        heard.append((await scene.client.post("/api/session", json=body)).text)
    heard.append((await scene.client.post("/api/session", content=f'{{"password": "{PASSWORD}')).text)
    heard.append((await scene.client.post("/api/keys", json={"name": 1}, headers=scene.admin)).text)
    tables = ("api_key", "person", "session", "attempt", "audit", "draft")
    heard += [str(await scene.database.rows(QueryString(f"SELECT * FROM {table}"))) for table in tables]
    heard += [record.getMessage() for record in caplog.records if record.name.startswith("registry")]
    said = "\n".join(heard)
    for hidden in (PASSWORD, secret, cookie, sessions.form_token(cookie)):
        assert hidden not in said
    assert "Nguyễn Thị Lan" in said
