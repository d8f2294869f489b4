"""Formats of dossiers, one module each; nothing else lists them.

A format module has ``NAME``; ``ACCEPTS``, in words for people; ``HEADED``, whether its first line names fields;
``recognise(first)``, whether a source with this first line is its own; ``reader(header)``, which gives the
function from a line to a ``Delivered``, raising ``Wrong`` (``header`` is the first line where ``HEADED``, else
empty); and ``at_once(block)``, the dossiers of many sound lines in their order, or ``None`` where they must be
read one by one.
"""

import pkgutil
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from registry.dossiers.dossier import Delivered
from registry.intake.record import SourceUnreadable

Reader = Callable[[bytes], Delivered]


class Format(Protocol):
    """What a module in this folder offers."""

    NAME: str
    ACCEPTS: str
    HEADED: bool
    recognise: Callable[[bytes], bool]
    reader: Callable[[bytes], Reader]
    at_once: Callable[[bytes], list[Delivered] | None]


@lru_cache(maxsize=1)
def known() -> dict[str, Format]:
    """Every format of this folder by its name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.NAME: cast(Format, module) for module in modules}


def detect(source: str, first: bytes) -> Format:
    """The format of a source by its first line. Raises ``SourceUnreadable`` where it is none that is known."""
    for module in known().values():
        if module.recognise(first):
            return module
    accepted = "; ".join(module.ACCEPTS for module in known().values())
    raise SourceUnreadable(f"{source}: is none of the formats that are accepted ({accepted})")
