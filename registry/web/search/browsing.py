"""Life events and sectors to browse, with how many procedures each has on a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from registry.api.filters import INTERNAL
from registry.api.labels import Labels
from registry.api.parameters import ordinal
from registry.vocabulary import Audience, Level
from search.contract import Answer, Engine, Question
from search.text import fold

# Names of topics are the same on every page.
_folded = lru_cache(maxsize=2048)(fold)
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
    names = labels.names(facet, day, language)
    merged: dict[str, Topic] = {}
    nearest: defaultdict[str, int] = defaultdict(int)
    for one in answer.facets[facet]:
        name = names[one.value]
        same = merged.get(name)
        merged[name] = Topic(name, name, same.total + one.count) if same else Topic(one.value, name, one.count)
        nearest[name] += first.get(one.value, 0)
    return sorted(merged.values(), key=lambda one: (-nearest[one.name], -one.total, _folded(one.name)))


def letters(found: list[Topic]) -> list[Letter]:
    """Topics under their first letters, in the order of the alphabet; đ is a letter of its own."""
    grouped: defaultdict[str, list[Topic]] = defaultdict(list)
    for one in found:
        first = one.name[:1].upper()
        grouped["Đ" if first == "Đ" else _folded(first).upper() or "#"].append(one)
    order = sorted(grouped, key=lambda letter: (_folded(letter), letter == "Đ"))
    return [Letter(one, sorted(grouped[one], key=lambda topic: _folded(topic.name))) for one in order]
