"""The search engine that this process answers from, chosen by its settings."""

from registry.settings import Settings
from search.contract import Engine
from search.embedded import Embedded
from search.failover import Failover
from search.understanding import understand

# Within so many seconds the search server answers, or the embedded index does.
LIMIT = 1.0


def open_engine(settings: Settings) -> Engine:
    """The embedded index in the data folder; with a search server set, that server, and the index behind it."""
    embedded = Embedded(settings.index_path, understand=understand)
    if not settings.search_url:
        return embedded
    # Its client takes a quarter of a second to import, which a start without a server need not spend.
    from search.meilisearch import Meilisearch

    server = Meilisearch(settings.search_url, settings.search_key, understand=understand)
    return Failover(server, embedded, limit_seconds=LIMIT)
