"""Filters and the counts of facets."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import tantivy
from tantivy import FieldType, Occur, Query

from search.contract import FACETS, FOREVER, FacetCount, IndexUnavailable
from search.embedded.schema import facet

# The most different facet values that are counted exactly: tantivy's own limit of buckets.
_BUCKETS = 65_000


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
        Query.const_score_query(
            Query.term_set_query(schema, "facet", [facet(name, value) for value in values]), 0.0
        )
        for name, values in filters.items()
        if values and name != but
    ]


def narrowed(query: Query, filters: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query), *((Occur.Must, one) for one in filters)])


def counts(searcher: tantivy.Searcher, query: Query) -> dict[str, list[FacetCount]]:
    """How many documents of a query have each value, for all facets, by count and then value."""
    answer = searcher.aggregate(query, {"facet": {"terms": {"field": "facet", "size": _BUCKETS}}})["facet"]
    if answer["sum_other_doc_count"]:
        raise IndexUnavailable(f"embedded: more than {_BUCKETS} different facet values cannot be counted")
    found: dict[str, list[tuple[int, str]]] = {}
    for bucket in answer["buckets"]:
        name, value = _parted(bucket["key"])
        if name in found:
            found[name].append((-bucket["doc_count"], value))
        else:
            found[name] = [(-bucket["doc_count"], value)]
    return {name: [FacetCount(value, -count) for count, value in sorted(some)] for name, some in found.items()}


@lru_cache(maxsize=_BUCKETS)
def _parted(term: str) -> tuple[str, str]:
    """A facet and its value: the same few thousand again and again."""
    name, _, value = term.partition("=")
    return name, value
