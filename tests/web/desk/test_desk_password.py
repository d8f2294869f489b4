"""One's own password at the desk: changed by whoever knows the old one, once, and nobody else stays signed in."""

from typing import Any

import pytest

from registry.access import audit, limits, passwords, people

pytestmark = pytest.mark.anyio

OLD, NEW = "bốn từ dễ nhớ", "năm từ còn dễ nhớ hơn"
TYPED = {"password": OLD, "chosen": NEW, "repeated": NEW}
PATH = "/bien-tap/mat-khau"


async def entries(desk: Any, browser: Any, action: str) -> list[audit.Entry]:
    """What the log holds of somebody."""
    found = await people.find(desk.database, browser.login)
    assert found is not None
    return await audit.latest(desk.database, 100, subject=found[0].id, action=action)


async def second(desk: Any, browser: Any) -> Any:
    """Another browser in which the same person is signed in."""
    other = await desk.stranger(browser.login)
    await other.sign_in(await other.open("/bien-tap/dang-nhap"))
    return other


async def test_whoever_knows_the_old_password_changes_it_and_stays_signed_in_only_here(desk: Any) -> None:
    lan, minh = await desk.person("follow"), await desk.person("follow", name="Minh")
    other = await second(desk, lan)
    page = await lan.open(PATH)
    assert page.links["Đổi mật khẩu"] == PATH
    assert "Từ 12 đến 200 ký tự" in page.one(id="chosen-hint").text
    page = await lan.send(page, "/mat-khau", **TYPED)
    assert "Đã đổi mật khẩu" in page.main.one("div", "notice").text
    assert "1 phiên khác" in page.main.one("div", "notice").text
    await lan.open("/bien-tap")
    assert lan.path == "/bien-tap"
    await minh.open("/bien-tap")
    assert minh.path == "/bien-tap"
    page = await other.open("/bien-tap")
    assert other.path == "/bien-tap/dang-nhap"
    await other.sign_in(page, 401)
    await other.sign_in(page, password=NEW)
    (entry,) = await entries(desk, lan, "person.renew")
    assert (entry.kind, entry.actor) == ("person", entry.subject)
    assert not any(text in bytes(entry.detail).decode() for text in (OLD, NEW))


async def test_a_form_sent_twice_changes_the_password_once(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open(PATH)
    fields = lan.filled(page, "/mat-khau", TYPED)
    for _ in range(2):
        shown = await lan.post(PATH, fields)
        assert "Đã đổi mật khẩu" in shown.main.one("div", "notice").text
    assert len(await entries(desk, lan, "person.renew")) == 1
    assert await entries(desk, lan, "person.refused") == []


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"password": "không phải đâu"}, "password", "không đúng"),
    ({"password": ""}, "password", "không đúng"),
    ({"chosen": "ngắn", "repeated": "ngắn"}, "chosen", "từ 12 đến 200"),
    ({"chosen": "ă" * 201, "repeated": "ă" * 201}, "chosen", "từ 12 đến 200"),
    ({"chosen": "abab" * 4, "repeated": "abab" * 4}, "chosen", "lặp lại"),
    ({"chosen": OLD, "repeated": OLD}, "chosen", "phải khác"),
    ({"repeated": "năm từ khác hẳn"}, "repeated", "không giống nhau"),
)


async def test_what_is_wrong_stands_beside_its_field_and_no_password_is_shown_again(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open(PATH)
    for typed, field, told in WRONG:
        shown = await lan.send(page, "/mat-khau", 422, **(TYPED | typed))
        assert [one["href"] for one in shown.main.one("div", "errors").all("a")] == [f"#{field}"]
        assert told in shown.one(id=f"{field}-error").text
        given = {one for one in (TYPED | typed).values() if one}
        assert not [one for one in given if one in lan.answer.text]
    assert await entries(desk, lan, "person.renew") == []
    other = await desk.stranger(lan.login)
    await other.sign_in(await other.open("/bien-tap/dang-nhap"))


async def test_an_old_password_guessed_a_thousand_times_is_made_to_wait(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = await desk.person("announce")
    fits, looked = passwords.fits, 0

    async def counted(password: str, kept: str | None) -> bool:
        nonlocal looked
        looked += 1
        return await fits(password, kept)

    monkeypatch.setattr(passwords, "fits", counted)
    fields = dict(lan.filled(await lan.open(PATH), "/mat-khau", TYPED))
    answers = [await lan.client.post(PATH, data=fields | {"password": f"guess {number}"}) for number in range(40)]
    assert {answer.status_code for answer in answers} == {422, 429}
    assert looked < 10
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Hãy thử lại sau" in answers[-1].text
    # Nor does the right one help before the time is over; signing in is counted apart.
    assert (await lan.client.post(PATH, data=fields)).status_code == 429
    assert len(await entries(desk, lan, "person.refused")) == looked
    await second(desk, lan)
    # Once it is right, nothing is held against them any more.
    found = await people.find(desk.database, lan.login)
    assert found is not None
    subject = limits.subject_of("password", found[0].id)
    for one in (subject, limits.subject_of("address", "127.0.0.1")):  # everybody's here
        await desk.database.transact(lambda one=one: limits.forget(desk.database, one))
    for number in range(3):
        assert (await lan.client.post(PATH, data=fields | {"password": f"guess {number}"})).status_code == 422
    assert (await lan.client.post(PATH, data=fields)).status_code == 303
    assert await desk.count("attempt", f"subject = '{subject}'") == 0


async def test_no_other_site_and_nobody_without_a_session_changes_it(desk: Any) -> None:
    lan = await desk.person("announce")
    fields = dict(lan.filled(await lan.open(PATH), "/mat-khau", TYPED))
    foreign = await lan.client.post(PATH, data=fields, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    forged = await lan.client.post(PATH, data=fields | {"form_token": "0" * 64})
    assert "phiên trước" in forged.text
    stranger = await desk.stranger()
    asked = await stranger.client.post(PATH, data=fields)
    assert "Đăng nhập" in asked.text
    for answer in (forged, asked):  # what was typed is carried on, but for passwords
        assert not [text for text in (OLD, NEW) if text in answer.text]
    assert await entries(desk, lan, "person.renew") == []
