"""A follower that is killed at any moment ends equal, digest for digest."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.catalogue.check import catalogue_digest, check
from registry.engine import open_database
from registry.exchange.followed import followed
from registry.settings import SETTINGS, Settings

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
KILLS = 2
# Follows in small pieces, and kills itself a moment after it began to take in the n-th of them; 0 is never.
DRIVER = """
import asyncio, os, random, signal, sys, threading
from registry.engine import open_database
from registry.exchange import following, source, transport
from registry.settings import read_settings

following.STATES, source.PAGE = 4, 10
left, record = int(sys.argv[2]), following.ledger.record

async def watched(*arguments):
    global left
    left -= 1
    if left == 0:
        threading.Timer(random.uniform(0, 0.01), os.kill, (os.getpid(), signal.SIGKILL)).start()
    return await record(*arguments)

async def main(url):
    database = await open_database(read_settings())
    following.ledger.record = watched
    async with transport.client(allow_private=True) as client:
        follower = following.Follower(database, source.Source(url, client))
        await follower.begin()
        caught = await follower.catch_up()
    await database.close()
    sys.exit(0 if caught.equal else 9)

asyncio.run(main(sys.argv[1]))
"""


async def follow(settings: Settings, url: str, piece: int) -> int:
    names = {setting.name for setting in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    store = {"DANHMUC_DATA": str(settings.data), "DANHMUC_DATABASE_URL": settings.database_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, url, str(piece), env={**kept, **store}, cwd=ROOT
    )
    return await asyncio.wait_for(process.wait(), 60)


async def test_a_killed_follower_goes_on_and_ends_equal(both: tuple[Settings, Settings], catalogue: Any) -> None:
    there, here = both
    async with catalogue.served(there) as (app, _), catalogue.listening(app) as url:
        database = app.state.service.database
        await catalogue.first(database, 60)
        cursor = -1
        for round_ in range(KILLS):
            assert await follow(here, url, random.randint(1, 9)) == -signal.SIGKILL
            mine = await open_database(here)
            state = await followed(mine)
            assert {finding.area for finding in await check(mine)} == set()
            assert state is None or state.cursor >= cursor
            cursor = state.cursor if state else cursor
            await mine.close()
            # The other goes on meanwhile.
            for number in range(1, 9):
                fresh = catalogue.procedure(number, f"Tên {round_}")
                await catalogue.change(
                    database,
                    lambda book, fresh=fresh: book.put(fresh, book.moment.date(), "1/QĐ-BTP", catalogue.origin),
                    codes=[fresh.code],
                )
        assert await follow(here, url, 0) == 0
        mine = await open_database(here)
        assert await catalogue_digest(mine) == await catalogue_digest(database)
        await mine.close()
