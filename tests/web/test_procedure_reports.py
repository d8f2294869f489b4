"""Reports and answers from a procedure's page: once, numbered, without a word of who sent them."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import httpx
import pytest

from registry.access.actors import Actor, KeyScope
from registry.access.limits import Limit
from registry.engine import Database
from registry.feedback import Kind, State, answer, report, reports
from registry.settings import Settings
from registry.web.procedure import reports as pages

pytestmark = pytest.mark.anyio
CLERK = Actor("person", "p1", "Cán bộ", frozenset(KeyScope))
PATH = "/thu-tuc/9.000001"


@pytest.fixture(scope="module")
async def counter(
    tmp_path_factory: pytest.TempPathFactory, small: ModuleType
) -> AsyncIterator[tuple[Database, httpx.AsyncClient]]:
    """A store that takes reports, shared by these tests: each looks at the numbers that it was given."""
    settings = await small.stored(Settings(data=tmp_path_factory.mktemp("counter")))
    async with small.serving(settings) as (app, client):
        yield app.state.service.database, client


async def form_of(client: httpx.AsyncClient, read: Callable[[str], Any], path: str) -> dict[str, str]:
    page = read((await client.get(path)).text)
    return dict(page.fields(next(one for one in page.forms if one.get("method") == "post")))


def number_in(answer_: httpx.Response) -> int:
    found = re.match(r"/phan-anh/(\d+)", answer_.headers["location"])
    assert found
    return int(found[1])


async def test_a_mistake_is_taken_in_once_and_its_number_told(counter: Any, read: Callable[[str], Any]) -> None:
    database, client = counter
    sent = {
        **await form_of(client, read, f"{PATH}/bao-sai?ngay=2025-02-01"),
        "sections": ["fees", "nothing"],
        "text": "Gọi 0912345678 <b>",
    }
    answers = [await client.post(f"{PATH}/bao-sai", data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    number = number_in(answers[0])
    assert {one.headers["location"] for one in answers} == {f"/phan-anh/{number}?che=1"}
    found = await report(database, number)
    assert (found.text, found.sections, str(found.shown)) == ("Gọi ••• <b>", ("fees",), "2025-02-01")
    assert (found.agency, found.kind, len(found.version)) == ("G04", Kind.WRONG, 32)
    page = read((await client.get(f"/phan-anh/{number}?che=1")).text)
    assert "chúng tôi đã che đi" in page.main.text
    assert "Chúng tôi trả lời muộn nhất ngày" in page.main.text
    assert "Gọi" not in page.main.text


async def test_what_became_of_a_report_is_told_by_its_number(counter: Any, read: Callable[[str], Any]) -> None:
    database, client = counter
    sent = await form_of(client, read, f"{PATH}/bao-sai")
    number = number_in(await client.post(f"{PATH}/bao-sai", data={**sent, "text": "Sai"}))
    await answer(database, number, CLERK, State.CORRECTED, "Đã sửa <i>theo</i> quyết định")
    asked = await client.get("/phan-anh", params={"so": f" {number} "})
    assert asked.headers["location"] == f"/phan-anh/{number}"
    page = read((await client.get(f"/phan-anh/{number}")).text)
    assert "Đã sửa <i>theo</i> quyết định" in page.main.text


@pytest.mark.parametrize("number", ["999", "0", "x", "9" * 30])
async def test_a_number_that_nobody_was_given_is_said_to_be_none(
    counter: Any, read: Callable[[str], Any], number: str
) -> None:
    answer_ = await counter[1].get("/phan-anh", params={"so": number}, follow_redirects=True)
    assert answer_.status_code in (400, 404)
    assert f"“{number[:5]}" in read(answer_.text).main.text


async def test_what_is_wrong_with_a_form_is_said_and_nothing_typed_is_lost(
    counter: Any, read: Callable[[str], Any]
) -> None:
    database, client = counter
    before = (await reports(database, None)).total
    sent = await form_of(client, read, f"{PATH}/bao-sai")
    long = "chữ " * 700
    refused = await client.post(f"{PATH}/bao-sai", data={**sent, "sections": "papers", "text": long})
    page = read(refused.text)
    assert refused.status_code == 422
    assert "viết ngắn lại" in page.one("div", "errors").text
    assert page.one("textarea").text.startswith("chữ chữ")
    assert page.one("input", value="papers").get("checked") is not None
    assert (await client.post(f"{PATH}/bao-sai", data={**sent, "text": " "})).status_code == 422
    assert (await client.post(f"{PATH}/bao-sai", data={"text": "a"})).status_code == 400
    assert (await client.post(f"{PATH}/bao-sai", data={**sent, "text": "a" * 2**20})).status_code == 413
    assert (await reports(database, None)).total == before


async def test_another_site_cannot_send_and_an_unknown_procedure_takes_nothing(counter: Any) -> None:
    database, client = counter
    before = (await reports(database, None)).total
    for path in ("bao-sai", "y-kien"):
        foreign = {"origin": "https://evil.example"}
        answer_ = await client.post(f"{PATH}/{path}", data={"once": "a", "text": "a"}, headers=foreign)
        assert answer_.status_code == 403
        unknown = await client.post(f"/thu-tuc/9.999999/{path}", data={"once": "a", "text": "a"})
        assert unknown.status_code == 404
    assert (await reports(database, None)).total == before


async def test_yes_and_no_are_numbered_and_count_once(counter: Any, read: Callable[[str], Any]) -> None:
    database, client = counter
    form = read((await client.get(PATH)).text).one("form", "found")
    assert (await client.post(form["action"], data={"answer": "maybe"})).status_code == 400
    assert [(one["name"], one["value"]) for one in form.all("button")] == [("answer", "yes"), ("answer", "no")]
    sent = [await client.post(form["action"], data={"answer": kind}) for kind in ("yes", "yes", "no")]
    yes, again, no = map(number_in, sent)
    assert (again, no) == (yes, yes + 1)
    thanks = read((await client.get(f"/phan-anh/{no}")).text)
    more = thanks.links["Cho biết bạn cần điều gì"]
    told = {**await form_of(client, read, more), "text": "Cần mẫu đơn"}
    found = await report(database, number_in(await client.post(f"{PATH}/bao-sai", data=told)))
    assert (found.kind, found.state) == (Kind.NO, State.OPEN)


async def test_too_many_reports_from_one_place_are_put_off(
    counter: Any, read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = counter
    short = Limit(1, timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=1))
    monkeypatch.setattr(pages, "address_of", lambda _: "192.0.2.1")
    monkeypatch.setattr(pages, "REPORTS", short)
    statuses = []
    for number in range(4):
        sent = await form_of(client, read, f"{PATH}/bao-sai")
        answer_ = await client.post(f"{PATH}/bao-sai", data={**sent, "text": f"Sai {number}"})
        statuses.append(answer_.status_code)
    assert statuses == [303, 303, 429, 429]
    assert re.fullmatch(r"\d+", answer_.headers["retry-after"])
    assert read(answer_.text).one("textarea").text == "Sai 3"


async def test_the_form_asks_for_nobody_and_says_so(counter: Any, read: Callable[[str], Any]) -> None:
    page = read((await counter[1].get(f"{PATH}/bao-sai")).text)
    form = next(one for one in page.forms if one.get("method") == "post")
    assert {name for name, _ in page.fields(form)} == {"once", "form_token", "kind", "ngay", "text"}
    assert "Không viết tên, số điện thoại" in page.main.text
