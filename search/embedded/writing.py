"""Writing an embedded index: changes one by one, and a whole generation anew.

Tantivy merges as soon as it has eight segments of a size, and to it whatever holds less than ten thousand
documents is of one. With a segment for each change, every seventh change would have the whole index written
again: a second on a slow machine, for which the next change waits. So what came last is written again with what
comes, and the segment that held it, of which nothing is left, goes without a merge: some two hundred changes
share one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import tantivy

from search.contract import Batch, Document
from search.embedded import schema
from search.embedded.opening import guarded, opened
from search.embedded.store import State, Store

# Tantivy's least is 15 MB for a thread; a small heap is enough for a change, a large one makes one segment.
_HEAP = 15_000_000
_REBUILD_HEAP = 200_000_000
# So many documents are written again at most: each costs a third of a millisecond, and a commit costs twenty.
_GATHERED = 32

# A code, and a document of it as the index holds it.
Entry = tuple[str, tantivy.Document]


class Writing:
    """What one process writes to a folder, each time while it holds the lock.

    A change is one commit, and counts when the state is written: a kill before that leaves a change that is
    applied and not counted, which applying again does not alter.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        # All that the last segment holds, every document of each code, while the state is of this stamp.
        self._last: list[Entry] = []
        self._stamp = ""

    def apply(self, batch: Batch) -> None:
        """Apply a change. One that is older than what the index holds changes nothing."""
        with self._store.writing():
            state = self._store.read()
            if state is None:
                self._build(batch.documents, batch.revision)
            elif batch.revision >= state.revision:
                self._change(state, batch)

    def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Build a new generation, and make it the one that counts."""
        with self._store.writing():
            self._build(documents, revision)

    def _change(self, state: State, batch: Batch) -> None:
        # Once another process has written, its segment is the last.
        last = self._last if self._stamp == state.stamp else []
        self._last = []
        gone = set(batch.codes)
        # What goes with a code must be known when it is written again.
        if len(batch.documents) > _GATHERED or any(one.code not in gone for one in batch.documents):
            self._commit(state, batch, (), _encoded(batch.documents))
            return
        kept = [(code, entry) for code, entry in last if code not in gone]
        comes = list(_encoded(batch.documents))
        again = kept if comes and len(kept) + len(comes) <= _GATHERED else []
        self._commit(state, batch, again, comes)
        self._last = [*again, *comes] if comes else kept

    def _commit(self, state: State, batch: Batch, again: Sequence[Entry], comes: Iterable[Entry]) -> None:
        def publish() -> None:
            self._stamp = self._store.write(state.generation, batch.revision).stamp

        if not batch.codes and not batch.documents:
            publish()
            return
        with guarded("opened"):
            index = opened(self._store.folder(state.generation))
        codes = dict.fromkeys([*batch.codes, *(code for code, _ in again)])
        _write(index, codes, chain(again, comes), _HEAP, publish)

    def _build(self, documents: Iterable[Document], revision: int) -> None:
        generation = self._store.fresh()
        published = False

        def publish() -> None:
            nonlocal published
            self._store.write(generation, revision)
            published = True

        try:
            with guarded("built"):
                index = tantivy.Index(schema.build(), str(self._store.folder(generation)))
            _write(index, [], _encoded(documents), _REBUILD_HEAP, publish)
        finally:
            if not published:
                self._store.discard(generation)
        self._store.sweep(generation)


def _encoded(documents: Iterable[Document]) -> Iterator[Entry]:
    """What goes wrong in reading ``documents`` is passed on as it is."""
    for document in documents:
        with guarded("written"):
            entry = schema.encode(document)
        yield document.code, entry


def _write(
    index: tantivy.Index,
    codes: Iterable[str],
    entries: Iterable[Entry],
    heap: int,
    publish: Callable[[], object],
) -> None:
    """One commit: every document of ``codes`` goes, ``entries`` come; then ``publish`` makes it count.

    Without the commit nothing has changed. Merging small segments comes last, for no reader has to wait for it.
    """
    with guarded("written"):
        writer = index.writer(heap, 1)
    try:
        with guarded("written"):
            for code in codes:
                writer.delete_documents_by_term("code", code)
        for _, entry in entries:
            with guarded("written"):
                writer.add_document(entry)
        with guarded("written"):
            writer.commit()
        publish()
    finally:
        with guarded("written"):
            writer.wait_merging_threads()
