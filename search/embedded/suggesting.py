"""Names that complete what is typed, from one snapshot of the index."""

import re
from collections.abc import Sequence

import tantivy
from tantivy import Occur

from search import suggesting
from search.contract import Hit
from search.embedded import schema
from search.embedded.compile import Plan
from search.embedded.searching import Scored, best, hit
from search.embedded.snapshot import Held, Snapshot
from search.query import Query
from search.suggesting import Named
from search.text import syllables

# How many names are looked at: of those that begin with the text, and of those that have its words.
_BEGUN = 60
_HAVING = 40
_MOST_TYPED = 80
# How a folded letter may stand in a sort key; see ``search.text.collate``.
_LETTERS = {"a": "a[{|]?", "d": "d[{]?", "e": "e[{]?", "o": "o[{|]?", "u": "u[{]?"}


class Suggester:
    """Completes one text on one day."""

    def __init__(self, snapshot: Snapshot, text: str, as_of: int) -> None:
        self._snapshot = snapshot
        self._text = text
        self._as_of = as_of
        self._in_force = snapshot.in_force(as_of)
        self._internal = _term(snapshot.schema, "internal", "true")

    def suggest(self, queries: Sequence[Query], limit: int) -> list[Hit]:
        """Names that begin with the text, then those that have its words by one of the readings; each once.

        Where none begins with it, the last reading goes first: the text is more likely no part of a name.
        """
        begun = self._begun(queries[0], limit)
        found = dict(self._ranked(begun, self._plan(queries[0]), limit))
        for query in queries if begun else queries[::-1]:
            plan = self._plan(query)
            if len(found) < limit and plan.steps:
                having = self._found(plan.scored(plan.steps[0]), max(_HAVING, limit))
                for name, one in self._ranked(having, plan, 2 * limit):
                    found.setdefault(name, one)
        return list(found.values())[:limit]

    def _plan(self, query: Query) -> Plan:
        return self._snapshot.compiler.compile(query)

    def _begun(self, query: Query, limit: int) -> list[Scored]:
        begun = beginning(self._text)
        if not begun:
            return []
        names = tantivy.Query.regex_query(self._snapshot.schema, "by_name", begun)
        head = self._head(query)
        if head is not None:
            return self._found(_both(names, head), max(_BEGUN, limit))
        # The first letters begin many names, and are typed again and again.
        key = ("begun", begun, self._as_of, limit)
        return self._snapshot.remember(key, lambda: self._found(names, max(_BEGUN, limit)))

    def _head(self, query: Query) -> tantivy.Query | None:
        """What orders names that begin with the text: its finished words alone, for the rarest word that the last
        one may become is not the likeliest."""
        groups = tuple(group for group in query.groups if not group.partial)
        plan = self._snapshot.compiler.compile(Query(groups=groups))
        return plan.scored(plan.steps[0]) if groups and plan.steps else None

    def _found(self, query: tantivy.Query, limit: int) -> list[Scored]:
        parts = [(Occur.Must, query), (Occur.Must, self._in_force), (Occur.MustNot, self._internal)]
        searcher = self._snapshot.searcher
        return best(searcher, tantivy.Query.boolean_query(parts), min(limit, searcher.num_docs))

    def _ranked(self, found: Sequence[Scored], plan: Plan, limit: int) -> list[tuple[str, Hit]]:
        """The first of what was found, by their folded names."""
        searcher = self._snapshot.searcher
        weights = searcher.fast_field_values("weight", [address for _, address in found])
        named: list[tuple[Named, tuple[Held, float]]] = []
        for (score, address), weight in zip(found, weights, strict=True):
            held = self._snapshot.document(address)
            named.append((Named(held.title, float(weight or 0.0), score), (held, score)))
        first = suggesting.ranked(named, self._text, limit)
        return [(" ".join(syllables(one.title)), hit(one, score, plan.terms)) for one, score in first]


def beginning(text: str) -> str:
    """A pattern of the sort keys of names that begin with the text; empty when nothing is typed."""
    typed = " ".join(syllables(text))[:_MOST_TYPED].removeprefix(suggesting.PREAMBLE).strip()
    if not typed:
        return ""
    letters = "".join(_LETTERS.get(char, char if char == " " else re.escape(char)) for char in typed)
    return f"(thu tuc )?{letters}{'' if text[-1:].isalnum() else ' '}.*"


def _both(names: tantivy.Query, head: tantivy.Query) -> tantivy.Query:
    only = tantivy.Query.const_score_query(names, 0.0)
    return tantivy.Query.boolean_query([(Occur.Must, only), (Occur.Should, head)])


def _term(built: tantivy.Schema, name: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(built, "facet", schema.facet(name, value), "basic")
