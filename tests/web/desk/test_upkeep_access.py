"""Keys, people and the log at the desk: secrets are shown once, what cannot be undone is asked for first."""

import csv
import io
from typing import Any

import msgspec
import pytest

from registry.access import audit, keys, people

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_a_form_sent_twice_makes_one(desk: Any) -> None:
    admin = await desk.person("admin")
    page = await admin.open("/bien-tap/khoa")
    fields = admin.filled(
        page, "/khoa", {"name": "Phần mềm <b>một</b> cửa", "scopes": ["announce"], "agency": "H55"}
    )
    before = await desk.count("api_key")
    shown = await admin.post(admin.address(page, "/khoa"), fields)
    secret = shown.main.one("code", "secret").text
    actor = await keys.verify(desk.database, secret)
    assert (actor.name, actor.agency) == ("Phần mềm <b>một</b> cửa", "H55")
    assert admin.answer.headers["cache-control"] == "no-store"
    again = await admin.post(admin.address(page, "/khoa"), fields)
    assert secret not in again.text
    assert await desk.count("api_key") == before + 1
    listed = await admin.open("/bien-tap/khoa")
    assert secret not in listed.text
    assert "Phần mềm <b>một</b> cửa" in listed.main.text


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": ""}, "name"),
    ({"scopes": []}, "scopes-1"),
    ({"agency": "H99"}, "agency"),
    ({"agency": "H55", "scopes": ["admin"]}, "agency"),
    ({"until": "2020-01-01"}, "until"),
    ({"until": "hôm nào"}, "until"),
)


async def test_what_is_wrong_with_a_key_stands_beside_its_field(desk: Any) -> None:
    admin = await desk.person("admin")
    page = await admin.open("/bien-tap/khoa")
    for typed, field in WRONG:
        shown = await admin.send(page, "/khoa", 422, **{"name": "Một cửa", "scopes": ["announce"], **typed})
        summary = shown.main.one("div", "errors")
        assert [one["href"] for one in summary.all("a")] == [f"#{field}"]
        assert any(one.get("id") == field for one in shown.walk())
        kept = next(one for one in shown.all("input", name="name"))["value"]
        assert kept == typed.get("name", "Một cửa")


async def account(desk: Any, login: str) -> people.Person:
    """Somebody's account as it is now."""
    found = await people.find(desk.database, login)
    assert found is not None
    return found[0]


async def test_a_key_is_revoked_only_after_the_page_has_said_what_that_does(desk: Any) -> None:
    admin = await desk.person("admin")
    actor = (await account(desk, admin.login)).actor("")
    made = await keys.create(desk.database, actor, "Cũ", ["follow"])
    page = await admin.open(f"/bien-tap/khoa/{made.key.id}/thu-hoi")
    assert "bị từ chối ngay" in page.main.text
    await keys.verify(desk.database, made.secret)
    await admin.send(page, "/thu-hoi")
    with pytest.raises(keys.KeyRefused):
        await keys.verify(desk.database, made.secret)
    await admin.open("/bien-tap/khoa/none/thu-hoi", 404)


async def test_an_account_is_opened_with_a_password_that_is_shown_once(desk: Any) -> None:
    admin = await desk.person("admin")
    page = await admin.open("/bien-tap/nguoi-dung")
    login = f"minh{admin.login}"
    fields = admin.filled(page, "/nguoi-dung", {"name": "Trần Minh", "login": login, "scopes": ["announce"]})
    shown = await admin.post(admin.address(page, "/nguoi-dung"), fields)
    password = shown.main.one("code", "secret").text
    minh = await desk.stranger(login)
    page = await minh.sign_in(await minh.open("/bien-tap/dang-nhap"), password=password)
    assert "Trần Minh" in page.text
    again = await admin.post(admin.address(await admin.open("/bien-tap/nguoi-dung"), "/nguoi-dung"), fields)
    assert password not in again.text
    assert await desk.count("person", f"login = '{login}'") == 1


async def test_rights_are_changed_and_accounts_closed_but_never_ones_own(desk: Any) -> None:
    admin, minh = await desk.person("admin"), await desk.person("announce", name="Minh")
    found = {one.login: one for one in await people.listed(desk.database)}
    other, own = found[minh.login], found[admin.login]
    page = await admin.open(f"/bien-tap/nguoi-dung/{other.id}/quyen")
    await admin.send(page, "/quyen", scopes=["follow"], agency="H55")
    changed = await account(desk, minh.login)
    assert (changed.scopes, changed.agency) == (("follow",), "H55")
    page = await admin.open(f"/bien-tap/nguoi-dung/{other.id}/dong")
    await admin.send(page, "/dong")
    assert "đăng nhập" in (await minh.open("/bien-tap/noi-nhan")).title.lower()
    page = await admin.open(f"/bien-tap/nguoi-dung/{own.id}/dong")
    await admin.send(page, "/dong", 422)
    page = await admin.open(f"/bien-tap/nguoi-dung/{own.id}/quyen")
    await admin.send(page, "/quyen", 422, scopes=["announce"])
    assert not (await account(desk, admin.login)).closed


async def test_a_new_password_ends_the_old_one_and_every_session(desk: Any) -> None:
    admin, minh = await desk.person("admin"), await desk.person("announce")
    other = await account(desk, minh.login)
    page = await admin.open(f"/bien-tap/nguoi-dung/{other.id}/mat-khau")
    shown = await admin.send(page, "/mat-khau")
    password = shown.main.one("code", "secret").text
    page = await minh.open("/bien-tap/chat-luong")
    assert minh.path == "/bien-tap/dang-nhap"
    await minh.sign_in(page, 401)
    await minh.sign_in(page, password=password)


async def test_whoever_is_no_administrator_is_neither_offered_nor_shown_it(desk: Any) -> None:
    lan = await desk.person("announce")
    for path in ("khoa", "nguoi-dung", "nhat-ky", "nhat-ky/kiem-tra", "nhat-ky/tai-ve"):
        page = await lan.open(f"/bien-tap/{path}", 403)
        assert f"/bien-tap/{path.split('/')[0]}" not in page.links.values()


async def test_the_log_is_filtered_proven_and_taken_away_whole(desk: Any) -> None:
    admin = await desk.person("admin")
    me = await account(desk, admin.login)
    page = await admin.open("/bien-tap/nhat-ky", nguoi=me.id, viec="session")
    rows = page.main.one("tbody").all("tr")
    assert len(rows) == 1
    assert "Đăng nhập" in rows[0].text
    page = await admin.open("/bien-tap/nhat-ky/kiem-tra")
    mark = page.main.one("code", "secret").text
    assert "còn nguyên" in page.main.text
    page = await admin.open("/bien-tap/nhat-ky/kiem-tra", dau=mark)
    assert "vẫn ở đúng chỗ" in page.main.text
    number = mark.partition(":")[0]
    page = await admin.open("/bien-tap/nhat-ky/kiem-tra", dau=f"{number}:{'0' * 64}")
    assert "không còn nguyên" in page.main.text
    await admin.open("/bien-tap/nhat-ky/kiem-tra", 400, dau="x")
    await admin.open("/bien-tap/nhat-ky", 400, viec="none")
    head = await audit.head(desk.database)
    answer = await admin.client.get("/bien-tap/nhat-ky/tai-ve?dang=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (int(rows[-1]["number"]), rows[-1]["digest"]) == (head.number, head.digest)
    answer = await admin.client.get("/bien-tap/nhat-ky/tai-ve?dang=ndjson")
    assert [msgspec.json.decode(line)["number"] for line in answer.content.splitlines()] == [
        int(row["number"]) for row in rows
    ]
    assert "attachment" in answer.headers["content-disposition"]
