"""Filters and the counts of facets."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

import tantivy
from tantivy import FieldType, Occur, Query

from search.contract import FACETS, FOREVER, FacetCount, IndexUnavailable
from search.embedded.schema import facet

# The most different facet values that are counted exactly: tantivy's own limit of buckets.
_BUCKETS = 65_000
# In the order of their keys, which a stable sort by count then keeps; it is also what tantivy counts fastest.
_TERMS = {"facet": {"terms": {"field": "facet", "size": _BUCKETS, "order": {"_key": "asc"}}}}
# So many terms are asked for side by side, more as a set.
_SIDE_BY_SIDE = 32
_PAIR, _COUNT = itemgetter("key", "doc_count"), itemgetter(1)


def check(names: Iterable[str]) -> None:
    """Raise ``ValueError`` for a facet that no engine has."""
    for name in names:
        if name not in FACETS:
            raise ValueError(f"unknown facet {name!r}: it must be one of {', '.join(FACETS)}")


def in_force(schema: tantivy.Schema, day: int) -> Query:
    """What is in force on a day: from ``valid_from``, until the day before ``valid_to``."""
    day = min(max(0, day), FOREVER)
    begun = Query.range_query(schema, "valid_from", FieldType.Unsigned, upper_bound=day)
    open_ = Query.range_query(schema, "valid_to", FieldType.Unsigned, lower_bound=day, include_lower=False)
    return Query.const_score_query(Query.boolean_query([(Occur.Must, begun), (Occur.Must, open_)]), 0.0)


def chosen(schema: tantivy.Schema, filters: Mapping[str, Sequence[str]], but: str = "") -> list[Query]:
    """One query per filtered facet, except ``but``. A facet without values filters nothing."""
    return [
        Query.const_score_query(_any(schema, [facet(name, value) for value in values]), 0.0)
        for name, values in filters.items()
        if values and name != but
    ]


def _any(schema: tantivy.Schema, terms: Sequence[str]) -> Query:
    """Documents with any of these values. A set is read to its last document before anything is found: few terms
    side by side are only read where they are asked about."""
    if len(terms) > _SIDE_BY_SIDE:
        return Query.term_set_query(schema, "facet", list(terms))
    return Query.boolean_query(
        [(Occur.Should, Query.term_query(schema, "facet", term, "basic")) for term in terms]
    )


def counts(searcher: tantivy.Searcher, query: Query) -> dict[str, list[FacetCount]]:
    """How many documents of a query have each value, for all facets, by count and then value."""
    answer = searcher.aggregate(query, _TERMS)["facet"]
    if answer["sum_other_doc_count"]:
        raise IndexUnavailable(f"embedded: more than {_BUCKETS} different facet values cannot be counted")
    pairs = list(map(_PAIR, answer["buckets"]))
    pairs.sort(key=_COUNT, reverse=True)
    found: dict[str, list[FacetCount]] = {name: [] for name in FACETS}
    for term, count in pairs:
        name, value = _parted[term]
        found[name].append(FacetCount(value, count))
    return found


class _Parted(dict[str, tuple[str, str]]):
    """Facet and value of each term: the same few thousand again and again, some hundred in every answer."""

    def __missing__(self, term: str) -> tuple[str, str]:
        if len(self) >= _BUCKETS:
            self.clear()
        name, _, value = term.partition("=")
        return self.setdefault(term, (name, value))


_parted = _Parted()
