"""Words for what is no more: districts, household books, old identity cards. Which, and since when, is data."""

import re
from datetime import date
from functools import cache

import msgspec

from registry.lint.page import Looked, Page, Spot
from registry.lint.wording import read


class Gone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What its act ended: it is stale from the day ``ended``."""

    words: tuple[str, ...]
    pattern: str
    ended: date
    source: str


@cache
def gone(kind: str) -> tuple[tuple[re.Pattern[str], Gone], ...]:
    """What is stale, of one kind. Raises ``re.error`` or ``msgspec.ValidationError`` for bad data."""
    found = msgspec.convert(read("stale.toml"), dict[str, tuple[Gone, ...]])[kind]
    return tuple((re.compile(one.pattern, re.IGNORECASE), one) for one in found)


def days() -> set[date]:
    """The days on which something became stale."""
    return {one.ended for kind in ("district", "identity") for _, one in gone(kind)}


def _stale(page: Page, kind: str) -> Looked:
    """One such word misleads whoever reads the page: the first costs all."""
    known = [
        (pattern, one)
        for pattern, one in gone(kind)
        if one.ended <= page.day and any(word in page.lowered for word in one.words)
    ]
    spots: list[Spot] = []
    for section, field, text in page.passages:
        for pattern, one in known:
            told = {"day": one.ended.strftime("%d/%m/%Y"), "source": one.source}
            spots += [
                Spot(section, field, found.start(), found.end(), found[0], told, told)
                for found in pattern.finditer(text)
            ]
    return Looked(spots, 1)


def district(page: Page) -> Looked:
    """The district level, by its name or that of a district."""
    return _stale(page, "district")


def identity(page: Page) -> Looked:
    """Household books and identity cards of the old kind."""
    return _stale(page, "identity")


RULES = {"district": district, "identity": identity}
