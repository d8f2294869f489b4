"""The embedded engine: a folder of tantivy indexes, and the questions they answer."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

import tantivy

from search.contract import (
    Answer,
    Batch,
    Document,
    Hit,
    IndexState,
    IndexUnavailable,
    Question,
    combined_digest,
)
from search.embedded import facets, schema
from search.embedded.opening import guarded, opened
from search.embedded.searching import Read, Search
from search.embedded.snapshot import Snapshot
from search.embedded.store import REMEDY, State, Store
from search.embedded.suggesting import Suggester
from search.embedded.writing import Writing
from search.query import Understanding, plain
from search.suggesting import readings

_ATTEMPTS = 5
_THREADS = 4

Given = TypeVarTuple("Given")
Result = TypeVar("Result")


class Embedded:
    """An index in a folder, read by any number of processes and written by one at a time.

    ``understand`` turns the text of a question into a ``Query``. ``patience`` is how many seconds a change
    waits for another writer.

    A folder without an index answers like an empty one at revision 0, which asks to be rebuilt. One that
    cannot be read raises ``IndexUnavailable``: deleting it, or ``rebuild``, loses nothing.

    A search takes a few milliseconds, and is made where it is asked, on the event loop: handing it to a thread and
    back cost a sixth of its time. A server uses its cores by a process for each. Only the facets
    of what is found in thousands are counted beside it, in Rust without the interpreter's lock. What takes longer
    runs in threads; ``documents`` given to ``rebuild`` are read there.
    """

    name = "embedded"

    def __init__(self, path: Path | str, *, understand: Understanding = plain, patience: float = 30.0) -> None:
        self._store = Store(Path(path), patience)
        self._writing = Writing(self._store)
        self._understand = understand
        threads = min(_THREADS, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        # Threads of its own: a search waits for its counts, and must not keep them from beginning.
        self._counting = ThreadPoolExecutor(threads, thread_name_prefix="counting")
        self._opening = threading.Lock()
        self._snapshot: Snapshot | None = None

    async def search(self, question: Question) -> Answer:
        """Answer a question. ``ValueError`` for an unknown facet or sort, or a negative limit or offset."""
        _check(question)
        return self._search(question)

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        """Names in force that complete ``text``, each name once, procedures between agencies left out."""
        if limit < 0:
            raise ValueError("limit must not be negative")
        return await self._read(self._suggest, text, as_of, limit)

    async def apply(self, batch: Batch) -> None:
        """Apply a change and make it durable. One that is older than what the index holds changes nothing, nor
        does one that supposes more than it holds: ``IndexBehind``."""
        await asyncio.to_thread(self._writing.apply, batch)

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Build a new generation and swap it in; whatever the folder holds does not matter."""
        await asyncio.to_thread(self._writing.rebuild, documents, revision)

    async def state(self) -> IndexState:
        """Count and digest what is really in the index."""
        return await self._read(self._state)

    async def close(self) -> None:
        """Let go of threads and files. Questions under way are answered."""
        await asyncio.to_thread(self._writing.close)
        await asyncio.to_thread(self._threads.shutdown)
        self._counting.shutdown()
        self._snapshot = None

    # Reading

    async def _read(self, call: Callable[[Unpack[Given]], Result], *given: *Given) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *given)

    def _current(self) -> Snapshot | None:
        """The present state, opened again when another process or this one has changed it."""
        mark = self._store.mark()
        snapshot = self._snapshot
        if snapshot is not None and snapshot.mark == mark:
            return snapshot
        with self._opening:
            if self._snapshot is None or self._snapshot.mark != mark:
                self._snapshot = self._open()
            return self._snapshot

    def _open(self) -> Snapshot | None:
        fault: Exception | None = None
        for _ in range(_ATTEMPTS):
            mark = self._store.mark()
            state = self._store.read()
            if state is None:
                return None
            try:
                with guarded("opened"):
                    return Snapshot(state, self._index(state), mark, self._snapshot)
            except IndexUnavailable as error:
                # A rebuild may have swept this generation away since its name was read.
                fault = error
                if self._store.mark() == mark:
                    break
        raise IndexUnavailable(f"search index {self._store.path}: {fault}; {REMEDY}") from fault

    def _index(self, state: State) -> tantivy.Index:
        present = self._snapshot
        if present is not None and present.state.generation == state.generation:
            present.index.reload()
            return present.index
        return opened(self._store.folder(state.generation))

    def _state(self) -> IndexState:
        snapshot = self._current()
        if snapshot is None:
            return IndexState(documents=0, revision=0, digest=combined_digest([]))
        with guarded("read"):
            every = tantivy.Query.all_query()
            proofs = snapshot.searcher.terms_with_prefix("proof", "", filter_query=every)
            return IndexState(
                documents=snapshot.searcher.num_docs,
                revision=snapshot.state.revision,
                digest=combined_digest(schema.unproof(term) for term, count in proofs for _ in range(count)),
            )

    def _search(self, question: Question) -> Answer:
        snapshot = self._current()
        if snapshot is None:
            return Answer([], 0, {name: [] for name in question.facets}, 0, self.name)
        # A request asks the same text for its page, and again for the copies of what is on it.
        read = snapshot.remember(("read", question.text), lambda: self._read_text(snapshot, question.text))
        with guarded("searched"):
            return Search(snapshot, question, read).answer(self.name, self._counting)

    def _read_text(self, snapshot: Snapshot, text: str) -> Read:
        query = self._understand(text)
        facets.check(query.filters)
        with guarded("searched"):
            return Read(query, snapshot.compiler.compile(query))

    def _suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        snapshot = self._current()
        queries = [query for query in readings(self._understand, text) if query.groups or query.codes]
        if snapshot is None or not limit or not queries:
            return []
        with guarded("searched"):
            return Suggester(snapshot, text, as_of).suggest(queries, limit)


def _check(question: Question) -> None:
    facets.check(question.facets)
    facets.check(question.filters)
    if question.sort not in schema.SORTS:
        raise ValueError(f"unknown sort {question.sort!r}: it must be one of {', '.join(schema.SORTS)}")
    if question.limit < 0 or question.offset < 0:
        raise ValueError("limit and offset must not be negative")
