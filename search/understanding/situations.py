"""Situations told without one official word, led to the procedures that they call for.

A row of ``situations.toml``, or of any ``*.situations.toml``, fires when a phrase of each of its ``when`` sets is
found, and none of ``unless``; "{child}" in a set stands for a class of words. Its ``want`` gives wordings of the
catalogue, never codes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import NamedTuple

import msgspec

from search.text import folded
from search.understanding import data, pairs
from search.understanding.lexicon import Wording, wordings
from search.understanding.phrases import Found, Phrases

_FILE = "situations.toml"
_ENDING = "situations.toml"
_CLASS = re.compile(r"\{(\w+)\}")
_MOST = 3
# A situation much less specific than the best one is left out.
_SHARE = 0.6


class Situation(msgspec.Struct, frozen=True):
    """What must be told (sets of phrases), what must not, and what is wanted then."""

    when: tuple[tuple[str, ...], ...]
    want: tuple[Wording, ...]
    reason: str
    unless: tuple[str, ...] = ()


class Told(NamedTuple):
    """A situation that was told; ``strength`` is how many words told it."""

    situation: Situation
    strength: int
    words: frozenset[int]


class _Raw(msgspec.Struct, forbid_unknown_fields=True):
    when: list[str]
    want: str
    reason: str
    unless: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """One file of situations; the classes of ``situations.toml`` serve all of them."""

    rows: list[_Raw]
    classes: dict[str, str] = {}


@cache
def situations() -> tuple[Situation, ...]:
    """All situations. Raises ``DataFault`` for a row that cannot be used."""
    shared = _file(_FILE).classes
    found = []
    for name in data.names(_ENDING):
        file = _file(name)
        classes = {**shared, **file.classes}
        found += [_situation(raw, classes, name) for raw in file.rows]
    return tuple(found)


def _file(name: str) -> _File:
    try:
        return msgspec.convert(data.table(name), _File)
    except msgspec.ValidationError as fault:
        raise data.DataFault(f"{name}: {fault}") from fault


def _situation(raw: _Raw, classes: dict[str, str], name: str) -> Situation:
    return Situation(
        when=tuple(_phrases(one, classes) for one in raw.when),
        want=wordings(raw.want, name),
        reason=raw.reason,
        unless=_phrases(raw.unless, classes),
    )


def _phrases(text: str, classes: dict[str, str], depth: int = 0) -> tuple[str, ...]:
    """The phrases of a set, classes put in. Raises ``DataFault`` for an unknown class."""
    found: list[str] = []
    for part in data.parts(text):
        match = _CLASS.search(part)
        if match is None:
            found.append(part)
            continue
        name = match.group(1)
        if name not in classes or depth > 3:
            raise data.DataFault(f"{_FILE}: {part!r}: no class {name!r}")
        for word in _phrases(classes[name], classes, depth + 1):
            found += _phrases(part.replace(match.group(), word), classes, depth)
    return tuple(dict.fromkeys(found))


def _inner(words: Sequence[str]) -> list[bool]:
    """Of each word whether it is but a syllable of a longer one ("sinh" in "sinh viên")."""
    plain = [folded(word) for word in words]
    joined = [False, *(pairs.compound(left, right) for left, right in pairwise(plain)), False]
    return [before or after for before, after in pairwise(joined)]


@cache
def _index() -> Phrases[tuple[int, int]]:
    """Every phrase of every set, with its situation and set; -1 is what must not be told."""
    found: Phrases[tuple[int, int]] = Phrases()
    for number, situation in enumerate(situations()):
        for place, phrases in enumerate(situation.when):
            found.add((number, place), *phrases)
        if situation.unless:
            found.add((number, -1), *situation.unless)
    return found


@cache
def _sets() -> tuple[list[int], list[int]]:
    """Of each set of phrases its situation, ``~number`` for what must not be told; and how many each must have."""
    owners = [number if place >= 0 else ~number for number, place in _index().values]
    return owners, [len(one.when) for one in situations()]


def _whole(found: Iterable[Found]) -> set[int]:
    """The situations of which a phrase of every set is found, and none that must not be told."""
    owners, asked = _sets()
    hits = Counter(map(owners.__getitem__, set(chain.from_iterable(one.values for one in found))))
    return {number for number, sets in hits.items() if sets == asked[number] and ~number not in hits}


def told(words: Sequence[str], *, marked: bool = False) -> list[Told]:
    """The situations that the words tell, the most specific first; see ``Phrases.at`` for ``marked``."""
    index, inner, every = _index(), _inner(words), situations()
    everywhere = index.everywhere(words, marked=marked)
    found = [one for one in everywhere if one.end > one.start + 1 or not inner[one.start]]
    if not (whole := _whole(found)):
        return []
    hits: dict[int, dict[int, Found]] = {}
    for one in found:
        for number, place in map(index.values.__getitem__, one.values):
            if number in whole:
                sets = hits.setdefault(number, {})
                longest = sets.get(place)
                if longest is None or one.end - one.start >= longest.end - longest.start:
                    sets[place] = one
    fired: list[Told] = []
    for number, sets in hits.items():
        told_by = frozenset(place for one in sets.values() for place in range(one.start, one.end))
        fired.append(Told(every[number], len(told_by), told_by))
    fired.sort(key=lambda one: (-one.strength, -len(one.situation.when)))
    return [one for one in fired[:_MOST] if one.strength >= fired[0].strength * _SHARE]
