"""Counts of facets, from the profiles of what was found.

A document's profile is the set of all its facet values. The index holds it as one number, which comes with a hit,
and as a term that says which values it stands for. Adding up some hundred profiles takes half to two
thirds of the time in which tantivy counts as many buckets and hands them over, and they need no second search.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain

import msgspec
import tantivy

from search.contract import FACETS, FacetCount

# So many documents are counted by their profiles; more than that tantivy counts sooner, and beside other work.
FEW = 1500
# The commonest values are counted side by side in one long integer, all others one by one.
_SIDE_BY_SIDE = 96
_BITS = 16
assert FEW < 1 << _BITS
# What was learned of profiles that went since is forgotten with the rest, once there is so much of it.
_GROWTH = 4096

_decode = msgspec.json.Decoder(list[str]).decode


def profile(terms: Sequence[str]) -> tuple[int, str]:
    """A profile's number, and the term that tells what it stands for.

    The number is a digest of 64 bits: among a million different profiles two are the same once in 40 million
    catalogues.
    """
    whole = msgspec.json.encode(sorted(terms))
    number = int.from_bytes(blake2b(whole, digest_size=8).digest(), "big")
    return number, f"{number:016x}{whole.decode()}"


class Profiles:
    """The profiles of an index. What is known of one holds for ever, and so serves the states that follow."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        counted = searcher.terms_with_prefix("facet", "")
        terms = sorted(term for term, _ in counted)
        self._names = [term.partition("=")[0] for term in terms]
        self._values = [term.partition("=")[2] for term in terms]
        self._places = {term: place for place, term in enumerate(terms)}
        self._common = [self._places[term] for term, _ in counted[:_SIDE_BY_SIDE]]
        self._ones = {place: 1 << _BITS * slot for slot, place in enumerate(self._common)}
        self._added: dict[int, int] = {}
        self._rare: dict[int, tuple[int, ...]] = {}
        for term, _ in searcher.terms_with_prefix("profiles", ""):
            self._learn(term)
        self._most = 2 * len(self._added) + _GROWTH

    def serve(self, searcher: tantivy.Searcher) -> bool:
        """Whether every facet value of an index is known here: only then are they in their order."""
        known = self._places.keys() >= {term for term, _ in searcher.terms_with_prefix("facet", "")}
        return known and len(self._added) <= self._most

    def counts(self, searcher: tantivy.Searcher, numbers: Sequence[int]) -> dict[str, list[FacetCount]]:
        """How many of the documents with these profiles, at most ``FEW``, have each value, by count and value.

        ``KeyError`` for a profile too long for a term: no record has so many values, but one could.
        """
        try:
            added = sum(map(self._added.__getitem__, numbers))
        except KeyError:
            self._look_up(searcher, set(numbers).difference(self._added))
            added = sum(map(self._added.__getitem__, numbers))
        beside = memoryview(added.to_bytes(_SIDE_BY_SIDE * _BITS // 8, sys.byteorder)).cast("H")
        counted = {place: count for place, count in zip(self._common, beside, strict=False) if count}
        counted.update(Counter(chain.from_iterable(map(self._rare.__getitem__, numbers))))
        # In the order of their values, which a stable sort by count then keeps.
        places = sorted(counted)
        places.sort(key=counted.__getitem__, reverse=True)
        counts = map(FacetCount, map(self._values.__getitem__, places), map(counted.__getitem__, places))
        found: dict[str, list[FacetCount]] = {name: [] for name in FACETS}
        for name, count in zip(map(self._names.__getitem__, places), counts, strict=True):
            found[name].append(count)
        return found

    def _look_up(self, searcher: tantivy.Searcher, numbers: Iterable[int]) -> None:
        for number in numbers:
            for term, _ in searcher.terms_with_prefix("profiles", f"{number:016x}"):
                self._learn(term)

    def _learn(self, term: str) -> None:
        key, ones = int(term[:16], 16), self._ones
        places = [self._places[value] for value in _decode(term[16:])]
        self._added[key] = sum(ones.get(place, 0) for place in places)
        self._rare[key] = tuple(place for place in places if place not in ones)
