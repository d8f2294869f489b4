"""GET /api/procedures: near-identical procedures of provinces."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Any

import httpx
import pytest

from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import open_database
from registry.procedure import Agency, Procedure
from registry.settings import Settings
from registry.vocabulary import Level, Role, Scope

pytestmark = pytest.mark.anyio

PROVINCES = {"H27": "UBND tỉnh Hà Tĩnh", "H24": "UBND Thành phố Hải Phòng", "H55": "UBND tỉnh Thái Nguyên"}
Serve = Callable[..., AbstractAsyncContextManager[tuple[Any, httpx.AsyncClient]]]


async def provinces(book: Ledger) -> None:
    codes = ["9.000021", "9.000022", "9.000023", "9.000024"]
    await book.load(codes, [], list(PROVINCES))
    for agency, name in PROVINCES.items():
        book.put_agency(agency, AgencyState(name, level="province"))
    for code, (agency, name) in zip(codes, PROVINCES.items(), strict=False):
        issuer = Agency(Role.ISSUING, name, agency)
        book.put(one(code, f"Thủ tục tặng quà {name[5:]}", Scope.PROVINCIAL, issuer), START, None, HERE)
    justice = Agency(Role.ISSUING, "Bộ Tư pháp", "G04")
    book.put(one(codes[-1], "Tặng quà", Scope.NATIONAL, justice), START, None, HERE)


def one(code: str, name: str, scope: Scope, issuer: Agency) -> Procedure:
    return Procedure(code=code, name=name, scope=scope, levels=(Level.PROVINCE,), agencies=(issuer,))


START = date(2020, 1, 1)
HERE = Origin(source="test", cleaning="[]")


@pytest.fixture(scope="module")
async def twinned(filled: Settings, serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a catalogue where three provinces have the same, and the nation something of that name."""
    database = await open_database(filled)
    await record(database, provinces)
    await database.close()
    async with serve(filled) as (_, client):
        yield client


async def ask(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    response = await client.get("/api/procedures", params=parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_what_provinces_have_alike_is_one_result_that_opens(twinned: httpx.AsyncClient) -> None:
    found = await ask(twinned, q="tang qua", sort="code")
    assert (found["total"], found["folded"]) == (2, 2)
    assert [(item["code"], item["copies"]) for item in found["items"]] == [
        ("9.000021", ["9.000022", "9.000023"]),
        ("9.000024", []),
    ]
    assert "twin" not in found["facets"]
    opened = await ask(twinned, q="tang qua", sort="code", fold="false")
    assert (opened["total"], opened["folded"]) == (4, 0)
    assert [item["copies"] for item in opened["items"]] == [[], [], [], []]


async def test_within_one_province_nothing_folds(twinned: httpx.AsyncClient) -> None:
    found = await ask(twinned, q="tang qua", province="H27", sort="code")
    assert [(item["code"], item["copies"]) for item in found["items"]] == [("9.000021", []), ("9.000024", [])]


async def test_twins_are_no_filter(twinned: httpx.AsyncClient) -> None:
    assert (await twinned.get("/api/procedures", params={"twin": "x"})).status_code == 400
    assert (await twinned.get("/api/procedures", params={"fold": "perhaps"})).status_code == 400
