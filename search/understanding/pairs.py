"""Which two words stand side by side in the language of procedures: what a doubtful word is judged by.

The pairs are those of ``words.txt`` and of every phrase in the lexicon and the situations.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from search.text import syllables
from search.understanding import data, lexicon


@cache
def _known() -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    pairs: set[tuple[str, str]] = set()
    singles: set[str] = set()
    for phrase in _phrases():
        words = syllables(phrase)
        pairs.update(pairwise(words))
        singles.update(words)
    return frozenset(pairs), frozenset(singles)


def _phrases() -> Iterable[str]:
    yield from data.lines("words.txt")
    for row in lexicon.rows():
        if row.mean and not row.optional:
            yield from row.say
        yield from (one.text for one in (*row.mean, *row.also))


@cache
def _official() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, ...]]]:
    """The pairs of the catalogue's own wording, and its phrases as folded words."""
    texts = list(data.lines("words.txt"))
    texts += [one.text for row in lexicon.rows() if not row.optional for one in row.mean]
    phrases = frozenset(tuple(syllables(text)) for text in texts)
    return frozenset(two for phrase in phrases for two in pairwise(phrase)), phrases


@cache
def _compounds() -> frozenset[tuple[str, str]]:
    return frozenset(two for line in data.lines("words.txt") for two in pairwise(syllables(line)))


def compound(left: str, right: str) -> bool:
    """Whether two folded words are syllables of one word."""
    return (left, right) in _compounds()


def official(left: str, right: str) -> bool:
    """Whether two folded words stand side by side in the catalogue's own wording."""
    return (left, right) in _official()[0]


def wording(words: Sequence[str]) -> bool:
    """Whether folded words are a wording of the catalogue."""
    return tuple(words) in _official()[1]


@cache
def _neighbours() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for left, right in _known()[0]:
        after[left].add(right)
        before[right].add(left)
    return dict(after), dict(before)


def around(left: str, right: str) -> set[str]:
    """The folded words known between two others: after the one or before the other."""
    after, before = _neighbours()
    return after.get(left, set()) | before.get(right, set())


def beside(left: str, right: str) -> bool:
    """Whether two folded words are known side by side, in this order."""
    return (left, right) in _known()[0]


def known(word: str) -> bool:
    """Whether a folded word occurs in any phrase."""
    return word in _known()[1]
