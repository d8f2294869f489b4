"""The words of one state of the index: which exist, which begin so, which are a typo away."""

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

import tantivy

from search.highlight import allowance, distance


class Vocabulary:
    """Folded words of the strict fields, with the number of documents that hold each."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.counts: dict[str, int] = dict(searcher.terms_with_prefix("strict", ""))

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.counts)

    @cached_property
    def _shorter(self) -> dict[str, list[str]]:
        """Words by themselves and by themselves less one letter: two words one edit apart share a key."""
        index: dict[str, list[str]] = defaultdict(list)
        for word in self.counts:
            if 2 <= len(word) <= 16:
                for key in _deletions(word):
                    index[key].append(word)
        return index

    def completions(self, start: str, limit: int) -> list[str]:
        """The commonest words that begin with ``start`` and are longer."""
        found: list[str] = []
        for place in range(bisect_left(self._sorted, start), len(self._sorted)):
            word = self._sorted[place]
            if not word.startswith(start):
                break
            if word != start:
                found.append(word)
        return sorted(found, key=lambda word: (-self.counts[word], word))[:limit]

    def corrections(self, word: str) -> list[str]:
        """Words within the allowance of typos, nearest first, then commonest."""
        allowed = allowance(word)
        if allowed == 0:
            return []
        near = {
            other: 1
            for key in _deletions(word)
            for other in self._shorter.get(key, ())
            if distance(word, other, 1) == 1
        }
        if allowed == 2 and not near:
            near = {
                other: 2
                for other in self.counts
                if abs(len(other) - len(word)) <= 2 and distance(word, other, 2) == 2
            }
        return sorted(near, key=lambda other: (near[other], -self.counts[other], other))


def _deletions(word: str) -> set[str]:
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}
