"""One state of the index and what is known of it, so that it is asked for once."""

from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from typing import Generic, TypeVar, cast

import tantivy

from search.embedded.reading import Reader
from search.embedded.vocabulary import Vocabulary
from search.meilisearch.documents import State
from search.meilisearch.scoring import Found
from search.meilisearch.words import Words

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_STEPS = 1024
_DOCUMENTS = 20_000


class Recent(Generic[K, V]):
    """The values used last, up to ``most`` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: K, value: V) -> V:
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)
        return value


class Snapshot:
    """The words of one state, the documents that were read in it, and how far questions were widened."""

    def __init__(self, state: State, words: Words) -> None:
        self.state = state
        self.words = words
        self.steps: Recent[tuple[str, int], int] = Recent(_STEPS)
        self.documents: Recent[str, Found] = Recent(_DOCUMENTS)

    @cached_property
    def reader(self) -> Reader:
        # The reader asks its searcher for nothing but the counts of words, which ``Words`` tells too.
        searcher = cast("tantivy.Searcher", self.words)
        return Reader(searcher, Vocabulary(searcher))
