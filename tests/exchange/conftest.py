"""Registries that follow each other, on both databases, and a small catalogue that changes."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from litestar import Litestar, Router

from registry.access import keys
from registry.access.actors import command
from registry.api.changes import ChangeController
from registry.api.digest import DigestController
from registry.api.exchange import exchanging
from registry.api.layers import LayerController, ReviewController
from registry.api.parameters import check
from registry.api.problems import HANDLERS
from registry.api.procedures import ProcedureController
from registry.api.service import Service
from registry.api.snapshot import SnapshotController
from registry.api.webhooks import WebhookController
from registry.catalogue.check import catalogue_digest
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import Database, open_database
from registry.exchange.following import Follower
from registry.exchange.source import Source
from registry.procedure import Agency, Announcement, Item, Procedure, Step, Term
from registry.settings import Settings
from registry.vocabulary import Action, Role
from search.embedded import Embedded

JUSTICE = Agency(Role.ISSUING, "Bộ Tư pháp", "G04")
CIVIL = Term("G04-HT", "Hộ tịch")
LAND = Term("G05-DD", "Đất đai")
HERE = Origin("test", "records.json:1", "", '[{"field":"name","rule":"nfc"}]')
URL = "http://national.test"
CONTROLLERS = [
    ChangeController,
    SnapshotController,
    DigestController,
    LayerController,
    ReviewController,
    WebhookController,
    ProcedureController,
]


def announcement(number: int, *items: Item, decided: date = date(2025, 1, 2)) -> Announcement:
    return Announcement(f"{number}/QĐ-BTP", f"{number}/QĐ-BTP", decided, decided, decided, JUSTICE, items=items)


def procedure(number: int, name: str = "Đăng ký khai sinh", sector: Term = CIVIL, **more: Any) -> Procedure:
    return Procedure(
        code=f"9.{number:06}",
        name=name,
        sectors=(sector,),
        agencies=(JUSTICE,),
        steps=(Step(f"Nộp hồ sơ {number}"),),
        **more,
    )


async def change(database: Database, work: Callable[[Ledger], Any], **keys: Any) -> None:
    """One unit of work on these keys (codes, announcements, agencies)."""

    async def unit(book: Ledger) -> None:
        await book.load(**keys)
        work(book)

    await record(database, unit)


async def first(database: Database, count: int = 6) -> None:
    """Two sectors, an agency, an announcement, and so many procedures."""
    items = tuple(Item(Action.NEW, (), (f"9.{number:06}",)) for number in range(1, count + 1))

    def work(book: Ledger) -> None:
        book.put_sector(CIVIL)
        book.put_sector(LAND)
        book.put_agency("G04", AgencyState("Bộ Tư pháp", level="ministry"))
        book.put_agency("H03", AgencyState("UBND tỉnh Bắc Kạn", level="province"))
        book.announce(announcement(1, *items))
        for number in range(1, count + 1):
            sector = CIVIL if number % 2 else LAND
            book.put(procedure(number, sector=sector), date(2025, 1, 10), "1/QĐ-BTP", HERE)

    codes = [f"9.{number:06}" for number in range(1, count + 1)]
    await change(database, work, codes=codes, announcements=["1/QĐ-BTP"], agencies=["G04", "H03"])


async def later(database: Database) -> None:
    """An amendment, a replacement with its successor, an abolition, and an agency that goes into another."""
    items = (
        Item(Action.AMENDED, ("9.000001",), ("9.000001",)),
        Item(Action.REPLACED, ("9.000002",), ("9.000020",)),
        Item(Action.ABOLISHED, ("9.000003",), ()),
    )

    def work(book: Ledger) -> None:
        book.announce(announcement(2, *items, decided=date(2025, 4, 1)))
        book.put(procedure(1, "Đăng ký khai sinh lưu động"), date(2025, 4, 1), "2/QĐ-BTP", HERE)
        book.end("9.000002", date(2025, 4, 1), "2/QĐ-BTP")
        book.put(procedure(20, "Cấp bản sao", LAND), date(2025, 4, 1), "2/QĐ-BTP", HERE)
        book.end("9.000003", date(2025, 4, 1), "2/QĐ-BTP")
        book.end_agency("H03", date(2025, 7, 1), "202/2025/QH15")
        book.succeed("agency", "H03", "H55", date(2025, 7, 1), None)

    codes = ["9.000001", "9.000002", "9.000003", "9.000020"]
    await change(database, work, codes=codes, announcements=["2/QĐ-BTP"], agencies=["H03"])


class Pair:
    """A registry that is served, and another that follows it."""

    def __init__(self, app: Litestar, there: Database, here: Database, client: httpx.AsyncClient) -> None:
        self.app = app
        self.there = there
        self.here = here
        self.client = client

    def follower(self, **options: Any) -> Follower:
        return Follower(self.here, Source(URL, self.client), **options)

    async def equal(self) -> bool:
        return await catalogue_digest(self.there) == await catalogue_digest(self.here)

    async def ask(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(f"{URL}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient]]:
    """The routes of the exchange alone on the store of these settings: the whole app takes longer to start than a
    test to run. Requests name it by ``URL``."""
    database = await open_database(settings)
    routes = Router("/", route_handlers=CONTROLLERS, before_request=check, opt={"compressed": True})
    app = Litestar(route_handlers=[routes], exception_handlers=HANDLERS, openapi_config=None, logging_config=None)
    app.state.service = Service(database, Embedded(settings.index_path))
    app.state.settings = settings
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    try:
        async with exchanging(app, database), httpx.AsyncClient(transport=transport, base_url=URL) as client:
            yield app, client
    finally:
        await database.close()


@asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[str]:
    """An app on a port of loopback; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def paired(there: Settings, here: Settings) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        app, client = await stack.enter_async_context(served(there))
        mine = await open_database(here)
        stack.push_async_callback(mine.close)
        yield Pair(app, app.state.service.database, mine, client)


@pytest.fixture(scope="session")
def store(blank: Path) -> Callable[[Path], Settings]:
    """Makes settings of a fresh store on SQLite."""

    def make(folder: Path) -> Settings:
        shutil.copytree(blank, folder)
        return Settings(data=folder)

    return make


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite"])
def both(
    request: pytest.FixtureRequest, tmp_path: Path, store: Callable[[Path], Settings], postgres: str
) -> tuple[Settings, Settings]:
    """Settings of two fresh stores on different databases."""
    local = store(tmp_path / "local")
    remote = Settings(data=tmp_path / "remote", database_url=postgres)
    return (local, remote) if request.param.startswith("sqlite") else (remote, local)


@pytest.fixture
async def pair(both: tuple[Settings, Settings]) -> AsyncIterator[Pair]:
    """Two registries on different databases."""
    async with paired(*both) as found:
        yield found


@pytest.fixture
async def local(tmp_path: Path, store: Callable[[Path], Settings]) -> AsyncIterator[Database]:
    """An open store on SQLite, for what does not depend on the database."""
    database = await open_database(store(tmp_path / "var"))
    yield database
    await database.close()


@pytest.fixture
async def light(tmp_path: Path, store: Callable[[Path], Settings]) -> AsyncIterator[Pair]:
    """Two registries on SQLite, for what does not depend on the database."""
    async with paired(store(tmp_path / "there"), store(tmp_path / "here")) as found:
        yield found


@pytest.fixture
def keyed() -> Callable[..., Awaitable[dict[str, str]]]:
    """Makes a key with these scopes. Gives the header that carries it."""

    async def make(database: Database, *scopes: str, agency: str | None = None) -> dict[str, str]:
        made = await keys.create(database, command(), "test", scopes, agency=agency)
        return {"authorization": f"Bearer {made.secret}"}

    return make


@pytest.fixture(scope="session")
def catalogue() -> Any:
    """What the tests of this folder build catalogues of."""

    class Catalogue(msgspec.Struct):
        first: Callable[..., Awaitable[None]] = first
        later: Callable[..., Awaitable[None]] = later
        change: Callable[..., Awaitable[None]] = change
        procedure: Callable[..., Procedure] = procedure
        announcement: Callable[..., Announcement] = announcement
        served: Callable[..., Any] = served
        paired: Callable[..., Any] = paired
        listening: Callable[..., Any] = listening
        civil: Term = CIVIL
        origin: Origin = HERE
        url: str = URL

    return Catalogue()
