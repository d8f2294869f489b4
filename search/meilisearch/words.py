"""The words that an index holds, told by Meilisearch once for each of its states."""

from bisect import bisect_left
from functools import cached_property
from math import log1p

_NONE: dict[str, int] = {}


class Words:
    """How many documents have each word or pair of words; a part of what tantivy's searcher tells.

    ``strict`` are the words of the strict fields, ``wide`` those of all fields, ``pairs`` neighbours in names;
    each strict field has its own words too.
    """

    def __init__(self, documents: int, fields: dict[str, dict[str, int]]) -> None:
        self.documents = documents
        self._fields = fields

    def doc_freq(self, field: str, word: str) -> int:
        """How many documents have the word in the field."""
        return self._fields.get(field, _NONE).get(word, 0)

    def terms_with_prefix(self, field: str, start: str, limit: int | None = None) -> list[tuple[str, int]]:
        """The words that begin so, in their order, with the number of documents that have them."""
        counts = self._fields[field]
        if not start:
            return list(counts.items())[:limit]
        found: list[tuple[str, int]] = []
        ordered = self._pairs if field == "pairs" else sorted(counts)
        for place in range(bisect_left(ordered, start), len(ordered)):
            term = ordered[place]
            if not term.startswith(start) or len(found) == limit:
                break
            found.append((term, counts[term]))
        return found

    @cached_property
    def _pairs(self) -> list[str]:
        return sorted(self._fields["pairs"])

    @cached_property
    def lengths(self) -> dict[str, float]:
        """How many different words the average document has in each field."""
        return {name: sum(counts.values()) / max(1, self.documents) for name, counts in self._fields.items()}

    def rarity(self, field: str, word: str) -> float:
        """What finding the word is worth: BM25's inverse document frequency."""
        count = self.doc_freq(field, word)
        return log1p((max(self.documents, count) - count + 0.5) / (count + 0.5))
