"""The board over the small country: each page, each number with what it is made of, what is asked wrongly."""

import csv
import importlib.util
import io
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from registry import clock, metrics
from registry.access.actors import KeyScope
from registry.engine import Database, open_database
from registry.metrics.observations import Observation, Unit, observe
from registry.settings import Settings

pytestmark = pytest.mark.anyio
SEED, DOSSIERS = 7, 160
YEAR = {"co-quan": "H55", "ky": "2025"}
PAGES = (
    "",
    "/do-phu",
    "/su-dung",
    "/xep-hang",
    "/doi-chieu",
    "/viec-can-lam",
    "/thuc-te",
    "/chi-so",
    "/chi-so/ON_TIME",
)
Open = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def country() -> ModuleType:
    """The module that makes the small country of the indicators' tests."""
    place = Path(__file__).parents[1] / "metrics" / "conftest.py"
    spec = importlib.util.spec_from_file_location("small_country", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def day(country: ModuleType) -> Iterator[date]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "today", lambda: country.TODAY)
        yield country.TODAY


@pytest.fixture(scope="module")
async def board(shelf: Settings, small: ModuleType, country: ModuleType, day: date) -> AsyncIterator[Any]:
    """A client of the board, and the store that it shows."""
    database = await open_database(shelf)
    try:
        await country.filled(database, SEED, DOSSIERS)
        await observe(database, [_published()])
    finally:
        await database.close()
    async with small.serving(shelf) as (app, client):
        yield app.state.service.database, client


def _published() -> Observation:
    return Observation(
        name="ON_TIME",
        unit=Unit.PERCENT,
        agency="H55",
        begins=date(2025, 1, 1),
        ends=date(2025, 12, 31),
        source="Báo cáo của tỉnh",
        captured=date(2025, 10, 1),
        value=77.5,
        numerator=31,
        denominator=40,
    )


@pytest.fixture
def database(board: Any) -> Database:
    return board[0]  # type: ignore[no-any-return]


@pytest.fixture
def client(board: Any) -> httpx.AsyncClient:
    return board[1]  # type: ignore[no-any-return]


@pytest.fixture
def visit(client: httpx.AsyncClient, read: Callable[[str], Any]) -> Open:
    """``await visit("/do-phu", ky="2025")``: a page of the board; ``status`` where it is refused."""

    async def opened(path: str = "", *, status: int = 200, **query: Any) -> Any:
        answer = await client.get(
            f"/so-lieu{path}", params={name.replace("_", "-"): one for name, one in query.items()}
        )
        assert answer.status_code == status, answer.text[:2000]
        return read(answer.text)

    return opened


@pytest.fixture
def sees_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks may see all numbers."""

    async def held(_: object) -> frozenset[str]:
        return frozenset({KeyScope.METRICS.value})

    monkeypatch.setattr("registry.api.numbers.scopes", held)
    monkeypatch.setattr("registry.web.board.answering.scopes", held)
    monkeypatch.setattr("registry.web.board.practising.scopes", held)


# -- every page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_each_page_has_one_heading_its_choices_and_a_table_for_each_chart(
    visit: Open, path: str, lang: str
) -> None:
    page = await visit(path, lang=lang, **YEAR)
    assert sum(level == 1 for level, _ in page.headings) == 1
    assert [level for level, _ in page.headings if level > 3] == []
    form = page.main.one("form")
    given = dict(page.fields(form))
    assert (given["co-quan"], given["ky"], given["tu"], given["dia-gioi"]) == ("H55", "2025", "", "khi-do")
    for figure in page.main.all("div", "figure"):
        chart = figure.all("svg")[0]
        assert chart["role"] == "img"
        assert chart.all("title")[0].text
        assert figure.all("table") or figure.parent.all("table")
    assert not re.search(r"\{[a-z]+\}", page.main.text)


@pytest.mark.parametrize("path", PAGES)
async def test_what_is_chosen_goes_along_to_every_other_page(visit: Open, path: str) -> None:
    page = await visit(path, **YEAR, dia_gioi="hien-nay", lang="en")
    nav = page.one("nav", "rooms")
    assert len(nav.all("a")) == 8
    for one in nav.all("a"):
        query = httpx.URL(one["href"]).params
        assert dict(query) == {"co-quan": "H55", "ky": "2025", "dia-gioi": "hien-nay", "lang": "en"}


async def test_formulas_are_told_in_the_language_of_the_page(visit: Open) -> None:
    for path in ("", "/chi-so/ONLINE_PROVIDED", "/chi-so/DOSSIER_SYNC"):
        english, vietnamese = await visit(path, **YEAR, lang="en"), await visit(path, **YEAR)
        formulas = english.main.all("dl", "formula")
        assert len(formulas) == len(vietnamese.main.all("dl", "formula")) > 0
        for formula in formulas:
            terms, texts = formula.all("dt"), formula.all("dd")
            told = {term.text: text for term, text in zip(terms, texts, strict=True)}
            sources = [text for term, text in told.items() if term == "Source"]
            assert len(sources) == 1
            for term, text in told.items():
                assert term == "Source" or not re.search("[ăâđêôơưạả-ỹ]", text.text), (term, text.text)
        if path:
            notes = [one.text for one in english.main.all("dd")]
            assert any("dossiers received" in one or "offered online" in one for one in notes)


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_comes_as_a_workbook_and_as_a_table(client: httpx.AsyncClient, path: str) -> None:
    query = {**YEAR, "dang": "xlsx"}
    book = await client.get(f"/so-lieu{path}", params=query)
    assert book.status_code == 200, book.text
    assert re.search(r'filename="[a-z0-9-]+-H55-20250101-20251231\.xlsx"', book.headers["content-disposition"])
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(book.content)).namelist()
    table = await client.get(f"/so-lieu{path}", params={**YEAR, "dang": "csv"})
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    assert (await client.get(f"/so-lieu{path}", params=query)).content == book.content


async def test_a_screen_on_the_wall_has_no_navigation_and_looks_again(
    client: httpx.AsyncClient, read: Any
) -> None:
    answer = await client.get("/so-lieu", params={**YEAR, "man-hinh": "tuong"})
    page = read(answer.text)
    assert answer.headers["refresh"] == "300"
    assert not page.all("form")
    assert not page.all("nav", "rooms")
    assert "refresh" not in (await client.get("/so-lieu", params=YEAR)).headers


async def test_a_page_is_kept_and_not_sent_again_while_nothing_changes(client: httpx.AsyncClient) -> None:
    first = await client.get("/so-lieu", params=YEAR)
    again = await client.get("/so-lieu", params=YEAR, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


# -- the scorecard --------------------------------------------------------------------------------------------


async def test_the_scorecard_shows_what_the_metrics_say(visit: Open, database: Database) -> None:
    card = metrics.public_scorecard(await metrics.scorecard(database, "H55", date(2025, 1, 1), date(2025, 12, 31)))
    page = await visit(**YEAR)
    assert card.points is not None
    assert page.main.one("dl", "totals").text.startswith(f"Tổng điểm {card.points:.2f}".replace(".", ","))
    cards = page.main.all("li", "card")
    answers = [one for group in card.groups for one in group.indicators]
    assert len(cards) == len(answers) == 21
    for shown, answer in zip(cards, answers, strict=True):
        assert shown.one("h3").text == answer.title.vi
        value = answer.value
        if value.denominator:
            assert f"{value.numerator} / {value.denominator} " in shown.one("p", "parts").text
        assert "Tử số" in shown.one("dl", "formula").text


async def test_a_denominator_of_zero_is_nothing_yet_and_not_zero_per_cent(visit: Open) -> None:
    page = await visit(co_quan="H55.21.1", ky="2023")
    texts = {one.one("h3").text: one.one("p", "measure").text for one in page.main.all("li", "card")}
    assert texts["Tỷ lệ hồ sơ nộp trực tuyến"] == "chưa có hồ sơ"
    assert "0,00 %" not in texts.values()
    assert page.main.one("div", "notice").text.startswith("Chưa có hồ sơ trong kỳ này")


async def test_without_a_choice_the_latest_year_with_dossiers_is_shown_and_said(visit: Open) -> None:
    page = await visit()
    assert "Chưa chọn kỳ: đang xem năm 2025" in page.main.text
    assert dict(page.fields(page.main.one("form")))["ky"] == "2025"


async def test_days_of_ones_own_are_kept_in_the_address(visit: Open) -> None:
    page = await visit(co_quan="H55", ky="rieng", tu="2025-02-01", den="2025-03-15")
    assert "từ 01/02/2025 đến 15/03/2025" in page.main.text
    given = dict(page.fields(page.main.one("form")))
    assert (given["ky"], given["tu"], given["den"]) == ("rieng", "2025-02-01", "2025-03-15")


async def test_days_beside_a_named_period_are_not_dropped_silently(visit: Open) -> None:
    page = await visit(co_quan="H55", ky="2025-Q2", tu="2025-02-01", den="")
    assert "Ngày tự chọn chưa được dùng" in page.main.one("div", "notice").text


async def test_boundaries_then_and_today_differ_after_a_merger(visit: Open) -> None:
    numbers = []
    for drawn in ("khi-do", "hien-nay"):
        page = await visit("/chi-so/DOSSIERS_RECEIVED", co_quan="H55", ky="2025-Q1", dia_gioi=drawn)
        numbers.append(page.main.one("dl", "totals").text)
    assert numbers[0] != numbers[1]


@pytest.mark.parametrize("name", ["ON_TIME", "DOSSIER_RECEIVING_SATISFACTION", "ONLINE_USED"])
async def test_a_trend_shows_what_the_metrics_say_of_each_month(
    visit: Open, database: Database, name: str
) -> None:
    ask = metrics.Ask(
        indicator=name,
        agency="H55",
        start=date(2024, 11, 1),
        end=date(2025, 10, 10),
        group_by=(metrics.Dimension.MONTH,),
    )
    wanted = metrics.public(await metrics.evaluate(database, ask)).groups
    page = await visit(f"/chi-so/{name}", co_quan="H55", ky="rieng", tu="2024-11-01", den="2025-10-10")
    rows = page.main.one("div", "figure", id="dien-bien").one("table").all("tr")[1:]
    told = [row.one("td").text for row in rows]
    assert len(told) == len(wanted) == 12
    for text, group in zip(told, wanted, strict=True):
        ratio = group.value.ratio
        assert text == (
            "dưới 5" if group.value.hidden else f"{ratio:.2f} %".replace(".", ",") if ratio is not None else text
        )
        assert ratio is not None or text in ("dưới 5", "chưa có hồ sơ", "chưa có thủ tục")


# -- down to the records --------------------------------------------------------------------------------------


async def test_records_that_are_no_dossiers_are_listed_for_everyone_page_by_page(
    visit: Open, database: Database
) -> None:
    page = await visit("/chi-so/PUBLIC_CONTENT_FULL", co_quan="ca-nuoc", ky="2025", ben="mau-so")
    table = page.main.all("table")[-1]
    total = int(re.search(r"Tất cả cộng lại: (\d+)", page.main.text)[1])  # type: ignore[index]
    assert len(table.all("tr")) - 1 == total
    assert all(one["href"].startswith("/thu-tuc/9.") for one in table.all("a"))


async def test_dossiers_are_not_listed_for_the_public(visit: Open) -> None:
    page = await visit("/chi-so/ON_TIME", **YEAR)
    assert "Danh sách hồ sơ chỉ dành cho người có quyền" in page.main.text
    assert page.links["Đăng nhập"].startswith("/bien-tap/dang-nhap?ve=/so-lieu/chi-so/ON_TIME")


@pytest.mark.usefixtures("sees_all")
async def test_who_sees_all_walks_the_dossiers_to_the_end(visit: Open, database: Database) -> None:
    ask = metrics.Ask(indicator="ON_TIME", agency="H55", start=date(2025, 1, 1), end=date(2025, 12, 31))
    wanted = (await metrics.evaluate(database, ask)).value.denominator
    keys: list[str] = []
    query: dict[str, str] = {**YEAR, "ben": "mau-so"}
    while True:
        page = await visit("/chi-so/ON_TIME", **query)
        table = page.main.all("table")[-1]
        keys += [one.text for one in table.all("th", scope="row")]
        following = [one for one in page.all("a") if one.get("rel") == "next"]
        if not following:
            break
        query = dict(httpx.URL(following[0]["href"]).params)
    assert len(keys) == len(set(keys)) == wanted


async def test_small_numbers_are_hidden_and_it_is_said_where(visit: Open, database: Database) -> None:
    answer = await metrics.evaluate(
        database,
        metrics.Ask(
            indicator="DOSSIERS_RECEIVED",
            start=date(2025, 1, 1),
            end=date(2025, 12, 31),
            group_by=(metrics.Dimension.MONTH,),
            agency="H03.17",
        ),
    )
    few = [one for one in answer.groups if 0 < (one.value.numerator or 0) < 5]
    assert few, "the small country has months of few dossiers"
    page = await visit("/chi-so/DOSSIERS_RECEIVED", co_quan="H03.17", ky="2025")
    table = page.main.one("div", "figure", id="dien-bien").one("table")
    told = {row.one("th").text: row.one("td").text for row in table.all("tr")[1:]}
    for one in few:
        year, month = one.keys[0].value.split("-")
        assert told[f"{month}/{year}"] == "dưới 5"
    assert "Số dưới 5" in page.main.text


@pytest.mark.usefixtures("sees_all")
async def test_who_sees_all_has_nothing_hidden_and_nothing_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/so-lieu/chi-so/DOSSIERS_RECEIVED", params={"co-quan": "H03.17", "ky": "2025"})
    assert "dưới 5<" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


# -- the other questions --------------------------------------------------------------------------------------


async def test_the_parts_of_coverage_add_up_to_the_whole(visit: Open) -> None:
    page = await visit("/do-phu", co_quan="ca-nuoc", ky="2025")
    whole = int(page.main.one("dl", "totals").all("dd")[0].text)
    table = next(one for one in page.main.all("table") if one.one("caption").text == "Theo cấp thực hiện")
    head = [one.text for one in table.all("th", scope="col")]
    first = [one.text for one in table.all("tr")[1].all("td")]
    assert head[1] == "Thủ tục"
    assert int(first[0]) == whole
    graded = [int(one) for name, one in zip(head[1:], first, strict=True) if name in GRADED]
    assert sum(graded) == whole


GRADED = ("Toàn trình", "Một phần", "Chỉ cung cấp thông tin", "Chưa rõ mức độ trực tuyến")


async def test_ranks_are_in_order_and_lead_to_each_agency(visit: Open) -> None:
    for query in ({}, {"cap": "commune"}, {"chi_so": "ON_TIME"}):
        page = await visit("/xep-hang", **YEAR, **query)
        rows = page.main.one("table").all("tr")[1:]
        places = [row.all("td")[0].text for row in rows if row.all("td")[0].text != "–"]
        assert places
        assert places == sorted(places, key=int)
        assert all(row.one("a")["href"].startswith("/so-lieu") for row in rows)


async def test_the_agency_that_is_asked_is_not_ranked_below_itself(visit: Open) -> None:
    page = await visit("/xep-hang", **YEAR, cap="province")
    assert "UBND tỉnh Thái Nguyên" not in [one.text for one in page.main.one("table").all("a")]


async def test_published_stands_beside_computed_each_in_its_own_column(visit: Open, database: Database) -> None:
    page = await visit("/doi-chieu", **YEAR)
    table = page.main.all("table")[0]
    head = [one.text for one in table.all("th", scope="col")]
    row = dict(zip(head[1:], [one.text for one in table.all("tr")[1].all("td")], strict=True))
    ask = metrics.Ask(indicator="ON_TIME", agency="H55", start=date(2025, 1, 1), end=date(2025, 12, 31))
    ratio = (await metrics.evaluate(database, ask)).value.ratio
    assert ratio is not None
    assert row["Công bố"] == "77,5"
    assert row["Tính được"] == f"{ratio:.2f}".replace(".", ",").rstrip("0").rstrip(",")
    assert row["Tử/mẫu công bố"] == "31 / 40"
    assert row["Nguồn"] == "Báo cáo của tỉnh"


async def test_sentences_of_a_report_stand_beside_what_is_computed_of_its_demonstration(
    client: httpx.AsyncClient, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def there(_: Database) -> list[str]:
        return ["thai-nguyen-2025"]

    monkeypatch.setattr("registry.web.board.published.loaded", there)
    # An address that no other test asks: what was sent before is kept.
    days = {"co-quan": "H55", "ky": "rieng", "tu": "2025-01-01", "den": "2025-12-30"}
    page = read((await client.get("/so-lieu/doi-chieu", params=days)).text)
    table = page.main.all("table")[-1]
    sentences = [row.one("th") for row in table.all("tr")[1:]]
    assert any("53" in one.text for one in sentences)
    ways = [one.one("a")["href"] for one in sentences if one.all("a")]
    assert all(httpx.URL(one).params["ky"] == "rieng" for one in ways)
    book = await client.get("/so-lieu/doi-chieu", params={**YEAR, "dang": "xlsx"})
    assert "xl/worksheets/sheet2.xml" in ZipFile(io.BytesIO(book.content)).namelist()


async def test_work_says_what_it_is_worth_and_what_is_withheld(visit: Open) -> None:
    page = await visit("/viec-can-lam", **YEAR, trong="20")
    assert "nhìn trước 20 ngày làm việc" in page.main.text
    assert "Hồ sơ sắp trễ hạn chỉ hiện cho người có quyền" in page.main.text
    works = page.main.one("ol", "works").all("li")
    assert works
    assert all("điểm" in one.text for one in works)


async def test_work_is_walked_page_by_page_without_losing_any(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (await visit("/viec-can-lam", **YEAR)).main.one("ol", "works").all("li")
    monkeypatch.setattr("registry.web.board.working.PAGE", 2)
    found: list[str] = []
    query: dict[str, Any] = {**YEAR, "lang": "vi"}
    while True:
        page = await visit("/viec-can-lam", **query, trong="10")
        found += [one.text for one in page.main.one("ol", "works").all("li")]
        following = [one for one in page.all("a") if one.get("rel") == "next"]
        if not following:
            break
        query = {**YEAR, "tiep": httpx.URL(following[0]["href"]).params["tiep"]}
    assert found == [one.text for one in whole]


async def test_promise_and_practice_lead_to_the_dossiers_of_those_who_may(visit: Open) -> None:
    page = await visit("/thuc-te", **YEAR)
    way = page.main.all("table")[-1].all("a")[0]["href"]
    path = way.removeprefix("/so-lieu").partition("?")[0]
    answer = await visit(path, **dict(httpx.URL(way).params))
    assert "Danh sách hồ sơ chỉ dành cho người có quyền" in answer.main.text


@pytest.mark.usefixtures("sees_all")
async def test_the_dossiers_behind_a_line_are_as_many_as_it_says(visit: Open) -> None:
    page = await visit("/thuc-te", **YEAR)
    table = page.main.all("table")[-1]
    row = table.all("tr")[1]
    way = row.one("a")["href"]
    behind = await visit(way.removeprefix("/so-lieu").partition("?")[0], **dict(httpx.URL(way).params))
    assert f"Tất cả cộng lại: {row.all('td')[6].text}." in behind.main.text


# -- what is asked wrongly ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "status", "told"),
    [
        ("", {"co-quan": "H99"}, 404, "Không có cơ quan mang mã này"),
        ("", {"co-quan": "<script>alert(1)</script>"}, 404, "Không có cơ quan mang mã này"),
        ("", {"ky": "năm ngoái"}, 400, "Kỳ số liệu viết chưa đúng"),
        ("", {"ky": "2025-13"}, 400, "Kỳ số liệu viết chưa đúng"),
        ("", {"ky": "rieng", "tu": "2025-05-01", "den": "2025-04-01"}, 400, "không trước ngày bắt đầu"),
        ("", {"tu": "31/05/2025"}, 400, "Ngày bắt đầu chưa đúng"),
        ("", {"dia-gioi": "mai"}, 400, "Địa giới chỉ có hai cách"),
        ("", {"dang": "pdf"}, 400, "Chỉ tải về được dạng XLSX hoặc CSV"),
        ("", {"man-hinh": "nho"}, 400, "Một giá trị trong địa chỉ không dùng được"),
        ("/chi-so/NONE", {}, 404, "Không có chỉ số này"),
        ("/chi-so/ON_TIME", {"ben": "giữa"}, 400, "Một giá trị trong địa chỉ không dùng được"),
        ("/chi-so/PUBLIC_CONTENT_FULL", {"tiep": "xyz"}, 400, "Hãy mở lại danh sách từ trang đầu"),
        ("/xep-hang", {"chi-so": "NONE"}, 404, "Không có chỉ số này"),
        ("/xep-hang", {"cap": "thôn"}, 400, "Không có cấp này"),
        ("/viec-can-lam", {"trong": "ba"}, 400, "Số ngày nhìn trước"),
        ("/viec-can-lam", {"trong": "999"}, 400, "Số ngày nhìn trước"),
        ("/viec-can-lam", {"loai": "khác"}, 400, "Không có loại việc này"),
        ("/thuc-te", {"xep": "đẹp"}, 400, "Không có cách xếp này"),
        ("/thuc-te/ho-so", {"co-quan": "H55"}, 400, "Hãy nêu mã thủ tục"),
    ],
)
async def test_what_is_asked_wrongly_is_told_plainly_with_the_way_on(
    visit: Open, path: str, query: dict[str, str], status: int, told: str
) -> None:
    page = await visit(path, status=status, **query)
    assert told in page.main.one("p", "lead").text
    assert page.main.one("form")["action"] == "/so-lieu"
    assert page.links["Về bảng điểm"] == "/so-lieu"
    assert not page.main.all("script")


async def test_a_parameter_that_no_page_has_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/so-lieu", params={"agency": "H55"})).status_code == 400


async def test_a_page_beyond_the_end_leads_back_to_the_first(visit: Open) -> None:
    from registry.metrics.cursors import pack

    page = await visit("/chi-so/PUBLIC_CONTENT_FULL", **YEAR, tiep=pack("9.999999"))
    assert "Đã hết danh sách." in page.main.text
    assert page.links["Về trang đầu"].startswith("/so-lieu/chi-so/PUBLIC_CONTENT_FULL?")


async def test_dossiers_are_not_to_be_had_as_a_file_without_the_right(client: httpx.AsyncClient) -> None:
    query = {**YEAR, "thu-tuc": "9.000001", "dang": "csv"}
    assert (await client.get("/so-lieu/thuc-te/ho-so", params=query)).status_code == 401
