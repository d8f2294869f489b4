"""The app: what it opens when it starts, what it serves, and what it closes when it ends."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import Message, Send

from registry.api import create_router
from registry.api.exchange import exchanging
from registry.api.schema import create_config
from registry.api.service import Service
from registry.engine import open_database
from registry.exchange.delivering import Deliverer
from registry.feedback import counting
from registry.finding import open_engine
from registry.intake.working import Workers
from registry.settings import Settings
from registry.web import create_pages, warming
from registry.web.errors import HANDLERS
from search.contract import Engine

# Threads work beside the event loop: the database's, and those that count what is found in thousands. With
# Python's 5 ms it waits that long for each to let go.
TURN = 0.0005
COLLECTED = 50_000


class App(Litestar):
    """Litestar, with HEAD wherever there is GET: the same headers, no body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in ("HEAD", "OPTIONS"):
            await super().__call__(scope, receive, send)
        elif scope["method"] == "HEAD":
            got: Any = {**scope, "method": "GET"}
            await super().__call__(got, receive, _bodiless(send))
        else:
            await super().__call__(scope, receive, _allowing(send))

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        """Msgspec's alone. Litestar's own choice reads all of pydantic, which other libraries bring along and
        nothing here uses: a tenth of a start."""
        return [*plugins, MsgspecDIPlugin()]


def _bodiless(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return wrapped


def _allowing(send: Send) -> Send:
    """HEAD where GET is allowed."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, value + b", HEAD" if name == b"allow" and b"GET" in value else value)
                for name, value in message["headers"]
            ]
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave what was made at the start out of garbage collection, and collect less often.

    An answer makes a thousand small objects, none in a cycle; walking the dictionaries again and again took a
    tenth of the time of every search.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECTED, *before[1:])
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@asynccontextmanager
async def _warmed(app: Litestar) -> AsyncIterator[None]:
    """Make ready in the background what pages need; once that is done, collect garbage again."""
    with ExitStack() as stack:

        async def prepare() -> None:
            await warming.warm(app)
            stack.enter_context(_uncollected())

        task = asyncio.create_task(prepare(), name="warming")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def create_app(
    settings: Settings, *, engine: Engine | None = None, first: bool = True, warm: bool = False
) -> Litestar:
    """The app on the store of ``settings``. ``engine`` is the search engine, by default the one that they name;
    the app closes it. Of several processes that serve one store one is the ``first``, and does what must be done
    once: it keeps the index equal to the catalogue. A server makes ``warm`` what its pages need, while it answers
    already, and then sets it apart from what is collected as garbage. Starting raises ``StoreUnavailable``, inside
    an ``ExceptionGroup``, where the database cannot be opened."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(sys.setswitchinterval, sys.getswitchinterval())
            sys.setswitchinterval(TURN)
            database = await open_database(settings)
            stack.push_async_callback(database.close)
            search = engine if engine is not None else open_engine(settings)
            stack.push_async_callback(search.close)
            service = Service(database, search, first=first)
            stack.push_async_callback(service.following.stop)
            await service.following.start()
            app.state.service = service
            app.state.settings = settings
            app.state.views = await stack.enter_async_context(counting(database))
            app.state.workers = workers = Workers(database, settings)
            stack.push_async_callback(workers.stop)
            deliverer = Deliverer(database, allow_private=settings.allow_private) if first else None
            await stack.enter_async_context(exchanging(app, database, deliverer))
            if warm:
                await stack.enter_async_context(_warmed(app))
            yield

    return App(
        route_handlers=[create_router(), create_pages()],
        lifespan=[running],
        openapi_config=create_config(),
        exception_handlers=HANDLERS,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, exclude_opt_key="compressed"),
        logging_config=None,
    )
