"""Addresses of our own pages. They hold the whole state of a page, and keep the language it is read in."""

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote, quote_plus

# What need not be encoded in a path or a query: addresses stay readable in Vietnamese and in what browsers show.
_SAFE = "/:,;@!*()'"
# A page has a hundred addresses, made of the same few names and values.
MOST_KEPT = 2048
_path = lru_cache(maxsize=MOST_KEPT)(partial(quote, safe=_SAFE))
_part = lru_cache(maxsize=MOST_KEPT)(partial(quote_plus, safe=_SAFE))


def link(language: str, path: str, /, query: Mapping[str, Any] | None = None, **more: Any) -> str:
    """The address of ``path`` with a query. ``None``, empty texts and empty lists are left out; a list gives a
    parameter for each of its values."""
    return _joined(path, [*_pairs({**(query or {}), **more}), *_spoken(language)])


def here(
    language: str,
    path: str,
    given: Iterable[tuple[str, str]],
    /,
    query: Mapping[str, Any] | None = None,
    **more: Any,
) -> str:
    """The address of the page that is read, its query changed: a parameter named here is replaced, or removed by
    ``None``."""
    changes = {**(query or {}), **more}
    kept = [(name, value) for name, value in given if name not in changes and name != "lang" and value]
    spoken = [] if "lang" in changes else _spoken(language)
    return _joined(path, [*kept, *_pairs(changes), *spoken])


def _spoken(language: str) -> list[tuple[str, str]]:
    return [] if language == "vi" else [("lang", language)]


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, value in query.items():
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        found += [(name, str(one)) for one in values if one is not None and one != ""]
    return found


def _joined(path: str, pairs: list[tuple[str, str]]) -> str:
    query = "&".join([f"{_part(name)}={_part(value)}" for name, value in pairs])
    return f"{_path(path)}?{query}" if query else _path(path)
