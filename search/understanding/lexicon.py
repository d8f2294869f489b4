"""The lexicon: what people say, and what the catalogue calls it. All of it is data, each row with its reason.

A row of a ``*.lexicon.toml`` file:

- ``say``: phrases that people type, between bars;
- ``mean``: wordings of the catalogue, of which any may be wanted, the likeliest first, "~0.5" giving a weight;
- ``also``: wordings that lift what has them, without being asked for;
- ``prefer``: "facet=value", lifted with a weight; ``demand`` likewise, but as a filter;
- ``keep``: how much the typed words still count beside ``mean``: 0 drops them, 1 makes them equals;
- ``reason``: why, for people.

A file's ``[default]`` gives ``keep`` and ``optional`` for its rows: an optional row's words are never required.
A row with neither ``mean`` nor ``prefer`` sets its words aside.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from search.text import tokens
from search.understanding import data
from search.understanding.phrases import Phrases

_ENDING = ".lexicon.toml"
_EXACT = frozenset({"abbreviations", "acronyms"})


class Wording(msgspec.Struct, frozen=True):
    """A wording of the catalogue, as words and as people read it."""

    words: tuple[str, ...]
    text: str
    weight: float


class Value(msgspec.Struct, frozen=True):
    """A value of a facet."""

    facet: str
    value: str
    weight: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the lexicon; see the module."""

    file: str
    say: tuple[str, ...]
    mean: tuple[Wording, ...] = ()
    also: tuple[Wording, ...] = ()
    prefer: tuple[Value, ...] = ()
    demand: tuple[Value, ...] = ()
    keep: float = 0.3
    optional: bool = False
    reason: str = ""

    @property
    def exact(self) -> bool:
        """An acronym stands for what it means, as if that had been typed."""
        return self.file in _EXACT

    @property
    def aside(self) -> bool:
        """Nothing is meant by it."""
        return not (self.mean or self.also or self.prefer or self.demand)


class _Raw(msgspec.Struct, forbid_unknown_fields=True):
    say: str
    mean: str = ""
    also: str = ""
    prefer: str = ""
    demand: str = ""
    keep: float | None = None
    optional: bool | None = None
    reason: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[_Raw]
    default: dict[str, Any] = {}
    about: str = ""


@cache
def rows() -> tuple[Row, ...]:
    """All rows of all files. Raises ``DataFault`` for a row that cannot be used."""
    return tuple(row for name in data.names(_ENDING) for row in _read(name))


@cache
def phrases() -> Phrases[Row]:
    """The rows under what people say."""
    found: Phrases[Row] = Phrases()
    for row in rows():
        found.add(row, *row.say)
    return found


def wordings(text: str, name: str) -> tuple[Wording, ...]:
    """ "một hai | ba ~0.5" as wordings."""
    found = [data.weighted(part, name) for part in data.parts(text)]
    return tuple(Wording(tuple(tokens(part)), part, weight) for part, weight in found)


def _read(name: str) -> Iterator[Row]:
    try:
        file = msgspec.convert(data.table(name), _File)
    except msgspec.ValidationError as fault:
        raise data.DataFault(f"{name}: {fault}") from fault
    for raw in file.rows:
        if not raw.reason and not file.about:
            raise data.DataFault(f"{name}: {raw.say!r}: a row without its reason")
        keep = file.default.get("keep", 0.3) if raw.keep is None else raw.keep
        yield Row(
            file=name.removesuffix(_ENDING),
            say=tuple(data.parts(raw.say)),
            mean=wordings(raw.mean, name),
            also=wordings(raw.also, name),
            prefer=_values(raw.prefer, name),
            demand=_values(raw.demand, name),
            keep=float(keep),
            optional=bool(file.default.get("optional", False) if raw.optional is None else raw.optional),
            reason=raw.reason or file.about,
        )


def _values(text: str, name: str) -> tuple[Value, ...]:
    found: list[Value] = []
    for part in data.parts(text):
        pair, weight = data.weighted(part, name)
        facet, mark, value = pair.partition("=")
        if not mark or not value:
            raise data.DataFault(f'{name}: {part!r}: a value is written "facet=value"')
        found.append(Value(facet, value, weight))
    return tuple(found)
