"""What every page has: its headers, its languages, its errors."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from registry.catalogue import versions
from registry.engine import StoreUnavailable
from registry.web.assets import asset

pytestmark = pytest.mark.anyio
HTML = {"accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/thu-tuc/9.000001", "/khong-co", "/?vung=1"])
async def test_no_page_lets_in_what_is_not_ours(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path, headers=HTML)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


async def test_a_page_has_head_etag_and_gzip(site: httpx.AsyncClient) -> None:
    first = await site.get("/", headers=HTML)
    assert first.headers["content-encoding"] == "gzip"
    again = await site.get("/", headers={**HTML, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers
    head = await site.head("/", headers=HTML)
    assert (head.status_code, head.content) == (200, b"")


async def test_each_language_is_a_page_of_its_own_that_leads_to_the_other(open_page: Callable[..., Any]) -> None:
    page = await open_page("/", q="khai sinh")
    other = await open_page("/", q="khai sinh", lang="en")
    assert (page.one("html")["lang"], other.one("html")["lang"]) == ("vi", "en")
    assert page.links["English"] == "/?q=khai+sinh&lang=en"
    assert other.links["Tiếng Việt"] == "/?q=khai+sinh"
    assert all("lang=en" in address for text, address in other.links.items() if text == "Figures")
    await open_page("/", lang="fr", status=400)


async def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(site: httpx.AsyncClient) -> None:
    people = await site.get("/khong-co", headers=HTML)
    programs = await site.get("/khong-co")
    assert (people.status_code, people.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (programs.status_code, programs.headers["content-type"]) == (404, "application/problem+json")
    interface = await site.get("/api/khong-co", headers=HTML)
    assert interface.headers["content-type"] == "application/problem+json"


async def test_an_error_says_what_happened_and_leads_on(open_page: Callable[..., Any]) -> None:
    page = await open_page("/thu-tuc/9.999999", status=404)
    assert page.one("h1").text == "Không có thủ tục mang mã này"
    assert page.one("form", role="search")["action"] == "/"
    english = await open_page("/thu-tuc/9.999999", status=404, lang="en")
    assert english.one("h1").text == "No procedure has this code"


async def test_an_unknown_parameter_is_named_and_not_executed(open_page: Callable[..., Any]) -> None:
    page = await open_page("/thu-tuc/9.000001", status=400, **{"<script>alert(1)</script>": "x"})
    assert page.all("script") == []
    assert "<script>" in page.main.text
    assert page.one("h1").text == "Địa chỉ có phần không hiểu được"


async def test_files_of_ours_never_expire_under_their_own_address(site: httpx.AsyncClient) -> None:
    answer = await site.get(asset("style.css"))
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    earlier = await site.get("/tep/0123456789ab/style.css")
    assert earlier.text == answer.text
    assert earlier.headers["cache-control"] == "no-cache"
    assert (await site.get("/tep/0123456789ab/..%2Fpages.py")).status_code == 404
    assert (await site.get("/tep/0123456789ab/none.css")).status_code == 404


async def test_a_store_that_cannot_answer_is_said_so_in_plain_words(
    own_site: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client, _ = own_site

    async def gone(*_: object) -> int:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(versions, "revision", gone)
    answer = await client.get("/thu-tuc/9.000001", headers=HTML)
    assert answer.status_code == 503
    assert "thử lại sau ít phút" in answer.text
    assert "the disk is gone" not in answer.text
