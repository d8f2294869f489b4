"""The pages over the app: the small catalogue of ``tests/api``, served in this process, and a reader of HTML."""

import importlib.util
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from litestar import Litestar

from registry.settings import Settings

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSEEN = frozenset({"script", "style", "template"})
_HEADING = re.compile(r"h[1-6]")


class Node:
    """An element: its tag, its attributes (``""`` where there is no value), and what it holds in order."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None" = None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.inside: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """What can be read in it, spaces collapsed. Parts that scripts or styles hold are left out."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for one in self.inside:
            if isinstance(one, str):
                yield one
            elif one.tag not in _UNSEEN:
                # Whatever stands in an element of its own is a word of its own, but for what marks parts of words.
                edge = "" if one.tag in ("mark", "b", "strong", "em", "a", "span", "wbr") else " "
                yield edge
                yield from one._texts()
                yield edge

    def walk(self) -> "Iterator[Node]":
        for one in self.inside:
            if isinstance(one, Node):
                yield one
                yield from one.walk()

    def all(self, tag: str | None = None, class_: str | None = None, **attributes: str) -> "list[Node]":
        """The elements in it, in order, with this tag, class and these attributes (``aria_label``)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            one
            for one in self.walk()
            if (tag is None or one.tag == tag)
            and (class_ is None or class_ in one.classes)
            and all(one.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str | None = None, class_: str | None = None, **attributes: str) -> "Node":
        """The only element like this."""
        found = self.all(tag, class_, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tag or ''}.{class_ or ''} {attributes}"
        return found[0]

    def within(self, tag: str) -> "Node | None":
        """The nearest element around it with this tag."""
        here = self.parent
        while here is not None and here.tag != tag:
            here = here.parent
        return here


class Page(Node):
    """A page as its readers meet it."""

    @property
    def title(self) -> str:
        return self.one("title").text

    @property
    def main(self) -> Node:
        return self.one("main")

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading, in order."""
        return [(int(one.tag[1]), one.text) for one in self.walk() if _HEADING.fullmatch(one.tag)]

    @property
    def links(self) -> dict[str, str]:
        """Address by text; of links with one text the first."""
        found: dict[str, str] = {}
        for one in self.all("a"):
            found.setdefault(one.text, one.get("href") or "")
        return found

    @property
    def forms(self) -> list[Node]:
        return self.all("form")

    def fields(self, form: Node) -> list[tuple[str, str]]:
        """What a form sends as it stands, as a browser without scripts would, buttons left out."""
        own = set(map(id, form.walk()))
        found: list[tuple[str, str]] = []
        for one in self.walk():
            name = one.get("name")
            here = one.get("form") == form.get("id") if one.get("form") is not None else id(one) in own
            if not name or not here or one.get("disabled") is not None:
                continue
            if one.tag == "input" and one.get("type") in ("checkbox", "radio"):
                found += [(name, one.get("value") or "on")] if one.get("checked") is not None else []
            elif one.tag == "input" and one.get("type") not in ("submit", "button", "image", "file"):
                found.append((name, one.get("value") or ""))
            elif one.tag == "textarea":
                found.append((name, "".join(part for part in one.inside if isinstance(part, str))))
            elif one.tag == "select":
                found += [(name, value) for value in _selected(one)]
        return found


def _selected(select: Node) -> list[str]:
    options = select.all("option")
    chosen = [one for one in options if one.get("selected") is not None]
    if not chosen and select.get("multiple") is None:
        chosen = options[:1]
    return [value if (value := one.get("value")) is not None else one.text for one in chosen]


class _Reader(HTMLParser):
    """Builds the tree, and takes nothing that is closed in another order than it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page("", {})
        self._here: Node = self.page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs}, self._here)
        self._here.inside.append(node)
        if tag not in _VOID:
            self._here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._here.tag == tag, f"</{tag}> closes <{self._here.tag}> at {self.getpos()}"
        assert self._here.parent is not None
        self._here = self._here.parent

    def handle_data(self, data: str) -> None:
        self._here.inside.append(data)


def page_of(html: str) -> Page:
    """A page as a tree. Fails where elements are not nested as they should be, or ids stand twice."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._here is reader.page, f"<{reader._here.tag}> is never closed"
    ids = [one["id"] for one in reader.page.walk() if one.get("id") is not None]
    assert len(ids) == len(set(ids)), f"ids that stand twice: {sorted({one for one in ids if ids.count(one) > 1})}"
    return reader.page


@pytest.fixture(scope="session")
def read() -> Callable[[str], Page]:
    """``page_of``: HTML as a tree with its headings, links, forms and text."""
    return page_of


@pytest.fixture(scope="session")
def small() -> ModuleType:
    """The module that makes the small catalogue (``BIRTH`` and others, ``stored``, ``serving``, ``Fickle``)."""
    place = Path(__file__).parents[1] / "api" / "conftest.py"
    spec = importlib.util.spec_from_file_location("small_catalogue", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an empty store that the tests of a module share, on each database."""
    data = tmp_path_factory.mktemp("var")
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("blank"), data, dirs_exist_ok=True)
        return Settings(data=data)
    cluster = request.getfixturevalue("cluster")
    return Settings(data=data, database_url=cluster.create(request.getfixturevalue("migrated")))


@pytest.fixture(scope="module")
async def site(shelf: Settings, small: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the pages on the small catalogue, for tests that only read."""
    async with small.serving(await small.stored(shelf)) as (_, client):
        yield client


@pytest.fixture
async def own_site(
    blank: Path, tmp_path: Path, small: ModuleType
) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient, Any]]:
    """An app of the test's own on SQLite, a client, and its engine, which can be told to be ``down``."""
    shutil.copytree(blank, tmp_path / "var")
    store = await small.stored(Settings(data=tmp_path / "var"))
    engine = small.Fickle(store.index_path)
    async with small.serving(store, engine) as (app, client):
        yield app, client, engine


@pytest.fixture
def open_page(site: httpx.AsyncClient) -> Callable[..., Any]:
    """``await open_page("/", q="khai sinh")``: the page at an address, which must be there."""

    async def opened(path: str, *, status: int = 200, **query: Any) -> Page:
        answer = await site.get(path, params=query)
        assert answer.status_code == status, answer.text[:2000]
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return page_of(answer.text)

    return opened
