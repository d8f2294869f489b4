"""Health, and following what others write."""

import asyncio
import logging
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from registry.catalogue import versions
from registry.catalogue.ledger import Ledger, Origin, record
from registry.engine import Database, StoreUnavailable, open_database
from registry.settings import Settings

pytestmark = pytest.mark.anyio

Own = tuple[Litestar, httpx.AsyncClient, Any]
Serve = Callable[..., AbstractAsyncContextManager[tuple[Litestar, httpx.AsyncClient]]]


async def test_a_process_that_answers_lives(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert response.headers["cache-control"] == "no-store"


async def test_it_is_ready_when_database_and_index_answer(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/ready")
    found = response.json()
    assert response.status_code == 200
    assert (found["status"], found["lag"], found["fault"]) == ("ready", 0, None)
    assert found["revision"] == found["indexRevision"] > 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_it_is_not_ready_without_its_index(own: Own) -> None:
    app, client, engine = own
    engine.down = True
    response = await client.get("/health/ready")
    found = response.json()
    assert (response.status_code, found["status"]) == (503, "unavailable")
    assert (found["indexRevision"], found["lag"]) == (None, None)
    assert found["revision"] > 0
    assert "fickle: is down" in found["fault"]
    assert (await client.get("/health/live")).status_code == 200
    engine.down = False
    await app.state.service.following.turn()
    assert (await client.get("/health/ready")).json()["status"] == "ready"


async def test_it_is_not_ready_without_its_database(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> int:
        raise StoreUnavailable("no database")

    monkeypatch.setattr(versions, "revision", fail)
    response = await own[1].get("/health/ready")
    assert (response.status_code, response.json()["revision"]) == (503, None)
    assert "no database" in response.json()["fault"]


async def rename(database: Database) -> None:
    async def change(book: Ledger) -> None:
        await book.load(["9.000001"])
        held = await versions.find(database, "9.000001", date(2025, 6, 1))
        renamed = msgspec.structs.replace(held.procedure, name="Đăng ký giấc mơ")
        book.put(renamed, date(2025, 6, 1), None, Origin(source="test"))

    await record(database, change)


async def found(client: httpx.AsyncClient) -> list[str]:
    answer = (await client.get("/api/procedures", params={"q": "giấc mơ", "asOf": "2025-06-30"})).json()
    return [item["code"] for item in answer["items"] if "giấc mơ" in item["name"]]


async def test_what_another_process_writes_becomes_searchable(stocked: Settings, serve: Serve) -> None:
    async with serve(stocked) as (_, client):
        assert await found(client) == []
        other = await open_database(stocked)
        try:
            await rename(other)
        finally:
            await other.close()
        shown = (await client.get("/api/procedures/9.000001", params={"asOf": "2025-06-30"})).json()
        assert shown["procedure"]["name"] == "Đăng ký giấc mơ"
        for _ in range(60):
            if await found(client):
                break
            await asyncio.sleep(0.1)
        assert await found(client) == ["9.000001"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_an_index_that_was_deleted_is_built_again(stocked: Settings, serve: Serve) -> None:
    async with serve(stocked) as (app, client):
        assert (await client.get("/api/procedures")).json()["total"] > 0
    shutil.rmtree(stocked.index_path)
    async with serve(stocked) as (app, client):
        assert (await client.get("/api/procedures")).json()["total"] > 0
        shutil.rmtree(stocked.index_path)
        assert await app.state.service.following.turn()
        assert (await client.get("/api/procedures", params={"limit": 3})).json()["total"] > 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_fault_in_following_is_logged_once_shown_and_forgotten_when_it_is_over(
    own: Own, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client, _ = own
    follow = app.state.service.following

    async def fail(*_: object) -> int:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(follow._follower, "catch_up", fail)
        await rename(app.state.service.database)
        assert not await follow.turn()
        assert not await follow.turn()
        response = await client.get("/health/ready")
        assert (response.status_code, response.json()["status"]) == (200, "behind")
        assert response.json()["lag"] > 0
        assert "no space left on device" in response.json()["fault"]
    assert sum("no space left" in one.getMessage() for one in caplog.records) == 1
    assert await follow.turn()
    assert (await client.get("/health/ready")).json()["fault"] is None


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_an_app_starts_although_its_index_is_down_and_recovers(
    stocked: Settings, fickle: Any, serve: Serve
) -> None:
    fickle.down = True
    async with serve(stocked, fickle) as (_, client):
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/api/procedures")).status_code == 503
        fickle.down = False
        for _ in range(60):
            if (await client.get("/health/ready")).json()["status"] == "ready":
                break
            await asyncio.sleep(0.1)
        assert (await client.get("/api/procedures")).status_code == 200


async def test_an_app_without_its_database_does_not_start(tmp_path: Path, serve: Serve) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ExceptionGroup) as raised:  # Litestar starts in a task group
        async with serve(Settings(data=blocked)):
            pass
    assert raised.group_contains(StoreUnavailable, match="DANHMUC_DATA")


async def test_an_empty_store_answers_with_nothing(settings: Settings, serve: Serve) -> None:
    async with serve(settings) as (_, client):
        answer = (await client.get("/api/procedures")).json()
        assert (answer["items"], answer["total"], answer["revision"]) == ([], 0, 0)
        assert (await client.get("/api/sectors")).json()["items"] == []
        ready = (await client.get("/health/ready")).json()
        assert (ready["status"], ready["revision"]) == ("ready", 0)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_threads_hand_over_quickly_while_the_app_runs(stocked: Settings, serve: Serve) -> None:
    before = sys.getswitchinterval()
    async with serve(stocked):
        assert sys.getswitchinterval() < 0.001
    assert sys.getswitchinterval() == before
