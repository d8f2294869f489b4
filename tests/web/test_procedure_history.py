"""Versions, differences, prints; agencies and decisions: the old leads to the new."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def digest(open_page: Callable[..., Any], code: str, **query: str) -> str:
    address: str = (await open_page(f"/thu-tuc/{code}", **query)).one("span", "address").text
    return address.rpartition("/")[2]


async def test_versions_are_listed_latest_first_with_what_changed(open_page: Callable[..., Any]) -> None:
    found = await open_page("/thu-tuc/9.000001/phien-ban")
    cards = found.all("li", "card")
    assert [one.one("h2").text for one in cards] == [
        "Từ ngày 01/04/2025 Đang có hiệu lực",
        "Từ ngày 10/01/2025 đến trước ngày 01/04/2025",
    ]
    assert "Đã thay đổi: Tên thủ tục, Phí, lệ phí, Đặc điểm." in cards[0].text
    compare = next(one["href"] for one in cards[0].all("a") if one.text == "So với phiên bản trước")
    assert compare == "/thu-tuc/9.000001/so-sanh?tu=2025-03-31&den=2025-04-01"


async def test_a_difference_marks_words_by_section_and_names_the_decision(open_page: Callable[..., Any]) -> None:
    found = await open_page("/thu-tuc/9.000001/so-sanh", tu="2025-03-31", den="2025-04-01")
    assert [text for level, text in found.headings if level == 2] == [
        "Tên thủ tục",
        "Phí, lệ phí",
        "Đặc điểm",
        "Về trang này",
    ]
    first = found.all("table")[0]
    assert "".join(one.text for one in first.all("del")) == "tại xã"
    assert [one.text for one in found.all("table")[1].all("ins")]
    assert found.main.text.count("Theo Quyết định số 30/QĐ-BTP") == 3


async def test_without_days_the_latest_change_is_compared(open_page: Callable[..., Any]) -> None:
    assert "31/03/2025" in (await open_page("/thu-tuc/9.000001/so-sanh")).main.text


async def test_the_same_content_is_no_difference(open_page: Callable[..., Any]) -> None:
    found = await open_page("/thu-tuc/9.000001/so-sanh", tu="2025-05-01", den="2025-06-01")
    assert "Không có gì khác" in found.main.text


async def test_a_day_without_content_is_not_compared_word_by_word(open_page: Callable[..., Any]) -> None:
    found = await open_page("/thu-tuc/9.000001/so-sanh", tu="2001-01-01", den="2025-06-01")
    assert "Ngày 01/01/2001 thủ tục này không có hiệu lực." in found.main.text
    assert not found.all("ins")


async def test_a_print_of_what_holds_is_right(site: httpx.AsyncClient, open_page: Callable[..., Any]) -> None:
    printed = await digest(open_page, "9.000001")
    answer = await site.get(f"/b/9.000001/{printed}")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/thu-tuc/9.000001/ban-in?b={printed}"
    assert "Bản in này còn đúng" in (await open_page("/thu-tuc/9.000001/ban-in", b=printed)).main.text


async def test_an_old_print_lists_what_changed_since(open_page: Callable[..., Any]) -> None:
    printed = await digest(open_page, "9.000001", ngay="2025-02-01")
    found = await open_page("/thu-tuc/9.000001/ban-in", b=printed)
    notice = found.one("div", "notice")
    assert [one.text for one in notice.all("li")] == ["Tên thủ tục", "Phí, lệ phí", "Đặc điểm"]
    assert "30/QĐ-BTP" in notice.text


async def test_a_print_of_what_ended_leads_on(open_page: Callable[..., Any]) -> None:
    printed = await digest(open_page, "9.000002", ngay="2025-02-01")
    found = await open_page("/thu-tuc/9.000002/ban-in", b=printed)
    assert "không còn hiệu lực" in found.main.text
    assert found.links["9.000003"] == "/thu-tuc/9.000003"


async def test_a_print_that_nobody_made_is_not_known(open_page: Callable[..., Any]) -> None:
    assert "Không nhận ra bản in này" in (await open_page("/thu-tuc/9.000001/ban-in", b="0" * 12)).main.text
    assert "Không nhận ra bản in này" in (await open_page("/thu-tuc/9.999999/ban-in", b="0" * 12)).main.text


async def test_an_agency_has_its_place_and_its_procedures_by_role(open_page: Callable[..., Any]) -> None:
    found = await open_page("/co-quan/H55.17")
    assert found.links["UBND tỉnh Thái Nguyên"] == "/co-quan/H55"
    assert [text for level, text in found.headings if level == 3] == ["Cơ quan thực hiện (2)"]
    assert found.links["Tìm trong các thủ tục của cơ quan này và cấp dưới"] == "/?agency=H55.17"
    above = await open_page("/co-quan/H55")
    assert above.links["Sở Tư pháp tỉnh Thái Nguyên"] == "/co-quan/H55.17"
    assert above.links["UBND tỉnh Bắc Kạn"] == "/co-quan/H03"


async def test_an_agency_that_ended_leads_to_what_took_its_place(open_page: Callable[..., Any]) -> None:
    found = await open_page("/co-quan/H03")
    assert "Cơ quan này không tồn tại vào ngày" in found.main.text
    assert "Nghị quyết số 202/2025/QH15" in found.main.text
    assert found.links["UBND tỉnh Thái Nguyên"] == "/co-quan/H55"
    assert found.links["Xem vào ngày cuối cùng còn tồn tại"] == "/co-quan/H03?ngay=2025-06-30"
    then = await open_page("/co-quan/H03", ngay="2025-06-30")
    assert "không tồn tại" not in then.main.text
    assert then.links["Giao đất của Bắc Kạn"] == "/thu-tuc/9.000006?ngay=2025-06-30"


async def test_a_decision_shows_what_it_did(open_page: Callable[..., Any]) -> None:
    found = await open_page("/quyet-dinh/30/QĐ-BTP")
    assert found.one("h1").text == "Quyết định số 30/QĐ-BTP"
    assert [text for level, text in found.headings if level == 2][:2] == ["Sửa đổi, bổ sung (1)", "Thay thế (1)"]
    assert found.links["Cấp bản sao trích lục hộ tịch"] == "/thu-tuc/9.000003"
    assert found.links["xem đã sửa những gì"] == "/thu-tuc/9.000001/so-sanh?tu=2025-03-31&den=2025-04-01"
    assert found.links["Word"].startswith("/api/annex.docx?number=30/Q")


async def test_annexes_of_a_decision_can_be_had(site: httpx.AsyncClient, open_page: Callable[..., Any]) -> None:
    links = (await open_page("/quyet-dinh/30/QĐ-BTP")).links
    for kind in ("Word", "Excel"):
        assert (await site.get(links[kind])).status_code == 200
