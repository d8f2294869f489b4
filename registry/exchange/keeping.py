"""Following once, or until cancelled; what kept it from being done stays known until it is."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from registry.exchange.followed import FollowRefused, note
from registry.exchange.following import Caught, Follower
from registry.exchange.source import SourceRefused, SourceUnavailable


async def once(follower: Follower, *, anew: bool = False) -> Caught:
    """Catch up. Raises ``FollowRefused``, ``SourceRefused`` and ``SourceUnavailable``."""
    async with _noting(follower):
        await follower.begin(anew)
        return await _caught_up(follower)


async def keep(
    follower: Follower,
    told: Callable[[Caught], Awaitable[None]],
    troubled: Callable[[str, float], None],
    *,
    anew: bool = False,
    waiting: float = 25.0,
    pause: float = 1.0,
    longest: float = 60.0,
) -> None:
    """Follow until cancelled. ``told`` hears what every catching up did, ``troubled`` of every failure that may
    pass, with the seconds until the next try."""
    failures, begun = 0, False
    while True:
        try:
            async with _noting(follower):
                if not begun:
                    await follower.begin(anew)
                    begun = True
                caught = await _caught_up(follower)
            await told(caught)
            failures = 0
            async with _noting(follower):
                while not await follower.wait(waiting):
                    pass
        except SourceUnavailable as error:
            wait = min(longest, pause * 2 ** min(failures, 10)) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
            wait = max(wait, min(error.wait or 0, 10 * longest))
            failures += 1
            troubled(str(error), wait)
            await asyncio.sleep(wait)


async def _caught_up(follower: Follower) -> Caught:
    caught = await follower.catch_up()
    await note(follower.database, follower.source.url, "")
    return caught


@asynccontextmanager
async def _noting(follower: Follower) -> AsyncIterator[None]:
    try:
        yield
    except (FollowRefused, SourceRefused, SourceUnavailable) as error:
        await note(follower.database, follower.source.url, str(error))
        raise
