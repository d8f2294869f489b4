"""GET /: the search page as citizens meet it, read from its HTML."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from registry.api import filters

pytestmark = pytest.mark.anyio

DAY = "2025-05-31"
PAGE = {"content-type": "text/html; charset=utf-8"}


def results(page: Any) -> list[Any]:
    return [one for one in page.main.one("ol", "found").inside if getattr(one, "tag", "") == "li"]


def codes(page: Any) -> list[str]:
    return [one.one("h3").one("a")["href"].split("?")[0].rpartition("/")[2] for one in results(page)]


def facts(result: Any) -> dict[str, str]:
    return {one.one("dt").text: one.one("dd").text for one in result.one("dl").all("div")}


def chips(page: Any) -> dict[str, str]:
    return {one.text.removeprefix("Bỏ lọc ").removesuffix(" ✕"): one["href"] for one in page.all("a", "chip")}


def query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


class TestFront:
    """Where nothing was asked."""

    async def test_it_asks_what_is_to_be_done_and_lets_people_browse(self, open_page: Any) -> None:
        page = await open_page("/")
        assert [text for level, text in page.headings if level == 1] == ["Bạn cần làm thủ tục gì?"]
        assert page.one("label", for_="q").within("h1") is not None
        assert page.links["Có con nhỏ"] == "/?lifeEvent=co-con-nho"
        assert page.links["Hộ tịch"] == "/?sector=G04-HT"
        assert page.links["Tất cả thủ tục"] == "/?sort=name"

    async def test_the_form_works_without_a_script(self, open_page: Any) -> None:
        form = (await open_page("/")).one("form", id="tim")
        assert (form["action"], form["method"], form["role"]) == ("/", "get", "search")
        assert form.one("input", name="q").get("role") is None, "a combobox is one only with its script"

    async def test_a_province_can_be_chosen(self, open_page: Any) -> None:
        options = (await open_page("/")).one("select", id="tinh").all("option")
        # Bắc Kạn joined Thái Nguyên: it is offered no more.
        assert [(one["value"], one.text) for one in options[1:]] == [("H55", "Thái Nguyên")]

    async def test_sectors_and_life_events_have_pages_with_counts(self, open_page: Any) -> None:
        page = await open_page("/linh-vuc", asOf=DAY)
        assert page.links["Đất đai"] == f"/?sector=%C4%90%E1%BA%A5t+%C4%91ai&asOf={DAY}", "two codes, one name"
        assert {"Đất đai 2", "Hộ tịch 4"} <= {one.text for one in page.main.all("li")}
        assert (2, "Đ") in page.headings
        events = await open_page("/su-kien")
        assert events.links["Có con nhỏ"] == "/?lifeEvent=co-con-nho"

    async def test_english_is_kept_by_every_link_and_form(self, open_page: Any) -> None:
        page = await open_page("/", lang="en")
        assert page.one("html")["lang"] == "en"
        assert page.links["Hộ tịch"] == "/?sector=G04-HT&lang=en"
        assert ("lang", "en") in page.fields(page.one("form", id="tim"))


class TestResults:
    """What is told of each procedure."""

    async def test_each_tells_at_a_glance_what_where_how_long_and_how_much(self, open_page: Any) -> None:
        page = await open_page("/", q="khai sinh", asOf=DAY)
        first = results(page)[0]
        assert codes(page)[0] == "9.000001"
        assert first.one("h3").text == "Đăng ký khai sinh"
        assert "khai sinh" in next(one.text for one in first.all("mark"))
        assert facts(first) == {
            "Làm ở đâu": "Cấp xã Ủy ban nhân dân cấp xã",
            "Thời hạn": "1 ngày làm việc",
            "Phí, lệ phí": "Miễn phí",
            "Cách nộp": "Trực tuyến, Trực tiếp",
        }
        assert first.one("span", "tag").text == "Làm trực tuyến toàn trình"
        assert first.one("p", "source").text == (
            "Mã 9.000001 · Hộ tịch · Bộ Tư pháp công bố, áp dụng từ 01/04/2025"
        )

    async def test_what_is_unknown_is_said_to_be_unknown(self, open_page: Any) -> None:
        page = await open_page("/", q="9.000008", asOf=DAY)
        told = facts(results(page)[0])
        assert (told["Thời hạn"], told["Phí, lệ phí"], told["Cách nộp"]) == ("Chưa rõ", "Chưa rõ", "Chưa rõ")
        assert "Miễn phí" not in results(page)[0].text

    async def test_an_amount_is_in_dong_and_a_provinces_own_is_marked(self, open_page: Any) -> None:
        result = results(await open_page("/", q="cải tạo đất", asOf=DAY))[0]
        assert facts(result)["Phí, lệ phí"] == "50.000 đồng"
        assert "Riêng tỉnh Thái Nguyên" in result.text
        assert "Minh hoạ" in result.text

    async def test_the_address_of_a_procedure_keeps_the_day(self, open_page: Any) -> None:
        page = await open_page("/", q="khai sinh", asOf=DAY)
        assert results(page)[0].one("h3").one("a")["href"] == f"/thu-tuc/9.000001?ngay={DAY}"
        page = await open_page("/", q="khai sinh")
        assert results(page)[0].one("h3").one("a")["href"] == "/thu-tuc/9.000001"

    async def test_everyday_words_are_understood_and_said_so(self, open_page: Any) -> None:
        page = await open_page("/", q="bìa đỏ")
        told = page.one("p", "understood").text
        assert told.startswith("“bìa đỏ” hiểu là giấy chứng nhận quyền sử dụng đất")

    async def test_another_spelling_is_offered_where_it_finds_more(self, own_site: Any, read: Any) -> None:
        _, client, _ = own_site
        page = read((await client.get("/", params={"q": "khia sinh", "level": "commune"})).text)
        assert "khai sinh" in page.text

    async def test_a_code_leads_straight_at_its_procedure(self, open_page: Any) -> None:
        for typed in ("9.000001", "9-000001", "9.000001.000.00.00.H55"):
            page = await open_page("/", q=typed)
            exact = page.one("li", "exact")
            assert exact is results(page)[0]
            assert exact.text.startswith("Đúng mã bạn tìm Đăng ký khai sinh")

    async def test_an_old_code_tells_what_took_its_place(self, open_page: Any) -> None:
        page = await open_page("/", q="9.000002")
        told = page.one("div", "notice").text
        assert "Thủ tục 9.000002 hết hiệu lực từ 01/04/2025" in told
        assert "Nay làm theo:" in told
        assert page.links["Cấp bản sao trích lục hộ tịch"] == "/thu-tuc/9.000003"
        assert page.links["Xem thủ tục cũ"] == "/thu-tuc/9.000002?ngay=2025-03-31"

    async def test_a_code_without_a_successor_says_so(self, open_page: Any) -> None:
        told = (await open_page("/", q="9.000004")).one("div", "notice").text
        assert "9.000004 hết hiệu lực từ 01/07/2025" in told
        assert "Chưa ghi nhận thủ tục thay thế." in told

    async def test_a_code_that_filters_hide_can_be_opened_all_the_same(self, open_page: Any) -> None:
        page = await open_page("/", q="9.000001", level="ministry")
        assert "không nằm trong bộ lọc" in page.one("div", "notice").text
        assert page.links["Mở thủ tục này"] == "/thu-tuc/9.000001"

    async def test_a_code_of_later_and_of_never(self, open_page: Any) -> None:
        page = await open_page("/", q="9.000003", asOf="2025-01-31")
        assert "có hiệu lực từ 01/04/2025" in page.text
        assert page.links["Mở thủ tục này"] == "/thu-tuc/9.000003?ngay=2025-04-01"
        assert "Không có thủ tục mang mã 9.999999" in (await open_page("/", q="9.999999")).text

    async def test_the_past_is_said_to_be_the_past(self, open_page: Any) -> None:
        page = await open_page("/", asOf="2025-01-31", q="huyện")
        assert "Bạn đang xem danh mục ngày 31/01/2025" in page.text
        assert page.links["Xem hôm nay"] == "/?q=huy%E1%BB%87n"
        assert codes(page) == ["9.000004"]
        assert "danh mục sẽ có hiệu lực ngày 01/01/2999" in (await open_page("/", asOf="2999-01-01")).text


class TestNarrowing:
    """Facets, chips, sorting and pages: all state is in the address."""

    async def test_facets_have_counts_and_belong_to_the_form(self, open_page: Any) -> None:
        page = await open_page("/", sort="name", asOf=DAY)
        level = page.one("details", id="loc-level")
        assert {one.text for one in level.all("label")} == {
            "Cấp tỉnh (3)",
            "Cấp xã (2)",
            "Cấp bộ (1)",
            "Cấp huyện (1)",
        }
        assert {one["form"] for one in page.one("div", id="loc").all("input")} == {"tim"}

    async def test_sending_the_form_keeps_words_filters_and_order(self, open_page: Any) -> None:
        given = {
            "q": ["hộ tịch"],
            "level": ["province", "commune"],
            "province": ["H55", "H03"],
            "postal": ["unknown"],
            "eResult": ["false", "unknown"],
            "onlinePayment": ["unknown"],
            "internal": ["include"],
            "sort": ["code"],
            "asOf": [DAY],
            "fold": ["false"],
            "lang": ["en"],
        }
        page = await open_page("/", **given)
        sent: dict[str, list[str]] = {}
        for name, value in page.fields(page.one("form", id="tim")):
            if value:
                sent.setdefault(name, []).append(value)
        assert {name: sorted(values) for name, values in sent.items()} == {
            name: sorted(values) for name, values in given.items()
        }

    async def test_each_choice_is_a_chip_that_undoes_it_alone(self, open_page: Any) -> None:
        page = await open_page("/", level=["province", "commune"], sector="Hộ tịch", asOf=DAY, offset=0)
        found = chips(page)
        assert list(found) == ["Cấp thực hiện: Cấp tỉnh", "Cấp thực hiện: Cấp xã", "Lĩnh vực: Hộ tịch"]
        assert query(found["Cấp thực hiện: Cấp xã"]) == {
            "level": ["province"],
            "sector": ["Hộ tịch"],
            "asOf": [DAY],
        }
        assert query(page.links["Xoá tất cả"]) == {"asOf": [DAY], "sort": ["name"]}
        assert "Lọc kết quả (3)" in page.text

    async def test_sectors_of_one_name_are_chosen_together(self, open_page: Any) -> None:
        page = await open_page("/", sort="name", asOf=DAY)
        box = page.one("input", name="sector", value="Đất đai")
        assert box.parent is not None
        assert box.parent.text == "Đất đai (2)"
        page = await open_page("/", sector="Đất đai", asOf=DAY)
        assert sorted(codes(page)) == ["9.000005", "9.000006"]
        assert page.one("input", name="sector", value="Đất đai").get("checked") is not None

    async def test_two_codes_of_one_name_are_sent_as_the_name(self, open_page: Any) -> None:
        page = await open_page("/", sector=["G05-DD", "H03-DD", "G05-DD"], asOf=DAY)
        assert [one.text for one in page.all("a", "chip")] == ["Bỏ lọc Lĩnh vực: Đất đai ✕"] * 2
        assert page.one("input", name="sector", value="Đất đai").get("checked") is not None

    async def test_what_finds_nothing_more_stays_to_be_undone(self, open_page: Any) -> None:
        page = await open_page("/", q="khai sinh", sector="Không có thật")
        assert "Lĩnh vực: Không có thật" in chips(page)
        box = page.one("input", name="sector", value="Không có thật")
        assert box.get("checked") is not None

    async def test_features_are_offered_only_where_they_are_known(self, open_page: Any) -> None:
        page = await open_page("/", sort="name", asOf="2025-01-31")
        assert [one.text for one in page.one("details", id="loc-traits").all("label")] == [
            "Thanh toán trực tuyến (1)",
            "Dịch vụ công thiết yếu (1)",
        ]

    async def test_a_province_shows_its_catalogue(self, open_page: Any) -> None:
        page = await open_page("/", province="H55", asOf=DAY)
        assert "thủ tục riêng của Thái Nguyên" in page.text
        assert sorted(codes(page)) == ["9.000001", "9.000003", "9.000005"]
        assert page.one("option", value="H55").get("selected") is not None

    async def test_a_province_that_is_no_more_leads_to_the_one_it_joined(self, open_page: Any) -> None:
        page = await open_page("/", province="H03")
        told = page.one("div", "notice")
        assert told.text == "UBND tỉnh Bắc Kạn không còn từ 01/07/2025, nay thuộc UBND tỉnh Thái Nguyên."
        assert query(told.one("a")["href"]) == {"province": ["H55"]}
        assert page.one("option", value="H03").get("selected") is not None

    async def test_an_agency_that_is_no_more_leads_to_the_one_that_it_joined(self, open_page: Any) -> None:
        page = await open_page("/", agency="UBND tỉnh Bắc Kạn", q="đất")
        told = page.one("div", "notice")
        assert "nay thuộc UBND tỉnh Thái Nguyên" in told.text
        assert query(told.one("a")["href"]) == {"agency": ["H55"], "q": ["đất"]}
        assert (await open_page("/", agency="H03", asOf=DAY)).all("div", "notice")[1:] == [], "it was there then"

    async def test_orders_are_links_and_the_chosen_one_is_marked(self, open_page: Any) -> None:
        page = await open_page("/", sort="-updated", asOf=DAY)
        current = [one.text for one in page.one("div", "sorts").all("a") if one.get("aria-current")]
        assert current == ["Mới áp dụng"]
        assert codes(page)[0] in ("9.000001", "9.000003")

    async def test_pages_follow_each_other_and_end_plainly(self, open_page: Any) -> None:
        page = await open_page("/", sort="code", asOf=DAY, limit=4)
        assert len(codes(page)) == 4
        more = query(page.links["Trang sau"])
        assert more == {"sort": ["code"], "asOf": [DAY], "limit": ["4"], "offset": ["4"]}
        second = await open_page("/", **{name: values[0] for name, values in more.items()})
        assert second.one("ol", "found")["start"] == "5"
        assert not set(codes(page)) & set(codes(second))
        beyond = await open_page("/", sort="code", asOf=DAY, limit=4, offset=400)
        assert query(beyond.links["Về trang cuối"])["offset"] == ["4"]

    async def test_few_values_are_shown_and_all_on_demand(
        self, open_page: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("registry.web.search.narrowing.FEW", 2)
        page = await open_page("/", sort="name", asOf=DAY, limit=50)
        level = page.one("details", id="loc-level")
        assert len(level.all("label")) == 2
        more = level.one("a")
        assert more.text.startswith("Xem thêm 2")
        whole = await open_page("/", **{name: one[0] for name, one in query(more["href"]).items()})
        assert len(whole.one("details", id="loc-level").all("label")) == 4

    async def test_what_is_chosen_is_shown_however_rare(
        self, open_page: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("registry.web.search.narrowing.FEW", 1)
        page = await open_page("/", level="ministry", asOf=DAY, limit=49)
        shown = {one["value"] for one in page.one("details", id="loc-level").all("input")}
        assert shown == {"province", "ministry"}

    async def test_the_list_is_what_the_interface_gives(self, open_page: Any, site: httpx.AsyncClient) -> None:
        for given in ({"q": "hộ tịch"}, {"level": "commune"}, {"q": "đất", "fold": "false"}, {"sort": "-updated"}):
            answer = (await site.get("/api/procedures", params={**given, "asOf": DAY})).json()
            page = await open_page("/", **given, asOf=DAY)
            assert codes(page) == [one["code"] for one in answer["items"]]
            assert f"{answer['total']} thủ tục" in page.one("h2", id="so-ket-qua").text

    async def test_every_filter_of_the_interface_is_one_of_the_page(self, open_page: Any) -> None:
        for name in filters.FLAGS:
            page = await open_page("/", **{name: "unknown"})
            assert len(chips(page)) == 1, name


class TestPart:
    """What a script asks for while somebody types."""

    async def test_the_part_is_what_the_whole_page_holds(self, site: httpx.AsyncClient) -> None:
        for given in ({"q": "khai sinh"}, {}, {"q": "zzzz", "level": "commune"}):
            whole = (await site.get("/", params=given)).text
            part = (await site.get("/", params={**given, "phan": "ket-qua"})).text
            assert part.strip() in whole
            assert "<html" not in part
            assert "phan=" not in part, "no link asks for a part"

    async def test_it_says_how_many_for_those_who_listen(self, site: httpx.AsyncClient, read: Any) -> None:
        answer = await site.get("/", params={"q": "khai sinh", "phan": "ket-qua", "asOf": DAY})
        part = read(answer.text).one("div", "part")
        assert part["data-said"].endswith(" thủ tục")
        assert part["data-title"].startswith("khai sinh: ")

    async def test_what_has_not_changed_is_not_sent_again(self, site: httpx.AsyncClient) -> None:
        first = await site.get("/", params={"q": "khai sinh"})
        again = await site.get("/", params={"q": "khai sinh"}, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


class TestEmpty:
    """Where nothing was found."""

    async def test_it_says_what_may_help(self, open_page: Any) -> None:
        page = await open_page("/", q="khai sinh ngoài hành tinh xanh thẳm", level="ministry", asOf=DAY)
        assert page.one("h2", id="so-ket-qua").text.startswith("Không tìm thấy thủ tục nào")
        assert page.links["Tìm trên Cổng Dịch vụ công quốc gia"] == "https://dichvucong.gov.vn/"
        assert page.links["Xem thủ tục theo lĩnh vực"] == f"/linh-vuc?asOf={DAY}"
        assert "Cách gõ dễ tìm thấy" in page.text

    async def test_filters_that_hide_everything_can_be_left_out(self, open_page: Any) -> None:
        page = await open_page("/", q="khai sinh", level="ministry", asOf=DAY)
        assert query(page.links["Bỏ bộ lọc"]) == {"q": ["khai sinh"], "asOf": [DAY]}
        assert "Hộ tịch" in page.links, "a sector where it may be"

    async def test_fewer_words_are_offered_with_what_they_find(self, open_page: Any) -> None:
        page = await open_page("/", q="quốc tịch xxyyzz", asOf=DAY)
        if "Không tìm thấy" in page.text:
            assert any(text.startswith("Tìm “") for text in page.links)
        else:
            assert codes(page)
