"""One question put to one snapshot of the index."""

from concurrent.futures import Executor

import tantivy
from tantivy import Order

from search.contract import Answer, FacetCount, Hit, Question
from search.embedded import facets, schema
from search.embedded.snapshot import Held, Snapshot
from search.highlight import highlight
from search.query import Query
from search.ranking import ENOUGH

Scored = tuple[float, tantivy.DocAddress]


class Search:
    """A question, understood and compiled for a snapshot."""

    def __init__(self, snapshot: Snapshot, question: Question, query: Query) -> None:
        self._snapshot = snapshot
        self._searcher = snapshot.searcher
        self._question = question
        self._query = query
        self._plan = snapshot.compiler.compile(query)
        self._always = [
            snapshot.in_force(question.as_of),
            *facets.chosen(snapshot.schema, query.filters),
        ]
        # How far a question is widened depends on its text alone, so that filters and pages agree.
        self._step = snapshot.remember(("step", question.text, question.as_of), self._widen)

    def answer(self, engine: str, counting: Executor) -> Answer:
        """The page, the total and the counts that are asked for, which are taken beside the page."""
        found, names = bool(self._plan.steps), self._question.facets
        counts = counting.submit(self._counts) if found and names else None
        hits, total = self._page() if found else ([], 0)
        return Answer(
            hits=hits,
            total=total,
            facets=counts.result() if counts else {name: [] for name in names},
            revision=self._snapshot.state.revision,
            engine=engine,
        )

    def _widen(self) -> int:
        """The strictest step that finds enough, or else the widest."""
        last = len(self._plan.steps) - 1
        for place, (_, query) in enumerate(self._plan.steps[:last]):
            if count(self._searcher.search(facets.narrowed(query, self._always), 1)) >= ENOUGH:
                return place
        return last

    def _narrowed(self, query: tantivy.Query, but: str = "") -> tantivy.Query:
        chosen = facets.chosen(self._snapshot.schema, self._question.filters, but)
        return facets.narrowed(query, [*self._always, *chosen])

    def _page(self) -> tuple[list[Hit], int]:
        question = self._question
        query = self._narrowed(self._plan.scored(self._plan.steps[self._step][0]))
        # Tantivy makes room for as many as it is asked for, whether or not there are so many.
        end = min(question.offset + question.limit, self._searcher.num_docs)
        if question.offset >= end:
            return [], count(self._searcher.search(query, 1))
        if question.sort == "relevance" and not self._query.empty:
            found, total = best(self._searcher, query, end)
            page = found[question.offset :]
        else:
            key = schema.SORTS[question.sort]
            result = self._searcher.search(
                query, end - question.offset, offset=question.offset, order_by_field=key, order=Order.Asc
            )
            total = count(result)
            page = [(0.0, address) for _, address in result.hits]
        terms = self._plan.terms
        return [hit(self._snapshot.document(address), score, terms) for score, address in page], total

    def _counts(self) -> dict[str, list[FacetCount]]:
        """Counts of the facets asked for; those of a filtered facet as if its filter were absent."""
        filtered = {name for name, values in self._question.filters.items() if values}
        plain = {name for name in self._question.facets if name not in filtered}
        every = self._count("") if plain else {}
        return {
            name: (every if name in plain else self._count(name)).get(name, []) for name in self._question.facets
        }

    def _count(self, but: str) -> dict[str, list[FacetCount]]:
        question = self._question
        query = self._narrowed(self._plan.steps[self._step][1], but)
        if not self._query.empty:
            return facets.counts(self._searcher, query)
        # Without a text every document is counted, and few such questions are different.
        chosen = tuple(sorted((name, tuple(values)) for name, values in question.filters.items()))
        return self._snapshot.remember(
            ("counts", question.as_of, chosen, but), lambda: facets.counts(self._searcher, query)
        )


def count(result: tantivy.SearchResult) -> int:
    """How many documents were found in all; missing from the package's own types."""
    return int(result.count)  # type: ignore[attr-defined]


def best(searcher: tantivy.Searcher, query: tantivy.Query, end: int) -> tuple[list[Scored], int]:
    """The first ``end`` documents by score and then code, and how many there are.

    Tantivy leaves the order of equal scores open, so the ties at the end are read to their last.
    """
    limit = end + 30
    while True:
        result = searcher.search(query, limit, weight_by_field="weight")
        hits: list[Scored] = [(round(score, 3), address) for score, address in result.hits]
        if len(hits) < limit or len(hits) <= end or hits[end - 1][0] != hits[-1][0]:
            break
        limit *= 4
    orders = searcher.fast_field_values("order", [address for _, address in hits])
    ranked = sorted(zip(hits, orders, strict=True), key=lambda one: (-one[0][0], one[1] or 0))
    return [one for one, _ in ranked[:end]], count(result)


def hit(held: Held, score: float, terms: frozenset[str]) -> Hit:
    """What is handed back for one document."""
    return Hit(held.id, held.code, score, highlight(held.title, terms), held.payload)
