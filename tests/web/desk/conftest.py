"""The desk over the small catalogue, and people who work at it with a browser that runs no scripts."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from litestar import Litestar

from registry.access import passwords, people
from registry.access.actors import Actor, KeyScope
from registry.engine import Database
from registry.intake import working
from registry.settings import Settings

PASSWORD = "bốn từ dễ nhớ"
# Nothing below the pages of these is new: it is tested on PostgreSQL where it is.
ONE_STORE = {"test_desk_door", "test_desk_drafts", "test_desk_quarantine"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
SOMEBODY = Actor("command", "tester", "Tester", frozenset(KeyScope), None, "here")


class Browser:
    """A browser without scripts: it opens pages, and sends their forms as they stand but for what is typed."""

    def __init__(self, client: httpx.AsyncClient, read: Callable[[str], Any], login: str) -> None:
        self.client = client
        self.login = login
        self._read = read
        self.path = ""
        self.answer: httpx.Response

    async def open(self, path: str, status: int = 200, **query: Any) -> Any:
        """The page at an address; redirects are followed."""
        self.answer = await self.client.get(path, params=query or None)
        while self.answer.status_code == 303:
            self.answer = await self.client.get(self.answer.headers["location"])
        assert self.answer.status_code == status, self.answer.text[-1500:]
        self.path = self.answer.request.url.path
        return self._read(self.answer.text)

    async def send(self, page: Any, action: str, status: int = 200, /, **typed: Any) -> Any:
        """The page after sending the form whose address ends with ``action``, with ``typed`` in its fields."""
        return await self.post(self.address(page, action), self.filled(page, action, typed), status)

    async def post(self, address: str, fields: Sequence[tuple[str, str]], status: int = 200) -> Any:
        self.answer = await self.client.post(address, content=urlencode(fields), headers=FORM)
        if self.answer.status_code == 303:
            return await self.open(self.answer.headers["location"], status)
        assert self.answer.status_code == status, self.answer.text[-1500:]
        return self._read(self.answer.text)

    def address(self, page: Any, action: str) -> str:
        return str(self.form(page, action)["action"])

    def form(self, page: Any, action: str) -> Any:
        """The form that writes to an address which ends so."""
        found = [one for one in page.forms if (one.get("action") or "").split("?")[0].endswith(action)]
        found = [one for one in found if one.get("method") == "post"]
        assert found, f"no form to {action}, but to {[one.get('action') for one in page.forms]}"
        return found[0]

    def filled(self, page: Any, action: str, typed: dict[str, Any]) -> list[tuple[str, str]]:
        """What a form sends, in the order of its fields."""
        shown = page.fields(self.form(page, action))
        kept = [(name, value.removeprefix("\n")) for name, value in shown if name not in typed]
        return [
            *kept,
            *(
                (name, one)
                for name, given in typed.items()
                for one in (given if isinstance(given, list) else [given])
            ),
        ]

    async def sign_in(self, page: Any, status: int = 200, password: str = PASSWORD) -> Any:
        """Sign in on a page that asks for it."""
        return await self.send(page, "/dang-nhap", status, login=self.login, password=password)


class Desk:
    """An app with its store, and the people who work at its desk."""

    def __init__(self, app: Litestar, read: Callable[[str], Any], stack: AsyncExitStack) -> None:
        self.app = app
        self.database: Database = app.state.service.database
        self.settings: Settings = app.state.settings
        self._read = read
        self._stack = stack

    async def stranger(self, login: str = "nobody") -> Browser:
        """A browser in which nobody is signed in."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://test",
            headers={"sec-fetch-site": "same-origin"},
        )
        await self._stack.enter_async_context(client)
        return Browser(client, self._read, login)

    async def person(self, *scopes: str, agency: str | None = None, name: str = "Nguyễn Thị Lan") -> Browser:
        """Somebody who has signed in."""
        login = f"lan{secrets.token_hex(4)}"
        await people.create(self.database, SOMEBODY, login, name, PASSWORD, scopes or ("announce",), agency)
        browser = await self.stranger(login)
        await browser.sign_in(await browser.open("/bien-tap/dang-nhap"))
        return browser

    async def settle(self) -> None:
        """Until all work on uploads is done."""
        while tasks := list(self.app.state.workers._tasks):
            await asyncio.gather(*tasks)

    async def count(self, table: str, condition: str = "1 = 1") -> int:
        from piccolo.querystring import QueryString

        rows = await self.database.rows(QueryString(f"SELECT COUNT(*) AS n FROM {table} WHERE {condition}"))
        return int(rows[0]["n"])


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in ONE_STORE and "shelf" in metafunc.fixturenames:
        metafunc.definition.add_marker(pytest.mark.parametrize("shelf", ["sqlite"], indirect=True))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 2)


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on uploads is done in this process: starting another takes longer than the work."""

    async def watch(self: Any, task: working.Task) -> None:
        await working.work(self._database, self._settings, task, aloud=False)

    monkeypatch.setattr(working.Workers, "_watch", watch)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an empty store, on each database."""
    data = tmp_path_factory.mktemp("desk")
    if request.param == "sqlite":
        return Settings(data=data)
    cluster = request.getfixturevalue("cluster")
    return Settings(data=data, database_url=cluster.create(request.getfixturevalue("migrated")))


@pytest.fixture(scope="session")
async def desk(shelf: Settings, small: ModuleType, read: Callable[[str], Any]) -> AsyncIterator[Desk]:
    """A desk that all tests share, on each database: what they do there stands side by side."""
    async with AsyncExitStack() as stack:
        app, _ = await stack.enter_async_context(small.serving(await small.stored(shelf)))
        yield Desk(app, read, stack)


@pytest.fixture
async def own_desk(
    own_site: tuple[Litestar, httpx.AsyncClient, Any], read: Callable[[str], Any]
) -> AsyncIterator[Desk]:
    """A desk of the test's own."""
    async with AsyncExitStack() as stack:
        yield Desk(own_site[0], read, stack)


@pytest.fixture
def forgotten(desk: Desk) -> Callable[[], Awaitable[None]]:
    """Every session of the shared desk ends."""
    from piccolo.querystring import QueryString

    async def forget() -> None:
        async def write() -> None:
            await desk.database.rows(QueryString("DELETE FROM session"))

        await desk.database.transact(write)

    return forget
