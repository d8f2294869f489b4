"""One question put to one snapshot of the index."""

from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import NamedTuple, cast

import tantivy
from tantivy import Order

from search.contract import Answer, FacetCount, Hit, Question
from search.embedded import facets, schema
from search.embedded.compile import Plan, Step
from search.embedded.profiles import FEW
from search.embedded.snapshot import Held, Snapshot
from search.highlight import highlight
from search.query import Query
from search.ranking import ENOUGH

Scored = tuple[float, tantivy.DocAddress]
# How many more are asked for than shown, so that equal scores at the end are seen.
TIES = 30


class Read(NamedTuple):
    """What a question's text comes to in a snapshot, whatever its filters."""

    query: Query
    plan: Plan


class Found(NamedTuple):
    """What was found: the best of it, or all, and how many there are."""

    hits: list[Scored]
    total: int


class Reach(NamedTuple):
    """How far a question is widened, and how many documents that finds before they are filtered."""

    step: Step
    number: int


class Search:
    """A question, understood and compiled for a snapshot."""

    def __init__(self, snapshot: Snapshot, question: Question, read: Read) -> None:
        self._snapshot = snapshot
        self._searcher = snapshot.searcher
        self._question = question
        self._query, self._plan = read
        self._filtered = {name for name, values in question.filters.items() if values}
        self._always = [
            *snapshot.narrowing(question.as_of),
            *facets.chosen(snapshot.schema, self._query.filters),
        ]
        self._every: tantivy.SearchResult | None = None

    def answer(self, engine: str, counting: Executor) -> Answer:
        """The page, the total and the counts that are asked for. Much is counted by tantivy, beside the page."""
        question = self._question
        if not self._plan.steps:
            none: dict[str, list[FacetCount]] = {name: [] for name in question.facets}
            return Answer([], 0, none, self._snapshot.state.revision, engine)
        end = min(question.offset + question.limit, self._searcher.num_docs)
        ranked = question.sort == "relevance" and not self._query.empty
        beside = None
        if question.facets and ranked and self._reach.number > FEW:
            beside = counting.submit(facets.counts, self._searcher, self._found())
        total, page = self._ranked(end) if ranked else self._sorted(end)
        terms = self._plan.terms
        hits = [hit(self._snapshot.document(address), score, terms) for score, address in page]
        return Answer(hits, total, self._counts(beside), self._snapshot.state.revision, engine)

    @property
    def _reach(self) -> Reach:
        """It depends on the question's text alone, so that filters and pages agree."""
        return self._snapshot.remember(("reach", self._question.text, self._question.as_of), self._widen)

    @property
    def _step(self) -> Step:
        return self._reach.step

    def _widen(self) -> Reach:
        """The strictest step that finds enough, or else the widest."""
        for step in self._plan.steps:
            result = self._profiles(self._plan.found(step, self._always))
            if count(result) >= ENOUGH:
                break
        if not self._filtered:
            self._every = result
        return Reach(step, count(result))

    def _profiles(self, query: tantivy.Query) -> tantivy.SearchResult:
        """How many documents a query finds, and the profiles of ``FEW``; without scores, which is quick."""
        return self._searcher.search(query, FEW, order_by_field="profile")

    def _narrowing(self, but: str = "") -> list[tantivy.Query]:
        return [*self._always, *facets.chosen(self._snapshot.schema, self._question.filters, but)]

    def _found(self, but: str = "") -> tantivy.Query:
        return self._plan.found(self._step, self._narrowing(but))

    def _ranked(self, end: int) -> tuple[int, list[Scored]]:
        """How many answer, and the page of them by score."""
        query = self._plan.scored(self._step, self._narrowing())
        found = scored(self._searcher, query, end + TIES)
        return found.total, best(self._searcher, query, end, found)[self._question.offset :]

    def _sorted(self, end: int) -> tuple[int, list[Scored]]:
        """How many answer, and the page of them by a key or not at all."""
        offset = self._question.offset
        query = self._found()
        if offset >= end:
            return count(self._searcher.search(query, 1)), []
        key = schema.SORTS[self._question.sort]
        result = self._searcher.search(query, end - offset, offset=offset, order_by_field=key, order=Order.Asc)
        return count(result), [(0.0, address) for _, address in result.hits]

    def _counts(self, beside: Future[dict[str, list[FacetCount]]] | None) -> dict[str, list[FacetCount]]:
        """Counts of the facets asked for; those of a filtered facet as if its filter were absent."""
        asked = self._question.facets
        plain = [name for name in asked if name not in self._filtered]
        every: dict[str, list[FacetCount]] = {}
        if plain:
            every = beside.result() if beside else self._count(plain, "")
        return {
            name: (self._count([name], name) if name in self._filtered else every).get(name, []) for name in asked
        }

    def _count(self, names: list[str], but: str) -> dict[str, list[FacetCount]]:
        if not self._query.empty:
            result = self._profiles(self._found(but)) if self._every is None else self._every
            if count(result) <= FEW:
                numbers = cast("list[int]", [number for number, _ in result.hits])
                with suppress(KeyError):
                    return self._snapshot.profiles.counts(self._searcher, numbers, names)
            return facets.counts(self._searcher, self._found(but))
        # Without a text every document is counted, and few such questions are different.
        question = self._question
        chosen = tuple(sorted((name, tuple(values)) for name, values in question.filters.items()))
        return self._snapshot.remember(
            ("counts", question.as_of, chosen, but), lambda: facets.counts(self._searcher, self._found(but))
        )


def count(result: tantivy.SearchResult) -> int:
    """How many documents were found in all; missing from the package's own types."""
    return int(result.count)  # type: ignore[attr-defined]


def scored(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> Found:
    """What a query finds, by score. Tantivy makes room for as many as are asked for, were there none."""
    result = searcher.search(query, max(1, min(limit, searcher.num_docs)), weight_by_field="weight")
    return Found(result.hits, count(result))


def best(searcher: tantivy.Searcher, query: tantivy.Query, end: int, found: Found | None = None) -> list[Scored]:
    """The first ``end`` documents by score and then code. ``found`` is what is known of them already.

    Tantivy leaves the order of equal scores open, so the ties at the end are read to their last.
    """
    limit = end + TIES
    found = found or scored(searcher, query, limit)
    while (tied := _tied(found, end)) is None:
        limit *= 4
        found = scored(searcher, query, limit)
    orders = searcher.fast_field_values("order", [address for _, address in tied])
    ranked = sorted(zip(tied, orders, strict=True), key=lambda one: (-one[0][0], one[1] or 0))
    return [one for one, _ in ranked[:end]]


def _tied(found: Found, end: int) -> list[Scored] | None:
    """The first ``end`` and what has the rounded score of their last; ``None`` where more may have it."""
    hits, last = found.hits, end
    if 0 < end < len(hits):
        worst = round(hits[end - 1][0], 3)
        while last < len(hits) and round(hits[last][0], 3) == worst:
            last += 1
    if last >= len(hits) < found.total:
        return None
    return [(round(score, 3), address) for score, address in hits[:last]]


def hit(held: Held, score: float, terms: frozenset[str]) -> Hit:
    """What is handed back for one document."""
    return Hit(held.id, held.code, score, highlight(held.title, terms), held.payload)
