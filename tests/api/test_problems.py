"""Every error is problem details."""

import logging
import sqlite3
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException

from registry.engine import Database, StoreUnavailable

pytestmark = pytest.mark.anyio

Own = tuple[Litestar, httpx.AsyncClient, Any]

KNOWN = {
    "/api/procedures": "sector",
    "/api/procedures/9.000001": "asOf",
    "/api/procedures/9.000001/history": "knownAt",
    "/api/procedures/9.000001/diff": "from",
    "/api/suggest": "q",
    "/api/announcements": "issuer",
    "/api/announcements/30/QĐ-BTP": "decided",
    "/api/agencies": "parent",
    "/api/sectors": "internal",
}
WITHOUT = ["/api/agencies/H55", "/health/live", "/health/ready", "/schema", "/schema/openapi.json"]


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(found)
    assert (found["status"], bool(found["title"])) == (status, True)
    return found


@pytest.mark.parametrize("path", [*KNOWN, *WITHOUT])
async def test_an_unknown_parameter_is_named_with_those_that_are_known(
    client: httpx.AsyncClient, path: str
) -> None:
    found = problem(await client.get(path, params={"sectors": "x"}), 400)
    assert found["type"].endswith("unknown-parameter")
    assert found["parameter"] == "sectors"
    assert "'sectors'" in found["detail"]
    assert KNOWN[path] in found["accepted"] if path in KNOWN else found["accepted"] == []


async def test_all_parameters_of_the_search_are_accepted_by_name(client: httpx.AsyncClient) -> None:
    accepted = problem(await client.get("/api/procedures", params={"x": ""}), 400)["accepted"]
    names = (
        "q level sector agency onlineLevel channel audience lifeEvent fee onlinePayment eResult interlinked "
        "essential postal serviceCentre internal province fold asOf sort limit offset lang"
    )
    assert accepted == sorted(names.split(" "))


@pytest.mark.parametrize("name", ["q", "limit", "asOf", "sort", "internal", "lang"])
async def test_a_single_parameter_given_twice_is_refused(client: httpx.AsyncClient, name: str) -> None:
    found = problem(await client.get("/api/procedures", params={name: ["1", "2"]}), 400)
    assert found["parameter"] == name


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api", "/api/procedures/9.000001/x", "/schema/x", "/schema/files/x"]
)
async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    assert problem(await client.get(path), 404)["instance"] == path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_method_that_is_not_there_is_a_problem_that_says_which_are(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/api/procedures")
    problem(response, 405)
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["allow"].split(", "))


async def test_options_say_which_methods_are_there(client: httpx.AsyncClient) -> None:
    response = await client.options("/api/procedures")
    assert response.status_code == 204
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["allow"].split(", "))


async def test_null_characters_are_refused(client: httpx.AsyncClient) -> None:
    for path in ("/api/procedures?q=a%00", "/api/announcements?issuer=%00"):
        assert "null" in problem(await client.get(path), 400)["detail"]
    for path in ("/api/announcements/a%00", "/api/agencies/%00", "/api/procedures/%00"):
        problem(await client.get(path), 404)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_search_engine_that_is_down_is_said_to_be(own: Own) -> None:
    _, client, engine = own
    engine.down = True
    for path in ("/api/procedures?q=x", "/api/suggest?q=x", "/api/sectors"):
        assert problem(await client.get(path), 503)["type"].endswith("search-unavailable")
    assert (await client.get("/api/procedures/9.000001")).status_code == 200
    engine.down = False
    assert (await client.get("/api/procedures?q=x")).status_code == 200


# What is raised inside is given by the test: nothing here depends on the database.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (StoreUnavailable("the pool is not open"), 503, "urn:danhmuc:problem:store-unavailable"),
        (sqlite3.OperationalError("disk I/O error"), 503, "urn:danhmuc:problem:store-unavailable"),
        (RuntimeError("secret of the house"), 500, "about:blank"),
        (HTTPException("secret of the house", status_code=502), 500, "about:blank"),
    ],
)
async def test_what_goes_wrong_inside_is_logged_and_not_leaked(
    own: Own,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    kind: str,
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Database, "rows", fail)
    with caplog.at_level(logging.ERROR):
        found = problem(await own[1].get("/api/procedures/9.000001"), status)
    assert found["type"] == kind
    assert str(error) not in str(found)
    assert "Traceback" not in str(found)
    assert any(one.exc_info and one.exc_info[1] is error for one in caplog.records)
