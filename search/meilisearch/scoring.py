"""Ranks what Meilisearch found as the embedded engine would: BM25 over weighted fields, pairs and lifts.

What a word counts for follows ``search.ranking``; how rare it is, the index tells (``Words``).
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple

import msgspec

from search import ranking
from search.codes import Code
from search.meilisearch import values
from search.meilisearch.documents import WORD_LENGTH, folded_words, pair, payload
from search.meilisearch.plan import Plan
from search.meilisearch.words import Words
from search.query import Alternative
from search.text import exact, folded, tokens

# BM25's usual constants, which tantivy has too.
_K1 = 1.2
_B = 0.75
_FIELDS = [field for field in ranking.FIELDS if field.strict]


class Row(msgspec.Struct, rename="camel"):
    """A document as it comes from the index, with the attributes that were asked for."""

    key: str = ""
    id: str = ""
    code: str = ""
    name: str = ""
    payload: str = ""
    digest: str = ""
    weight: float = 1.0
    local_keys: list[str] = []
    keywords: list[str] = []
    outputs: list[str] = []
    sectors: list[str] = []
    agencies: list[str] = []
    facets: dict[str, list[str]] = {}


class Found(NamedTuple):
    """A document with what ranking asks of it. ``words`` holds what finding each of its folded words is worth."""

    id: str
    code: str
    name: str
    payload: bytes
    weight: float
    words: dict[str, float]
    exact: dict[str, float]
    pairs: dict[str, float]
    marks: frozenset[str]


def found(row: Row, words: Words) -> Found:
    """Read a document for ranking."""
    name = folded_words(row.name)
    worth: dict[str, float] = {}
    for field in _FIELDS:
        # A name that says a word twice is no better an answer; other fields tell by it what they are about.
        said = folded_words(getattr(row, field.name))
        norm = _norm(len(said), words.lengths.get(field.name, 0.0))
        for word, count in Counter(said).items():
            part = field.weight * _saturated(1 if field.name == "name" else count, norm)
            worth[word] = worth.get(word, 0.0) + part * words.rarity(field.name, word)
    norm = _norm(len(name), words.lengths.get("name", 0.0))
    marks = {f"facets.{name}={value}" for name, some in row.facets.items() for value in some}
    marks |= {f"local={local}" for local in row.local_keys}
    return Found(
        id=row.id,
        code=row.code,
        name=row.name,
        payload=payload(row.payload),
        weight=row.weight,
        words=worth,
        exact=dict.fromkeys((exact(word)[:WORD_LENGTH] for word in tokens(row.name)), _saturated(1, norm)),
        pairs={one: _saturated(count, norm) for one, count in Counter(map(pair, name, name[1:])).items()},
        marks=frozenset(marks),
    )


def _norm(length: int, average: float) -> float:
    """BM25's part for how long a field is."""
    return _K1 * (1 - _B + _B * length / average) if average else _K1


def _saturated(count: float, norm: float) -> float:
    """BM25's part for how often a word stands in a field."""
    return count * (_K1 + 1) / (count + norm)


Options = list[tuple[str, float]]


class Token(NamedTuple):
    """One word of the question: what may stand for it, and what its exact form adds."""

    options: Options
    exact: str
    bonus: float


class Ranker:
    """Scores documents for one plan."""

    def __init__(self, plan: Plan, words: Words) -> None:
        self._words = words
        self._groups = [
            self._alternatives(group.weight, group.alternatives, reading)
            for group, reading in zip(plan.query.groups, plan.telling, strict=True)
        ]
        self._pairs = self._neighbours(plan)
        self._preferences = [
            (one.value, "", one.weight * ranking.PREFERENCE)
            if one.facet == "code"
            else ("", f"facets.{one.facet}={values.encode(one.value)}", one.weight * ranking.PREFERENCE)
            for one in plan.query.preferences
        ]
        self._codes = plan.query.codes

    def score(self, one: Found) -> float:
        """What the document is worth; as comparable numbers, the same for the same document and question."""
        total = 0.0
        for group in self._groups:
            best = 0.0
            for factor, said in group:
                worth = self._alternative(one, factor, said)
                if worth > best:
                    best = worth
            total += best
        if near := one.pairs.keys() & self._pairs.keys():
            total += self._lift(one, near)
        for code, mark, weight in self._preferences:
            if one.code == code or mark in one.marks:
                total += weight
        for typed in self._codes:
            total += _code_score(one, typed)
        # How tantivy lets a weight count: ten times the weight is not ten times the score.
        return round(total * log2(2 + max(0.0, one.weight)), 3)

    def _lift(self, one: Found, near: set[str]) -> float:
        """What the pairs that document and question share are worth, each place of the question once."""
        best: dict[int, float] = {}
        for term in near:
            for place, weight in self._pairs[term]:
                best[place] = max(best.get(place, 0.0), one.pairs[term] * weight)
        return sum(best[place] for place in sorted(best))

    def _alternative(self, one: Found, factor: float, tokens: Sequence[Token]) -> float:
        words = one.words
        total = 0.0
        for token in tokens:
            worth = 0.0
            for word, weight in token.options:
                if word in words:
                    worth += words[word] * weight
            if token.exact in one.exact:
                worth += token.bonus * one.exact[token.exact]
            if not worth:
                return 0.0
            total += worth
        return factor * total

    def _alternatives(
        self, weight: float, ways: Sequence[Alternative], reading: Sequence[Sequence[Options]]
    ) -> list[tuple[float, list[Token]]]:
        found = []
        for way, options in zip(ways, reading, strict=False):
            tokens = [self._token(token, some) for token, some in zip(way.tokens, options, strict=True)]
            found.append((way.weight * weight / len(tokens) ** 0.5, tokens))
        return found

    def _token(self, token: str, options: Options) -> Token:
        rarity = self._words.rarity
        written = exact(token)[:WORD_LENGTH]
        return Token(
            options=list(options),
            exact=written,
            bonus=ranking.EXACT * rarity("name", folded(token)[:WORD_LENGTH]),
        )

    def _neighbours(self, plan: Plan) -> dict[str, list[tuple[int, float]]]:
        """For each pair in names that stands for two neighbouring words of the question: for which two, and its
        worth. It counts as much as the lesser of the two words."""
        flat: list[tuple[Options, float]] = []
        chains = [flat]
        for group, reading in zip(plan.query.groups, plan.readings, strict=True):
            for place, (way, words) in enumerate(zip(group.alternatives, reading, strict=False)):
                weight = group.weight * way.weight / len(words) ** 0.5
                weighed = [(options, weight) for options in words]
                if place:
                    chains.append(weighed)
                else:
                    flat += weighed
        both = (two for chain in chains for two in pairwise(chain))
        lifts: dict[str, list[tuple[int, float]]] = {}
        for place, (left, right) in enumerate(both):
            for term, weight in self._pair(left, right):
                lifts.setdefault(term, []).append((place, weight))
        return lifts

    def _pair(self, left: tuple[Options, float], right: tuple[Options, float]) -> Options:
        weight = ranking.PAIR * min(left[1], right[1])
        return [
            (term, weight * one_weight * two_weight * self._words.rarity("pairs", term))
            for one, one_weight in left[0][:8]
            for two, two_weight in right[0]
            for term in [pair(one, two)]
            if self._words.doc_freq("pairs", term)
        ]


def _code_score(one: Found, code: Code) -> float:
    score = 0.0
    if code.local and f"local={code.local}" in one.marks:
        score += ranking.LOCAL_CODE
    if code.value and (one.code == code.value if code.whole else one.code.startswith(code.value)):
        score += ranking.CODE
    return score
