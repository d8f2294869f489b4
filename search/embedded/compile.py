"""From an understood question to what tantivy is asked."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

import tantivy
from tantivy import Occur

from search import ranking
from search.codes import Code
from search.embedded.schema import WORD_LENGTH, facet, pair
from search.embedded.vocabulary import Vocabulary
from search.query import MAX_TOKENS, Alternative, Group, Query
from search.text import exact, folded

_STRICT = tuple(field for field in ranking.FIELDS if field.strict)
_WIDE = ranking.FIELDS
# Steps from a strict reading of a question to a wide one: which fields, and what share of the groups.
_STEPS = (*((_STRICT, share) for share in ranking.SHARES), (_WIDE, ranking.SHARES[-1]), (_WIDE, 0.0))

Weighted = tuple[str, float]


class Plan:
    """A question as queries, from strict to wide, and the words to mark in what they find."""

    def __init__(self, steps: Sequence[tantivy.Query], lifts: Sequence[tantivy.Query], terms: set[str]) -> None:
        self.steps = steps
        self._lifts = lifts
        self.terms = terms

    def scored(self, step: int) -> tantivy.Query:
        """The step's query with all that only orders what it finds."""
        if not self._lifts:
            return self.steps[step]
        return tantivy.Query.boolean_query(
            [(Occur.Must, self.steps[step]), *((Occur.Should, lift) for lift in self._lifts)]
        )


class Compiler:
    """Compiles questions for one state of the index, whose words it knows."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, vocabulary: Vocabulary) -> None:
        self._schema = schema
        self._searcher = searcher
        self._vocabulary = vocabulary

    def compile(self, query: Query) -> Plan:
        """The plan of a question. What the index holds no word of is left out; it has no step if all is."""
        readings = self._readings(query.groups)
        lifts = [
            self._constant(self._term("code" if one.facet == "code" else "facet", value), one.weight)
            for one in query.preferences
            for value in [one.value if one.facet == "code" else facet(one.facet, one.value)]
        ]
        lifts += self._neighbours(readings)
        found = [clause for code in query.codes for clause in self._code(code)]
        steps = self._steps(query.groups, readings, lifts, found)
        if not query.groups and not query.codes:
            steps = [tantivy.Query.const_score_query(tantivy.Query.all_query(), 1.0)]
        terms = {word for reading in readings for words in reading for options in words for word, _ in options}
        return Plan(steps, lifts, terms)

    def _steps(
        self,
        groups: Sequence[Group],
        readings: Sequence["Reading"],
        lifts: list[tantivy.Query],
        found: list[tantivy.Query],
    ) -> list[tantivy.Query]:
        clauses: dict[int, tuple[list[tantivy.Query], list[tantivy.Query]]] = {}
        for fields in (_STRICT, _WIDE):
            needed: list[tantivy.Query] = []
            counted: list[tantivy.Query] = []
            for group, reading in zip(groups, readings, strict=True):
                clause = self._group(group, reading, fields)
                if clause is None:
                    continue
                if group.optional:
                    if fields is _WIDE:
                        lifts.append(clause)
                else:
                    (needed if group.required else counted).append(clause)
            clauses[id(fields)] = needed, counted
        steps: list[tantivy.Query] = []
        for fields, share in _STEPS:
            needed, counted = clauses[id(fields)]
            if needed or counted or found:
                steps.append(_step(needed, counted, share, found))
        return steps

    def _readings(self, groups: Sequence[Group]) -> list["Reading"]:
        """For every group and alternative, the words that may stand for each of its tokens."""
        budget = MAX_TOKENS
        readings: list[Reading] = []
        for place, group in enumerate(groups):
            before = _edge(groups[place - 1], -1) if place else ""
            after = _edge(groups[place + 1], 0) if place + 1 < len(groups) else ""
            reading: Reading = []
            for alternative in group.alternatives:
                budget -= len(alternative.tokens)
                if budget >= 0 and alternative.tokens:
                    reading.append(self._reading(alternative, before, after, group.partial))
            readings.append(reading)
        return readings

    def _reading(self, alternative: Alternative, before: str, after: str, partial: bool) -> list[list[Weighted]]:
        words = [folded(token)[:WORD_LENGTH] for token in alternative.tokens]
        around = [before, *words, after]
        return [
            self._options(word, around[place], around[place + 2], partial and place == len(words) - 1)
            for place, word in enumerate(words)
        ]

    def _options(self, word: str, before: str, after: str, partial: bool) -> list[Weighted]:
        """The word itself, what it may begin, and what it may be a misspelling of."""
        options = [(word, 1.0)]
        known = word in self._vocabulary.counts
        if partial:
            options += [(other, ranking.COMPLETED) for other in self._completions(word, before, known)]
        if len(options) == 1:
            options += [(other, ranking.CORRECTED) for other in self._corrections(word, before, after, known)]
        return options

    def _completions(self, word: str, before: str, known: bool) -> list[str]:
        """A word that exists is completed only to what follows the word before it."""
        following: list[str] = []
        if before:
            start = pair(before, word)
            counted = self._searcher.terms_with_prefix("pairs", start, limit=200)
            counted.sort(key=lambda one: -one[1])
            following = [term[len(before) + 1 :] for term, _ in counted if term != start]
        if not following and not (known and before):
            following = self._vocabulary.completions(word, ranking.COMPLETIONS)
        return following[: ranking.COMPLETIONS]

    def _corrections(self, word: str, before: str, after: str, known: bool) -> list[str]:
        """A word that exists is doubted only when it stands beside neither of its neighbours anywhere."""
        if known and (not (before or after) or self._beside(word, before, after)):
            return []
        others = self._vocabulary.corrections(word)
        beside = [other for other in others if self._beside(other, before, after)]
        if known or beside:
            return beside[: ranking.CORRECTIONS]
        return others[: ranking.CORRECTIONS]

    def _beside(self, word: str, before: str, after: str) -> bool:
        return bool(
            (before and self._searcher.doc_freq("pairs", pair(before, word)))
            or (after and self._searcher.doc_freq("pairs", pair(word, after)))
        )

    def _group(self, group: Group, reading: "Reading", fields: tuple[ranking.Field, ...]) -> tantivy.Query | None:
        """The group's alternatives, the best of which counts; ``None`` when the index has none of them."""
        clauses: list[tantivy.Query] = []
        for alternative, words in zip(group.alternatives, reading, strict=False):
            parts = [
                self._word(token, options, fields)
                for token, options in zip(alternative.tokens, words, strict=True)
            ]
            present = [part for part in parts if part is not None]
            if len(present) == len(parts):
                weight = alternative.weight * group.weight / len(parts) ** 0.5
                whole = present[0] if len(present) == 1 else _every(present)
                clauses.append(tantivy.Query.boost_query(whole, weight) if weight != 1 else whole)
        if not clauses:
            return None
        return clauses[0] if len(clauses) == 1 else tantivy.Query.disjunction_max_query(clauses)

    def _word(
        self, token: str, options: Sequence[Weighted], fields: tuple[ranking.Field, ...]
    ) -> tantivy.Query | None:
        clauses = [
            tantivy.Query.boost_query(self._term(field.name, word), field.weight * weight)
            for word, weight in options
            for field in fields
            if self._searcher.doc_freq(field.name, word)
        ]
        if not clauses:
            return None
        best = tantivy.Query.disjunction_max_query(clauses, ranking.TIE_BREAKER)
        written = exact(token)[:WORD_LENGTH]
        if not self._searcher.doc_freq("exact", written):
            return best
        lift = tantivy.Query.boost_query(self._term("exact", written), ranking.EXACT)
        return tantivy.Query.boolean_query([(Occur.Should, best), (Occur.Should, lift)])

    def _neighbours(self, readings: Sequence["Reading"]) -> list[tantivy.Query]:
        """A lift for every two neighbouring words of the question that are neighbours in a name."""
        chains = [[options for words in reading[:1] for options in words] for reading in readings]
        flat = [options for chain in chains for options in chain]
        inner = [words for reading in readings for words in reading[1:]]
        lifts = [self._pair(left, right) for left, right in pairwise(flat)]
        lifts += [self._pair(left, right) for words in inner for left, right in pairwise(words)]
        return [lift for lift in lifts if lift is not None]

    def _pair(self, left: Sequence[Weighted], right: Sequence[Weighted]) -> tantivy.Query | None:
        clauses = [
            tantivy.Query.boost_query(self._term("pairs", term), ranking.PAIR * one_weight * two_weight)
            for one, one_weight in left[:8]
            for two, two_weight in right
            for term in [pair(one, two)]
            if self._searcher.doc_freq("pairs", term)
        ]
        if not clauses:
            return None
        return clauses[0] if len(clauses) == 1 else tantivy.Query.disjunction_max_query(clauses)

    def _code(self, code: Code) -> Iterable[tantivy.Query]:
        if code.local and self._searcher.doc_freq("local", code.local):
            yield self._constant(self._term("local", code.local), ranking.LOCAL_CODE, unit=1.0)
        if not code.value:
            return
        if code.whole:
            if self._searcher.doc_freq("code", code.value):
                yield self._constant(self._term("code", code.value), ranking.CODE, unit=1.0)
            return
        terms = [term for term, _ in self._searcher.terms_with_prefix("code", code.value)]
        if terms:
            some = tantivy.Query.term_set_query(self._schema, "code", terms)
            yield self._constant(some, ranking.CODE, unit=1.0)

    def _constant(self, query: tantivy.Query, weight: float, unit: float = ranking.PREFERENCE) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, weight * unit)

    def _term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, word, "freq")


# For each alternative of a group, for each of its tokens, the words that may stand for it.
Reading = list[list[list[Weighted]]]


def _edge(group: Group, end: int) -> str:
    """The folded word at one end of a group's first alternative."""
    first = group.alternatives[0].tokens if group.alternatives else ()
    return folded(first[end])[:WORD_LENGTH] if first else ""


def _every(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Must, query) for query in queries])


def _step(
    needed: list[tantivy.Query], counted: list[tantivy.Query], share: float, found: list[tantivy.Query]
) -> tantivy.Query:
    """Documents that hold what is needed and at least this share of the rest, or have a code typed."""
    parts = list(needed)
    if counted:
        least = max(1, ceil(share * len(counted) - 1e-9))
        parts.append(
            _every(counted)
            if least == len(counted)
            else tantivy.Query.boolean_query(
                [(Occur.Should, clause) for clause in counted], minimum_number_should_match=least
            )
        )
    if not found:
        return parts[0] if len(parts) == 1 else _every(parts)
    either = [(Occur.Should, code) for code in found]
    if parts:
        either.append((Occur.Should, _every(parts)))
    return tantivy.Query.boolean_query(either)
