"""Counts of facets, from the profiles of what was found.

A document's profile is the set of all its facet values. The index holds it as one number, which comes with what
is found, and as a term that says which values it stands for. Adding up some hundred profiles takes half to two
thirds of the time in which tantivy counts as many buckets and hands them over, and they need no search of their
own: the one that tells how many there are hands them over.
"""

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain

import msgspec
import tantivy

from search.contract import FACETS, FacetCount

# So many documents are counted by their profiles; more than that tantivy counts, beside other work.
FEW = 3000
# The commonest values are counted side by side in one long integer, all others one by one.
_SIDE_BY_SIDE = 128
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
        self._values = [term.partition("=")[2] for term in terms]
        # The values of one facet stand together, in their order.
        self._spans = {name: (bisect_left(terms, f"{name}="), bisect_left(terms, f"{name}>")) for name in FACETS}
        self._places = {term: place for place, term in enumerate(terms)}
        self._common = [self._places[term] for term, _ in counted[:_SIDE_BY_SIDE]]
        self._ones = {place: 1 << _BITS * slot for slot, place in enumerate(self._common)}
        self._known: dict[int, tuple[int, tuple[int, ...]]] = {}
        for term, _ in searcher.terms_with_prefix("profiles", ""):
            self._learn(term)
        self._most = 2 * len(self._known) + _GROWTH

    def serve(self, searcher: tantivy.Searcher) -> bool:
        """Whether every facet value of an index is known here: only then are they in their order."""
        known = self._places.keys() >= {term for term, _ in searcher.terms_with_prefix("facet", "")}
        return known and len(self._known) <= self._most

    def counts(
        self, searcher: tantivy.Searcher, numbers: Sequence[int], names: Iterable[str]
    ) -> dict[str, list[FacetCount]]:
        """How many of the documents with these profiles, at most ``FEW``, have each value of these facets.

        By count and then value. ``KeyError`` for a profile too long for a term: no record has so many values, but
        one could.
        """
        counted = self._counted(searcher, numbers)
        places = sorted(counted)
        found: dict[str, list[FacetCount]] = {}
        for name in names:
            first, last = self._spans[name]
            some = places[bisect_left(places, first) : bisect_left(places, last)]
            some.sort(key=counted.__getitem__, reverse=True)
            counts = map(FacetCount, map(self._values.__getitem__, some), map(counted.__getitem__, some))
            found[name] = list(counts)
        return found

    def _counted(self, searcher: tantivy.Searcher, numbers: Sequence[int]) -> dict[int, int]:
        """How often each value is in these profiles, by its place."""
        if not numbers:
            return {}
        try:
            some = list(map(self._known.__getitem__, numbers))
        except KeyError:
            self._look_up(searcher, set(numbers).difference(self._known))
            some = list(map(self._known.__getitem__, numbers))
        added, rare = zip(*some, strict=True)
        beside = memoryview(sum(added).to_bytes(_SIDE_BY_SIDE * _BITS // 8, sys.byteorder)).cast("H")
        counted = {place: count for place, count in zip(self._common, beside, strict=False) if count}
        counted.update(Counter(chain.from_iterable(rare)))
        return counted

    def _look_up(self, searcher: tantivy.Searcher, numbers: Iterable[int]) -> None:
        for number in numbers:
            for term, _ in searcher.terms_with_prefix("profiles", f"{number:016x}"):
                self._learn(term)

    def _learn(self, term: str) -> None:
        ones = self._ones
        places = [self._places[value] for value in _decode(term[16:])]
        added = sum(ones.get(place, 0) for place in places)
        self._known[int(term[:16], 16)] = added, tuple(place for place in places if place not in ones)
