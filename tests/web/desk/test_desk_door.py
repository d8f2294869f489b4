"""The door of the desk: who is let in, what is said to who is not, and that nothing typed is lost at it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from registry.access import audit, keys, passwords
from registry.access.actors import Actor, KeyScope

pytestmark = pytest.mark.anyio

SOMEBODY = Actor("command", "tester", "Tester", frozenset(KeyScope), None, "here")


async def test_whoever_is_not_signed_in_is_asked_to_and_goes_on_to_where_they_wanted(desk: Any) -> None:
    lan = await desk.person("announce")
    browser = await desk.stranger(lan.login)
    page = await browser.open("/bien-tap/du-thao?trang-thai=published")
    assert browser.path == "/bien-tap/dang-nhap"
    await browser.sign_in(page)
    assert browser.path == "/bien-tap/du-thao"
    assert browser.answer.request.url.params["trang-thai"] == "published"


@pytest.mark.parametrize(
    "address",
    ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/a\r\nb: c", ""],
)
async def test_nobody_is_sent_to_another_site_after_signing_in(desk: Any, address: str) -> None:
    lan = await desk.person("announce")
    browser = await desk.stranger(lan.login)
    page = await browser.open("/bien-tap/dang-nhap")
    answer = await browser.client.post(
        "/bien-tap/dang-nhap",
        data=dict(
            browser.filled(page, "/dang-nhap", {"login": lan.login, "password": "bốn từ dễ nhớ", "ve": address})
        ),
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/bien-tap")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]


async def test_a_sign_in_guessed_a_thousand_times_is_made_to_wait(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = await desk.person("announce")
    looked = 0
    fits = passwords.fits

    async def counted(password: str, kept: str | None) -> bool:
        nonlocal looked
        looked += 1
        return await fits(password, kept)

    monkeypatch.setattr(passwords, "fits", counted)
    guesser = await desk.stranger(lan.login)
    fields = {"login": lan.login, "ve": "/bien-tap"}
    answers = [
        await guesser.client.post("/bien-tap/dang-nhap", data=fields | {"password": f"guess {number}"})
        for number in range(50)
    ]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert looked < 10
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Hãy thử lại sau" in answers[-1].text
    # Nor does the right password help before the time is over.
    right = await guesser.client.post("/bien-tap/dang-nhap", data=fields | {"password": "bốn từ dễ nhớ"})
    assert right.status_code == 429


async def test_a_wrong_password_says_not_which_of_the_two_is_wrong_and_repeats_no_password(desk: Any) -> None:
    lan = await desk.person("announce")
    texts = []
    for login in (lan.login, "nobody-at-all"):
        browser = await desk.stranger(login)
        page = await browser.sign_in(await browser.open("/bien-tap/dang-nhap"), 401, password="sai mật khẩu rồi")
        assert "sai mật khẩu rồi" not in browser.answer.text
        texts.append(page.main.text.replace(login, ""))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
async def test_a_form_that_another_site_sends_does_nothing_even_with_its_token(
    desk: Any, headers: dict[str, str]
) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/du-thao/moi")
    fields = dict(lan.filled(page, "/du-thao", {"number": "1/QĐ-XX"}))
    before = await desk.count("draft")
    if "origin" in headers:
        del lan.client.headers["sec-fetch-site"]
    answer = await lan.client.post("/bien-tap/du-thao", data=fields, headers=headers)
    assert answer.status_code == 403
    assert await desk.count("draft") == before
    # Nor can it sign somebody in, or make a form wait for somebody to sign in.
    stranger = await desk.stranger()
    for path in ("/bien-tap/dang-nhap", "/bien-tap/du-thao"):
        sent = await stranger.client.post(path, data=fields, headers={"sec-fetch-site": "cross-site"})
        assert (sent.status_code, "1/QĐ-XX" in sent.text) == (403, False)


async def test_a_form_without_its_token_does_nothing(desk: Any) -> None:
    lan = await desk.person("announce")
    del lan.client.headers["sec-fetch-site"]
    before = await desk.count("draft")
    for fields in ({"number": "1/QĐ-XX", "once": "a"}, {"number": "1/QĐ-XX", "once": "a", "form_token": "0" * 64}):
        answer = await lan.client.post("/bien-tap/du-thao", data=fields)
        assert answer.status_code == 403
        assert "Không nhận biểu mẫu này" in answer.text
    assert await desk.count("draft") == before


async def test_what_was_typed_is_kept_when_the_session_ends_meanwhile(
    desk: Any, forgotten: Callable[[], Awaitable[None]]
) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/du-thao/moi")
    await forgotten()
    title = "Dòng một\nDòng hai <b>& ba</b>"
    page = await lan.send(page, "/du-thao", number="41/QĐ-BTP", title=title)
    assert "Phiên làm việc đã hết hạn" in page.main.text
    page = await lan.sign_in(page)
    assert "41/QĐ-BTP" in page.main.text
    assert await desk.count("draft", "body LIKE '%41/QĐ-BTP%'") == 0
    page = await lan.send(page, "/du-thao")
    assert page.main.one("h1").text == "41/QĐ-BTP"
    assert "Dòng hai <b>& ba</b>" in page.one("textarea", name="title").text
    assert await desk.count("draft", "body LIKE '%41/QĐ-BTP%'") == 1


async def test_a_form_that_was_opened_in_an_earlier_session_is_shown_again(
    desk: Any, forgotten: Callable[[], Awaitable[None]]
) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/du-thao/moi")
    await forgotten()
    await lan.sign_in(await lan.open("/bien-tap"))
    page = await lan.send(page, "/du-thao", number="42/QĐ-BTP")
    assert "phiên trước" in page.main.text
    page = await lan.send(page, "/du-thao")
    assert page.main.one("h1").text == "42/QĐ-BTP"


async def test_what_one_may_not_do_is_not_offered_and_refused_with_the_right_and_whom_to_ask(desk: Any) -> None:
    await desk.person("admin", name="Phạm Quản Trị")
    follower = await desk.person("follow")
    page = await follower.open("/bien-tap")
    offered = {one.get("href") for one in page.one("nav", "desk-menu").all("a")}
    assert offered == {"/bien-tap", "/bien-tap/noi-nhan"}
    page = await follower.open("/bien-tap/du-thao", 403)
    assert "(announce)" in page.main.text
    assert "Phạm Quản Trị" in page.main.text


async def test_importing_is_for_those_who_act_for_the_whole_registry(desk: Any) -> None:
    bound = await desk.person("announce", agency="H55")
    for path in ("/bien-tap/nhap", "/bien-tap/cach-ly"):
        page = await bound.open(path, 403)
        assert "H55" in page.main.text


async def test_a_key_opens_no_page_of_the_desk(desk: Any) -> None:
    made = await keys.create(desk.database, SOMEBODY, "program", ["announce"])
    stranger = await desk.stranger()
    answer = await stranger.client.get("/bien-tap/du-thao", headers={"authorization": f"Bearer {made.secret}"})
    assert answer.status_code == 303
    lan = await desk.person("announce")
    # Nor does it stand for the token of a form.
    sent = await lan.client.post(
        "/bien-tap/du-thao",
        data={"number": "9/QĐ", "once": "b"},
        headers={"authorization": f"Bearer {made.secret}"},
    )
    assert "Gửi lại" in sent.text


async def test_signing_out_ends_the_session_here_or_everywhere(desk: Any) -> None:
    lan = await desk.person("announce")
    elsewhere = await desk.stranger(lan.login)
    await elsewhere.sign_in(await elsewhere.open("/bien-tap"))
    await lan.send(await lan.open("/bien-tap"), "/dang-xuat")
    assert lan.path == "/bien-tap/dang-nhap"
    await elsewhere.open("/bien-tap")
    assert elsewhere.path == "/bien-tap"
    await lan.sign_in(await lan.open("/bien-tap"))
    page = await lan.open("/bien-tap")
    token = lan.filled(page, "/dang-xuat", {})
    await lan.post("/bien-tap/dang-xuat", [*token, ("everywhere", "1")])
    await elsewhere.open("/bien-tap")
    assert elsewhere.path == "/bien-tap/dang-nhap"
    told = [entry.action async for batch in audit.stream(desk.database) for entry in batch]
    assert told.count("session.end") >= 2


async def test_pages_of_the_desk_are_kept_by_nobody_and_framed_by_nobody(desk: Any) -> None:
    lan = await desk.person("announce")
    for path in ("/bien-tap", "/bien-tap/dang-nhap", "/bien-tap/du-thao"):
        await lan.open(path)
        assert lan.answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in lan.answer.headers["content-security-policy"]


async def test_the_desk_speaks_english_where_it_is_asked_to(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap", lang="en")
    assert page.main.one("h1").text == "What waits"
    assert all("lang=en" in (one.get("href") or "") for one in page.one("nav", "desk-menu").all("a"))
