"""Quality of pages, reports of citizens and reviews at the desk."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from registry import clock
from registry.calendar import add_working
from registry.catalogue import ledger, versions
from registry.catalogue.ledger import Ledger, Origin
from registry.exchange import layers
from registry.exchange.layers import Addition
from registry.feedback import Handed, Kind, State, hand_in, report
from registry.web.desk.lint import Noted, pieces
from registry.web.desk.reports import left

pytestmark = pytest.mark.anyio


async def test_the_work_list_names_pages_with_their_scores_and_leads_to_findings(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/chat-luong", **{"quy-tac": "parts"})
    codes = [one["href"] for one in page.main.all("a") if one["href"].startswith("/bien-tap/chat-luong/")]
    assert "/bien-tap/chat-luong/9.000008" in codes
    page = await lan.open("/bien-tap/chat-luong/9.000008")
    assert "Thiếu «Trình tự thực hiện»" in page.main.text
    assert "trên 100 điểm" in page.main.text
    await lan.open("/bien-tap/chat-luong/9.999999", 404)
    await lan.open("/bien-tap/chat-luong", 400, **{"quy-tac": "none"})
    await lan.open("/bien-tap/chat-luong", 400, **{"co-quan": "H99"})


async def test_whoever_acts_for_an_agency_sees_its_pages_first(desk: Any) -> None:
    lan = await desk.person("announce", agency="H55")
    page = await lan.open("/bien-tap/chat-luong")
    assert "9.000005" in page.main.text
    assert "9.000008" not in page.main.text
    page = await lan.open("/bien-tap/chat-luong", **{"co-quan": "tat-ca"})
    assert "9.000008" in page.main.text


def test_a_text_is_cut_where_findings_begin_and_end_and_nothing_of_it_is_lost() -> None:
    from registry.lint import Finding

    def noted(number: int, start: int, end: int, rule: str) -> Noted:
        return Noted(number, Finding(rule, "steps", "steps[0].text", start, end, "", "", ""))

    found = pieces("abcdefgh", [noted(1, 0, 8, "sentence"), noted(2, 2, 4, "district")])
    assert [one.text for one in found] == ["ab", "cd", "efgh"]
    assert [one.long for one in found] == [True, False, True]
    assert [one.ends for one in found] == [(), (2,), (1,)]


async def test_findings_stand_beside_the_text_they_concern(desk: Any) -> None:
    name = "9.000001"

    async def amend(book: Ledger) -> None:
        await book.load([name], [])
        held = book.versions.at(name, clock.today())
        assert held is not None
        old = (await versions.find(desk.database, name, clock.today())).procedure
        step = msgspec.structs.replace(old.steps[0], text="Nộp <i>tại</i> UBND huyện hoặc xã.")
        book.put(
            msgspec.structs.replace(old, steps=(step,)), clock.today() - timedelta(days=1), None, Origin("test")
        )

    await ledger.record(desk.database, amend)
    lan = await desk.person("announce")
    page = await lan.open(f"/bien-tap/chat-luong/{name}")
    part = page.main.all("div", "lint-part")[0]
    assert part.one("mark").text == "UBND huyện"
    assert "Nộp <i>tại</i> UBND huyện" in part.one("p").text
    note = part.one("li")
    assert "203/2025/QH15" in note.text
    assert part.one("sup").one("a")["href"] == f"#{note['id']}"


async def reported(desk: Any, once: str, agency: str = "G04", text: str = "Sai <script>x</script> mất rồi") -> int:
    taken = await hand_in(desk.database, Handed(Kind.WRONG, "9.000001", once, text, ("fees",), agency))
    return taken.number


async def test_a_report_is_answered_once_the_answer_says_why(desk: Any) -> None:
    number = await reported(desk, "answered")
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/phan-anh")
    assert f"Phản ánh {number}" in page.links
    page = await lan.open(f"/bien-tap/phan-anh/{number}")
    assert "Sai <script>x</script> mất rồi" in page.main.text
    assert "còn 5 ngày làm việc" in page.main.text
    wrong = await lan.send(page, f"/{number}", 422, state="corrected", text="")
    assert wrong.main.one("div", "errors").one("a")["href"] == "#text"
    wrong = await lan.send(page, f"/{number}", 422, text="Đã xem")
    assert "Đã xem" in wrong.main.one("textarea").text
    wrong = await lan.send(page, f"/{number}", 422, state="open", text="x")
    assert (await report(desk.database, number)).state is State.OPEN
    await lan.send(page, f"/{number}", state="corrected", text="Đã sửa mức phí.")
    found = await report(desk.database, number)
    assert (found.state, found.answer) == (State.CORRECTED, "Đã sửa mức phí.")
    page = await lan.open("/bien-tap/phan-anh", **{"trang-thai": "corrected"})
    assert f"Phản ánh {number}" in page.links


async def test_reports_on_what_another_agency_issues_are_not_shown(desk: Any) -> None:
    number = await reported(desk, "others")
    lan = await desk.person("announce", agency="H55")
    page = await lan.open("/bien-tap/phan-anh")
    assert f"Phản ánh {number}" not in page.links
    await lan.open(f"/bien-tap/phan-anh/{number}", 403)
    await lan.open("/bien-tap/phan-anh/999999", 404)
    await lan.open("/bien-tap/phan-anh", 400, **{"trang-thai": "none"})
    await lan.open("/bien-tap/phan-anh", 400, sau="x")


async def test_the_clock_counts_working_days_and_stops_with_the_answer(desk: Any) -> None:
    found = await report(desk.database, await reported(desk, "clock"))
    today = clock.today()
    for due, days in ((add_working(today, 3), 3), (today, 0), (add_working(today, -2), -2)):
        told = left(msgspec.structs.replace(found, due=due))
        assert told is not None
        assert abs(told - days) <= 1  # where today is a day off
        assert (told < 0) == (days < 0)
    assert left(msgspec.structs.replace(found, state=State.CORRECTED)) is None


async def changed(desk: Any, agency: str = "") -> int:
    """Something is added to a procedure that changes afterwards. Returns the change that did."""
    from registry.access.actors import command

    code = "9.000003"
    await layers.put(desk.database, command(), code, Addition(hours="7h30"), agency)

    async def amend(book: Ledger) -> None:
        await book.load([code], [])
        old = (await versions.find(desk.database, code, clock.today())).procedure
        book.put(
            msgspec.structs.replace(old, requirements=f"Điều kiện mới {clock.today()} {book.seq}"),
            clock.today(),
            None,
            Origin("test"),
        )

    await ledger.record(desk.database, amend)
    return (await versions.versions_of(desk.database, [code]))[-1].seq


async def test_a_review_shows_old_beside_new_and_is_marked_against_what_was_shown(desk: Any) -> None:
    await changed(desk)
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/ra-soat")
    assert "Yêu cầu, điều kiện" in page.main.text
    page = await lan.open("/bien-tap/ra-soat/9.000003")
    assert "Điều kiện mới" in page.main.all("ins")[0].text
    assert "7h30" in page.main.text
    await changed_again(desk)
    again = await lan.send(page, "/9.000003")
    assert "vừa đổi thêm" in again.main.text
    done = await lan.send(again, "/9.000003")
    assert "Đã rà soát xong 9.000003" in done.main.text
    assert not [one for one in await layers.reviews(desk.database) if one.code == "9.000003"]


async def changed_again(desk: Any) -> None:
    async def amend(book: Ledger) -> None:
        await book.load(["9.000003"], [])
        old = (await versions.find(desk.database, "9.000003", clock.today())).procedure
        book.put(
            msgspec.structs.replace(old, requirements=f"{old.requirements} lần nữa"),
            clock.today(),
            None,
            Origin("test"),
        )

    await ledger.record(desk.database, amend)


async def test_what_was_added_for_another_agency_can_be_read_but_not_marked(desk: Any) -> None:
    seen = await changed(desk, "H55")
    lan = await desk.person("announce", agency="H55.17")
    page = await lan.open("/bien-tap/ra-soat/9.000003")
    assert "của cơ quan khác" in page.main.text
    token = next(value for name, value in page.fields(page.forms[0]) if name == "form_token")
    fields = [("form_token", token), ("agency", "H55"), ("seen", str(seen))]
    await lan.post("/bien-tap/ra-soat/9.000003", fields, 403)
    thai_nguyen = await desk.person("announce", agency="H55")
    page = await thai_nguyen.open("/bien-tap/ra-soat/9.000003")
    await thai_nguyen.send(page, "/9.000003")
    assert not [one for one in await layers.reviews(desk.database) if one.agency == "H55"]
