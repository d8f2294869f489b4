"""``danhmuc serve``: the catalogue over HTTP."""

import gc
import socket
from argparse import ArgumentParser, Namespace
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from registry.cli import workers
from registry.cli.arguments import count, port
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.store import Registry
    from registry.settings import Settings

HELP = "serve the catalogue over HTTP; a store that is empty is filled with the demonstration first"
DEMONSTRATION = "thai-nguyen-2025"
BACKLOG = 512

loop = workers.loop


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", metavar="HOST", help="address to listen on (default: DANHMUC_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=port, help="port to listen on, 0 for any (default: DANHMUC_PORT, 8000)")
    parser.add_argument("--empty", action="store_true", help="leave an empty store empty")
    parser.add_argument(
        "--workers", type=count, metavar="N", help="processes that answer (default: one for each core, at most 4)"
    )


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    # Until the app is warm, which sets what is there apart: a start makes no garbage to speak of, and looking for
    # some takes half a second.
    gc.disable()
    host = args.host or settings.host
    number = settings.port if args.port is None else args.port
    # Taken before anything else is done: a port in use is said at once, not after loading.
    with _listen(host, number) as listener:
        from registry.cli.store import opened

        async with opened(settings) as registry:
            await _prepare(registry, settings, screen, args.empty)
            lines = await _described(registry)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        processes = args.workers or workers.default()
        settings = workers.bound(settings, listener)
        await _serve(settings, listener, screen, [f"Danh Mục is at {address}", *lines], processes)
    return Exit.DONE


def _listen(host: str, number: int) -> socket.socket:
    from registry.cli.failures import Refusal

    try:
        family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, number), family=family, backlog=BACKLOG)
        # Asyncio turns Nagle's algorithm off only where it made the socket: else every answer waits 40 ms
        # for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise Refusal(
            f"cannot listen on {host} port {number}: {error.strerror}; choose another with --port or --host",
            Exit.UNAVAILABLE,
        ) from error


async def _prepare(registry: "Registry", settings: "Settings", screen: Screen, empty: bool) -> None:
    """Fill a store that holds nothing, and bring the index to where the store is."""
    from registry.catalogue import versions
    from registry.cli.progress import Meter

    if not empty and not await versions.revision(registry.database):
        from registry.cli.seeding import load

        screen.remark(f"the store is empty: loading the demonstration catalogue {DEMONSTRATION}")
        with Meter(screen) as meter:
            await load(registry.database, settings, DEMONSTRATION, meter)
    await registry.follower.catch_up()


async def _described(registry: "Registry") -> list[str]:
    """What is being served, in a line or two."""
    from piccolo.querystring import QueryString

    from registry import clock
    from registry.catalogue import versions

    day = clock.today()
    total = await versions.count(registry.database, day)
    rows = await registry.database.rows(
        QueryString(
            # What was written for demonstration was announced so: announcements are read sooner than contents.
            "SELECT COUNT(*) AS n FROM version v JOIN announcement a ON a.id = v.announcement "
            "WHERE {} AND {} AND a.recorded_to IS NULL AND a.body LIKE '%\"illustrative\":true%'",
            versions.believed(None),
            versions.holding(day),
        )
    )
    lines = [f"{total:,} procedures in force on {day}"]
    if rows[0]["n"]:
        lines.append(f"{rows[0]['n']:,} of them illustrative: written for demonstration, no real procedures")
    return lines


async def _serve(
    settings: "Settings", listener: socket.socket, screen: Screen, lines: list[str], processes: int
) -> None:
    import uvicorn

    from registry.app import create_app

    stack = AsyncExitStack()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                screen.say(*lines)
                screen.flush()
                # Last, so that the first answers need not wait for what others do at their start.
                await stack.enter_async_context(workers.companions(listener, processes - 1))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # First, and here: after this the signal that ends us is raised again, and nothing more is done.
            workers.release(app)
            await stack.aclose()
            await super().shutdown(sockets)

    app = create_app(settings, warm=True)
    await Server(workers.configuration(app)).serve(sockets=[listener])
