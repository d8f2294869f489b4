"""From an understood question to what tantivy is asked."""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import tantivy
from tantivy import Occur

from search import ranking
from search.codes import Code
from search.embedded.reading import KEPT, Reader, Reading, Weighted
from search.embedded.schema import WORD_LENGTH, facet, pair
from search.query import Group, Preference, Query
from search.text import exact


class Step(NamedTuple):
    """One way to take a question, between strict and wide: in which words, and what share of its groups."""

    field: str
    share: float


_STEPS = (
    *(Step("strict", share) for share in ranking.SHARES),
    Step("wide", ranking.SHARES[-1]),
    Step("wide", 0.0),
)
_FIELDS = {"strict": tuple(field for field in ranking.FIELDS if field.strict), "wide": ranking.FIELDS}


class Plan:
    """A question for one state of the index, as queries from strict to wide.

    What the index holds no word of is left out. There is no step when that is everything.
    """

    def __init__(self, clauses: "Clauses", query: Query, readings: Sequence[Reading]) -> None:
        self._clauses = clauses
        self._query = query
        self._readings = readings
        self._telling = clauses.telling(query.groups, readings)
        self._matched: dict[str, list[tantivy.Query | None]] = {}
        self._scored: dict[str, list[tantivy.Query | None]] = {}
        self._codes = [clause for code in query.codes for clause in clauses.code(code)]

    @cached_property
    def terms(self) -> frozenset[str]:
        """The folded words to mark in what is found."""
        return frozenset(
            word for one in self._readings for words in one for options in words for word, _ in options
        )

    @cached_property
    def _open(self) -> bool:
        """Nothing must be found: whatever there is only orders."""
        return not self._query.codes and all(group.optional for group in self._query.groups)

    @cached_property
    def steps(self) -> list[Step]:
        """The ways to take the question, from strict to wide."""
        if self._open:
            return [_STEPS[-1]]
        strict = [match is not None for match in self._matches("strict")]
        held = {
            "strict": strict,
            "wide": [
                one or self._clauses.held(reading, "wide")
                for one, reading in zip(strict, self._telling, strict=True)
            ],
        }
        # Of few groups, different shares are the same number: a step that asks no less is none.
        steps = {(step.field, self._least(step, held[step.field])): step for step in reversed(_STEPS)}
        asked = {field: bool(self._codes) or self._asks(held[field]) for field in _FIELDS}
        return [step for step in reversed(steps.values()) if asked[step.field]]

    def found(self, step: Step, narrowing: Iterable[tantivy.Query] = ()) -> tantivy.Query:
        """What the step finds and these queries leave of it, without scores, which is quick to count by."""
        return every([*self._musts(step, self._matches(step.field)), *narrowing])

    def scored(self, step: Step, narrowing: Iterable[tantivy.Query] = ()) -> tantivy.Query:
        """The same with its score."""
        scores = self._scores(step.field)
        lifts = [
            score for group, score in zip(self._query.groups, scores, strict=True) if group.optional and score
        ]
        musts = [*self._musts(step, scores), *narrowing]
        return tantivy.Query.boolean_query(
            [*((Occur.Must, must) for must in musts), *((Occur.Should, lift) for lift in (*lifts, *self._lifts))]
        )

    def _matches(self, field: str) -> list[tantivy.Query | None]:
        """What matches each group, likewise for all steps of one field."""
        if field not in self._matched:
            self._matched[field] = [self._clauses.match(one, field) for one in self._telling]
        return self._matched[field]

    def _scores(self, field: str) -> list[tantivy.Query | None]:
        """Each group with its score: steps of one field differ only in how many they ask for."""
        if field not in self._scored:
            self._scored[field] = [
                self._clauses.score(group, reading, field)
                for group, reading in zip(self._query.groups, self._telling, strict=True)
            ]
        return self._scored[field]

    @cached_property
    def _lifts(self) -> list[tantivy.Query]:
        preferences = [self._clauses.preference(one) for one in self._query.preferences]
        return [*preferences, *self._clauses.neighbours(self._query.groups, self._readings)]

    def _asks(self, held: Sequence[bool]) -> bool:
        return any(one and not group.optional for group, one in zip(self._query.groups, held, strict=True))

    def _least(self, step: Step, held: Sequence[bool]) -> int:
        """How many of the groups that are neither required nor optional must be found at this step."""
        counted = sum(
            one and not group.required and not group.optional
            for group, one in zip(self._query.groups, held, strict=True)
        )
        return max(1, ceil(step.share * counted - 1e-9))

    def _musts(self, step: Step, clauses: Sequence[tantivy.Query | None]) -> list[tantivy.Query]:
        """What makes a document one of the step's: all required groups and its share of the others, or a code
        typed."""
        if self._open:
            return [tantivy.Query.all_query()]
        groups = [
            (group, clause)
            for group, clause in zip(self._query.groups, clauses, strict=True)
            if clause is not None and not group.optional
        ]
        parts = [clause for group, clause in groups if group.required]
        if counted := [clause for group, clause in groups if not group.required]:
            least = self._least(step, [clause is not None for clause in clauses])
            parts += counted if least == len(counted) else [either(counted, least)]
        if self._codes:
            return [either([*self._codes, every(parts)] if parts else self._codes)]
        return parts


class Compiler:
    """Compiles questions for one state of the index."""

    def __init__(self, reader: Reader, clauses: "Clauses") -> None:
        self._reader = reader
        self._clauses = clauses

    def compile(self, query: Query) -> Plan:
        return Plan(self._clauses, query, self._reader.read(query.groups))


class Clauses:
    """The parts of which a plan's queries are made. Those of a word are kept: questions share their words."""

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, doc_freq: Callable[[str, str], int]
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._doc_freq = doc_freq
        self._term = lru_cache(maxsize=KEPT)(self._made_term)
        self._word = lru_cache(maxsize=KEPT)(self._made_word)
        self._lift = lru_cache(maxsize=KEPT)(self._made_lift)

    def telling(self, groups: Sequence[Group], readings: Sequence[Reading]) -> list[Reading]:
        """The readings, with nothing left of the commonest words of a long question.

        They tell little and cost most. Beside their neighbours they still count.
        """
        plain = [
            place
            for place, group in enumerate(groups)
            if not (group.required or group.optional) and readings[place]
        ]
        if len(plain) <= ranking.TELLING:
            return list(readings)
        plain.sort(key=lambda place: self._commonness(readings[place]))
        common = set(plain[ranking.TELLING :])
        return [[] if place in common else reading for place, reading in enumerate(readings)]

    def _commonness(self, reading: Reading) -> int:
        """How many documents at most have a group's first alternative; what none has tells nothing."""
        counts = [max(self._doc_freq("strict", word) for word, _ in options) for options in reading[0]]
        return min(counts, default=0) or sys.maxsize

    def held(self, reading: Reading, field: str) -> bool:
        """Whether the index has all words of one of a group's alternatives."""
        return any(
            all(any(self._doc_freq(field, word) for word, _ in options) for options in words) for words in reading
        )

    def match(self, reading: Reading, field: str) -> tantivy.Query | None:
        """Documents that have one of a group's alternatives; ``None`` when the index has none of them."""
        alternatives: list[tantivy.Query] = []
        for words in reading:
            parts = [[word for word, _ in options if self._doc_freq(field, word)] for options in words]
            if all(parts):
                alternatives.append(every(either(self._term(field, word) for word in part) for part in parts))
        return either(alternatives) if alternatives else None

    def score(self, group: Group, reading: Reading, field: str) -> tantivy.Query | None:
        """What ``match`` finds, scored by its best alternative, each word in every field."""
        clauses: list[tantivy.Query] = []
        for alternative, words in zip(group.alternatives, reading, strict=False):
            parts = [
                self._word(token, tuple(options), field)
                for token, options in zip(alternative.tokens, words, strict=True)
            ]
            present = [part for part in parts if part is not None]
            if len(present) == len(parts):
                weight = alternative.weight * group.weight / len(parts) ** 0.5
                clauses.append(boosted(every(present), weight))
        return best(clauses) if clauses else None

    def _made_word(self, token: str, options: tuple[Weighted, ...], reach: str) -> tantivy.Query | None:
        clauses = [
            tantivy.Query.boost_query(self._term(field.name, word), field.weight * weight)
            for word, weight in options
            for field in _FIELDS[reach]
            if self._doc_freq(field.name, word)
        ]
        if not clauses:
            return None
        written = exact(token)[:WORD_LENGTH]
        if self._doc_freq("exact", written):
            clauses.append(tantivy.Query.boost_query(self._term("exact", written), ranking.EXACT))
        return either(clauses)

    def neighbours(self, groups: Sequence[Group], readings: Sequence[Reading]) -> list[tantivy.Query]:
        """A lift for every two neighbouring words of the question that are neighbours in a name.

        It counts as much as the lesser of the two words.
        """
        flat: list[tuple[list[Weighted], float]] = []
        inner: list[list[tuple[list[Weighted], float]]] = []
        for group, reading in zip(groups, readings, strict=True):
            for place, (alternative, words) in enumerate(zip(group.alternatives, reading, strict=False)):
                weight = group.weight * alternative.weight / len(words) ** 0.5
                weighed = [(options, weight) for options in words]
                if place:
                    inner.append(weighed)
                else:
                    flat += weighed
        lifts = [self._pair(left, right) for chain in (flat, *inner) for left, right in pairwise(chain)]
        return [lift for lift in lifts if lift is not None]

    def _pair(
        self, left: tuple[Sequence[Weighted], float], right: tuple[Sequence[Weighted], float]
    ) -> tantivy.Query | None:
        weight = ranking.PAIR * min(left[1], right[1])
        clauses = [
            self._lift(term, weight * one_weight * two_weight)
            for one, one_weight in left[0][:8]
            for two, two_weight in right[0]
            for term in [pair(one, two)]
            if self._doc_freq("pairs", term)
        ]
        return best(clauses) if clauses else None

    def _made_lift(self, term: str, weight: float) -> tantivy.Query:
        return tantivy.Query.boost_query(self._term("pairs", term), weight)

    def preference(self, one: Preference) -> tantivy.Query:
        term = ("code", one.value) if one.facet == "code" else ("facet", facet(one.facet, one.value))
        return self._constant(self._term(*term), one.weight * ranking.PREFERENCE)

    def code(self, code: Code) -> Iterable[tantivy.Query]:
        if code.local and self._doc_freq("local", code.local):
            yield self._constant(self._term("local", code.local), ranking.LOCAL_CODE)
        if code.whole and code.value and self._doc_freq("code", code.value):
            yield self._constant(self._term("code", code.value), ranking.CODE)
        if not code.whole and (terms := self._searcher.terms_with_prefix("code", code.value)):
            some = tantivy.Query.term_set_query(self._schema, "code", [term for term, _ in terms])
            yield self._constant(some, ranking.CODE)

    def _constant(self, query: tantivy.Query, score: float) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, score)

    def _made_term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, word, "freq")


def every(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    every = list(queries)
    if len(every) == 1:
        return every[0]
    return tantivy.Query.boolean_query([(Occur.Must, query) for query in every])


def either(queries: Iterable[tantivy.Query], least: int = 1) -> tantivy.Query:
    some = list(queries)
    if len(some) == 1:
        return some[0]
    return tantivy.Query.boolean_query(
        [(Occur.Should, query) for query in some], minimum_number_should_match=least
    )


def boosted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def best(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return queries[0] if len(queries) == 1 else tantivy.Query.disjunction_max_query(queries)
