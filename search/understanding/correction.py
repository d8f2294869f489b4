"""A question with its misspelt words put right by the words that procedures are made of."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from search.highlight import distance
from search.query import MAX_CHARACTERS
from search.text import folded, repair, tokens
from search.understanding import data, lexicon

# Longer questions are told, not typed: a word of them is no reason to find nothing.
_MOST_WORDS = 20
_LEAST_LETTERS = 3
_EDITS = 2


class _Words(NamedTuple):
    """Words by their folded forms: how each is written, how often, and how two are written side by side."""

    written: dict[str, str]
    counts: Counter[str]
    pairs: dict[tuple[str, str], tuple[str, str]]


@cache
def _words() -> _Words:
    texts = list(data.lines("words.txt"))
    texts += [one.text for row in lexicon.rows() for one in (*row.mean, *row.also)]
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    counts: Counter[str] = Counter()
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for text in texts:
        words = tokens(text)
        for word in words:
            forms[folded(word)][word] += 1
        for left, right in pairwise(words):
            pairs.setdefault((folded(left), folded(right)), (left, right))
        counts.update(map(folded, words))
    return _Words(
        {plain: max(some, key=lambda one: (some[one], one)) for plain, some in forms.items()}, counts, pairs
    )


def corrected(text: str) -> str | None:
    """The text with every word that procedures do not know replaced by the nearest that they do know.

    Of equally near ones, that which stands beside its neighbours elsewhere, and then the commonest. ``None``
    when there is nothing to put right, or nothing to put it right with.
    """
    typed = tokens(repair(text[:MAX_CHARACTERS]))
    if len(typed) > _MOST_WORDS:
        return None
    plain = [folded(word) for word in typed]
    fixed = list(plain)
    for place, word in enumerate(plain):
        if word not in _words().counts:
            fixed[place] = _nearest(fixed, place)
    if fixed == plain:
        return None
    return " ".join(
        word if fixed[place] == plain[place] else _written(fixed, place) for place, word in enumerate(typed)
    )


def _nearest(words: Sequence[str], place: int) -> str:
    """The word that may have been meant at a place; what is there when none may."""
    word, counts = words[place], _words().counts
    if len(word) < _LEAST_LETTERS or not word.isalpha():
        return word
    near = {other: distance(word, other, _EDITS) for other in counts if len(other) > 1}
    return min(
        (other for other, edits in near.items() if edits <= _EDITS),
        key=lambda other: (near[other], not _beside(words, place, other), -counts[other], other),
        default=word,
    )


def _beside(words: Sequence[str], place: int, word: str) -> bool:
    """Whether a word stands beside one of the neighbours of a place elsewhere."""
    pairs = _words().pairs
    return (place > 0 and (words[place - 1], word) in pairs) or (
        place + 1 < len(words) and (word, words[place + 1]) in pairs
    )


def _written(words: Sequence[str], place: int) -> str:
    """A word with its marks, as it is written beside its neighbours."""
    known = _words()
    if place > 0 and (pair := known.pairs.get((words[place - 1], words[place]))):
        return pair[1]
    if place + 1 < len(words) and (pair := known.pairs.get((words[place], words[place + 1]))):
        return pair[0]
    return known.written[words[place]]
