"""POST /api/dossiers."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from registry.access import keys
from registry.access.actors import command
from registry.app import create_app
from registry.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client, app.state.service.database


async def bearer(database: Any, scope: str = "dossiers", agency: str | None = None) -> dict[str, str]:
    made = await keys.create(database, command(), "one-stop", [scope], agency=agency)
    return {"authorization": f"Bearer {made.secret}"}


async def test_lines_come_in_and_failed_ones_are_told(
    settings: Settings, stock: Any, make: Any, room: Any
) -> None:
    lines = (
        make.dossier("A-1"),
        make.dossier("A-2", feeDue=-1),
        b"rubbish",
        make.dossier("A-3", procedure="9.000777"),
        make.ended("A-1"),
    )
    async with served(settings) as (client, database):
        key = await bearer(database)
        answer = await client.post("/api/dossiers?source=one-stop", content=make.written(*lines), headers=key)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["read"] == sum(told["fates"].values()) == 5
        assert told["fates"] == {"new": 1, "changed": 1, "repeated": 0, "older": 0, "aside": 1, "rejected": 2}
        assert sorted((line["line"], line["fate"], line.get("field")) for line in told["lines"]) == [
            (2, "rejected", "feeDue"),
            (3, "rejected", None),
            (4, "aside", "procedure"),
        ]
        assert told["aside"] == {"unknown-procedure": 1}
        again = await client.post("/api/dossiers", content=gzip.compress(make.written(*lines)), headers=key)
        assert again.json()["fates"]["repeated"] == 1
        assert again.json()["revision"] == told["revision"]
    rows = await room.rows("SELECT source FROM dossier_delivery ORDER BY id")
    assert [row["source"] for row in rows] == ["one-stop", "api"]
    entries = await room.rows("SELECT action, subject FROM audit WHERE action = 'dossiers.take' ORDER BY number")
    assert [row["subject"] for row in entries] == ["delivery 1", "delivery 2"]
    assert await room.proof() == []


async def test_only_a_key_with_the_scope_may_send(settings: Settings, make: Any) -> None:
    async with served(settings) as (client, database):
        body = make.written(make.dossier())
        assert (await client.post("/api/dossiers", content=body)).status_code == 401
        metrics = await bearer(database, "metrics")
        assert (await client.post("/api/dossiers", content=body, headers=metrics)).status_code == 403


async def test_a_key_of_an_agency_sends_that_agency_s_dossiers_only(
    settings: Settings, make: Any, room: Any
) -> None:
    lines = (make.dossier("A-1"), make.dossier("A-2", agency="H55.18"))
    async with served(settings) as (client, database):
        key = await bearer(database, agency="H55.18")
        told = (await client.post("/api/dossiers", content=make.written(*lines), headers=key)).json()
        assert told["fates"]["new"] == told["fates"]["rejected"] == 1
        assert told["lines"][0]["reason"] == "is neither the agency for which this key acts, nor below it"


async def test_what_cannot_be_read_is_a_problem(settings: Settings, make: Any, room: Any) -> None:
    bomb = gzip.compress(bytes(64 * 2**20), 9)
    many = make.written(*(make.dossier(f"A-{n}-{n * 7919 % 1000}") for n in range(200)))
    async with served(settings) as (client, database):
        key = await bearer(database)
        for query, body, reason in (
            ("", b"", "is empty"),
            ("", b"PK\x03\x04", "none of the formats"),
            ("", bomb, "unpacks to more than 200 times"),
            ("", gzip.compress(many)[:-20], "the 1"),
            ("?format=xml", many, "there is no format 'xml'"),
            ("?sorce=a", many, "there is no parameter 'sorce'"),
            ("?source=" + "a" * 201, many, "at most 200 characters"),
        ):
            answer = await client.post(f"/api/dossiers{query}", content=body, headers=key)
            assert answer.status_code == 400, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert reason in answer.json()["detail"]
        assert (await client.get("/api/dossiers")).status_code == 405
    assert await room.proof() == []
