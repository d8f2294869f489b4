"""What the search page says to a question: made once, for the whole page or for the part of it that changes."""

from datetime import date
from typing import Any, NamedTuple

import msgspec

from registry import clock
from registry.api import folding
from registry.api.filters import SORTS, Filters, values_of
from registry.api.found import aid
from registry.api.labels import Labels
from registry.api.service import Service
from registry.catalogue import versions
from registry.vocabulary import OnlineLevel
from registry.web import addresses
from registry.web.search.browsing import FRONT, NEAR, counted, topics
from registry.web.search.cards import cards
from registry.web.search.leads import lead
from registry.web.search.narrowing import COUNTED, narrowing, options
from search.failover import stands_in

# What the form keeps of an address besides what people fill in.
_KEPT = ("sort", "limit", "fold", "internal", "lang")


class Asked(NamedTuple):
    """A question as it was put to the page: its filters, the parameters as given, the language, and the facet of
    which every value is shown."""

    filters: Filters
    given: tuple[tuple[str, str], ...]
    language: str
    whole: str = ""

    @property
    def day(self) -> date | None:
        """The day that was asked about; ``None`` where none was."""
        return self.filters.day if self.has("asOf") else None

    def has(self, name: str) -> bool:
        return any(one == name for one, _ in self.given)

    def to(self, query: dict[str, Any] | None = None, **changes: Any) -> str:
        """The address of this question, changed."""
        return addresses.here(self.language, "/", self.given, query, **changes)


class Merged(NamedTuple):
    """An agency that is no more, and what it belongs to since a day."""

    facet: str
    name: str
    day: date
    code: str
    heir: str


class StandIn(Exception):
    """The answer came from the engine that stands in for another; ``data`` is the page's."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        super().__init__("the search server does not answer")


def common(asked: Asked) -> dict[str, Any]:
    """What every form of the page needs."""
    day, today = asked.day, clock.today()
    return {
        "asked": asked,
        "to": asked.to,
        "q": asked.filters.text,
        "kept": [pair for pair in asked.given if pair[0] in _KEPT],
        "as_of": day,
        "past": day is not None and day < today,
        "coming": day is not None and day > today,
        "front": False,
        "down": False,
    }


async def front(service: Service, asked: Asked) -> tuple[dict[str, Any], int]:
    """What can be browsed where nothing was asked, and the index's revision."""
    day, language = asked.filters.day, asked.language
    answer = await counted(service.engine, day, FRONT)
    near = await counted(service.engine, day, ("sector", "lifeEvent"), NEAR)
    labels = await service.labels(answer.revision)
    full = next((one.count for one in answer.facets["onlineLevel"] if one.value == OnlineLevel.FULL), 0)
    data = {
        **common(asked),
        "front": True,
        "total": answer.total,
        "full": full,
        "events": topics(answer, "lifeEvent", labels, day, language, near),
        "sectors": topics(answer, "sector", labels, day, language, near),
        "provinces": options(language, labels.provinces_on(day)),
    }
    return data, answer.revision


async def results(service: Service, asked: Asked) -> tuple[dict[str, Any], int]:
    """What was found, and the index's revision. Raises ``StandIn`` where another engine stands in."""
    filters, language = asked.filters, asked.language
    labels = await service.labels(service.following.reached)
    question = msgspec.structs.replace(filters.question(labels), facets=COUNTED)
    folded = await folding.search(service.engine, question, filters.fold)
    answer = folded.answer
    labels = await service.labels(answer.revision)
    aided = await aid(service.engine, question, folded, filters.fold, labels, filters.day, language)
    narrowed = narrowing(filters, question, answer, labels, language, whole=asked.whole, here=asked.to)
    data = {
        **common(asked),
        "total": answer.total,
        "folded": folded.folded,
        "limit": filters.limit,
        "offset": filters.offset,
        "last": max(0, (answer.total - 1) // filters.limit * filters.limit),
        "fold": filters.fold,
        "sort": filters.sort,
        "sorts": SORTS,
        "cards": cards(folded, asked.day, language),
        "aid": aided,
        "narrowing": narrowed,
        "unfiltered": _unfiltered(asked),
        "lead": await lead(service.database, filters.text, filters.day, answer.hits),
        "merged": await _merged(service, labels, filters),
        "standing_in": stands_in(service.engine, answer),
    }
    if data["standing_in"]:
        service.following.reached = answer.revision
        raise StandIn(data)
    return data, answer.revision


def _unfiltered(asked: Asked) -> str:
    """The address of the question without its filters; of none at all, of the whole list."""
    gone = dict.fromkeys((*asked.filters.chosen, "internal", "offset", "xem"))
    blank = not asked.filters.text.strip() and not asked.has("sort")
    return asked.to({**gone, "sort": "name"} if blank else gone)


async def _merged(service: Service, labels: Labels, filters: Filters) -> list[Merged]:
    """What became of the provinces and agencies that are asked for and are no more."""
    found = []
    for facet in ("province", "agency"):
        written = [value for value in filters.chosen[facet] if value.strip()]
        for code in dict.fromkeys(code for value in written for code in values_of(facet, value, labels)):
            if not labels.ended(code, filters.day):
                continue
            name = labels.agency(code, filters.day) or code
            for other, when, _ in await versions.successors(service.database, code, "agency"):
                found.append(Merged(facet, name, when, other, labels.agency(other, filters.day) or other))
    return found
