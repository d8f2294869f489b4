"""What changed, day by day, and the same to be followed as Atom."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import httpx
import msgspec
import pytest

from registry.catalogue import chronicle
from registry.catalogue.chronicle import Turn
from registry.catalogue.ledger import Ledger, Origin, record
from registry.procedure import Announcement, Item, Procedure
from registry.vocabulary import Action

pytestmark = pytest.mark.anyio
ATOM = "{http://www.w3.org/2005/Atom}"
Open = Callable[..., Any]


def told(page: Any) -> dict[str, list[str]]:
    """The decisions of each day, by its heading."""
    return {
        section.all("h2")[0].text: [heading.text for heading in section.all("h3")]
        for section in page.all("section", class_="day")
    }


async def feed(site: httpx.AsyncClient, **query: Any) -> ElementTree.Element:
    answer = await site.get("/thay-doi.atom", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def links(root: ElementTree.Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in root.findall(f"{ATOM}link")}


async def test_changes_are_told_by_day_and_decision_the_latest_first(open_page: Open) -> None:
    page = await open_page("/thay-doi")
    days = told(page)
    assert list(days)[:4] == ["Ngày 01/07/2025", "Ngày 01/04/2025", "Ngày 10/02/2025", "Ngày 10/01/2025"]
    assert days["Ngày 01/04/2025"] == ["Quyết định 30/QĐ-BTP"]
    assert days["Ngày 01/01/2020"] == ["Chưa rõ quyết định"]


async def test_an_amendment_names_its_sections_and_leads_to_their_comparison(open_page: Open) -> None:
    page = await open_page("/thay-doi", loai="amended")
    row = page.one("ul", class_="happened").one("li")
    assert "Đã sửa: Tên thủ tục, Phí, lệ phí, Đặc điểm." in row.text
    assert row.all("a")[-1]["href"] == "/thu-tuc/9.000001/so-sanh?tu=2025-03-31&den=2025-04-01"


async def test_a_replacement_is_told_once_with_both_sides(open_page: Open) -> None:
    page = await open_page("/thay-doi", loai="replaced")
    assert "1 thay đổi" in page.main.text
    row = page.one("ul", class_="happened").one("li")
    assert [link["href"] for link in row.all("a")] == [
        "/thu-tuc/9.000002?ngay=2025-03-31",
        "/thu-tuc/9.000003",
    ]


async def test_what_ended_leads_to_its_last_day(open_page: Open) -> None:
    page = await open_page("/thay-doi", loai="abolished")
    assert page.one("ul", class_="happened").one("a")["href"] == "/thu-tuc/9.000004?ngay=2025-06-30"


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"co-quan": "H03"}, ["Ngày 10/02/2025"]),
        ({"linh-vuc": "G05-DD"}, ["Ngày 06/01/2025"]),
        ({"tu": "2025-04-01", "den": "2025-04-01"}, ["Ngày 01/04/2025"]),
        ({"co-quan": "G04", "loai": "new", "den": "2025-03-31"}, ["Ngày 10/01/2025"]),
        ({"linh-vuc": "G05-DD", "co-quan": "G04"}, []),
        ({"linh-vuc": "khong-co"}, []),
    ],
)
async def test_filters_narrow_and_combine(open_page: Open, query: dict[str, str], days: list[str]) -> None:
    page = await open_page("/thay-doi", **query)
    assert list(told(page)) == days
    form = page.forms[0]
    assert dict(page.fields(form)) | query == dict(page.fields(form)), "the form holds what was chosen"
    if not days:
        assert "bỏ bớt bộ lọc" in page.main.text
    assert page.links["Theo dõi bằng Atom"].startswith("/thay-doi.atom?")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tu": "2025-02-30"}, "tu"),
        ({"den": "hôm qua"}, "den"),
        ({"tu": "2025-05-01", "den": "2025-04-01"}, "den"),
        ({"loai": "<script>"}, "loai"),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(
    open_page: Open, query: dict[str, str], field: str
) -> None:
    page = await open_page("/thay-doi", status=400, **query)
    assert page.one("div", class_="errors").one("a")["href"] == f"#{field}"
    assert page.one(id=field)["aria-invalid"] == "true"
    if field != "loai":
        assert page.one(id=field)["value"] == query[field]


async def test_unknown_parameters_are_refused_and_named_in_both_languages(site: httpx.AsyncClient) -> None:
    for path in ("/thay-doi", "/thay-doi.atom"):
        assert (await site.get(path, params={"sector": "X"})).status_code == 400
    assert (await site.get("/thay-doi.atom", params={"tu": "gestern"})).status_code == 400
    assert "Changes in the catalogue" in (await site.get("/thay-doi", params={"lang": "en"})).text


async def test_pages_are_cut_by_change_and_lose_none(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.web.changes.MOST_ROWS", 2)
    found: list[str] = []
    for offset in range(0, 10, 2):
        # Since a day that no other test asks for: what was kept of pages was cut otherwise.
        page = await open_page("/thay-doi", tu="2000-01-01", offset=offset)
        rows = [row.text for group in page.all("ul", class_="happened") for row in group.all("li")]
        assert len(rows) == 2
        found += rows
        assert len(page.all("a", rel="next")) == (offset < 8)
    assert len(set(found)) == 10
    assert "tiếp theo trang trước" in (await open_page("/thay-doi", tu="2000-01-01", offset=2)).main.text


async def test_beyond_the_last_page_a_way_leads_back(open_page: Open) -> None:
    page = await open_page("/thay-doi", loai="new", offset=500)
    assert page.links["Về trang đầu"] == "/thay-doi?loai=new"
    assert "bỏ bớt bộ lọc" not in page.main.text


async def test_what_is_coming_stands_apart(own_site: Any, read: Callable[[str], Any]) -> None:
    app, client, _ = own_site
    database = app.state.service.database
    later = Announcement("5/QĐ|G04", "5/QĐ-BTP", date(2090, 1, 1), date(2090, 1, 2), items=())

    async def happen(book: Ledger) -> None:
        await book.load(["9.000003"], [later.id], [])
        book.announce(later)
        book.end("9.000003", date(2090, 1, 2), later.id)

    before = read((await client.get("/thay-doi")).text)
    await record(database, happen)
    page = read((await client.get("/thay-doi")).text)
    assert not before.all("section", class_="coming")
    assert "5/QĐ-BTP" in page.one("section", class_="coming").text
    assert "Ngày 02/01/2090" not in told(page)
    assert "Ngày 02/01/2090" in told(read((await client.get("/thay-doi", params={"tu": "2089-01-01"})).text))


async def test_the_feed_is_atom(site: httpx.AsyncClient, open_page: Open) -> None:
    root = await feed(site)
    assert root.tag == f"{ATOM}feed"
    for one in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert (one.findtext(f"{ATOM}{name}") or "").strip(), name
        UUID((one.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:"))
        moment = one.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(moment).utcoffset() is not None
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids)) == 6
    page = await open_page("/thay-doi")
    assert [one["href"] for one in page.all("link", type="application/atom+xml")] == ["/thay-doi.atom"]


async def test_ids_stay_and_only_what_changed_is_updated(own_site: Any, small: Any) -> None:
    app, client, _ = own_site
    first = {one.findtext(f"{ATOM}id"): one for one in (await feed(client)).findall(f"{ATOM}entry")}
    amended = msgspec.structs.replace(small.FOREST, note="Ghi chú mới")

    async def correct(book: Ledger) -> None:
        await book.load([amended.code], [small.SAME_THERE.id], [])
        book.put(amended, date(2025, 2, 10), small.SAME_THERE.id, Origin(source="test"))

    await record(app.state.service.database, correct)
    second = {one.findtext(f"{ATOM}id"): one for one in (await feed(client)).findall(f"{ATOM}entry")}
    assert set(first) == set(second)
    changed = [
        second[key].findtext(f"{ATOM}title")
        for key in first
        if first[key].findtext(f"{ATOM}updated") != second[key].findtext(f"{ATOM}updated")
    ]
    # Moments are told to the second: the rest stays, this one may have been learned within the same.
    assert set(changed) <= {"Quyết định 7/QĐ-UBND, hiệu lực 10/02/2025: 1 mới"}


async def test_the_feed_pages_and_keeps_its_filter(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.web.changes.MOST_ENTRIES", 2)
    root = await feed(site, **{"co-quan": "G04"})
    assert links(root)["self"].endswith("/thay-doi.atom?co-quan=G04")
    assert links(root)["next"].endswith("co-quan=G04&trang=2")
    assert "previous" not in links(root)
    last = await feed(site, **{"co-quan": "G04", "trang": 2})
    assert set(links(last)) == {"alternate", "self", "first", "last", "previous"}
    assert root.findtext(f"{ATOM}id") == last.findtext(f"{ATOM}id") != (await feed(site)).findtext(f"{ATOM}id")
    assert (await feed(site, trang=99)).findall(f"{ATOM}entry") == []


async def test_the_feed_is_not_sent_twice(site: httpx.AsyncClient) -> None:
    first = await site.get("/thay-doi.atom")
    again = await site.get("/thay-doi.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_names_that_no_xml_can_hold_do_not_break_the_feed(own_site: Any) -> None:
    app, client, _ = own_site
    odd = Announcement(
        "9/<&>\x0b|G04", "9/<&>\x0b", date(2025, 5, 1), items=(Item(Action.NEW, (), ("9.000099",)),)
    )

    async def happen(book: Ledger) -> None:
        await book.load(["9.000099"], [odd.id], [])
        book.announce(odd)
        book.put(Procedure("9.000099", "</content>\x00\x1f <b>"), date(2025, 5, 2), odd.id, Origin())

    await record(app.state.service.database, happen)
    root = await feed(client)
    titles = [one.findtext(f"{ATOM}title") or "" for one in root.findall(f"{ATOM}entry")]
    assert any("9/<&>" in title for title in titles)
    contents = [one.findtext(f"{ATOM}content") or "" for one in root.findall(f"{ATOM}entry")]
    assert any("&lt;/content&gt;" in text and "<b>" not in text for text in contents)


def test_what_happened_follows_from_spans_and_items() -> None:
    day, later = date(2025, 1, 1), date(2025, 2, 1)

    def row(
        code: str, start: date, end: date | None, seq: int, by: str | None = "A", ended: str | None = None
    ) -> Any:
        return {
            "seq": seq, "code": code, "valid_from": start, "valid_to": end,
            "announcement": by, "ended_by": ended, "content": f"{code}{start}",
        }  # fmt: skip

    rows = [
        row("1", day, later, 1, ended="B"),
        row("1", later, None, 2, by="B"),
        row("2", day, later, 3, ended="B"),
        row("3", day, later, 4),
        row("4", day, None, 5),
    ]
    said = chronicle._said([{"announcement": "A", "action": "new", "old": "[]", "new": '["1"]'}])
    found = [(one.codes, one.day, one.turn) for one in chronicle.happenings(rows, said, {})]
    assert found == [
        (("1",), day, Turn.NEW),
        (("1",), later, Turn.AMENDED),
        (("2",), day, Turn.ANNOUNCED),
        (("2",), later, Turn.ABOLISHED),
        (("3",), day, Turn.ANNOUNCED),
        (("3",), later, Turn.DROPPED),
        (("4",), day, Turn.ANNOUNCED),
    ]
