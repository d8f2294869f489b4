"""GET /api/procedures: questions, filters, facets."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PATH = "/api/procedures"
DAY = "2025-05-31"
THAI_NGUYEN = "UBND tỉnh Thái Nguyên"


async def ask(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    response = await client.get(PATH, params={"asOf": DAY, **parameters})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def codes(client: httpx.AsyncClient, **parameters: Any) -> set[str]:
    return {item["code"][-1] for item in (await ask(client, **parameters))["items"]}


async def counts(client: httpx.AsyncClient, facet: str, **parameters: Any) -> dict[str, int]:
    return {one["value"]: one["count"] for one in (await ask(client, **parameters))["facets"][facet]}


async def test_it_works(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="dang ky khai sinh")
    first = found["items"][0]
    assert (first["code"], first["name"]) == ("9.000001", "Đăng ký khai sinh")
    assert "<mark>" in first["highlight"]
    assert first["sectors"] == [{"code": "G04-HT", "name": "Hộ tịch"}]
    assert (first["levels"], first["agency"]["code"], first["onlineLevel"]) == (["commune"], "G04", "full")
    assert first["processingTime"] == {"unit": "working-day", "value": 1}
    assert found["asOf"] == DAY
    assert found["revision"] > 0


async def test_an_empty_question_finds_what_is_in_force(client: httpx.AsyncClient) -> None:
    assert await codes(client) == set("134568")
    assert (await ask(client))["total"] == 6


async def test_the_past_can_be_searched(client: httpx.AsyncClient) -> None:
    assert await codes(client, asOf="2025-01-31") == set("12458")
    assert await codes(client, asOf="2025-07-01") == set("13568")
    assert await codes(client, asOf="0001-01-01") == set()
    assert await codes(client, asOf="9999-12-31") == set("13568")


async def test_a_filter_may_be_repeated_and_any_of_its_values_will_do(client: httpx.AsyncClient) -> None:
    assert await codes(client, level="district") == set("4")
    assert await codes(client, level=["district", "commune"]) == set("134")


async def test_filters_combine_by_and(client: httpx.AsyncClient) -> None:
    assert await codes(client, level="province", sector="G04-HT") == set("3")


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("level", "Cấp xã", "13"),
        ("level", "commune", "13"),
        ("level", "cap xa", "13"),
        ("onlineLevel", "Dịch vụ công trực tuyến toàn trình", "1"),
        ("onlineLevel", "partial", "3"),
        ("channel", "Trực tuyến", "15"),
        ("channel", "postal", "3"),
        ("fee", "Miễn phí", "1"),
        ("fee", "amount", "5"),
        ("fee", "unknown", "3468"),
        ("audience", "Công dân Việt Nam", "1"),
        ("audience", "cong-dan-viet-nam", "1"),
        ("lifeEvent", "Có con nhỏ", "1"),
        ("lifeEvent", "co-con-nho", "1"),
        ("sector", "Hộ tịch", "1348"),
        ("sector", "ho tich", ""),
        ("agency", "Sở Tư pháp tỉnh Thái Nguyên", "35"),
        ("agency", "H55.17", "35"),
        ("agency", "Ủy ban nhân dân cấp xã", "1"),
        ("onlinePayment", "false", "1"),
        ("onlinePayment", "Chưa rõ", "34568"),
        ("essential", "Có", "1"),
        ("interlinked", "unknown", "134568"),
        ("postal", "true", ""),
        ("eResult", "unknown", "134568"),
        ("serviceCentre", "true", ""),
    ],
)
async def test_a_value_is_a_code_or_the_words_for_it(
    client: httpx.AsyncClient, name: str, value: str, found: str
) -> None:
    assert await codes(client, **{name: value}) == set(found)


async def test_a_name_shared_by_sectors_stands_for_all_of_them(client: httpx.AsyncClient) -> None:
    assert await codes(client, sector="Đất đai") == set("56")
    assert await codes(client, sector="G05-DD") == set("5")


async def test_values_are_never_split_on_commas(client: httpx.AsyncClient) -> None:
    response = await client.get(PATH, params={"level": "province,commune"})
    assert response.status_code == 400
    assert await codes(client, audience="Tổ chức (không bao gồm doanh nghiệp, HTX)") == set()


async def test_a_code_above_an_agency_finds_what_is_below(client: httpx.AsyncClient) -> None:
    assert await codes(client, agency="H55") == set("35")


async def test_blank_values_filter_nothing(client: httpx.AsyncClient) -> None:
    assert await codes(client, q="", level="", sector="", province="", sort="", internal="") == set("134568")


async def test_an_unknown_sector_finds_nothing_and_still_counts_the_others(client: httpx.AsyncClient) -> None:
    found = await ask(client, sector="none such")
    assert (found["items"], found["total"]) == ([], 0)
    assert {one["value"]: one["count"] for one in found["facets"]["sector"]}["G04-HT"] == 4
    assert (await ask(client, agency="Z99"))["total"] == 0


async def test_facets_of_a_filtered_dimension_keep_the_counts_of_other_values(client: httpx.AsyncClient) -> None:
    free = await counts(client, "level")
    assert free == {"commune": 2, "province": 3, "district": 1, "ministry": 1}
    assert await counts(client, "level", level="commune") == free
    assert await counts(client, "fee", level="commune") == {"free": 1, "unknown": 1}


async def test_facets_have_words_in_the_language_that_is_asked_for(client: httpx.AsyncClient) -> None:
    def words(found: dict[str, Any], facet: str) -> dict[str, str]:
        return {one["value"]: one["label"] for one in found["facets"][facet]}

    found = await ask(client)
    assert words(found, "level")["commune"] == "Cấp xã"
    assert words(found, "sector")["G04-HT"] == "Hộ tịch"
    assert words(found, "agency")["H55.17"] == "Sở Tư pháp tỉnh Thái Nguyên"
    assert words(found, "agency")["uy-ban-nhan-dan-cap-xa"] == "Ủy ban nhân dân cấp xã"
    assert words(found, "lifeEvent")["co-con-nho"] == "Có con nhỏ"
    assert words(found, "essential") == {"true": "Có", "unknown": "Chưa rõ"}
    assert words(found, "province") == {"*": "Toàn quốc", "H55": THAI_NGUYEN, "H03": "UBND tỉnh Bắc Kạn"}
    english = await ask(client, lang="en")
    assert words(english, "level")["commune"] == "Commune"
    assert words(english, "serviceCentre") == {"unknown": "Unknown"}
    assert words(english, "province")["*"] == "National"


async def test_every_facet_is_given_by_count_and_then_value(client: httpx.AsyncClient) -> None:
    facets = (await ask(client))["facets"]
    assert {"level", "sector", "agency", "onlineLevel", "channel", "audience", "lifeEvent", "fee"} <= set(facets)
    for values in facets.values():
        ordered = [(-one["count"], one["value"]) for one in values]
        assert ordered == sorted(ordered)


async def test_a_provinces_catalogue_is_a_view(client: httpx.AsyncClient) -> None:
    assert await codes(client, province="H55") == set("135")
    assert await codes(client, province="H03") == set("136")
    assert await codes(client, province=THAI_NGUYEN) == set("135")
    assert await codes(client, province=["H55", "H03"]) == set("1356")


@pytest.mark.parametrize("value", ["H99", "H5", "55", "G04", "H55.17", "*", "'", "Hà Nội"])
async def test_it_rejects_a_province_that_is_none(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get(PATH, params={"province": value})
    problem = response.json()
    assert (response.status_code, problem["parameter"]) == (400, "province")
    assert problem["accepted"] == ["H03", "H55"]


async def test_procedures_between_agencies_are_shown_only_on_request(client: httpx.AsyncClient) -> None:
    assert await codes(client, q="hộ tịch", internal="only") == {"7"}
    assert "7" not in await codes(client)
    assert "7" in await codes(client, internal="include")


async def test_sorts(client: httpx.AsyncClient) -> None:
    async def order(sort: str) -> list[str]:
        return [item["code"][-1] for item in (await ask(client, sort=sort))["items"]]

    assert await order("code") == list("134568")
    assert await order("name") == list("381654")
    newest = await order("-updated")
    assert set(newest[:2]) == {"1", "3"}
    assert newest[2:] == list("6458")


async def test_pages_follow_each_other(client: httpx.AsyncClient) -> None:
    first = await ask(client, sort="code", limit=2)
    second = await ask(client, sort="code", limit=2, offset=2)
    assert [one["code"][-1] for one in first["items"] + second["items"]] == list("1345")
    assert first["total"] == second["total"] == 6


async def test_a_code_is_found_in_other_notations(client: httpx.AsyncClient) -> None:
    for text in ("9.000005", "9000005", "mã 9.000005", "9.000005.000.00.00.H55"):
        assert (await ask(client, q=text))["items"][0]["code"] == "9.000005"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("level", "village"),
        ("onlineLevel", "level-9"),
        ("channel", "fax"),
        ("fee", "cheap"),
        ("onlinePayment", "maybe"),
        ("eResult", "1"),
        ("serviceCentre", "none"),
        ("sort", "size"),
        ("internal", "yes"),
        ("lang", "fr"),
    ],
)
async def test_it_rejects_an_unknown_value_of_a_fixed_list(
    client: httpx.AsyncClient, name: str, value: str
) -> None:
    response = await client.get(PATH, params={name: value})
    problem = response.json()
    assert response.status_code == 400
    assert problem["parameter"] == name
    assert problem["accepted"]
    assert value in problem["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "many"),
        ("offset", "-1"),
        ("offset", "10001"),
        ("offset", "99999999999999999999999"),
        ("asOf", "2025-02-30"),
        ("asOf", "31-05-2025"),
        ("asOf", "2025-W01-1"),
        ("asOf", "today"),
        ("q", "a" * 1001),
    ],
)
async def test_it_rejects_a_value_out_of_bounds(client: httpx.AsyncClient, name: str, value: str) -> None:
    response = await client.get(PATH, params={name: value})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert name in response.json()["detail"]


async def test_a_long_question_is_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, params={"q": "ă" * 1000})).status_code == 200


async def test_hostile_texts_are_only_texts(client: httpx.AsyncClient) -> None:
    for text in ("'; DROP TABLE version; --", "<script>", "\u202e", "((((", "a AND OR NOT", "\\", "%", "{}", "🙂"):
        for name in ("q", "sector", "agency", "lifeEvent", "audience"):
            assert (await client.get(PATH, params={name: text})).status_code == 200, (name, text)


async def test_highlights_are_safe_html(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="khai sinh")
    assert found["items"][0]["highlight"].count("<") == found["items"][0]["highlight"].count("mark>")


async def test_procedures_between_agencies_are_counted_where_they_are_included(client: httpx.AsyncClient) -> None:
    assert "internal" not in (await ask(client))["facets"]
    assert await counts(client, "internal", internal="include") == {"false": 6, "true": 1}


async def test_what_was_understood_is_told(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="ddawng kys khai sinh")
    assert found["understood"] == [{"text": "ddawng kys khai sinh", "meaning": "đăng ký khai sinh"}]
    assert (await ask(client, q="đăng ký khai sinh"))["understood"] == []
    assert (await ask(client))["understood"] == []
