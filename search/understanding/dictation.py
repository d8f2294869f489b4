"""Words as they are heard, said in a dialect or mistyped: r/d/gi, s/x, tr/ch, l/n, v/d, n/ng, c/t, i/y, a slip.

A word is doubted only when it is known beside neither of its neighbours; it is taken for another that sounds
like it only when that one is.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain, permutations

from search.highlight import distance
from search.text import folded
from search.understanding import lexicon, pairs
from search.understanding.syllable import plausible

# Folded letters that are taken for one another, at the beginning and at the end of a syllable.
_ONSETS = (
    ("r", "d", "gi", "v"), ("s", "x"), ("tr", "ch"), ("l", "n"), ("c", "qu", "k"), ("g", "gh"), ("ng", "ngh"),
    ("h", "qu", "g"), ("kh", "ph"), ("gi", "tr"), ("tr", "t"), ("d", "gi"), ("", "h"),
)  # fmt: skip
_ENDINGS = (
    ("n", "ng"), ("c", "t"), ("nh", "n", "ng"), ("ch", "t"), ("i", "y"), ("inh", "anh"), ("ieu", "iu"),
    ("uou", "uu"), ("iem", "im"), ("iep", "ip"), ("uoi", "ui"), ("ao", "au"), ("ay", "ai"), ("oi", "uoi"),
    ("am", "om"), ("uong", "uon"), ("ien", "in"), ("op", "up"), ("an", "ang"), ("ot", "uot"), ("um", "uom"),
    ("un", "uon"), ("o", "u"), ("ich", "it"), ("uc", "ut"), ("ac", "at"), ("on", "ong"), ("e", "i"),
)  # fmt: skip


_LONGEST = 8
# A word of as many letters may be mistyped although it is one: shorter ones have too many neighbours.
_TELLING = 4


def _others(classes: Sequence[tuple[str, ...]]) -> dict[str, list[tuple[int, str]]]:
    """For each letter what it is taken for, with its rank among all that may be swapped."""
    found: dict[str, list[tuple[int, str]]] = {}
    swaps = chain.from_iterable(permutations(alike, 2) for alike in classes)
    for rank, (one, other) in enumerate(swaps):
        found.setdefault(one, []).append((rank, other))
    return found


_HEADS, _TAILS = _others(_ONSETS), _others(_ENDINGS)
_LENGTHS = range(max(map(len, (*_HEADS, *_TAILS))) + 1)


@lru_cache(maxsize=8192)
def sounds(word: str) -> tuple[str, ...]:
    """Folded syllables that sound like this one, the likelier first, itself left out."""
    heads, tails = _heads(word), _tails(word)
    both = [other for head in heads for other in _tails(head)]
    return tuple(other for other in dict.fromkeys((*heads, *tails, *both)) if other != word and plausible(other))


def _heads(word: str) -> list[str]:
    """The word with another beginning. One without any is given one only before a vowel."""
    found = [
        (rank, other + word[length:])
        for length in _LENGTHS[: len(word)]
        if length or word[0] in "aeiouy"
        for rank, other in _HEADS.get(word[:length], ())
    ]
    return [other for _, other in sorted(found)]


def _tails(word: str) -> list[str]:
    """The word with another end."""
    found = [
        (rank, word[:-length] + other)
        for length in _LENGTHS[1 : len(word) + 1]
        for rank, other in _TAILS.get(word[-length:], ())
    ]
    return [other for _, other in sorted(found)]


def heard(words: Sequence[str], known: Callable[[str], bool] | None = None) -> list[str | None]:
    """For each word the folded one that was probably meant, or nothing where the word may stand.

    A word that ``known`` knows not is also taken for a word of the field that stands beside no neighbour.
    """
    plain = [folded(word) for word in words]
    meant: list[str | None] = [None] * len(words)
    for place, word in enumerate(plain):
        before = (meant[place - 1] or plain[place - 1]) if place else ""
        after = plain[place + 1] if place + 1 < len(plain) else ""
        if not word.isalpha() or len(word) > _LONGEST or _joined(before, word, after):
            continue
        small = _small(words[place])
        joined = pairs.compound if small else pairs.beside
        options = [other for other in sounds(word) if joined(before, other) or joined(other, after)]
        if small and not options:
            continue
        if not options and (len(word) >= _TELLING or not pairs.known(word)):
            near = pairs.around(before, after)
            options = sorted(other for other in near if len(other) > 1 and distance(word, other, 1) == 1)
        if not options and known is not None and not known(word):
            options = [other for other in sounds(word) if known(other) and pairs.known(other)]
        if options:
            meant[place] = max(options, key=lambda other: _strength(before, other, after))
    return meant


@lru_cache(maxsize=8192)
def _small(word: str) -> bool:
    """A word that is set aside wherever it stands: only as a syllable of a longer one is it taken for another."""
    index = lexicon.phrases()
    return any(index.values[value].aside for found in index.at([word], 0) for value in found.values)


def _joined(before: str, word: str, after: str) -> bool:
    return pairs.beside(before, word) or pairs.beside(word, after)


def _strength(before: str, word: str, after: str) -> int:
    return pairs.beside(before, word) + pairs.beside(word, after)
