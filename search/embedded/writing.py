"""Writing an embedded index: changes one by one, and a whole generation anew.

Tantivy merges as soon as it has eight segments of a size, and to it whatever holds less than ten thousand
documents is of one. With a segment for each change, every seventh change would have the whole index written
again: a second on a slow machine, for which the next change waits. So what came last is written again with what
comes, and the segment that held it, of which nothing is left, goes without a merge: some two hundred changes
share one. While that one goes on, the writer is kept, and with it the lock, so that changes need not wait.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

import msgspec
import tantivy

from search.contract import Batch, Document, IndexBehind, IndexUnavailable
from search.embedded import schema
from search.embedded.opening import guarded, opened
from search.embedded.store import State, Store

log = logging.getLogger(__name__)

# Tantivy's least is 15 MB for a thread; a small heap is enough for a change, a large one makes one segment.
_HEAP = 15_000_000
_REBUILD_HEAP = 200_000_000
# So many documents are written again at most: each costs a third of a millisecond, and a commit costs twenty.
_GATHERED = 32
# Tantivy merges so many segments that are not larger: ten thousand documents, and what is near to it.
_MERGED = 8
_SMALL = 16_817
# How often a merge is looked at, and for how long the lock is kept for it, in seconds.
_LOOK = 0.05
_LONGEST = 20.0

# A code, and a document of it as the index holds it.
Entry = tuple[str, tantivy.Document]


class Deletes(msgspec.Struct):
    num_deleted_docs: int = 0


class Segment(msgspec.Struct):
    max_doc: int
    deletes: Deletes | None = None


class Meta(msgspec.Struct):
    """What tantivy writes of an index: the segments of its last commit, or of a merge since."""

    segments: list[Segment]


_meta = msgspec.json.Decoder(Meta).decode


class Writing:
    """What one process writes to a folder, each time while it holds the lock.

    A change is one commit, and counts when the state is written: a kill before that leaves a change that is
    applied and not counted, which applying again does not alter.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._held: Held | None = None
        # All that the last segment holds, every document of each code, while the state is of this stamp.
        self._last: list[Entry] = []
        self._stamp = ""

    def apply(self, batch: Batch) -> None:
        """Apply a change. One that is older than what the index holds changes nothing. ``IndexBehind`` where the
        index does not hold what came before."""
        with self._holding() as held:
            state = self._store.read()
            present = state.revision if state else 0
            if present < batch.since:
                raise IndexBehind(f"the search index is at revision {present}, not yet at {batch.since}")
            if state is None:
                self._build(batch.documents, batch.revision)
            elif batch.revision >= state.revision:
                self._change(held, state, batch)

    def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Build a new generation, and make it the one that counts."""
        with self._holding() as held:
            held.settle()
            self._build(documents, revision)

    def close(self) -> None:
        """Let go of the lock, once a merge that is under way has ended."""
        with self._turn:
            self._let_go()

    @contextmanager
    def _holding(self) -> Iterator["Held"]:
        """The lock, taken or still held. It is let go unless a merge is under way and all went well."""
        with self._turn:
            kept = self._held is not None
            held = self._held = self._held or Held(self._store)
            merging = False
            try:
                yield held
                merging = held.merging()
            finally:
                if not merging:
                    self._let_go()
            if merging and not kept:
                threading.Thread(target=self._watch, args=(held,), name="merging").start()

    def _watch(self, held: "Held") -> None:
        end = time.monotonic() + _LONGEST
        while True:
            time.sleep(_LOOK)
            with self._turn:
                if self._held is not held:
                    return
                try:
                    if time.monotonic() >= end or not held.merging():
                        self._let_go()
                except IndexUnavailable as fault:
                    log.warning("%s", fault)  # the change counts, and the next will tell what is amiss

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _change(self, held: "Held", state: State, batch: Batch) -> None:
        # Once another process has written, its segment is the last.
        last = self._last if self._stamp == state.stamp else []
        self._last = []
        gone = set(batch.codes)
        # What goes with a code must be known when it is written again.
        if len(batch.documents) > _GATHERED or any(one.code not in gone for one in batch.documents):
            self._commit(held, state, batch, (), _encoded(batch.documents))
            return
        kept = [(code, entry) for code, entry in last if code not in gone]
        comes = list(_encoded(batch.documents))
        again = kept if comes and len(kept) + len(comes) <= _GATHERED else []
        self._commit(held, state, batch, again, comes)
        self._last = [*again, *comes] if comes else kept

    def _commit(
        self, held: "Held", state: State, batch: Batch, again: Sequence[Entry], comes: Iterable[Entry]
    ) -> None:
        if batch.codes or batch.documents:
            codes = dict.fromkeys([*batch.codes, *(code for code, _ in again)])
            _commit(held.writer(self._store.folder(state.generation)), codes, chain(again, comes))
        self._stamp = self._store.write(state.generation, batch.revision).stamp

    def _build(self, documents: Iterable[Document], revision: int) -> None:
        generation = self._store.fresh()
        published = False
        try:
            with guarded("built"):
                index = tantivy.Index(schema.build(), str(self._store.folder(generation)))
                writer = index.writer(_REBUILD_HEAP, 1)
            try:
                _commit(writer, (), _encoded(documents))
                self._store.write(generation, revision)
                published = True
            finally:
                with guarded("written"):
                    writer.wait_merging_threads()
        finally:
            if not published:
                self._store.discard(generation)
        self._store.sweep(generation)


class Held:
    """The lock of a folder, and the writer that writes under it."""

    def __init__(self, store: Store) -> None:
        self._lock = ExitStack()
        self._lock.enter_context(store.writing())
        self._folder: Path | None = None
        self._writer: tantivy.IndexWriter | None = None

    def writer(self, folder: Path) -> tantivy.IndexWriter:
        """The writer of a generation, opened or as it was kept."""
        if self._writer is None or self._folder != folder:
            self.settle()
            with guarded("opened"):
                index = opened(folder)
            with guarded("written"):
                self._writer = index.writer(_HEAP, 1)
            self._folder = folder
        return self._writer

    def merging(self) -> bool:
        """Whether tantivy has as many small segments as it merges: until it has. Where that cannot be told, a
        merge is waited for as one that is at its end."""
        if self._writer is None or self._folder is None:
            return False
        try:
            segments = _meta((self._folder / "meta.json").read_bytes()).segments
        except (OSError, msgspec.DecodeError):
            return False
        sizes = (one.max_doc - (one.deletes.num_deleted_docs if one.deletes else 0) for one in segments)
        return sum(size < _SMALL for size in sizes) >= _MERGED

    def settle(self) -> None:
        """Close the writer. What it was given since its last commit is forgotten; a merge is waited for."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with guarded("written"):
                writer.wait_merging_threads()

    def close(self) -> None:
        with self._lock:
            self.settle()


def _encoded(documents: Iterable[Document]) -> Iterator[Entry]:
    """What goes wrong in reading ``documents`` is passed on as it is."""
    for document in documents:
        with guarded("written"):
            entry = schema.encode(document)
        yield document.code, entry


def _commit(writer: tantivy.IndexWriter, codes: Iterable[str], entries: Iterable[Entry]) -> None:
    """Every document of ``codes`` goes, ``entries`` come. Without the commit nothing has changed."""
    with guarded("written"):
        for code in codes:
            writer.delete_documents_by_term("code", code)
    for _, entry in entries:
        with guarded("written"):
            writer.add_document(entry)
    with guarded("written"):
        writer.commit()
