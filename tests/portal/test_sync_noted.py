"""How far a run is can be read while it goes on."""

import asyncio

import pytest

from registry.engine import Database
from registry.exchange.portal import runs

pytestmark = pytest.mark.anyio


async def test_progress_is_noted_while_a_run_goes_on_and_what_came_of_it_afterwards(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "NOTED", 0.01)
    heard: list[tuple[str, int, int | None]] = []
    number = await runs.begin(database, "portal", "https://portal.example", "H55")
    async with runs.noting(database, number, lambda *told: heard.append(told)) as progress:
        progress("list", 100, None)
        await _until(database, {"list": 100})
        progress("fetch", 7, 265)
        await _until(database, {"fetch": 7, "of": 265})
    await runs.finish(database, number, "done", counts={"listed": 300})
    assert (await runs.listed(database))[0].counts == {"listed": 300}
    assert heard == [("list", 100, None), ("fetch", 7, 265)]


async def _until(database: Database, counts: dict[str, int]) -> None:
    async with asyncio.timeout(10):
        while (await runs.listed(database))[0].counts != counts:  # noqa: ASYNC110 - the store is what is asked
            await asyncio.sleep(0.01)
    assert (await runs.listed(database))[0].outcome is None
