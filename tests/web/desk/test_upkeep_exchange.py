"""Syncs and targets at the desk: lag, faults in words, and what can be done about them."""

from typing import Any

import pytest

from registry.access import people
from registry.catalogue import versions
from registry.exchange import webhooks
from registry.exchange.followed import adopt, note
from registry.exchange.portal import runs
from registry.web.desk import faults
from registry.web.desk.syncs import Progress, progress

pytestmark = pytest.mark.anyio


async def test_a_run_that_goes_on_says_how_far_it_is_and_one_that_failed_why(desk: Any) -> None:
    database = desk.database
    failed = await runs.begin(database, "portal", "https://portal.example", "H55")
    reason = "https://portal.example fails at everything, 8 requests in a row: answered 502; run it again later"
    await runs.finish(database, failed, "failed", reason=reason)
    refused = await runs.begin(database, "portal", "https://portal.example", "")
    await runs.finish(database, refused, "refused", ends=["9.000001"], counts={"listed": 3})
    going = await runs.begin(database, "portal", "https://portal.example", "")
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/dong-bo")
    assert f"Lần {going} đang chạy" in page.main.text
    assert "Nguồn hỏng liên tiếp 8 lần" in page.main.text
    assert "answered" not in page.main.text
    page = await lan.open(f"/bien-tap/dong-bo/{refused}")
    assert "9.000001" in page.links
    assert "sẽ bị kết thúc nếu không từ chối" in page.main.text
    await runs.finish(database, going, "done")
    await lan.open("/bien-tap/dong-bo/999999", 404)


async def test_why_following_another_registry_failed_is_told_in_words_until_it_goes_well(desk: Any) -> None:
    database, url = desk.database, "https://national.example"
    follower = await desk.person("follow")
    await adopt(database, "0f8fad5b", url, 7)
    page = await follower.open("/bien-tap/noi-nhan")
    assert "không theo được" not in page.main.text
    await note(database, url, f"{url} has gone back in time: its last change is 3, and 7 is taken in here.")
    page = await follower.open("/bien-tap/noi-nhan")
    assert "đã lùi về trước" in page.main.text
    page = await follower.open("/bien-tap/noi-nhan?lang=en")
    assert "has gone back in time" in page.main.text
    await note(database, "https://another.example", "")
    page = await follower.open("/bien-tap/noi-nhan")
    assert "đã lùi về trước" in page.main.text
    await note(database, url, "")
    page = await follower.open("/bien-tap/noi-nhan")
    assert "không theo được" not in page.main.text


def test_progress_is_read_from_the_numbers_of_a_run() -> None:
    import msgspec

    run = msgspec.convert(
        {"id": 1, "source": "portal", "url": "", "province": "", "startedAt": "2026-01-01T00:00:00Z",
         "finishedAt": None, "outcome": None, "counts": {"fetch": 7, "of": 10}, "ends": [], "reason": "",
         "revision": 0},
        runs.Run,
    )  # fmt: skip
    assert progress(run) == Progress("fetch", 7, 10)
    assert progress(msgspec.structs.replace(run, counts={"list": 5})) == Progress("list", 5, None)
    assert progress(msgspec.structs.replace(run, counts={})) is None


@pytest.mark.parametrize(
    "fault",
    [
        "https://x: it hangs, and was left after 15 s",
        "https://x answers 503",
        "https://x: All connection attempts failed",
        "https://x: its certificate is not trusted: self-signed",
        "https://x does not let us in: it answered 403",
        "https://x there is no such interface at this address; give its base with --url",
        "https://x no longer has 40 procedures that were taken from it, without having told that they ended",
        "https://x has a gap: change 12 comes where 11 should",
        "https://x is another registry than it was",
    ],
)
def test_faults_are_told_in_vietnamese_and_left_as_they_were_in_english(fault: str) -> None:
    assert faults.told(fault, "vi") != fault
    assert faults.told(fault, "en") == fault
    assert faults.told("something new", "vi") == "something new"


async def hooked(desk: Any, browser: Any) -> str:
    """A target of somebody's own; nothing listens there."""
    found = await people.find(desk.database, browser.login)
    assert found is not None
    made = await webhooks.create(
        desk.database, found[0].actor(""), "http://127.0.0.1:9/hook", allow_private=True, since=0
    )
    return made.webhook.id


async def test_a_target_is_added_with_a_secret_that_is_shown_once(desk: Any) -> None:
    lan = await desk.person("follow")
    page = await lan.open("/bien-tap/noi-nhan")
    wrong = await lan.send(page, "/noi-nhan", 422, url="http://127.0.0.1/x", parts=["sectors"])
    assert "mạng nội bộ" in wrong.main.one("div", "errors").text
    assert next(one for one in wrong.all("input", name="url"))["value"] == "http://127.0.0.1/x"
    assert next(one for one in wrong.all("input", value="sectors")).get("checked") is not None
    fields = lan.filled(page, "/noi-nhan", {"url": "http://192.0.2.1/x"})
    desk.app.state.settings, kept = _allowing(desk.app.state.settings), desk.app.state.settings
    try:
        shown = await lan.post("/bien-tap/noi-nhan", fields)
        secret = shown.main.one("code", "secret").text
        again = await lan.post("/bien-tap/noi-nhan", fields)
    finally:
        desk.app.state.settings = kept
    assert secret not in again.text
    assert "http://192.0.2.1/x" in again.main.text
    assert await desk.count("webhook", "url = 'http://192.0.2.1/x'") == 1


def _allowing(settings: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(settings, allow_private=True)


async def test_a_target_is_paused_tried_rotated_and_removed(desk: Any) -> None:
    lan = await desk.person("follow")
    key = await hooked(desk, lan)
    page = await lan.open(f"/bien-tap/noi-nhan/{key}")
    page = await lan.send(page, "/tam-dung")
    assert "Tạm dừng" in page.main.one("span", "tag").text
    found = await webhooks.find(desk.database, key)
    lag = (await versions.revision(desk.database)) - found.reached
    assert f"{lag:,}".replace(",", ".") in page.main.text
    page = await lan.send(page, "/thu")
    assert "Không kết nối được" in page.main.text
    page = await lan.send(await lan.open(f"/bien-tap/noi-nhan/{key}"), "/gui-tiep")
    assert (await webhooks.find(desk.database, key)).paused_at is None
    page = await lan.open(f"/bien-tap/noi-nhan/{key}/doi-khoa")
    assert "Khoá cũ hết dùng ngay" in page.main.text
    shown = await lan.send(page, "/doi-khoa")
    assert len(shown.main.one("code", "secret").text) > 30
    page = await lan.open(f"/bien-tap/noi-nhan/{key}/xoa")
    assert await desk.count("webhook", f"id = '{key}'") == 1
    await lan.send(page, "/xoa")
    await lan.send(page, "/xoa")
    assert await desk.count("webhook", f"id = '{key}'") == 0


async def test_a_target_is_its_owners_and_the_administrators_alone(desk: Any) -> None:
    lan, minh, admin = await desk.person("follow"), await desk.person("follow"), await desk.person("admin")
    key = await hooked(desk, lan)
    await minh.open(f"/bien-tap/noi-nhan/{key}", 404)
    await minh.open(f"/bien-tap/noi-nhan/{key}/xoa", 404)
    await admin.open(f"/bien-tap/noi-nhan/{key}")
    assert key not in (await minh.open("/bien-tap/noi-nhan")).main.text
    stranger = await desk.person("announce")
    await stranger.open("/bien-tap/noi-nhan", 403)
