"""The Meilisearch engine: what an index is asked, asked of a server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import httpx
import msgspec

from search.contract import (
    FACETS,
    Answer,
    Batch,
    Document,
    Hit,
    IndexState,
    IndexUnavailable,
    Question,
    combined_digest,
)
from search.meilisearch.administration import Administration, Pair, check_version
from search.meilisearch.connection import REMEDY, Connection, IndexMissing
from search.meilisearch.documents import SORTS, State, index_format
from search.meilisearch.exchange import Exchange, Moved
from search.meilisearch.searching import Search, suggestions
from search.meilisearch.snapshot import Snapshot
from search.meilisearch.words import Words
from search.query import Understanding, plain
from search.ranking import FIELDS
from search.suggesting import readings

# How often a question is asked again because the index has changed under it.
_ATTEMPTS = 8
_PAGE = 20_000
# The attributes whose words are told, by the fields that ``Words`` knows.
_VOCABULARY = {
    **{name: name for name in ("strict", "wide", "pairs")},
    **{field.name: f"words.{field.name}" for field in FIELDS if field.strict},
}

T = TypeVar("T")


class Version(msgspec.Struct, rename="camel"):
    pkg_version: str = ""


class Page(msgspec.Struct):
    results: list[Pair]


class Meilisearch:
    """An index of a Meilisearch server, version 1.12 or later.

    ``index`` is its name; ``NAME-next-…`` are names of indexes that are being built. ``understand`` turns the
    text of a question into a ``Query``. ``limit_seconds`` bounds every request of a question, ``task_seconds``
    every wait for a change. ``transport`` takes the place of the network in tests.

    What goes wrong raises ``IndexUnavailable``, which says what to do. An index that was never built answers
    like an empty one at revision 0, which asks to be rebuilt; one that was there and is lost does not answer.
    """

    name = "meilisearch"

    def __init__(
        self,
        url: str,
        key: str,
        *,
        index: str = "danhmuc",
        understand: Understanding = plain,
        limit_seconds: float = 5.0,
        task_seconds: float = 300.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._index = index
        self._understand = understand
        self._connection = Connection(url, key, limit_seconds, transport)
        self._administration = Administration(url, key, index, task_seconds=task_seconds)
        self._writing = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._checked = False
        self._seen = False

    async def search(self, question: Question) -> Answer:
        """Answer a question. ``ValueError`` for an unknown facet or sort, or a negative limit or offset."""
        _check(question)
        query = self._understand(question.text)
        _check_facets(query.filters)

        async def ask(snapshot: Snapshot) -> Answer:
            return await Search(self._exchange, snapshot, question, query).answer(self.name)

        empty = Answer([], 0, {name: [] for name in question.facets}, 0, self.name)
        return await self._settled(ask, empty)

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        """Names in force that complete ``text``, each name once, procedures between agencies left out."""
        if limit < 0:
            raise ValueError("limit must not be negative")
        queries = [query for query in readings(self._understand, text) if query.groups or query.codes]
        if not limit or not queries:
            return []

        async def ask(snapshot: Snapshot) -> list[Hit]:
            found: list[Hit] = []
            for query in queries:
                known = {hit.code for hit in found}
                if len(found) < limit:
                    more = await suggestions(self._exchange, snapshot, query, text, as_of, limit)
                    found += [hit for hit in more if hit.code not in known]
            return found[:limit]

        return await self._settled(ask, [])

    async def apply(self, batch: Batch) -> None:
        """Apply a change in one step, durably. One that is older than what the index holds changes nothing, nor
        does one that supposes more than it holds: ``IndexBehind``."""
        async with self._writing:
            if not await asyncio.to_thread(self._administration.apply, batch):
                await asyncio.to_thread(self._administration.rebuild, batch.documents, batch.revision)

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Build a fresh index, prove that it holds ``documents``, and swap it in; searching goes on meanwhile."""
        async with self._writing:
            await asyncio.to_thread(self._administration.rebuild, documents, revision)

    async def state(self) -> IndexState:
        """Count and digest what is really in the index. One of another format counts as never built."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._state()
            except IndexMissing:
                return IndexState(documents=0, revision=0, digest=combined_digest([]))
            except Moved:
                continue
        raise self._restless()

    async def close(self) -> None:
        await self._connection.close()
        self._snapshot = None

    async def _state(self) -> IndexState:
        state = await self._present()
        if state is None or state.format != index_format():
            raise IndexMissing("there is no index of this format")
        pairs: list[Pair] = []
        while True:
            wanted = {
                "filter": "codeKey EXISTS",
                "fields": ["id", "digest"],
                "limit": _PAGE,
                "offset": len(pairs),
            }
            page = await self._connection.post(f"/indexes/{self._index}/documents/fetch", wanted, Page)
            pairs += page.results
            if len(page.results) < _PAGE:
                break
        if await self._present() != state:
            raise Moved
        digest = combined_digest((one.id, one.digest) for one in pairs)
        return IndexState(documents=len(pairs), revision=state.revision, digest=digest)

    async def _settled(self, ask: Callable[[Snapshot], Awaitable[T]], empty: T) -> T:
        """Ask until one state of the index has given the whole answer."""
        for _ in range(_ATTEMPTS):
            snapshot = self._snapshot
            try:
                if snapshot is None:
                    snapshot = await self._load()
                return empty if snapshot is None else await ask(snapshot)
            except Moved:
                if self._snapshot is snapshot:
                    self._snapshot = None
            except IndexMissing:
                self._snapshot = None
                self._checked = False
                if self._seen:
                    raise
                return empty
            except IndexUnavailable:
                self._checked = False
                raise
        raise self._restless()

    async def _load(self) -> Snapshot | None:
        """Read the words of the index as it is now; ``None`` when it was never built."""
        async with self._loading:
            if self._snapshot is not None:
                return self._snapshot
            await self._check_version()
            exchange = self._exchange()
            exchange.count([], list(_VOCABULARY.values()))
            state, (told,) = await exchange.send()
            if state is None and not self._seen:
                return None
            if state is None:
                raise IndexUnavailable(
                    f"Meilisearch at {self._connection.url} has lost what its index held; {REMEDY}"
                )
            if state.format != index_format():
                raise IndexUnavailable(
                    f"the index of Meilisearch at {self._connection.url} has format {state.format}, this program "
                    f"reads {index_format()}; {REMEDY}"
                )
            words = {name: told.facet_distribution.get(one, {}) for name, one in _VOCABULARY.items()}
            self._seen = True
            self._snapshot = Snapshot(state, Words(max(0, told.total_hits - 1), words))
            return self._snapshot

    async def _check_version(self) -> None:
        if not self._checked:
            version = await self._connection.get("/version", Version)
            check_version(self._connection.url, version.pkg_version)
            self._checked = True

    async def _present(self) -> State | None:
        await self._check_version()
        return (await self._exchange().send())[0]

    def _exchange(self) -> Exchange:
        return Exchange(self._connection, self._index)

    def _restless(self) -> IndexUnavailable:
        return IndexUnavailable(
            f"the index of Meilisearch at {self._connection.url} changes faster than it can be read; try again"
        )


def _check(question: Question) -> None:
    _check_facets(question.facets)
    _check_facets(question.filters)
    if question.sort not in SORTS:
        raise ValueError(f"unknown sort {question.sort!r}: it must be one of {', '.join(SORTS)}")
    if question.limit < 0 or question.offset < 0:
        raise ValueError("limit and offset must not be negative")


def _check_facets(names: Iterable[str]) -> None:
    """Raise ``ValueError`` for a facet that no engine has."""
    for name in names:
        if name not in FACETS:
            raise ValueError(f"unknown facet {name!r}: it must be one of {', '.join(FACETS)}")
