"""From an understood question to the filters and texts that Meilisearch is asked."""

import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from math import ceil
from typing import NamedTuple

from search import ranking
from search.codes import Code
from search.embedded.reading import Reader, Reading
from search.meilisearch import values
from search.meilisearch.words import Words
from search.query import Preference, Query

# Meilisearch reads the first ten words of a text.
_MOST_WORDS = 10
# How many wordings of a question are asked for.
_WORDINGS = 4
# A filter that everything passes: each document has a code, the state of the index has none.
EVERYTHING = "codeKey EXISTS"


class Step(NamedTuple):
    """One way to take a question, between strict and wide: in which words, and what share of its groups."""

    field: str
    share: float


STEPS = (
    *(Step("strict", share) for share in ranking.SHARES),
    Step("wide", ranking.SHARES[-1]),
    Step("wide", 0.0),
)


class Way(NamedTuple):
    """One alternative of a group, said in the words of the index."""

    group: int
    words: list[str]
    filter: str
    worth: float


class Wording(NamedTuple):
    """A text to look for among what a filter lets pass, its words from the most telling to the least."""

    filter: str
    text: str


class Plan:
    """A question for one state of the index: what is found, step by step, and by which texts it is looked for.

    It finds what the embedded engine finds: the same words stand for a word, and the same shares are asked for.
    """

    def __init__(self, words: Words, reader: Reader, query: Query) -> None:
        self.query = query
        self.readings = reader.read(query.groups)
        self._words = words
        self.telling = self._telling()

    @cached_property
    def terms(self) -> frozenset[str]:
        """The folded words to mark in what is found."""
        return frozenset(
            word for one in self.readings for alternative in one for some in alternative for word, _ in some
        )

    @cached_property
    def open(self) -> bool:
        """Nothing must be found: whatever there is only orders."""
        return not self.query.codes and all(group.optional for group in self.query.groups)

    @cached_property
    def codes(self) -> str | None:
        """The filter of the codes that were typed; ``None`` when none was."""
        filters = [one for code in self.query.codes for one in code_filters(code)]
        return values.either(filters) if filters else None

    @cached_property
    def steps(self) -> list[str]:
        """What each step finds, as a filter. There is none when the index holds no word of the question."""
        if self.open:
            return [EVERYTHING]
        clauses = {field: [self._match(one, field) for one in self.telling] for field in ("strict", "wide")}
        steps = [self._asked(step.share, clauses[step.field]) for step in STEPS]
        return list(dict.fromkeys(step for step in steps if step is not None))

    @cached_property
    def wordings(self) -> list[Wording]:
        """Texts that say the question, beginning with each of its most telling alternatives in turn."""
        ways = sorted(self._ways(), key=lambda one: -one.worth)
        best: dict[int, Way] = {}
        for way in ways:
            best.setdefault(way.group, way)
        found = []
        for way in ways[:_WORDINGS]:
            said = [*way.words, *(word for one in best.values() if one.group != way.group for word in one.words)]
            found.append(Wording(way.filter, " ".join(list(dict.fromkeys(said))[:_MOST_WORDS])))
        return found

    def _ways(self) -> Iterable[Way]:
        """Every alternative that the index has the words of, and how much finding it is worth."""
        for place, (group, reading) in enumerate(zip(self.query.groups, self.telling, strict=True)):
            for alternative, options in zip(group.alternatives, reading, strict=False):
                parts = [self._present(some, "wide") for some in options]
                if not all(parts):
                    continue
                words = [self._most(some) for some in options]
                rarity = sum(self._words.rarity("strict", word) for word in words)
                worth = group.weight * alternative.weight * rarity / len(words) ** 0.5
                yield Way(place, words, values.every(values.one_of("wide", part) for part in parts), worth)

    def preferred(self) -> list[str]:
        """One filter for each preference, the strongest first."""
        ranked = sorted(self.query.preferences, key=lambda one: -one.weight)
        return [preference_filter(one) for one in ranked]

    def _telling(self) -> list[Reading]:
        """The readings, with nothing left of the commonest words of a long question."""
        plain = [
            place
            for place, group in enumerate(self.query.groups)
            if not (group.required or group.optional) and self.readings[place]
        ]
        if len(plain) <= ranking.TELLING:
            return list(self.readings)
        plain.sort(key=lambda place: self._commonness(self.readings[place]))
        common = set(plain[ranking.TELLING :])
        return [[] if place in common else reading for place, reading in enumerate(self.readings)]

    def _commonness(self, reading: Reading) -> int:
        counts = [max(self._words.doc_freq("strict", word) for word, _ in options) for options in reading[0]]
        return min(counts, default=0) or sys.maxsize

    def _match(self, reading: Reading, field: str) -> str | None:
        """A filter: one of a group's alternatives; ``None`` when the index has none of them."""
        alternatives = []
        for alternative in reading:
            parts = [self._present(options, field) for options in alternative]
            if all(parts):
                alternatives.append(values.every(values.one_of(field, part) for part in parts))
        return values.either(alternatives) if alternatives else None

    def _present(self, options: Iterable[tuple[str, float]], field: str) -> list[str]:
        return [word for word, _ in options if self._words.doc_freq(field, word)]

    def _asked(self, share: float, clauses: Sequence[str | None]) -> str | None:
        """Documents with all required groups and a share of the others, or with a code typed."""
        groups = [
            (group, clause)
            for group, clause in zip(self.query.groups, clauses, strict=True)
            if clause is not None and not group.optional
        ]
        parts = [clause for group, clause in groups if group.required]
        if counted := [clause for group, clause in groups if not group.required]:
            parts.append(values.at_least(max(1, ceil(share * len(counted) - 1e-9)), counted))
        if not parts:
            return self.codes
        return values.either([*([self.codes] if self.codes else []), values.every(parts)])

    def _most(self, options: Sequence[tuple[str, float]]) -> str:
        """The word that most documents have of those that may stand for a word and count most."""
        known = [(weight, self._words.doc_freq("wide", word), word) for word, weight in options]
        return max((one for one in known if one[1]), default=known[0])[2]


def code_filters(code: Code) -> Iterable[str]:
    """Filters for what a typed code may be."""
    if code.local:
        yield values.one_of("localKeys", [code.local])
    if code.value:
        yield values.one_of("codeKey" if code.whole else "codeStarts", [values.encode(code.value)])


def preference_filter(one: Preference) -> str:
    """A filter for the documents that a preference lifts."""
    attribute = "codeKey" if one.facet == "code" else f"facets.{one.facet}"
    return values.one_of(attribute, [values.encode(one.value)])
