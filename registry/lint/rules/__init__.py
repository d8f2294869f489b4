"""Rules by kind, one module each: a module in this folder that has ``RULES`` is one, and nothing else lists them.

``RULES`` gives each rule's function by its name in ``rules.toml``: it reads a page and tells what it met.
"""

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from registry.lint.page import Looked, Page
from registry.lint.wording import rules

Check = Callable[[Page], Looked]


@cache
def checks() -> dict[str, Check]:
    """Every rule's function, in the order of ``rules.toml``. Raises ``LookupError`` where the two do not agree."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), "RULES", {})
    if odd := found.keys() ^ rules().keys():
        raise LookupError(f"rules without words or without a function: {', '.join(sorted(odd))}")
    return {name: found[name] for name in rules()}
