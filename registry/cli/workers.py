"""Companions of a server: processes that answer on the same listener, so that every core is used.

One Python process answers on little more than one core. The first process does what must be done once (it follows
the catalogue and delivers); companions only answer. They are started when it answers already, are started again
when they end, and end by themselves when it does: their input closes.
"""

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from litestar import Litestar
    from uvicorn import Config

    from registry.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 1.0
LONGEST_PAUSE = 30.0
# One that lived this long did not fail at its start.
LONG_LIFE = 60.0
PATIENCE = 10.0


def default() -> int:
    """As many processes as there are cores for us, at most four: each holds the dictionaries once more."""
    return max(
        1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )


def bound(settings: "Settings", listener: socket.socket) -> "Settings":
    """The settings with the host and port that are listened on, whatever was set: what is served names them."""
    host, port = listener.getsockname()[:2]
    return structs.replace(settings, host=host, port=port)


@asynccontextmanager
async def companions(listener: socket.socket, count: int) -> AsyncIterator[None]:
    """Keep ``count`` companions answering on ``listener`` until the end."""
    tasks = [asyncio.create_task(_keep(listener), name=f"companion {number}") for number in range(count)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(listener: socket.socket) -> None:
    """One companion, started again when it ends, later and later where it fails at once."""
    pause = PAUSE
    while True:
        begun = asyncio.get_running_loop().time()
        code = await _live(listener)
        lived = asyncio.get_running_loop().time() - begun
        pause = PAUSE if lived > LONG_LIFE else min(pause * 2, LONGEST_PAUSE)
        log.error("a process that answers beside this one ended with %s; another starts in %s s", code, pause)
        await asyncio.sleep(pause)


async def _live(listener: socket.socket) -> int:
    """From its start to its end. Where this task is cancelled, it is asked to end, and then made to."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        str(listener.fileno()),
        stdin=asyncio.subprocess.PIPE,
        pass_fds=[listener.fileno()],
        # Ctrl-C at a terminal is for the first process, which tells the others.
        start_new_session=True,
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
        raise


async def answer(settings: "Settings", listener: socket.socket) -> None:
    """A companion's life: answer until the first process closes our input."""
    import uvicorn

    from registry.app import create_app

    class Companion(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # Not before: told to end while it starts, uvicorn leaves the app open.
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._ended)

        def _ended(self) -> None:
            if not os.read(sys.stdin.fileno(), 1024):
                asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
                release(app)
                self.should_exit = True

    app = create_app(settings, first=False, warm=True)
    await Companion(configuration(app)).serve(sockets=[listener])


def release(app: "Litestar") -> None:
    """Answer those who wait for a change: a server that ends waits for whoever it still owes an answer."""
    if hasattr(app.state, "exchange"):
        app.state.exchange.waiting.release()


def configuration(app: "Litestar") -> "Config":
    """How every process of a server answers."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
    )


def loop() -> asyncio.AbstractEventLoop:
    """The loop that servers run on: uvloop, where there is one, answers a twentieth sooner."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main() -> None:
    from registry.settings import read_settings

    gc.disable()  # as `serve` does
    listener = socket.socket(fileno=int(sys.argv[1]))
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(answer(bound(read_settings(), listener), listener))


if __name__ == "__main__":
    main()
