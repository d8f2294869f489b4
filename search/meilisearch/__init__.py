"""The Meilisearch engine: a server of its own finds and counts, what is found is ranked here."""

from search.meilisearch.engine import Meilisearch

__all__ = ["Meilisearch"]
