"""Finding many phrases in a text at once: a trie over folded words.

A phrase is found where its words stand as they are written, or with marks missing, or with hỏi and ngã mixed up.
A word that was typed with other marks is another word ("số đo" is no "sổ đỏ").
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from search.text import fold, folded, tokens
from search.understanding.syllable import split

T = TypeVar("T")
# As many words make a phrase sure enough to forgive one of them.
_LONG = 3


class Found(NamedTuple):
    """A phrase at ``words[start:end]``, and the place of its value among those that were added."""

    start: int
    end: int
    value: int


class _Node:
    __slots__ = ("next", "values")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.values: list[tuple[tuple[str, ...], int]] = []


class Phrases(Generic[T]):
    """Values under phrases, all of which a text is searched for in one pass."""

    def __init__(self) -> None:
        self._root = _Node()
        self.values: list[T] = []

    def add(self, value: T, *phrases: str) -> None:
        """Put a value under each of the phrases."""
        self.values.append(value)
        for phrase in phrases:
            words = tokens(phrase)
            node = self._root
            for word in words:
                node = node.next.setdefault(folded(word), _Node())
            node.values.append((tuple(words), len(self.values) - 1))

    def at(self, words: Sequence[str], start: int) -> list[Found]:
        """The phrases that begin at ``start``, the shortest first."""
        found: list[Found] = []
        node = self._root
        for end in range(start, len(words)):
            following = node.next.get(folded(words[end]))
            if following is None:
                break
            node = following
            typed = words[start : end + 1]
            found += [Found(start, end + 1, value) for phrase, value in node.values if _alike(typed, phrase)]
        return found

    def everywhere(self, words: Sequence[str]) -> list[Found]:
        """All phrases in the words, wherever they begin, overlapping ones included."""
        return [found for start in range(len(words)) for found in self.at(words, start)]


def _alike(typed: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether a phrase was meant: in a long one, one word may carry quite other marks."""
    return sum(not alike(*two) for two in zip(typed, phrase, strict=True)) <= (len(phrase) >= _LONG)


@lru_cache(maxsize=32768)
def alike(typed: str, word: str) -> bool:
    """Whether a word may have been meant by what was typed, both in lower case and of the same plain letters.

    Marks may be missing, and hỏi may stand for ngã. Other marks make another word.
    """
    if typed == word or typed == fold(word):
        return True
    base, tone = split(typed)
    meant, wanted = split(word)
    if tone not in {"", wanted} and {tone, wanted} != {"r", "x"}:
        return False
    return len(base) == len(meant) and all(one in {two, fold(two)} for one, two in zip(base, meant, strict=True))
