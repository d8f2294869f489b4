"""Which rows of the lexicon the words of a question say."""

from collections.abc import Sequence
from typing import NamedTuple

from search.understanding import lexicon, pairs
from search.understanding.lexicon import Row
from search.understanding.phrases import Found
from search.understanding.syllable import split
from search.understanding.words import Words


class Match(NamedTuple):
    """A row that is said by the words from ``start`` to before ``end``."""

    start: int
    end: int
    row: Row

    @property
    def places(self) -> range:
        return range(self.start, self.end)


def cover(words: Words) -> list[Match]:
    """The rows that the words say, from left to right, none overlapping; rows of the same words stand together.

    The longest phrase wins, also over a shorter one that begins before it.
    """
    every = _everywhere(words)
    found: list[Match] = []
    place = 0
    while place < len(words):
        here = _longest(every, place)
        if not here or _inner(words, here):
            place += 1
            continue
        found += here
        place = here[0].end
    return found


def _longest(every: Sequence[Sequence[Match]], place: int) -> list[Match]:
    """The rows of the longest phrase that begins here, cut short where a longer one begins inside it."""
    here = every[place]
    if not here:
        return []
    end = max(one.end for one in here)
    for inside in range(place + 1, end):
        for one in every[inside]:
            if one.end > end and one.end - inside > end - place and not one.row.aside:
                end = max((other.end for other in here if other.end <= inside), default=0)
                return [other for other in here if other.end == end]
    return [one for one in here if one.end == end]


def _everywhere(words: Words) -> list[list[Match]]:
    """For each place, the rows of all phrases that begin there."""
    index = lexicon.phrases()
    heard = [other or word for word, other in zip(words.written, words.heard, strict=True)]
    doubted = any(words.heard)
    # Who writes marks may mistake a letter for one that sounds like it, but sings it on the same tone.
    tones = [
        split(word)[1] if words.marked and other is not None else None
        for word, other in zip(words.written, words.heard, strict=True)
    ]
    every: list[list[Match]] = []
    for place in range(len(words)):
        found = index.at(words.written, place, marked=words.marked)
        if doubted:
            found += [one for one in index.at(heard, place, tones=tones) if _certain(one, words.heard)]
        # A row may say the same words in more than one way.
        said = dict.fromkeys((one.end, value) for one in found for value in one.values)
        every.append([Match(place, end, index.values[value]) for end, value in said])
    return every


def _certain(found: Found, heard: Sequence[str | None]) -> bool:
    """Whether words as heard say a phrase for sure: one of them at least stands as it was typed."""
    doubted = [other is not None for other in heard[found.start : found.end]]
    return any(doubted) and not all(doubted)


def _inner(words: Words, here: Sequence[Match]) -> bool:
    """Whether a word that asks for nothing is but a syllable of a longer one ("sao" in "bản sao")."""
    place = here[0].start
    if here[0].end > place + 1 or any(one.row.mean and not one.row.optional for one in here):
        return False
    word = words.plain[place]
    before = words.plain[place - 1] if place else ""
    after = words.plain[place + 1] if place + 1 < len(words) else ""
    # Without its marks a word may be any of many, so that its neighbours decide more.
    near = pairs.beside if words.written[place] == word and not words.marked else pairs.compound
    return near(before, word) or near(word, after)
