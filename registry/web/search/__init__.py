"""The citizens' search page, and what can be browsed beside it."""

from registry.web.search.controller import SearchController

__all__ = ["SearchController"]
