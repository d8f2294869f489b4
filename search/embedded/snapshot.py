"""One state of the index, held open: everything that answers a question sees the same documents."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TypeVar

import tantivy

from search.embedded.compile import Clauses, Compiler
from search.embedded.reading import Reader
from search.embedded.store import State
from search.embedded.vocabulary import Vocabulary

T = TypeVar("T")
_REMEMBERED = 64


class Snapshot:
    """A searcher that does not change, with what is known of it."""

    def __init__(self, state: State, index: tantivy.Index, mark: object) -> None:
        self.state = state
        self.index = index
        self.mark = mark
        self.schema = index.schema
        self.searcher = index.searcher()
        self._remembered: OrderedDict[Hashable, object] = OrderedDict()

    @cached_property
    def compiler(self) -> Compiler:
        reader = Reader(self.searcher, Vocabulary(self.searcher))
        return Compiler(reader, Clauses(self.schema, self.searcher))

    def remember(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The value for ``key``, computed once for this snapshot. The oldest are forgotten."""
        try:
            return self._remembered[key]  # type: ignore[return-value]
        except KeyError:
            value = compute()
        self._remembered[key] = value
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return value
