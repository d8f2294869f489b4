"""Which words of the index may stand for the words of a question."""

from collections.abc import Sequence
from functools import lru_cache

import tantivy

from search import ranking
from search.embedded.schema import WORD_LENGTH, pair
from search.embedded.vocabulary import Vocabulary
from search.query import MAX_TOKENS, Alternative, Group
from search.text import folded

# A folded word, and how much it counts beside the one that was typed.
Weighted = tuple[str, float]
# For each alternative of a group, for each of its tokens, the words that may stand for it.
Reading = list[list[list[Weighted]]]
# How many words' figures and parts are kept, each some hundred bytes.
KEPT = 20_000


class Reader:
    """Reads questions by the words of one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, vocabulary: Vocabulary) -> None:
        self._searcher = searcher
        self._vocabulary = vocabulary
        self.doc_freq = lru_cache(maxsize=KEPT)(searcher.doc_freq)

    def read(self, groups: Sequence[Group]) -> list[Reading]:
        """For every group and alternative, the words that may stand for each of its tokens."""
        budget = MAX_TOKENS
        readings: list[Reading] = []
        for place, group in enumerate(groups):
            before = _edge(groups[place - 1], -1) if place else ""
            after = _edge(groups[place + 1], 0) if place + 1 < len(groups) else ""
            reading: Reading = []
            for alternative in group.alternatives:
                budget -= len(alternative.tokens)
                if budget >= 0 and alternative.tokens:
                    reading.append(self._reading(alternative, before, after, group.partial))
            readings.append(reading)
        return readings

    def _reading(self, alternative: Alternative, before: str, after: str, partial: bool) -> list[list[Weighted]]:
        words = [folded(token)[:WORD_LENGTH] for token in alternative.tokens]
        around = [before, *words, after]
        return [
            self._options(word, around[place], around[place + 2], partial and place == len(words) - 1)
            for place, word in enumerate(words)
        ]

    def _options(self, word: str, before: str, after: str, partial: bool) -> list[Weighted]:
        """The word itself, what it may begin, and what it may be a misspelling of."""
        options = [(word, 1.0)]
        known = word in self._vocabulary.counts
        if partial:
            options += [(other, ranking.COMPLETED) for other in self._completions(word, before, known)]
        if len(options) == 1:
            others = self._corrections(word, before, after, known)
            if known and others:
                options = [(word, ranking.DOUBTED)]
            options += [(other, ranking.CORRECTED) for other in others]
        return options

    def _completions(self, word: str, before: str, known: bool) -> list[str]:
        """A word that exists is completed only to what follows the word before it."""
        following: list[str] = []
        if before:
            start = pair(before, word)
            counted = self._searcher.terms_with_prefix("pairs", start, limit=200)
            counted.sort(key=lambda one: -one[1])
            following = [term[len(before) + 1 :] for term, _ in counted if term != start]
        if not following and not (known and before):
            following = self._vocabulary.completions(word, ranking.COMPLETIONS)
        return following[: ranking.COMPLETIONS]

    def _corrections(self, word: str, before: str, after: str, known: bool) -> list[str]:
        """A word that exists is doubted only when it stands beside neither of its neighbours anywhere."""
        if known and (not (before or after) or self._beside(word, before, after)):
            return []
        others = self._vocabulary.corrections(word)
        beside = [other for other in others if self._beside(other, before, after)]
        if known or beside:
            return beside[: ranking.CORRECTIONS]
        return others[: ranking.CORRECTIONS]

    def _beside(self, word: str, before: str, after: str) -> bool:
        return bool(
            (before and self.doc_freq("pairs", pair(before, word)))
            or (after and self.doc_freq("pairs", pair(word, after)))
        )


def _edge(group: Group, end: int) -> str:
    """The folded word at one end of a group's first alternative."""
    first = group.alternatives[0].tokens if group.alternatives else ()
    return folded(first[end])[:WORD_LENGTH] if first else ""
