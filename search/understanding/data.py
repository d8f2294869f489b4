"""The data files of this package: how they are read, and what a fault in one of them says."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

_FOLDER = files(__package__) / "data"


class DataFault(ValueError):
    """A data file cannot be used; the message names file, row and fault."""


def words(name: str) -> list[str]:
    """The words of a text file: those of its lines, without what follows "#"."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [word for line in text.splitlines() for word in line.partition("#")[0].split()]


def lines(name: str) -> list[str]:
    """The lines of a text file, without what follows "#"."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line for line in (raw.partition("#")[0].strip() for raw in text.splitlines()) if line]


def table(name: str) -> dict[str, Any]:
    """A TOML file."""
    try:
        return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise DataFault(f"{name}: {fault}") from fault


def names(ending: str) -> Iterator[str]:
    """The data files whose names end so, sorted."""
    return iter(sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(ending)))


def parts(text: str) -> list[str]:
    """What stands between the bars of "một | hai"."""
    return [part for part in (one.strip() for one in text.split("|")) if part]


def weighted(text: str, name: str) -> tuple[str, float]:
    """ "một hai ~0.5" as text and weight; the weight is 1 where none is given."""
    head, mark, tail = text.partition("~")
    if not mark:
        return text.strip(), 1.0
    try:
        return head.strip(), float(tail)
    except ValueError as fault:
        raise DataFault(f"{name}: {text!r}: a weight is a number") from fault
