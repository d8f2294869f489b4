"""One state of the index, held open: everything that answers a question sees the same documents."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property, lru_cache, partial
from typing import NamedTuple, TypeVar

import tantivy

from search.embedded import facets
from search.embedded.compile import Clauses, Compiler
from search.embedded.profiles import Profiles
from search.embedded.reading import Reader
from search.embedded.store import State
from search.embedded.vocabulary import Vocabulary

T = TypeVar("T")
_REMEMBERED = 64
# Documents kept as they were read, one or two KB each: what is found is mostly found again.
_KEPT = 8192


class Held(NamedTuple):
    """What the index holds of one document to be shown."""

    id: str
    code: str
    title: str
    payload: bytes


class Snapshot:
    """A searcher that does not change, with what is known of it."""

    def __init__(self, state: State, index: tantivy.Index, mark: object, before: "Snapshot | None" = None) -> None:
        """``before`` is the state before this one, of which what still holds is taken over."""
        self.state = state
        self.index = index
        self.mark = mark
        self.schema = index.schema
        self.searcher = index.searcher()
        self._profiles: Profiles | None = before._profiles if before else None
        self._served = False
        self._remembered: OrderedDict[Hashable, object] = OrderedDict()
        self._document = lru_cache(maxsize=_KEPT)(self._read)
        self.in_force = lru_cache(maxsize=_REMEMBERED)(partial(facets.in_force, self.schema))
        self.narrowing = lru_cache(maxsize=_REMEMBERED)(self._narrowing)

    @cached_property
    def compiler(self) -> Compiler:
        reader = Reader(self.searcher, Vocabulary(self.searcher))
        return Compiler(reader, Clauses(self.schema, self.searcher, reader.doc_freq))

    def _narrowing(self, day: int) -> tuple[tantivy.Query, ...]:
        """What leaves only documents in force on a day: nothing, where all of them are."""
        query = self.in_force(day)
        found = self.searcher.search(query, 1).count  # type: ignore[attr-defined]  # missing from its types
        return () if found == self.searcher.num_docs else (query,)

    @property
    def profiles(self) -> Profiles:
        """What is known of the facets of its documents; asked for by one question at a time."""
        profiles = self._profiles
        if profiles is None or not (self._served or profiles.serve(self.searcher)):
            profiles = self._profiles = Profiles(self.searcher)
        self._served = True
        return profiles

    def document(self, address: tantivy.DocAddress) -> Held:
        """What is held of the document at an address."""
        return self._document(address.segment_ord, address.doc)

    def _read(self, segment: int, number: int) -> Held:
        document = self.searcher.doc(tantivy.DocAddress(segment, number))
        return Held(
            str(document.get_first("id")),
            str(document.get_first("code")),
            bytes(document.get_first("title") or b"").decode(),
            bytes(document.get_first("payload") or b""),
        )

    def remember(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The value for ``key``, computed once for this snapshot. The oldest are forgotten."""
        try:
            return self._remembered[key]  # type: ignore[return-value]  # of this key
        except KeyError:
            value = compute()
        self._remembered[key] = value
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return value
