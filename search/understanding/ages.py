"""An age that was told ("bé 5 tuổi"), as the catalogue tells ages ("dưới 14 tuổi")."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from search.text import folded
from search.understanding import data

_FILE = "ages.toml"


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages ``least`` to ``most`` in years, how the catalogue says it, and the law that draws the line."""

    least: int
    most: int
    say: str
    reason: str


def _load() -> tuple[Span, ...]:
    try:
        return tuple(msgspec.convert(data.table(_FILE), dict[str, list[Span]])["ages"])
    except (msgspec.ValidationError, KeyError) as fault:
        raise data.DataFault(f"{_FILE}: {fault}") from fault


_SPANS = _load()


def ages(words: Sequence[str]) -> list[Span]:
    """The spans in which the ages lie that the words tell, in years or in months."""
    found: list[Span] = []
    for number, unit in pairwise(words):
        if not (number.isascii() and number.isdigit() and len(number) <= 3):
            continue
        if folded(unit) == "tuoi":
            years = int(number)
        elif folded(unit) == "thang" and "tuoi" in map(folded, words):
            years = int(number) // 12
        else:
            continue
        found += [span for span in _SPANS if span.least <= years <= span.most]
    return found
