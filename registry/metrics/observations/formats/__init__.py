"""Readers of published figures, one module each; a module in this folder that has ``recognise`` is one.

``NAME`` is what ``--format`` takes, ``ACCEPTS`` says it in words for people, ``RANK`` is the order in which they
are asked; ``recognise(data)`` looks at a whole file, ``read(document)`` makes observations of it.
"""

import pkgutil
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import msgspec

from registry.intake.archive import File, open_source
from registry.intake.record import SourceUnreadable
from registry.metrics.observations.record import Observation


class Document(msgspec.Struct, frozen=True):
    """A file, and what its reader is told about it: ``period`` and ``captured`` win over what it says itself."""

    name: str
    data: bytes
    today: date
    source: str = ""
    period: tuple[date, date] | None = None
    captured: date | None = None


class Left(msgspec.Struct, frozen=True):
    """A number that became no observation: where it stands, what it is, and why."""

    where: str
    value: float
    reason: str


class Reading(msgspec.Struct, frozen=True):
    """What a reader made of a file. ``numbers`` of it went into observations, each once; those ``left`` out are
    named, and ``numbers + len(left)`` is how many the file holds."""

    observations: list[Observation]
    numbers: int
    left: list[Left]


class Reader(Protocol):
    """What a module in this folder offers."""

    NAME: str
    ACCEPTS: str
    RANK: int
    recognise: Callable[[bytes], bool]
    read: Callable[[Document], Reading]


@lru_cache(maxsize=1)
def known() -> tuple[Reader, ...]:
    """Every reader of this folder, in the order in which they are asked."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return tuple(
        sorted((cast(Reader, each) for each in modules if hasattr(each, "recognise")), key=lambda one: one.RANK)
    )


def opened(path: Path) -> bytes:
    """The content of a file, unpacked. Raises ``SourceUnreadable``."""
    source = open_source(path)
    if not isinstance(source, File):
        raise SourceUnreadable(f"{path}: is a folder or an archive; name the files in it one by one")
    return source.content()


def reader(path: Path, data: bytes, name: str | None = None) -> Reader:
    """The reader of this name, or the one that knows the content. Raises ``SourceUnreadable``."""
    for module in known():
        if name == module.NAME or (name is None and module.recognise(data)):
            return module
    accepted = "; ".join(f"{module.NAME}: {module.ACCEPTS}" for module in known())
    raise SourceUnreadable(f"{path}: holds none of the figures that are accepted ({accepted})")
