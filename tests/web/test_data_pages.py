"""Open data: what is offered is there, and is what the page says of it."""

import csv
import io
import re
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import versions
from registry.engine import open_database
from registry.exchange import weighing
from registry.exchange.dictionary import described
from registry.exchange.exports import EXPORTS
from registry.exchange.holdings import Wanted
from registry.exchange.publication import Publication
from registry.settings import Settings

pytestmark = pytest.mark.anyio
Open = Callable[..., Any]


def facts(page: Any) -> dict[str, str]:
    box = page.one("dl", class_="facts")
    return {term.text: value.text for term, value in zip(box.all("dt"), box.all("dd"), strict=True)}


async def test_every_address_on_the_page_answers(site: httpx.AsyncClient, open_page: Open) -> None:
    page = await open_page("/du-lieu")
    ids = {one["id"] for one in page.walk() if one.get("id")}
    addresses = {link["href"] for link in page.main.all("a")}
    assert {"/api/catalogue.xlsx?headings=vi", "/api/dataset", "/schema", "/thay-doi.atom"} <= addresses
    for address in sorted(addresses):
        if address.startswith("#"):
            assert address[1:] in ids, address
        elif address.startswith("/"):
            assert (await site.get(address.partition("#")[0])).status_code == 200, address
        else:
            assert "license" in page.one("a", href=address)["rel"], address


async def test_it_tells_how_much_there_is_and_how_fresh(open_page: Open) -> None:
    told = facts(await open_page("/du-lieu"))
    assert told["Thủ tục đang có hiệu lực"] == "6"
    assert told["Phiên bản"] == "9"
    assert told["Quyết định công bố"] == "5"
    assert told["Lĩnh vực"] == "3"
    assert clock.today().strftime("%d/%m/%Y") in told["Thay đổi gần nhất được ghi nhận"]


async def test_the_commands_work_and_answer_what_is_shown(site: httpx.AsyncClient, open_page: Open) -> None:
    page = await open_page("/du-lieu")
    commands = [one.text for one in page.main.all("code") if one.text.startswith("curl ")]
    assert len(commands) == 6
    base = next(iter(re.findall(r"https?://[^/']+", commands[0])))
    answers = {}
    for command in commands:
        words = shlex.split(command)
        headers = {"accept": words[words.index("-H") + 1].partition(": ")[2]} if "-H" in words else {}
        address = next(word for word in words if word.startswith(base))
        answer = await site.get(address.removeprefix(base), headers=headers)
        assert answer.status_code == 200, command
        answers[command] = answer
    shown = [one.text for one in page.main.all("pre") if not one.text.startswith("curl ")]
    one = answers[commands[0]].json()
    assert f'"code": "{one["code"]}"' in shown[0]
    assert one["procedure"]["name"][:40] in shown[0]
    turtle = answers[next(command for command in commands if "turtle" in command)].text
    assert " ".join(shown[1].removesuffix("…").split())[:80] in " ".join(turtle.split())
    changes = answers[next(command for command in commands if "changes" in command)].json()
    assert len(changes["changes"]) == 1
    assert f'"next": {changes["next"]}' in shown[2]


async def test_the_dictionary_explains_every_column(site: httpx.AsyncClient, open_page: Open) -> None:
    page = await open_page("/du-lieu")
    columns = [table.one("tbody").all("th") for table in page.all("table", class_="columns")]
    assert [one.text for table in columns for one in table] == [one.name for one in described()]
    sent = await site.get("/api/catalogue.csv")
    assert next(csv.reader(io.StringIO(sent.text))) == [one.text for one in columns[0]]


async def test_licence_and_publisher_are_those_of_the_settings(open_page: Open) -> None:
    page = await open_page("/du-lieu")
    settings = Settings()
    assert [one["href"] for one in page.all("link") if one.get("rel") == "license"] == [settings.licence]
    assert settings.publisher in page.main.text
    assert "test : 9 phiên bản" in page.main.text


async def test_it_is_read_in_english_too(open_page: Open) -> None:
    page = await open_page("/du-lieu", lang="en")
    assert page.title.startswith("Open data")
    assert "First day on which this content is in force" in page.main.text
    assert "Từ điển" not in page.main.text


async def test_it_is_compressed_for_those_who_take_it(site: httpx.AsyncClient) -> None:
    plain = await site.get("/du-lieu", headers={"accept-encoding": "identity"})
    packed = await site.get("/du-lieu", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert "content-encoding" not in plain.headers


async def test_an_intake_that_changed_nothing_is_told(own_site: Any, read: Callable[[str], Any]) -> None:
    app, client, _ = own_site
    database = app.state.service.database
    await database.rows(
        QueryString(
            "INSERT INTO run (id, source, format, cover, agency, started_at, finished_at, outcome, counts, "
            "revision) VALUES (1, 'test', 'portal', 'loose', '', {}, {}, 'done', '{{}}', 1)",
            clock.now(),
            clock.now(),
        )
    )
    assert "nhập lần gần nhất lúc" in read((await client.get("/du-lieu")).text).main.text


async def test_an_empty_registry_has_a_page_too(tmp_path: Path, small: Any, read: Callable[[str], Any]) -> None:
    async with small.serving(Settings(data=tmp_path / "var")) as (_, client):
        answer = await client.get("/du-lieu")
    assert answer.status_code == 200
    page = read(answer.text)
    assert facts(page)["Thủ tục đang có hiệu lực"] == "0"
    assert "Danh mục còn trống" in page.main.text


async def test_what_files_are_said_to_weigh_is_about_what_they_weigh(
    shelf: Settings, site: httpx.AsyncClient
) -> None:
    """On a catalogue of this size little is guessed; how far off a large one is stands in the docstring."""
    database = await open_database(shelf)
    try:
        known, day = await versions.revision(database), date(2025, 5, 1)
        wanted = Wanted(Publication.of(shelf, day), day, known)
        async with database.snapshot():
            found = await weighing.weights(database, wanted)
        for name, form in (("csv", "csv"), ("xlsx", "xlsx"), ("jsonld", "jsonld"), ("ttl", "turtle")):
            size = sum([len(chunk) async for chunk in EXPORTS[form].write(database, wanted)])
            assert 0.4 * size <= found[name].plain <= 1.6 * size, name
            assert found[name].packed <= found[name].plain, name
    finally:
        await database.close()
