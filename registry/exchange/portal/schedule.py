"""Running again and again."""

import asyncio
import random
from collections.abc import Awaitable, Callable


async def repeat(every: float, turn: Callable[[], Awaitable[None]], turns: int | None = None) -> None:
    """Call ``turn`` every so many seconds, counted from its beginnings; one that takes longer is followed by the
    next at once. Beginnings are spread a little, so that registries do not all ask a portal on the hour. ``turns``
    is how often, without end where it is ``None``."""
    loop = asyncio.get_running_loop()
    done = 0
    while turns is None or done < turns:
        begun = loop.time()
        await turn()
        done += 1
        spread = every * random.uniform(0.0, 0.05)  # noqa: S311 - no secret
        await asyncio.sleep(max(0.0, begun + every + spread - loop.time()))
