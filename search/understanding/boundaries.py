"""Words that were run together ("dangky thuongtru"), cut where syllables meet."""

from functools import lru_cache
from itertools import pairwise

from search.text import fold, folded
from search.understanding import pairs
from search.understanding.syllable import plausible, valid

_LONGEST = 32
_SYLLABLE = 7


@lru_cache(maxsize=4096)
def cut(word: str) -> tuple[str, ...]:
    """The syllables of a word in lower case that is none, when they are words of the field; else the word.

    Of all ways to cut it the one counts whose neighbours are known side by side, then the one with fewest parts.
    """
    plain = folded(word)
    if len(plain) != len(word) or not 4 <= len(word) <= _LONGEST or not plain.isalpha() or plausible(plain):
        return (word,)
    ways = _ways(plain)
    scored = [(_score(way), way) for way in ways]
    if not scored:
        return (word,)
    best, way = max(scored)
    if best <= 0:
        return (word,)
    place = 0
    found: list[str] = []
    for part in way:
        found.append(word[place : place + len(part)])
        place += len(part)
    marked = [part for part in found if part != fold(part)]
    return tuple(found) if all(valid(part) for part in marked) else (word,)


def _ways(plain: str, limit: int = 64) -> list[tuple[str, ...]]:
    """All ways to cut a folded word into known syllables, few of them."""
    ways: dict[int, list[tuple[str, ...]]] = {0: [()]}
    for end in range(1, len(plain) + 1):
        found = [
            (*way, plain[start:end])
            for start in range(max(0, end - _SYLLABLE), end)
            for way in ways.get(start, ())
            if end - start > 1 and plausible(plain[start:end]) and pairs.known(plain[start:end])
        ]
        found.sort(key=_score, reverse=True)
        ways[end] = found[:limit]
    return ways[len(plain)]


def _score(way: tuple[str, ...]) -> int:
    """Pairs that are known, less those that are not; a word is cut only where most are."""
    joints = [pairs.beside(left, right) for left, right in pairwise(way)]
    return 2 * sum(joints) - len(joints)
