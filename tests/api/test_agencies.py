"""Agencies, sectors, suggestions."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def get(client: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    response = await client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_agencies_are_listed_as_of_a_day(client: httpx.AsyncClient) -> None:
    before = await get(client, "/api/agencies", asOf="2025-06-30")
    assert [one["code"] for one in before["items"]] == ["G04", "H03", "H55", "H55.17", "uy-ban-nhan-dan-cap-xa"]
    after = await get(client, "/api/agencies", asOf="2025-07-01")
    assert "H03" not in [one["code"] for one in after["items"]]
    below = await get(client, "/api/agencies", parent="H55")
    assert [(one["code"], one["parent"], one["validFrom"]) for one in below["items"]] == [("H55.17", "H55", None)]


async def test_an_agency_has_a_history_and_successors(client: httpx.AsyncClient) -> None:
    found = await get(client, "/api/agencies/H03")
    (state,) = found["versions"]
    assert (state["validTo"], state["decision"]) == ("2025-07-01", "Nghị quyết số 202/2025/QH15")
    (successor,) = found["successors"]
    assert (successor["code"], successor["name"], successor["day"]) == (
        "H55",
        "UBND tỉnh Thái Nguyên",
        "2025-07-01",
    )
    assert [one["code"] for one in (await get(client, "/api/agencies/H55"))["predecessors"]] == ["H03"]


async def test_it_rejects_an_unknown_agency(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/agencies/Z99")
    assert response.status_code == 404
    assert response.json()["type"].endswith("agency-not-found")
    assert (await client.get("/api/agencies", params={"asOf": "x"})).status_code == 400


async def test_sectors_are_counted_as_of_a_day(client: httpx.AsyncClient) -> None:
    found = await get(client, "/api/sectors", asOf="2025-05-31")
    assert {one["code"]: one["procedures"] for one in found["items"]} == {"G04-HT": 4, "G05-DD": 1, "H03-DD": 1}
    assert [one["name"] for one in found["items"]] == ["Hộ tịch", "Đất đai", "Đất đai"]
    whole = await get(client, "/api/sectors", asOf="2025-05-31", internal="include")
    assert {one["code"]: one["procedures"] for one in whole["items"]}["G04-HT"] == 5
    none = await get(client, "/api/sectors", asOf="1999-01-01")
    assert [one["procedures"] for one in none["items"]] == [0, 0, 0]


async def test_sectors_reject_bad_values(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/sectors", params={"internal": "yes"})).status_code == 400
    assert (await client.get("/api/sectors", params={"asOf": "2025-00-00"})).status_code == 400


async def test_suggestions_complete_a_name(client: httpx.AsyncClient) -> None:
    found = await get(client, "/api/suggest", q="dang ky kh", asOf="2025-05-31")
    (first,) = found["items"]
    assert (first["code"], first["name"]) == ("9.000001", "Đăng ký khai sinh")
    assert "<mark>" in first["highlight"]
    assert (await get(client, "/api/suggest", q="dang ky kh", asOf="2025-01-31"))["items"][0]["name"].endswith(
        "xã"
    )
    assert (await get(client, "/api/suggest", q=" "))["items"] == []
    assert (await get(client, "/api/suggest"))["items"] == []
    assert len((await get(client, "/api/suggest", q="c", limit=1))["items"]) == 1


async def test_suggestions_reject_bad_values(client: httpx.AsyncClient) -> None:
    for name, value in (("limit", "21"), ("limit", "0"), ("asOf", "x"), ("q", "a" * 1001)):
        assert (await client.get("/api/suggest", params={name: value})).status_code == 400


async def test_sectors_and_life_events_are_suggested_after_procedures(client: httpx.AsyncClient) -> None:
    found = (await get(client, "/api/suggest", q="ho t", asOf="2025-05-31"))["items"]
    assert {one["kind"] for one in found[:-1]} == {"procedure"}
    assert found[-1] == {
        "kind": "sector",
        "code": "G04-HT",
        "name": "Hộ tịch",
        "highlight": "<mark>Hộ tịch</mark>",
    }
    events = (await get(client, "/api/suggest", q="co con", asOf="2025-05-31"))["items"]
    assert [one["kind"] for one in events] == ["procedure", "lifeEvent"]
    assert [one["name"] for one in (await get(client, "/api/suggest", q="dat d"))["items"]].count("Đất đai") == 1


async def test_suggestions_are_no_more_than_asked_for(client: httpx.AsyncClient) -> None:
    for limit in range(1, 9):
        assert len((await get(client, "/api/suggest", q="h", limit=limit))["items"]) <= limit
