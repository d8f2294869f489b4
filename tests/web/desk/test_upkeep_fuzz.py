"""Whatever is sent to the pages of upkeep, they answer, and nothing is done by it that should not be."""

from typing import Any

import pytest

from registry.access import people
from registry.exchange import webhooks

pytestmark = pytest.mark.anyio

TEXTS = (
    "",
    "\0",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "<script>alert(1)</script>",
    "٣",
    "-1",
)
LONG = "ă" * 3000
FIELDS = (
    "name", "login", "scopes", "agency", "until", "url", "parts", "whole", "state", "text", "seen", "version",
    "number", "decided", "effective", "issuer", "title", "more", "events[0].what", "events[0].old",
    "events[999].new[999].code", "events[0].new[0].level",
)  # fmt: skip
READ = (
    "dong-bo/{odd}", "noi-nhan/{odd}", "noi-nhan/{odd}/xoa", "ra-soat/{odd}", "chat-luong/{odd}", "phan-anh/{odd}",
    "sap-xep/{odd}", "sap-xep/{odd}/sua", "khoa/{odd}/thu-hoi", "nguoi-dung/{odd}/quyen", "nhat-ky?truoc={odd}",
    "nhat-ky?nguoi={odd}", "nhat-ky?viec={odd}", "nhat-ky/kiem-tra?dau={odd}", "nhat-ky/tai-ve?dang={odd}",
    "chat-luong?quy-tac={odd}", "chat-luong?co-quan={odd}", "chat-luong?offset={odd}", "phan-anh?trang-thai={odd}",
    "phan-anh?sau={odd}", "sap-xep?trang-thai={odd}", "ra-soat?unknown={odd}",
)  # fmt: skip


async def test_odd_addresses_are_answered_with_a_page(own_desk: Any) -> None:
    admin = await own_desk.person("admin", "announce", "follow")
    for odd in ("%00", "%ED%A0%80", "9" * 30, "%3Cscript%3E", "..%2F..", "a" * 500, "%D9%A3"):
        for path in READ:
            answer = await admin.client.get("/bien-tap/" + path.format(odd=odd))
            assert answer.status_code < 500, path.format(odd=odd)
            assert "<script>" not in answer.text


async def test_odd_forms_are_answered_with_a_page_and_make_nothing(own_desk: Any) -> None:
    admin = await own_desk.person("admin", "announce", "follow")
    found = await people.find(own_desk.database, admin.login)
    assert found is not None
    hook = await webhooks.create(
        own_desk.database, found[0].actor(""), "http://127.0.0.1:9/fuzz", allow_private=True
    )
    token = dict(admin.filled(await admin.open("/bien-tap/khoa"), "/khoa", {}))["form_token"]
    tables = ("api_key", "person", "webhook", "report", "layer")
    before = [await own_desk.count(table) for table in tables]
    paths = (
        "noi-nhan", f"noi-nhan/{hook.webhook.id}/gui-lai", "noi-nhan/none/xoa", "ra-soat/9.000001", "ra-soat/none",
        "phan-anh/999999", "sap-xep", "sap-xep/none/sua", "sap-xep/none/cong-bo", "sap-xep/none/bo", "khoa",
        "khoa/none/thu-hoi", "nguoi-dung", "nguoi-dung/none/quyen", f"nguoi-dung/{found[0].id}/quyen",
    )  # fmt: skip
    for path in paths:
        for value in (*TEXTS, LONG):
            fields = dict.fromkeys(FIELDS, value) | {"form_token": token, "once": value or "x"}
            answer = await admin.client.post(f"/bien-tap/{path}", data=fields)
            assert answer.status_code < 500, (path, value[:20], answer.text[-400:])
            assert answer.status_code != 429  # else nothing would be tried
    assert [await own_desk.count(table) for table in tables] == before


async def test_a_form_of_another_site_and_one_without_its_token_do_nothing(own_desk: Any) -> None:
    admin = await own_desk.person("admin", "announce", "follow")
    before = await own_desk.count("api_key")
    fields = {"name": "Lạ", "scopes": "announce", "once": "x"}
    foreign = await admin.client.post("/bien-tap/khoa", data=fields, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    await admin.client.post("/bien-tap/khoa", data=fields)
    assert await own_desk.count("api_key") == before
