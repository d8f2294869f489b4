"""Announcements drafted, seen and published on pages, by plain forms."""

import re
from typing import Any

import msgspec
import pytest
from litestar.datastructures import FormMultiDict
from piccolo.querystring import QueryString

from registry.access import audit
from registry.catalogue import versions
from registry.procedure import (
    Case,
    Fee,
    Form,
    LegalBasis,
    Paper,
    Procedure,
    ProcessingTime,
    Step,
    Term,
    Way,
)
from registry.vocabulary import Channel, FeeKind, FeeState, TimeUnit
from registry.web.desk import shape

pytestmark = pytest.mark.anyio

HEAD = {"number": "77/QĐ-BTP", "issuer": "G04", "decided": "2025-05-05", "effective": "2025-05-20", "title": ""}


async def begun(browser: Any, **head: str) -> tuple[Any, str]:
    """A draft with this head, and its address."""
    page = await browser.open("/bien-tap/du-thao/moi")
    page = await browser.send(page, "/du-thao", **{**HEAD, **head})
    return page, browser.path


async def with_item(
    browser: Any, address: str, action: str, old: str = "", new: str = "", source: str = ""
) -> Any:
    page = await browser.open(f"{address}/them-muc")
    return await browser.send(page, "/them-muc", action=action, old=old, new=new, **{"from": source})


async def test_an_amendment_is_drafted_its_effect_seen_and_published_once(own_desk: Any) -> None:
    lan = await own_desk.person("announce")
    _, address = await begun(lan)
    await with_item(lan, address, "amended", new="9.000001")
    page = await lan.open(f"{address}/muc/0/noi-dung/0")
    page = await lan.send(page, "/noi-dung/0", name="Đăng ký khai sinh lưu động", **{"ways[0].time.value": "2"})
    page = await lan.open(f"{address}/hieu-luc")
    assert tuple(cell.text for cell in page.main.all("section", "beside")[0].one("tbody").all("td")) == (
        "Đăng ký khai sinh",
        "Đăng ký khai sinh lưu động",
    )
    assert [one.text for one in page.main.all("ins")] == ["lưu động", "02"]
    revision = await versions.revision(own_desk.database)
    page = await lan.open(f"{address}/cong-bo")
    assert "1 thủ tục thay đổi từ 20/05/2025" in page.main.text
    fields = lan.filled(page, "/cong-bo", {})
    assert await versions.revision(own_desk.database) == revision
    page = await lan.post(f"{address}/cong-bo", fields)
    assert "đã công bố" in page.main.text
    revision = await versions.revision(own_desk.database)
    page = await lan.post(f"{address}/cong-bo", fields)
    assert "đã công bố" in page.main.text
    assert await versions.revision(own_desk.database) == revision
    (said,) = [
        entry
        async for batch in audit.stream(own_desk.database)
        for entry in batch
        if entry.action == "announcement.publish"
    ]
    assert (said.kind, said.name) == ("person", "Nguyễn Thị Lan")


async def test_a_form_sent_twice_begins_one_draft_and_adds_one_item(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/du-thao/moi")
    fields = lan.filled(page, "/du-thao", {**HEAD, "number": "twice/QĐ"})
    await lan.post("/bien-tap/du-thao", fields)
    first = lan.path
    await lan.post("/bien-tap/du-thao", fields)
    assert lan.path == first
    assert await desk.count("draft", "body LIKE '%twice/QĐ%'") == 1
    page = await lan.open(f"{first}/them-muc")
    fields = lan.filled(page, "/them-muc", {"action": "abolished", "old": "9.000002"})
    await lan.post(f"{first}/them-muc", fields)
    await lan.post(f"{first}/them-muc", fields)
    page = await lan.open(first)
    assert len(page.main.one("ol", "rows").all("li")) == 1


async def test_each_reason_of_the_gate_leads_to_its_field_and_stands_beside_it(desk: Any) -> None:
    lan = await desk.person("announce")
    page, address = await begun(lan, number="", decided="2025-05-30")
    reasons = {one.text: one["href"] for one in page.main.one("section", "gate").all("a")}
    assert reasons["Chưa có số quyết định."] == f"{address}#number"
    assert any(target == f"{address}#effective" for target in reasons.values())
    assert "Chưa có số quyết định." in page.one(id="number-error").text
    assert page.one("input", id="number")["aria-invalid"] == "true"
    await with_item(lan, address, "new", new="9.100001")
    page = await lan.open(address)
    targets = {one["href"].partition("#")[2] for one in page.main.one("section", "gate").all("a")}
    assert {"name", "steps", "ways", "cases", "audiences", "agencies"} <= targets
    page = await lan.open(f"{address}/muc/0/noi-dung/0")
    for target in ("name", "steps", "ways", "cases", "audiences", "agencies"):
        assert page.one(id=target), target
    assert "thiếu trình tự" in page.one("fieldset", id="steps").text


async def test_of_two_who_edit_a_draft_the_second_is_shown_both_and_nothing_is_lost(desk: Any) -> None:
    lan, mai = await desk.person("announce"), await desk.person("announce", name="Lê Thị Mai")
    _, address = await begun(lan, number="50/QĐ-BTP")
    key = address.rsplit("/", 1)[-1]
    ours, theirs = await lan.open(address), await mai.open(address)
    await mai.send(theirs, key, title="Của Mai")
    page = await lan.send(ours, key, 409, title="Của Lan")
    assert "Lê Thị Mai" in page.main.text
    assert {"title: Của Mai", "title: Của Lan"} <= {one.text for one in page.main.all("td")}
    assert (await lan.open(address)).one("textarea", name="title").text == "Của Mai"
    # What was typed is kept on that page, and can still be saved.
    page = await lan.send(page, key)
    assert page.one("textarea", name="title").text == "Của Lan"


async def test_one_who_saves_what_another_has_saved_already_is_told_of_no_conflict(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="51/QĐ-BTP")
    key = address.rsplit("/", 1)[-1]
    fields = lan.filled(await lan.open(address), key, {"title": "Một lần"})
    await lan.post(address, fields)
    page = await lan.post(address, fields)
    assert page.one("textarea", name="title").text == "Một lần"


RICH = Procedure(
    code="9.200001",
    name="Nhiều thứ",
    ways=(
        Way(Channel.DIRECT, ProcessingTime(TimeUnit.WORKING_DAY, 7.5, "kể từ ngày nhận")),
        Way(
            Channel.POSTAL,
            ProcessingTime(TimeUnit.OTHER, None, "Theo mô tả"),
            (
                Fee(FeeKind.FEE, FeeState.AMOUNT, 50_000),
                Fee(FeeKind.SERVICE_FEE, FeeState.FREE, 0, text="Miễn phí"),
            ),
        ),
        Way(Channel.ONLINE),
    ),
    steps=(Step("Một\nhai", "Bước 1"), Step("ba")),
    cases=(
        Case((Paper("Tờ khai", 1, 2, "KS-01", None, True, (Form("Mẫu 1", "a.doc"),)),), "Mới"),
        Case((), "Khác"),
    ),
    audiences=(Term("hiem-gap", "Hiếm gặp"), Term("cong-dan-viet-nam", "Công dân Việt Nam")),
    outputs=(Term("KQ1", "Giấy khai sinh"),),
    legal_bases=(LegalBasis("60/2014/QH13", "Luật Hộ tịch"),),
    keywords=("khai sinh",),
    postal=False,
    essential=True,
)


async def test_a_content_that_is_saved_as_it_was_opened_stays_as_it_was(desk: Any, small: Any) -> None:
    """Whatever the form does not show (forms of papers, keywords, codes) is kept with what it shows."""
    lan = await desk.person("announce")
    _, address = await begun(lan, number="52/QĐ-BTP")
    for number, made in enumerate((RICH, small.SUPPORT, small.EXTRACT_NEW)):
        await with_item(lan, address, "new", new=made.code)
        page = await lan.open(f"{address}/muc/{number}/noi-dung/0")
        given = msgspec.json.encode(made).decode()
        page = await lan.send(page, "/json", json=given)
        fields = FormMultiDict([(name, value) for name, value in lan.filled(page, "/noi-dung/0", {})])
        faults: dict[str, str] = {}
        base = msgspec.to_builtins(made)
        found = shape.completed(shape.read(fields, base, faults), base, {})
        assert shape.procedure(found, faults) == made, faults


async def test_a_mistyped_number_is_told_at_its_field_and_what_was_typed_is_kept(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="53/QĐ-BTP")
    await with_item(lan, address, "amended", new="9.000001")
    page = await lan.open(f"{address}/muc/0/noi-dung/0")
    typed = {"ways[0].fees[0].kind": "fee", "ways[0].fees[0].amount": "năm mươi", "name": "Tên mới"}
    page = await lan.send(page, "/noi-dung/0", 422, **typed)
    assert "Phải là một con số" in page.one(id="ways[0].fees[0].amount-error").text
    assert page.one(id="ways[0].fees[0].amount")["value"] == "năm mươi"
    assert page.one("textarea", id="name").text == "Tên mới"
    page = await lan.send(page, "/noi-dung/0", **typed | {"ways[0].fees[0].amount": "50.000"})
    assert page.one(id="ways[0].fees[0].amount")["value"] == "50000"
    assert page.one("select", id="ways[0].fees[0].state").one("option", selected="")["value"] == "amount"


async def test_more_lines_are_shown_without_a_script_and_nothing_is_kept_by_that(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="54/QĐ-BTP")
    await with_item(lan, address, "amended", new="9.000001")
    place = f"{address}/muc/0/noi-dung/0"
    page = await lan.open(place)
    before = len(page.one("fieldset", id="steps").all("textarea"))
    fields = lan.filled(page, "/noi-dung/0", {"them": "steps", "name": "Chưa lưu"})
    page = await lan.post(place, fields)
    assert len(page.one("fieldset", id="steps").all("textarea")) > before
    assert page.one("textarea", id="name").text == "Chưa lưu"
    assert (await lan.open(place)).one("textarea", id="name").text != "Chưa lưu"


async def test_pasted_json_is_taken_or_told_why_not_and_never_lost(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="55/QĐ-BTP")
    await with_item(lan, address, "new", new="9.100002")
    page = await lan.open(f"{address}/muc/0/noi-dung/0")
    for wrong in ('{"code": ', '{"code":"9.100003","name":"Mã khác"}', '{"code":"9.100002","name":1}', "[[[["):
        page = await lan.send(page, "/json", 422, json=wrong)
        assert wrong.strip() in page.one("textarea", id="json").text
    line = '{"kind":"version","code":"9.100002","procedure":{"code":"9.100002","name":"Từ một dòng"}}'
    page = await lan.send(page, "/json", json=line)
    assert page.one("textarea", id="name").text == "Từ một dòng"


async def test_what_is_replaced_and_abolished_is_shown_to_end(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="56/QĐ-BTP")
    await with_item(lan, address, "replaced", "9.000003", "9.100004 9.100005", "9.000003")
    await with_item(lan, address, "abolished", "9.000001")
    page = await lan.open(f"{address}/hieu-luc")
    becomes = re.findall(r"(\d\.\d{6}) .*? (Kết thúc|Bắt đầu) ", page.main.text)
    assert ("9.100004", "Bắt đầu") in becomes
    assert ("9.000001", "Kết thúc") in becomes
    assert "9.000003 → 9.100004, 9.100005" in page.main.text


async def test_taking_away_is_asked_first_and_says_what_it_does(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="57/QĐ-BTP")
    await with_item(lan, address, "abolished", "9.000001")
    page = await lan.open(f"{address}/muc/0/bo")
    assert "9.000001" in page.main.text
    await lan.send(page, "/bo")
    assert not (await lan.open(address)).main.all("ol", "rows")
    page = await lan.open(f"{address}/bo")
    await lan.send(page, "/bo")
    page = await lan.open(address)
    assert "đã bỏ dự thảo này" in page.main.text
    assert not [one for one in page.main.all("form") if one.get("method") == "post"]
    await lan.open(f"{address}/cong-bo")
    assert lan.path == address


async def test_script_in_what_is_typed_stays_text(desk: Any) -> None:
    lan = await desk.person("announce")
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page, address = await begun(lan, number=evil, title=evil)
    await with_item(lan, address, "new", new="9.100006")
    await lan.send(await lan.open(f"{address}/muc/0/noi-dung/0"), "/noi-dung/0", name=evil)
    for path in (
        address,
        f"{address}/hieu-luc",
        f"{address}/muc/0",
        f"{address}/muc/0/noi-dung/0",
        "/bien-tap/du-thao",
    ):
        page = await lan.open(path)
        assert "alert(1)" in page.text
        assert not page.all("script")
        assert not page.all("img")


async def test_a_correction_begins_with_all_that_was_published(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/du-thao/moi", **{"dinh-chinh": "30/QĐ-BTP|G04|2025-03-14"})
    page = await lan.send(page, "/du-thao")
    assert len(page.main.one("ol", "rows").all("li")) == 2
    assert "30/QĐ-BTP|G04|2025-03-14" in page.main.text
    page = await lan.open(f"{lan.path}/muc/0/noi-dung/0")
    assert page.one("textarea", id="name").text == "Đăng ký khai sinh"


async def test_files_of_a_draft_are_files(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number='58/QĐ-"BTP"\r\nx: y')
    await with_item(lan, address, "amended", new="9.000001")
    for name, head in (("phu-luc.docx", b"PK"), ("phu-luc.xlsx", b"PK"), ("du-thao.json", b"{")):
        answer = await lan.client.get(f"{address}/{name}")
        assert (answer.status_code, answer.content[: len(head)]) == (200, head)
        assert "\n" not in answer.headers["content-disposition"]
    answer = await lan.client.get("/bien-tap/mau/9.000001")
    assert msgspec.json.decode(answer.content, type=Procedure).code == "9.000001"


async def test_another_agencys_draft_is_shown_to_nobody_who_does_not_act_for_it(desk: Any) -> None:
    lan, bound = await desk.person("announce"), await desk.person("announce", agency="H55")
    _, address = await begun(lan, number="59/QĐ-BTP")
    await bound.open(address, 403)
    assert "59/QĐ-BTP" not in (await bound.open("/bien-tap/du-thao")).main.text


async def test_what_is_not_there_is_told_as_a_page(desk: Any) -> None:
    lan = await desk.person("announce")
    _, address = await begun(lan, number="60/QĐ-BTP")
    for path in (
        "/bien-tap/du-thao/nothing",
        f"{address}/muc/7",
        f"{address}/muc/0/noi-dung/0",
        "/bien-tap/mau/0.0",
    ):
        page = await lan.open(path, 404)
        assert page.main.one("h1")


async def test_drafts_with_a_deadline_that_is_past_are_told_on_the_first_page(desk: Any) -> None:
    lan = await desk.person("announce")
    await begun(lan, number="61/QĐ-BTP")
    page = await lan.open("/bien-tap")
    (card,) = [one for one in page.main.all("li", "card") if one.one("a")["href"] == "/bien-tap/du-thao"]
    assert "quá hạn" in card.text
    rows = await desk.database.rows(QueryString("SELECT COUNT(*) AS n FROM draft WHERE state = 'open'"))
    assert card.one("p", "figure").text == str(rows[0]["n"])


def test_amounts_and_days_are_read_as_people_write_them() -> None:
    def told(text: str) -> tuple[Any, dict[str, str]]:
        faults: dict[str, str] = {}
        form = FormMultiDict(
            [("ways[0].channel", "direct"), ("ways[0].fees[0].kind", "fee"), ("ways[0].fees[0].amount", text)]
        )
        return shape.read(form, {}, faults)["ways"][0]["fees"][0].get("amount"), faults

    assert told("50.000") == (50_000, {})
    assert told("1 250 000") == (1_250_000, {})
    for wrong in ("50.00", "-5", "1e9", "năm", "5,5"):
        assert told(wrong)[1] == {"ways[0].fees[0].amount": "number"}


async def test_a_whole_draft_is_taken_from_json_or_told_why_not(desk: Any) -> None:
    lan = await desk.person("announce")
    page, address = await begun(lan, number="62/QĐ-BTP")
    for wrong in (
        '{"number": 1}',
        '{"nothing": ""}',
        "{",
        '{"items":[{"action":"new","new":[{"changes":{"no":1}}]}]}',
    ):
        page = await lan.send(page, "/json", 422, json=wrong)
        assert wrong in page.one("textarea", id="json").text
    whole = '{"number":"63/QĐ-BTP","issuer":"G04","items":[{"action":"abolished","old":["9.000001"]}]}'
    page = await lan.send(page, "/json", json=whole)
    assert page.main.one("h1").text == "63/QĐ-BTP"
    assert "9.000001" in page.main.one("ol", "rows").text
    assert lan.path == address
