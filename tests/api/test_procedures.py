"""GET /api/procedures/{code}, its history, and the difference between two days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PATH = "/api/procedures"


async def get(client: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    response = await client.get(PATH + path, params=parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def refused(client: httpx.AsyncClient, path: str, status: int, **parameters: Any) -> dict[str, Any]:
    response = await client.get(PATH + path, params=parameters)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    return problem


async def test_it_works(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001", asOf="2025-05-31")
    assert found["procedure"]["name"] == "Đăng ký khai sinh"
    assert found["procedure"]["cases"][0]["papers"][0]["name"] == "Tờ khai đăng ký khai sinh"
    assert (found["validFrom"], found["validTo"], found["asOf"]) == ("2025-04-01", None, "2025-05-31")
    assert found["announcement"] == {
        "id": "30/QĐ-BTP|G04|2025-03-14",
        "number": "30/QĐ-BTP",
        "decided": "2025-03-14",
        "effective": "2025-04-01",
        "issuer": {"role": "issuing", "name": "Bộ Tư pháp", "code": "G04"},
    }
    assert found["endedBy"] is None
    assert found["cleaning"] == [{"field": "name", "rule": "nfc", "before": "a", "after": "b"}]
    assert found["source"] == "test"
    assert len(found["digest"]) == 32
    assert found["revision"] > 0
    assert datetime.now(UTC) - datetime.fromisoformat(found["recordedAt"]) < timedelta(minutes=10)
    assert found["supersededAt"] is None


async def test_an_earlier_day_shows_the_earlier_version_and_what_ended_it(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001", asOf="2025-03-31")
    assert found["procedure"]["name"] == "Đăng ký khai sinh tại xã"
    assert (found["validFrom"], found["validTo"]) == ("2025-01-10", "2025-04-01")
    assert (found["announcement"]["number"], found["endedBy"]["number"]) == ("12/QĐ-BTP", "30/QĐ-BTP")


async def test_what_is_missing_of_the_seven_parts_is_told(client: httpx.AsyncClient) -> None:
    whole = await get(client, "/9.000001")
    assert whole["missingParts"] == []
    assert whole["completeness"] == {"present": 7, "required": 7, "complete": True}
    poor = await get(client, "/9.000006")
    assert {"steps", "papers", "timeLimit"} <= set(poor["missingParts"])
    assert poor["completeness"]["present"] == 7 - len(poor["missingParts"])


async def test_levels_are_dated(client: httpx.AsyncClient) -> None:
    (level,) = (await get(client, "/9.000004", asOf="2025-06-30"))["levels"]
    assert (level["level"], level["label"], level["inForce"]) == ("district", "Cấp huyện", True)
    assert (level["validTo"], level["source"]) == ("2025-07-01", "Nghị quyết số 203/2025/QH15")


@pytest.mark.parametrize("code", ["9.000005", "9.000005.000.00.00.H55", "9000005", " 9.000005 ", "9,000005"])
async def test_a_code_is_understood_in_any_notation(client: httpx.AsyncClient, code: str) -> None:
    assert (await get(client, f"/{code}"))["code"] == "9.000005"


async def test_a_replaced_procedure_knows_its_successor_and_the_other_way_round(client: httpx.AsyncClient) -> None:
    old = await get(client, "/9.000002", asOf="2025-03-01")
    (after,) = old["successors"]
    assert (after["code"], after["name"]) == ("9.000003", "Cấp bản sao trích lục hộ tịch")
    assert (after["day"], after["announcement"]["number"]) == ("2025-04-01", "30/QĐ-BTP")
    (before,) = (await get(client, "/9.000003"))["predecessors"]
    assert (before["code"], before["name"]) == ("9.000002", "Cấp bản sao trích lục")


async def test_it_rejects_an_unknown_code(client: httpx.AsyncClient) -> None:
    problem = await refused(client, "/9.999999", 404)
    assert problem["type"].endswith("procedure-not-found")
    assert problem["instance"] == "/api/procedures/9.999999"
    assert problem["days"] == []


async def test_a_procedure_not_in_force_tells_its_days_and_successors(client: httpx.AsyncClient) -> None:
    problem = await refused(client, "/9.000002", 404, asOf="2025-04-01")
    assert problem["type"].endswith("procedure-not-in-force")
    assert problem["days"] == [{"validFrom": "2025-01-10", "validTo": "2025-04-01"}]
    assert problem["successors"] == ["9.000003"]
    early = await refused(client, "/9.000001", 404, asOf="2025-01-09")
    assert [day["validTo"] for day in early["days"]] == ["2025-04-01", None]


async def test_known_at_shows_what_was_believed_then(client: httpx.AsyncClient) -> None:
    versions = (await get(client, "/9.000001/history"))["versions"]
    later = datetime.fromisoformat(versions[1]["recordedAt"])
    before = (later - timedelta(microseconds=1)).isoformat()
    found = await get(client, "/9.000001", asOf="2025-05-31", knownAt=before)
    assert found["procedure"]["name"] == "Đăng ký khai sinh tại xã"
    assert found["validTo"] is None
    assert datetime.fromisoformat(found["supersededAt"]) == later
    now = await get(client, "/9.000001", asOf="2025-05-31", knownAt=later.isoformat())
    assert now["procedure"]["name"] == "Đăng ký khai sinh"
    past = await get(client, "/9.000001/history", knownAt=before)
    assert len(past["versions"]) == 1
    diff = await get(client, "/9.000001/diff", **{"from": "2025-01-10", "to": "2025-05-31"}, knownAt=before)
    assert diff["differences"] == []


async def test_known_at_takes_any_time_zone_also_where_the_plus_was_not_encoded(client: httpx.AsyncClient) -> None:
    for moment in ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00+07:00"):
        await refused(client, "/9.000001", 404, knownAt=moment)
    response = await client.get(PATH + "/9.000001?knownAt=2999-01-01T00:00:00+07:00")
    assert response.status_code == 200


@pytest.mark.parametrize("moment", ["2025-01-01", "2025-01-01T00:00:00", "yesterday", "0001-01-01T00:00:00+14:00"])
async def test_it_rejects_a_moment_without_its_time_zone(client: httpx.AsyncClient, moment: str) -> None:
    assert (await refused(client, "/9.000001", 400, knownAt=moment))["parameter"] == "knownAt"


async def test_it_rejects_a_day_that_does_not_exist(client: httpx.AsyncClient) -> None:
    assert (await refused(client, "/9.000001", 400, asOf="2025-02-29"))["parameter"] == "asOf"
    assert (await refused(client, "/9.000001/diff", 400, **{"from": "2025-13-01"}))["parameter"] == "from"


async def test_history_lists_every_version_with_what_changed(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001/history")
    first, second = found["versions"]
    assert (first["validFrom"], first["validTo"], first["changed"]) == ("2025-01-10", "2025-04-01", None)
    assert first["endedBy"]["number"] == second["announcement"]["number"] == "30/QĐ-BTP"
    assert [one["section"] for one in second["changed"]] == ["name", "fees", "flags"]
    assert second["changed"][1]["label"] == "Phí, lệ phí"
    english = await get(client, "/9.000001/history", lang="en")
    assert english["versions"][1]["changed"][1]["label"] == "Fees"


async def test_history_rejects_an_unknown_code(client: httpx.AsyncClient) -> None:
    await refused(client, "/9.999999/history", 404)


async def test_a_difference_names_the_announcement_that_made_it(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001/diff", **{"from": "2025-01-31", "to": "2025-05-31"})
    assert (found["from"], found["to"]) == ("2025-01-31", "2025-05-31")
    assert [one["section"] for one in found["differences"]] == ["name", "fees", "flags"]
    name, _, flags = found["differences"]
    assert (name["before"], name["after"]) == ("Đăng ký khai sinh tại xã", "Đăng ký khai sinh")
    assert [one["number"] for one in name["announcements"]] == ["30/QĐ-BTP"]
    assert (flags["before"]["onlinePayment"], flags["after"]["onlinePayment"]) == (True, False)


async def test_days_of_one_version_do_not_differ(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001/diff", **{"from": "2025-04-01", "to": "2025-05-31"})
    assert found["differences"] == []


async def test_a_day_without_a_version_compares_as_nothing(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000004/diff", **{"from": "2025-06-30", "to": "2025-07-01"})
    name = found["differences"][0]
    assert (name["before"], name["after"]) == ("Thay đổi hộ tịch tại huyện", None)
    assert [one["number"] for one in name["announcements"]] == ["99/QĐ-BTP"]


async def test_the_second_day_of_a_difference_is_today_by_default(client: httpx.AsyncClient) -> None:
    found = await get(client, "/9.000001/diff", **{"from": "2025-01-31"})
    assert found["differences"][0]["after"] == "Đăng ký khai sinh"


async def test_a_difference_rejects_what_was_never_in_force(client: httpx.AsyncClient) -> None:
    await refused(client, "/9.999999/diff", 404, **{"from": "2025-01-01"})
    problem = await refused(client, "/9.000002/diff", 404, **{"from": "2024-01-01", "to": "2025-04-01"})
    assert problem["successors"] == ["9.000003"]


async def test_a_difference_rejects_a_missing_first_day(client: httpx.AsyncClient) -> None:
    assert (await refused(client, "/9.000001/diff", 400))["parameter"] == "from"


async def test_what_is_read_beside_a_procedure_is_told_with_its_reason(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/api/procedures/9.000003", params={"asOf": "2025-05-31"})).json()
    assert shown["related"] == [{"code": "9.000002", "name": "Cấp bản sao trích lục", "reason": "predecessor"}]
    past = (await client.get("/api/procedures/9.000002", params={"asOf": "2025-02-01"})).json()
    assert [(one["code"], one["reason"]) for one in past["related"]] == [("9.000003", "successor")]
    assert (await client.get("/api/procedures/9.000008", params={"asOf": "2025-05-31"})).json()["related"] == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_procedure_is_shown_while_the_index_is_down(own: Any) -> None:
    _, client, fickle = own
    fickle.down = True
    response = await client.get("/api/procedures/9.000001", params={"asOf": "2025-05-31"})
    assert (response.status_code, response.json()["related"]) == (200, None)
    response = await client.get("/api/procedures/9.000003", params={"asOf": "2025-05-31"})
    assert [one["code"] for one in response.json()["related"]] == ["9.000002"]
