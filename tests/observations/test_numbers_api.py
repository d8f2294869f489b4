"""Work lists, practice and published figures over HTTP: small numbers and dossiers only for a key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from registry.app import create_app
from registry.settings import Settings

pytestmark = pytest.mark.anyio

WORK = {"agency": "H99", "asOf": "2025-05-26"}
MAY = {"from": "2025-05-01", "to": "2025-05-31"}


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client(filled: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(filled) as client:
        yield client


@pytest.fixture
def keyed(filled: Settings) -> dict[str, str]:
    return {"authorization": f"Bearer {(filled.data / 'key').read_text()}"}


async def test_a_work_list_withholds_dossiers_from_the_public(
    client: httpx.AsyncClient, keyed: dict[str, str]
) -> None:
    public = (await client.get("/api/worklist", params=WORK)).json()
    assert public["withheld"] == ["dossier"]
    assert {pile["kind"]: pile["total"] for pile in public["piles"]}["update"] == 2
    private = await client.get("/api/worklist", params=WORK, headers=keyed)
    assert "dossier" in {one["kind"] for one in private.json()["items"]}
    assert private.headers["cache-control"] == "no-store"


async def test_dossiers_asked_for_by_name_need_a_key(client: httpx.AsyncClient, keyed: dict[str, str]) -> None:
    asked = {**WORK, "kind": "dossier"}
    assert (await client.get("/api/worklist", params=asked)).status_code == 401
    assert len((await client.get("/api/worklist", params=asked, headers=keyed)).json()["items"]) == 4


async def test_work_is_paged_by_cursor(client: httpx.AsyncClient) -> None:
    found, cursor = [], ""
    while True:
        page = (await client.get("/api/worklist", params={**WORK, "limit": 2, "cursor": cursor})).json()
        found += [(one["kind"], one["id"]) for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == sum(pile["total"] for pile in page["piles"])


async def test_small_numbers_are_hidden_without_a_key(client: httpx.AsyncClient, keyed: dict[str, str]) -> None:
    public = (await client.get("/api/practice", params=MAY)).json()["items"][0]
    assert (public["hidden"], public["count"], public["times"][0]["median"]) == (True, None, None)
    private = (await client.get("/api/practice", params=MAY, headers=keyed)).json()["items"][0]
    assert (private["count"], private["times"][0]["median"], private["times"][0]["promise"]) == (1, 6.0, 5.0)


async def test_the_records_behind_a_line_need_a_key(client: httpx.AsyncClient, keyed: dict[str, str]) -> None:
    asked = {"agency": "H99.01", "procedure": "9.000001", **MAY}
    assert (await client.get("/api/practice/records", params=asked)).status_code == 401
    page = (await client.get("/api/practice/records", params=asked, headers=keyed)).json()
    assert (page["total"], page["items"][0]["taken"], page["next"]) == (1, 6.0, None)
    lone = await client.get("/api/practice/records", params={"agency": "H99.01"}, headers=keyed)
    assert (lone.status_code, lone.json()["parameter"]) == (400, "procedure")


async def test_published_figures_come_with_their_source(client: httpx.AsyncClient) -> None:
    asked = {"agency": "H99", "name": "ON_TIME"}
    earlier, one = (await client.get("/api/observations", params=asked)).json()["items"]
    assert earlier["captured"] < one["captured"]
    assert (one["value"], one["outOf"], one["source"]) == (19.5, 20.0, "Cổng dịch vụ công")
    none = (await client.get("/api/observations", params={"agency": "H99", "to": "2024-12-31"})).json()
    assert none["items"] == []


async def test_figures_are_paged_by_cursor(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/api/observations")).json()["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = (await client.get("/api/observations", params={"limit": 1, "cursor": cursor})).json()
        found += page["items"]
        cursor = page["next"]
    assert found == whole
    assert len(whole) == 2


async def test_the_same_question_is_answered_from_what_is_kept(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/worklist", params=WORK)
    again = await client.get("/api/worklist", params=WORK, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/api/worklist?kind=nothing", 400, "kind"),
        ("/api/worklist?cursor=x", 400, "cursor"),
        ("/api/worklist?asOf=9999-12-31", 400, "asOf"),
        ("/api/worklist?agency=H00", 404, None),
        ("/api/practice?sort=size", 400, "sort"),
        ("/api/practice?from=2025-05-02&to=2025-05-01", 400, "to"),
        ("/api/practice?cursor=WzFd", 400, "cursor"),
        ("/api/practice?agency=H00", 404, None),
        ("/api/observations?from=yesterday", 400, "from"),
        ("/api/observations?cursor=x", 400, "cursor"),
        ("/api/worklist?cursor=WyJ1cGRhdGUiLDAsOTk5OTk5OTk5OTk5OTk5OTk5OTk5LCJhIl0", 400, "cursor"),
        ("/api/observations?nonsense=1", 400, "nonsense"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem(
    client: httpx.AsyncClient, path: str, status: int, parameter: str | None
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.json().get("parameter") == parameter
