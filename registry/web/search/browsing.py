"""Life events and sectors to browse, with how many procedures each has on a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from registry.api.filters import INTERNAL
from registry.api.labels import Labels
from registry.api.parameters import ordinal
from registry.vocabulary import Audience, Level
from search.contract import Answer, Engine, Question
from search.text import fold

FRONT = ("onlineLevel", "sector", "lifeEvent")
# What citizens do at the nearest office is what most people come for.
NEAR: Mapping[str, Sequence[str]] = {"audience": [Audience.CITIZEN], "level": [Level.COMMUNE]}


class Topic(NamedTuple):
    """A sector or a life event as it is filtered by, and how many procedures it has."""

    value: str
    name: str
    total: int


class Letter(NamedTuple):
    """The topics that begin with a letter."""

    letter: str
    topics: list[Topic]


async def counted(
    engine: Engine, day: date, facets: tuple[str, ...], among: Mapping[str, Sequence[str]] | None = None
) -> Answer:
    """How many procedures that are not between agencies each value of these facets has on a day."""
    filters = {"internal": INTERNAL["exclude"], **{name: list(values) for name, values in (among or {}).items()}}
    return await engine.search(Question(as_of=ordinal(day), filters=filters, facets=facets, limit=0))


def topics(
    answer: Answer, facet: str, labels: Labels, day: date, language: str, near: Answer | None = None
) -> list[Topic]:
    """The sectors or life events that have any procedure, the largest first, or first those with most of what is
    ``near``; those of one name are one."""
    first = {one.value: one.count for one in near.facets[facet]} if near else {}
    merged: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in answer.facets[facet]:
        merged[labels.label(facet, one.value, day, language)].append((one.value, one.count))
    found = {
        Topic(codes[0][0] if len(codes) == 1 else name, name, sum(count for _, count in codes)): sum(
            first.get(code, 0) for code, _ in codes
        )
        for name, codes in merged.items()
    }
    return sorted(found, key=lambda one: (-found[one], -one.total, fold(one.name)))


def letters(found: list[Topic]) -> list[Letter]:
    """Topics under their first letters, in the order of the alphabet; đ is a letter of its own."""
    grouped: defaultdict[str, list[Topic]] = defaultdict(list)
    for one in found:
        first = one.name[:1].upper()
        grouped["Đ" if first == "Đ" else fold(first).upper() or "#"].append(one)
    order = sorted(grouped, key=lambda letter: (fold(letter), letter == "Đ"))
    return [Letter(one, sorted(grouped[one], key=lambda topic: fold(topic.name))) for one in order]
