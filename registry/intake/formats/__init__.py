"""Formats, one module each. A module in this folder that has ``recognise`` is one; nothing else lists them.

A format module says what it is: ``NAME``; ``ACCEPTS``, in words for people; ``RANK``, the order in which formats
are asked, the most particular first; ``recognise(source, head)``, which gives the ``Format`` if the content is
its own, else ``None``; and ``parse(raw)``, which needs no source, so that a quarantined record can be retried.
"""

import pkgutil
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from registry.intake.archive import Source, open_source
from registry.intake.record import Format, Raw, Record, Rejection, SourceUnreadable


class Module(Protocol):
    """What a module in this folder offers when it is a format."""

    NAME: str
    ACCEPTS: str
    RANK: int
    recognise: Callable[[Source, bytes], Format | None]
    parse: Callable[[Raw], Record | Rejection]


@lru_cache(maxsize=1)
def known() -> tuple[Module, ...]:
    """Every format of this folder, in the order in which they are asked."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return tuple(sorted((cast(Module, each) for each in modules if hasattr(each, "recognise")), key=_rank))


def _rank(module: Module) -> tuple[int, str]:
    return module.RANK, module.NAME


def detect(path: Path) -> Format:
    """The format of a source, by its content. Raises ``SourceUnreadable`` where it is none that is known."""
    source = open_source(path)
    head = source.head()
    for module in known():
        found = module.recognise(source, head)
        if found is not None:
            return found
    accepted = "; ".join(module.ACCEPTS for module in known())
    raise SourceUnreadable(f"{path}: is none of the formats that are accepted ({accepted})")


def parser(name: str) -> Callable[[Raw], Record | Rejection]:
    """How a format of this name turns a raw record into a canonical one. Raises ``KeyError``."""
    return {module.NAME: module.parse for module in known()}[name]
