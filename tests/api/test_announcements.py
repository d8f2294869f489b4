"""GET /api/announcements and /api/announcements/{number}."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.anyio

PATH = "/api/announcements"


async def listed(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    response = await client.get(PATH, params=parameters)
    assert response.status_code == 200, response.text
    return [item["number"] for item in response.json()["items"]]


async def test_it_works(client: httpx.AsyncClient) -> None:
    found = (await client.get(PATH)).json()
    assert found["total"] == 5
    latest = found["items"][0]
    assert (latest["number"], latest["effective"], latest["itemCount"]) == ("99/QĐ-BTP", "2025-07-01", 1)
    assert latest["issuer"]["code"] == "G04"
    assert latest["published"] is None


async def test_the_list_can_be_narrowed(client: httpx.AsyncClient) -> None:
    assert await listed(client, issuer="G04") == ["99/QĐ-BTP", "30/QĐ-BTP", "12/QĐ-BTP"]
    assert await listed(client, issuer="Z99") == []
    assert await listed(client, since="2025-02-10", until="2025-04-01") == ["30/QĐ-BTP", "7/QĐ-UBND"]
    assert await listed(client, limit=1, offset=1) == ["30/QĐ-BTP"]


@pytest.mark.parametrize(
    ("name", "value"), [("since", "2025-02-30"), ("until", "x"), ("limit", 0), ("offset", -1)]
)
async def test_the_list_rejects_bad_values(client: httpx.AsyncClient, name: str, value: object) -> None:
    response = await client.get(PATH, params={name: value})
    assert response.status_code == 400
    assert name in response.json()["detail"]


@pytest.mark.parametrize(
    "number", ["30/QĐ-BTP", "30/qđ-btp", "30/QD-BTP", "30/QĐ-BTP|G04|2025-03-14", "30/QĐ-BTP/"]
)
@pytest.mark.parametrize("safe", ["/", ""])
async def test_a_number_has_slashes_and_letters(client: httpx.AsyncClient, number: str, safe: str) -> None:
    response = await client.get(f"{PATH}/{quote(number, safe=safe)}")
    assert response.status_code == 200, response.text
    found = response.json()
    assert found["id"] == "30/QĐ-BTP|G04|2025-03-14"
    amended, replaced = found["items"]
    assert amended["label"] == "Sửa đổi, bổ sung"
    assert replaced["action"] == "replaced"
    assert replaced["old"] == [{"code": "9.000002", "name": "Cấp bản sao trích lục"}]
    assert replaced["new"] == [{"code": "9.000003", "name": "Cấp bản sao trích lục hộ tịch"}]


async def test_an_item_may_not_say_what_it_does(client: httpx.AsyncClient) -> None:
    items = (await client.get(f"{PATH}/12/QĐ-BTP", params={"lang": "en"})).json()["items"]
    assert [(one["action"], one["label"]) for one in items] == [("new", "New"), (None, None)]


async def test_a_number_that_several_used_is_a_choice(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{PATH}/7/QĐ-UBND")
    problem = response.json()
    assert (response.status_code, problem["status"]) == (409, 409)
    assert {(one["issuer"], one["decided"]) for one in problem["choices"]} == {
        ("H55", "2025-01-06"),
        ("H03", "2025-02-06"),
    }
    for choice in problem["choices"]:
        for key in ("issuer", "decided"):
            found = await client.get(f"{PATH}/7/QĐ-UBND", params={key: choice[key]})
            assert found.json()["id"] == choice["id"]
        assert (await client.get(f"{PATH}/{quote(choice['id'])}")).json()["id"] == choice["id"]


async def test_it_rejects_an_unknown_number(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{PATH}/1/QĐ-XYZ")
    assert response.status_code == 404
    assert response.json()["type"].endswith("announcement-not-found")
    assert response.json()["instance"] == "/api/announcements/1/Q%C4%90-XYZ"
    assert (await client.get(f"{PATH}/30/QĐ-BTP", params={"issuer": "H55"})).status_code == 404
    assert (await client.get(f"{PATH}/30/QĐ-BTP", params={"decided": "2025-02-30"})).status_code == 400
