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
# As many words of a phrase without their marks are no slip in a text that has them.
_SLIPS = 2
# Hỏi and ngã, which half the country does not tell apart.
_SWAPPED = {"r", "x"}


class Found(NamedTuple):
    """A phrase at ``words[start:end]``, and the places of its values among those that were added."""

    start: int
    end: int
    values: Sequence[int]


class _Node:
    __slots__ = ("next", "values")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.values: dict[tuple[str, ...], list[int]] = {}


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
            node.values.setdefault(tuple(words), []).append(len(self.values) - 1)

    def at(
        self, words: Sequence[str], start: int, *, marked: bool = False, tones: Sequence[str | None] = ()
    ) -> list[Found]:
        """The phrases that begin at ``start``, the shortest first.

        In a ``marked`` text a word without marks was meant so, but for a slip in a phrase of several. ``tones``
        are those that words must have, where they are known.
        """
        found: list[Found] = []
        node = self._root
        for end in range(start, len(words)):
            following = node.next.get(folded(words[end]))
            if following is None:
                break
            node = following
            if not node.values:
                continue
            typed = tuple(words[start : end + 1])
            wanted = tones[start : end + 1]
            for phrase, values in node.values.items():
                if wanted and not all(map(_sung, wanted, phrase)):
                    continue
                if typed == phrase or _meant(typed, phrase, marked):
                    found.append(Found(start, end + 1, values))
        return found

    def everywhere(self, words: Sequence[str], *, marked: bool = False) -> list[Found]:
        """All phrases in the words, wherever they begin, overlapping ones included."""
        begun = self._root.next
        return [
            found
            for start, word in enumerate(words)
            if folded(word) in begun
            for found in self.at(words, start, marked=marked)
        ]


def _sung(tone: str | None, word: str) -> bool:
    """Whether a word may have this tone; hỏi and ngã are one."""
    return tone is None or (own := split(word)[1]) == tone or {own, tone} == _SWAPPED


def _meant(typed: Sequence[str], phrase: Sequence[str], marked: bool) -> bool:
    """Whether a phrase was meant: in a long one, one word may carry other marks, of its letters or another tone.

    Where both are other, it is another word: "đăng ký đầu máy" is no "đăng ký dấu".
    """
    slips = others = 0
    for one, two in zip(typed, phrase, strict=True):
        if one == two:
            continue
        plain = one == folded(two)
        slips += plain
        # Who writes "dâu" with its hat in a text with marks means no "dấu".
        if not alike(one, two) or (marked and not plain and not split(one)[1] and split(two)[1] != ""):
            others += 2 if two != fold(two) and _apart(one, two) else 1
    return others <= (len(phrase) >= _LONG) and not (marked and slips >= min(len(phrase), _SLIPS))


def _apart(one: str, two: str) -> bool:
    """Whether two words of the same plain letters differ in their marks and in their tones."""
    return all(left != right for left, right in zip(split(one), split(two), strict=True))


@lru_cache(maxsize=32768)
def alike(typed: str, word: str) -> bool:
    """Whether a word may have been meant by what was typed, both in lower case and of the same plain letters.

    Marks may be missing, and hỏi may stand for ngã. Other marks make another word.
    """
    if typed == word or typed == fold(word):
        return True
    base, tone = split(typed)
    meant, wanted = split(word)
    if tone not in {"", wanted} and {tone, wanted} != _SWAPPED:
        return False
    return len(base) == len(meant) and all(one in {two, fold(two)} for one, two in zip(base, meant, strict=True))
