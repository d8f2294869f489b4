"""One suite for every engine: a new engine adds its name to ``ENGINES`` and is held to the same answers."""

import asyncio
import runpy
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from search.contract import FOREVER, Answer, Batch, Document, Engine, Hit, IndexState, Question
from search.embedded import Embedded
from search.meilisearch import Meilisearch

DAY = 740_000
PUBLIC = {"internal": ["false"]}
ENGINES = ("embedded", "meilisearch")
_server = runpy.run_path(str(Path(__file__).with_name("server.py")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that the tests against a real server did not run."""
    if not _server["PROGRAM"]:
        terminalreporter.write_sep("!", _server["ABSENT"], red=True, bold=True)


class Bench:
    """An engine driven from plain tests, on one event loop."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self.engine = engine
        self._loop = loop

    def ask(self, text: str = "", **rest: Any) -> Answer:
        return self._loop.run_until_complete(self.engine.search(Question(text=text, **{"as_of": DAY, **rest})))

    def codes(self, text: str = "", **rest: Any) -> list[str]:
        return [hit.code for hit in self.ask(text, **rest).hits]

    def suggest(self, text: str, limit: int = 8, as_of: int = DAY) -> list[Hit]:
        return self._loop.run_until_complete(self.engine.suggest(text, as_of, limit))

    def apply(self, revision: int, documents: Iterable[Document] = (), gone: Iterable[str] = ()) -> None:
        some = list(documents)
        codes = list(dict.fromkeys([*gone, *(one.code for one in some)]))
        self._loop.run_until_complete(self.engine.apply(Batch(revision=revision, codes=codes, documents=some)))

    def rebuild(self, documents: Iterable[Document], revision: int = 1) -> None:
        self._loop.run_until_complete(self.engine.rebuild(documents, revision))

    def state(self) -> IndexState:
        return self._loop.run_until_complete(self.engine.state())

    def run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)


@pytest.fixture(scope="session", params=sorted(ENGINES))
def opened(request: pytest.FixtureRequest) -> Callable[[Path], Engine]:
    """How an engine is made for a folder of its own."""
    if request.param == "embedded":
        return Embedded
    server = request.getfixturevalue("server")
    return lambda path: Meilisearch(server.url, server.key, index=md5(str(path).encode()).hexdigest())


@pytest.fixture(scope="session")
def make_server() -> Iterator[Callable[[], Any]]:
    """Starts real Meilisearch servers, each on a port and in a folder of its own."""
    if not _server["PROGRAM"]:
        pytest.skip(_server["ABSENT"])
    with ExitStack() as stack:

        def make() -> Any:
            server = _server["Server"]()
            stack.callback(server.stop)
            server.start()
            return server

        yield make


@pytest.fixture(scope="session")
def server(make_server: Callable[[], Any]) -> Any:
    """One server for all tests that leave it running."""
    return make_server()


@contextmanager
def driven(engine: Engine) -> Iterator[Bench]:
    loop = asyncio.new_event_loop()
    try:
        yield Bench(engine, loop)
        loop.run_until_complete(engine.close())
    finally:
        loop.close()


@pytest.fixture
def bench(opened: Callable[[Path], Engine], tmp_path: Path) -> Iterator[Bench]:
    with driven(opened(tmp_path / "index")) as bench:
        yield bench


def make(code: str, name: str = "Cấp giấy phép", **rest: Any) -> Document:
    """A document in force for good, with what a test says of it."""
    given = {"id": f"{code}@1", "valid_from": DAY - 100, "valid_to": FOREVER, "digest": "d", "facets": {}}
    return Document(code=code, name=name, **{**given, **rest})


@pytest.fixture
def document() -> Callable[..., Document]:
    return make


@pytest.fixture(scope="module")
def catalogue() -> list[Document]:
    """A few procedures that are hard to tell apart."""
    return [
        make(
            "1.001193",
            "Thủ tục đăng ký khai sinh",
            local_codes=["1.001193.000.00.00.H55"],
            facets={**PUBLIC, "level": ["commune"], "sector": ["ho-tich"], "channel": ["direct", "online"]},
            sectors=["Hộ tịch"],
            agencies=["Ủy ban nhân dân cấp xã"],
            outputs=["Giấy khai sinh"],
            payload=b'{"a":1}',
        ),
        make(
            "2.000528",
            "Thủ tục đăng ký khai sinh có yếu tố nước ngoài",
            facets={**PUBLIC, "level": ["province"], "sector": ["ho-tich"], "channel": ["direct"]},
            sectors=["Hộ tịch"],
        ),
        make(
            "1.004194",
            "Đăng ký tạm trú",
            facets={**PUBLIC, "level": ["commune"], "sector": ["cu-tru"], "channel": ["online"]},
            sectors=["Cư trú"],
        ),
        make(
            "1.004222",
            "Đăng ký thường trú",
            facets={**PUBLIC, "level": ["commune"], "sector": ["cu-tru"], "channel": ["online", "postal"]},
            sectors=["Cư trú"],
        ),
        make("3.000001", "Cấp giấy phép lưu thông trên đường thủy", facets={**PUBLIC, "level": ["province"]}),
        make("3.000002", "Cấp giấy phép lưu thông trên dương thủy", facets={**PUBLIC, "level": ["province"]}),
        make("3.000003", "Xác nhận về <b>đất</b> & nhà", facets={**PUBLIC, "level": ["province", "commune"]}),
        make("3.000004", "Rà soát giữa các cơ quan về khai sinh", facets={"internal": ["true"]}),
    ]


@pytest.fixture(scope="module")
def filled(
    opened: Callable[[Path], Engine], catalogue: list[Document], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """An index of these procedures, for tests that only ask."""
    with driven(opened(tmp_path_factory.mktemp("filled"))) as bench:
        bench.rebuild(catalogue, revision=7)
        yield bench
