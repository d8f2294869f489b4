"""A procedure's page: what is told in which order, on any day, to whom it leads, and that nothing executes."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest

from registry.catalogue.ledger import Ledger, record
from registry.engine import open_database
from registry.procedure import Case, Form, LegalBasis, Paper, Procedure, Step
from registry.settings import Settings

pytestmark = pytest.mark.anyio
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
QUESTIONS = ["Cần giấy tờ gì?", "Mất bao lâu?", "Bao nhiêu tiền?", "Nộp ở đâu?", "Sau khi nộp", "Điều kiện"]


def rich(small: ModuleType) -> Procedure:
    """A procedure with cases, forms, steps and everything that somebody may write into a record."""
    made: Procedure = msgspec.structs.replace(
        small.BIRTH_AMENDED,
        code="9.000011",
        name=f"Cấp giấy {EVIL}",
        steps=(Step("Bước 1: Nộp hồ sơ.\nBước 2: Nhận kết quả."),),
        cases=(
            Case(
                (Paper(f"Đơn {EVIL}", originals=1, forms=(Form(f"mẫu{EVIL}.doc", "a/b"),)),), "Trường hợp cấp mới"
            ),
            Case((Paper("Bản cam kết", copies=2),), "Trường hợp cấp lại"),
        ),
        legal_bases=(LegalBasis(EVIL, EVIL),),
        requirements=EVIL,
        addresses=EVIL,
    )
    return made


@pytest.fixture(scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory, small: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    """The small catalogue with the rich procedure, one that will change and one that will end."""
    settings = await small.stored(Settings(data=tmp_path_factory.mktemp("full")))
    database = await open_database(settings)

    async def unit(book: Ledger) -> None:
        await book.load(["9.000011", "9.000008", "9.000003"], [], [])
        book.put(rich(small), date(2025, 1, 1), None, small.HERE)
        book.put(msgspec.structs.replace(small.CENTRAL, requirements="Mới"), date(2999, 1, 1), None, small.HERE)
        book.end("9.000003", date(2998, 1, 1), None)

    try:
        await record(database, unit)
    finally:
        await database.close()
    async with small.serving(settings) as (_, client):
        yield client


@pytest.fixture
def page(full: httpx.AsyncClient, read: Callable[[str], Any]) -> Callable[..., Any]:
    async def opened(path: str, status: int = 200, **query: str) -> Any:
        answer = await full.get(path, params=query)
        assert answer.status_code == status, answer.text[:1000]
        return read(answer.text)

    return opened


async def test_questions_stand_in_their_order_under_one_title(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000011")
    headings = [text for level, text in found.headings if level == 2]
    assert [one for one in headings if one in QUESTIONS] == QUESTIONS
    assert [text for level, text in found.headings if level == 1] == [f"Cấp giấy {EVIL}"]
    levels = [level for level, _ in found.headings]
    assert all(after - before <= 1 for before, after in pairwise(levels))


async def test_the_status_names_the_day_and_the_decision(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000001")
    status = found.main.one("p", "status")
    assert status.text == "Đang có hiệu lực từ ngày 01/04/2025 theo Quyết định số 30/QĐ-BTP của Bộ Tư pháp."
    assert status.one("a")["href"] == "/quyet-dinh/30/QĐ-BTP%7CG04%7C2025-03-14".replace("Đ", "%C4%90")


async def test_the_box_tells_time_fee_channels_and_result(page: Callable[..., Any]) -> None:
    box = (await page("/thu-tuc/9.000001")).one("section", "box")
    told = dict(zip([one.text for one in box.all("dt")], [one.text for one in box.all("dd")], strict=True))
    assert told == {
        "Thời hạn": "1 ngày làm việc",
        "Phí, lệ phí": "Miễn phí",
        "Cách nộp": "Trực tuyến, Trực tiếp",
        "Kết quả": "Chưa rõ",
    }
    assert [one.text for one in box.all("dd")] == [
        "1 ngày làm việc",
        "Miễn phí",
        "Trực tuyến, Trực tiếp",
        "Chưa rõ",
    ]


async def test_an_unknown_fee_is_said_to_be_unknown_and_not_free(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000003")
    assert "không có nghĩa là miễn phí" in found.main.text
    assert "Miễn phí" not in found.main.text


async def test_nothing_is_said_to_be_optional(page: Callable[..., Any]) -> None:
    assert "không bắt buộc" not in (await page("/thu-tuc/9.000011")).text


async def test_a_case_is_chosen_by_a_plain_form_and_stays_in_the_address(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000011", ngay="2025-06-01")
    form = next(one for one in found.forms if "cases" in one.classes)
    assert (form["method"], form["action"]) == ("get", "/thu-tuc/9.000011#giay-to")
    assert ("ngay", "2025-06-01") in found.fields(form)
    assert [one["value"] for one in form.all("input", type="radio")] == ["", "1", "2"]
    chosen = await page("/thu-tuc/9.000011", **{"truong-hop": "2"})
    assert "Bản cam kết" in chosen.one("div", "papers").text
    assert "Đơn" not in chosen.one("div", "papers").text
    assert "1 trong tổng số 2 loại giấy tờ" in chosen.one("div", "papers").text


async def test_the_form_stands_beside_its_paper(page: Callable[..., Any]) -> None:
    first = (await page("/thu-tuc/9.000011")).all("ul", "checklist")[0].all("li")[0]
    assert first.one("p", "about").text.startswith("bản chính: 1 Mẫu kèm theo:")
    assert first.one("label")["for"] == first.one("input")["id"]


async def test_the_way_online_is_shown_below_and_only_where_there_is_one(page: Callable[..., Any]) -> None:
    text = (await page("/thu-tuc/9.000001")).main.text
    assert text.index("Nộp trên Cổng Dịch vụ công quốc gia") > text.index("Tờ khai đăng ký khai sinh")
    offline = await page("/thu-tuc/9.000003")
    assert "Nộp trên" not in offline.main.text
    assert "Không nộp trực tuyến được." in offline.main.text


async def test_steps_are_split_with_the_original_beside_them(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000011")
    assert [one.text for one in found.one("div", "steps").all("h4")] == ["Bước 1", "Bước 2"]
    originals = [one.text for one in found.all("div", "original")]
    assert originals[0] == "Bước 1: Nộp hồ sơ. Bước 2: Nhận kết quả."
    folded = found.one("div", "announced")
    assert [one.text for one in folded.all("h3")][:2] == ["Trình tự thực hiện", "Cách thức thực hiện"]


async def test_what_will_change_and_when_is_told(page: Callable[..., Any]) -> None:
    changing, ending = await page("/thu-tuc/9.000008"), await page("/thu-tuc/9.000003")
    assert "Sẽ thay đổi từ ngày 01/01/2999" in changing.main.text
    assert "den=2999-01-01" in changing.links["Xem sẽ thay đổi những gì"]
    assert "Hết hiệu lực từ ngày 01/01/2998" in ending.main.text


async def test_a_past_day_is_shown_under_a_banner(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000001", ngay="2025-02-01")
    assert found.one("h1").text == "Đăng ký khai sinh tại xã"
    assert "Bạn đang xem nội dung có hiệu lực vào ngày 01/02/2025" in found.main.text
    assert found.links["Xem nội dung hôm nay"] == "/thu-tuc/9.000001"
    assert "Đã thay đổi từ ngày 01/04/2025" in found.main.text
    assert found.one("link", rel="canonical")["href"].endswith("/thu-tuc/9.000001")


@pytest.mark.parametrize("code", ["9.000001.000.00.00.H55", " 9.000001", "9.000001 "])
async def test_other_notations_of_a_code_lead_to_the_national_one(full: httpx.AsyncClient, code: str) -> None:
    for rest, query in (("", {"ngay": "2025-02-01"}), ("/phien-ban", {}), ("/phieu", {"lang": "en"})):
        answer = await full.get(f"/thu-tuc/{code}{rest}", params=query)
        assert answer.status_code == 301
        assert answer.headers["location"] == str(httpx.URL(f"/thu-tuc/9.000001{rest}", params=query)).rstrip("?")


async def test_a_replaced_procedure_leads_to_what_took_its_place(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000002", status=404)
    assert found.one("h1").text == "Cấp bản sao trích lục"
    assert "đã hết hiệu lực" in found.main.text
    assert found.links["Cấp bản sao trích lục hộ tịch"] == "/thu-tuc/9.000003"
    assert found.links["từ ngày 10/01/2025 đến trước ngày 01/04/2025"] == "/thu-tuc/9.000002?ngay=2025-03-31"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/thu-tuc/9.999999", 404, "Không có thủ tục"),
        ("/thu-tuc/%3Cscript%3E", 404, "Không có thủ tục"),
        ("/thu-tuc/9.000001?ngay=2025-02-30", 400, ""),
        ("/thu-tuc/9.000001?truong-hop=7", 400, ""),
        ("/thu-tuc/9.000001?x=1", 400, ""),
        ("/thu-tuc/9.000001?ngay=2001-01-01", 404, "chưa có hiệu lực"),
        ("/thu-tuc/9.000001?ngay=9999-12-31", 200, ""),
        ("/thu-tuc/9.000001?ngay=0001-01-01", 404, "chưa có hiệu lực"),
        ("/thu-tuc/9.000001/ban-in?b=xyz", 400, ""),
        ("/thu-tuc/9.000001/ban-in", 400, ""),
        ("/thu-tuc/9.000001/so-sanh?tu=2001-01-01&den=2001-01-02", 404, ""),
        ("/thu-tuc/9.999999/phien-ban", 404, ""),
        ("/thu-tuc/9.999999/phieu", 404, ""),
        ("/thu-tuc/9.999999/bao-sai", 404, ""),
        ("/co-quan/khong-co", 404, ""),
        ("/quyet-dinh/0/QD-X", 404, ""),
        ("/quyet-dinh/7/Q%C4%90-UBND", 409, ""),
    ],
)
async def test_bad_addresses_are_answered_plainly(
    full: httpx.AsyncClient, read: Callable[[str], Any], path: str, status: int, said: str
) -> None:
    answer = await full.get(path)
    assert answer.status_code == status, answer.text[:600]
    found = read(answer.text)
    assert said in found.main.text
    assert len(found.all("h1")) == 1


async def test_nothing_that_is_written_into_a_record_executes(full: httpx.AsyncClient) -> None:
    for path in ("", "/phieu", "/phien-ban", "/so-sanh?tu=2024-01-01", "/bao-sai", "?lang=en"):
        answer = await full.get(f"/thu-tuc/9.000011{path}")
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_markup_for_search_engines_and_chats_is_sound(
    page: Callable[..., Any], full: httpx.AsyncClient
) -> None:
    found = await page("/thu-tuc/9.000011")
    script = found.one("script", type="application/ld+json")
    data = json.loads("".join(script.inside))
    assert data["name"] == f"Cấp giấy {EVIL}"
    assert data["url"] == found.one("link", rel="canonical")["href"]
    card = {one["property"]: one["content"] for one in found.all("meta") if one.get("property")}
    assert (
        card["og:description"]
        == "Thời hạn: 1 ngày làm việc. Phí, lệ phí: Miễn phí. Cách nộp: Trực tuyến, Trực tiếp."
    )
    for kind in ("jsonld", "ttl"):
        answer = await full.get(f"/thu-tuc/9.000011/du-lieu.{kind}")
        assert answer.status_code == 200
        assert "9.000011" in answer.text


async def test_a_procedure_between_agencies_asks_citizens_nothing(
    page: Callable[..., Any],
) -> None:
    found = await page("/thu-tuc/9.000007")
    assert "Thủ tục nội bộ giữa các cơ quan nhà nước" in found.main.text
    assert not found.all("form", "found")


async def test_a_level_that_ended_is_told(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000004", ngay="2025-06-30")
    assert "không còn từ ngày" not in found.main.text
    ended = await page("/thu-tuc/9.000004", status=404)
    assert "Được thay bằng" not in ended.main.text


async def test_english_labels_keep_the_content(page: Callable[..., Any]) -> None:
    found = await page("/thu-tuc/9.000001", lang="en")
    assert "Which papers are needed?" in found.main.text
    assert "Tờ khai đăng ký khai sinh" in found.main.text
    assert all("lang=en" in one["href"] for one in found.main.all("a") if one["href"].startswith("/thu-tuc/"))


async def test_the_counter_sheet_has_a_line_for_each_paper_and_the_day_of_the_result(
    page: Callable[..., Any],
) -> None:
    found = await page("/thu-tuc/9.000011/phieu", **{"truong-hop": "1"})
    assert len(found.one("table", "sheet-table").all("span", "square")) == 2
    assert "thì hẹn trả" in found.main.text


async def test_a_page_is_kept_until_something_changes_and_counted_each_time(own_site: Any) -> None:
    app, client, _ = own_site
    first = await client.get("/thu-tuc/9.000001")
    again = await client.get("/thu-tuc/9.000001", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    await client.get("/thu-tuc/9.999999")
    await client.get("/thu-tuc/9.000002")
    assert await app.state.views.flush(app.state.service.database) == 2
    assert "set-cookie" not in first.headers


async def test_a_page_is_told_without_an_index(own_site: Any, read: Callable[[str], Any]) -> None:
    _, client, engine = own_site
    engine.down = True
    answer = await client.get("/thu-tuc/9.000001")
    assert answer.status_code == 200
    assert "Thủ tục liên quan" not in read(answer.text).main.text


def test_no_template_holds_a_style_or_a_handler_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "registry" / "web" / "templates" / "procedure"
    for file in folder.glob("*.html"):
        assert not re.search(r"<[^>]*\s(?:style|on\w+)=", file.read_text("utf-8")), file.name
