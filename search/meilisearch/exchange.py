"""Several searches in one request, all answered by one state of the index."""

from typing import Any

import msgspec

from search.meilisearch.connection import Connection
from search.meilisearch.documents import State, read_state
from search.meilisearch.scoring import Row


class Moved(Exception):
    """The index has changed: what was known of it no longer holds. Ask again."""


class Result(msgspec.Struct, rename="camel"):
    """What one search found. ``total_hits`` is told to searches that ask for a page of no hits."""

    hits: list[Row] = []
    total_hits: int = 0
    facet_distribution: dict[str, dict[str, int]] = {}


class Results(msgspec.Struct):
    results: list[Result]


class Exchange:
    """Collects searches and sends them together.

    Meilisearch carries them out one after the other, each on what the index is at its moment. The state of the
    index is therefore asked for first and last: when both are the same, so was everything between them.
    """

    def __init__(self, connection: Connection, index: str) -> None:
        self._connection = connection
        self._index = index
        self._queries: list[dict[str, Any]] = []

    def find(self, filters: list[str], limit: int, attributes: list[str], **rest: Any) -> int:
        """Ask for documents. Returns the place of the result."""
        return self._add(filter=filters, limit=limit, attributesToRetrieve=attributes, **rest)

    def count(self, filters: list[str], facets: list[str] | None = None) -> int:
        """Ask how many there are, and how many of each value of the facets. Returns the place of the result."""
        return self._add(filter=filters, page=1, hitsPerPage=0, facets=facets or [])

    def _add(self, **query: Any) -> int:
        self._queries.append({"indexUid": self._index, **query})
        return len(self._queries) - 1

    async def send(self) -> tuple[State | None, list[Result]]:
        """The state that answered, ``None`` when the index has none, and the results by their places.

        Raises ``Moved`` when the index changed between them.
        """
        state = {
            "indexUid": self._index,
            "filter": "state EXISTS",
            "facets": ["state"],
            "page": 1,
            "hitsPerPage": 0,
        }
        body = {"queries": [state, *self._queries, state]}
        results = (await self._connection.post("/multi-search", body, Results)).results
        first, last = _state(results[0]), _state(results[-1])
        if first != last:
            raise Moved
        return read_state(first), results[1:-1]

    async def expect(self, state: State) -> list[Result]:
        """The results, when they are those of this state. Raises ``Moved`` otherwise."""
        present, results = await self.send()
        if present != state:
            raise Moved
        return results


def _state(result: Result) -> str:
    return next(iter(result.facet_distribution.get("state", {})), "")
