"""The words for codes that the catalogue itself defines: sectors, agencies, life events."""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import agencies, versions
from registry.catalogue.agencies import AgencyVersion
from registry.engine import Database
from registry.procedure import FLAGS, Term
from registry.vocabulary import LABELS, Label, Scope, label
from search.text import fold, repair, syllables

PROVINCE = re.compile(r"H\d\d")
_KIND_OF_PROVINCE = re.compile(r"^(?:UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+(?:tỉnh|thành phố)\s+", re.IGNORECASE)
EVERY_PROVINCE = "*"
MOST_WORDS = 20_000  # every answer needs some hundreds, mostly the same
MOST_BEGINNINGS = 64  # a facet, a day and a language each
MOST_NAMES = 256  # the same, for pages
MOST_DAYS = 64
FLAG_FACETS = tuple(re.sub(r"_(\w)", lambda found: found[1].upper(), flag) for flag in FLAGS)


class Topic(NamedTuple):
    """A sector or a life event by its name; ``words`` is that name folded, between spaces."""

    kind: Literal["sector", "lifeEvent"]
    code: str
    name: str
    words: str


class _Events(msgspec.Struct, rename="camel"):
    life_events: tuple[Term, ...] = ()


_events = msgspec.json.Decoder(_Events).decode
_WITH_EVENTS = "c.body LIKE '%\"lifeEvents\":[%'"


def plain(text: str) -> str:
    """A label as it is compared: NFC, single spaces, no case. Marks count: they tell sectors apart."""
    return unicodedata.normalize("NFC", repair(text)).casefold()


def vocabulary(kind: str) -> dict[str, str]:
    """What people may write for each value of a vocabulary, folded: the value, and its labels."""
    found: dict[str, str] = {}
    for value, words in LABELS[kind].items():
        for text in (value, words.vi, words.en):
            found[fold(repair(text))] = str(value)
    return found


class Beginnings(dict[str, bytes]):
    """Each value of a facet and its label as JSON, up to its count."""

    def __init__(self, label: Callable[[str], str]) -> None:
        super().__init__()
        self._label = label

    def __missing__(self, value: str) -> bytes:
        told = {"value": value, "label": self._label(value)}
        self[value] = begun = msgspec.json.encode(told)[:-1] + b',"count":'
        return begun


class Names(dict[str, str]):
    """The labels of a facet's values. What has none is its own, and is not kept: anybody may ask for anything."""

    def __init__(self, label: Callable[[str], str]) -> None:
        super().__init__()
        self._label = label

    def __missing__(self, value: str) -> str:
        name = self._label(value)
        if name != value:
            self[value] = name
        return name


class Labels:
    """Names by code at one revision of the catalogue, and codes by name."""

    def __init__(self, revision: int, sectors: Iterable[Term], states: Iterable[AgencyVersion]) -> None:
        self.revision = revision
        self.sectors = {term.code: term.name for term in sectors}
        self.events: dict[str, str] = {}
        self._agencies: dict[str, list[AgencyVersion]] = {}
        self._known: dict[str, Container[str]] = {
            "sector": self.sectors,
            "agency": self._agencies,
            "lifeEvent": self.events,
        }
        self._codes: dict[str, dict[str, list[str]]] = {"sector": {}, "agency": {}, "lifeEvent": {}}
        self.label = lru_cache(maxsize=MOST_WORDS)(self._word)
        self.names = lru_cache(maxsize=MOST_NAMES)(self._names)
        self.beginnings = lru_cache(maxsize=MOST_BEGINNINGS)(self._beginnings)
        self.provinces_on = lru_cache(maxsize=MOST_DAYS)(self._provinces_on)
        for code, name in self.sectors.items():
            self._name("sector", code, name)
        for state in states:
            self._agencies.setdefault(state.code, []).append(state)
            self._name("agency", state.code, state.name)

    def _name(self, kind: str, code: str, name: str) -> None:
        codes = self._codes[kind].setdefault(plain(name), [])
        if code not in codes:
            codes.append(code)

    def add_event(self, term: Term) -> None:
        self.events[term.code] = term.name
        self._name("lifeEvent", term.code, term.name)

    @cached_property
    def topics(self) -> list[Topic]:
        """Sectors and life events to be suggested, each name once."""
        found: dict[tuple[str, str], Topic] = {}
        kinds: tuple[tuple[Literal["sector", "lifeEvent"], dict[str, str]], ...] = (
            ("sector", self.sectors),
            ("lifeEvent", self.events),
        )
        for kind, terms in kinds:
            for code, name in sorted(terms.items()):
                words = f" {' '.join(syllables(name))} "
                found.setdefault((kind, plain(name)), Topic(kind, code, name, words))
        return list(found.values())

    @cached_property
    def provinces(self) -> list[str]:
        """Codes of the provinces that the catalogue knows, of any day."""
        return sorted(code for code in self._agencies if PROVINCE.fullmatch(code))

    def _provinces_on(self, day: date) -> tuple[tuple[str, str], ...]:
        """Code and name of the provinces that exist on a day, by name without what every name begins with."""
        held = [
            (code, next((state.name for state in self._agencies[code] if _holds(state, day)), None))
            for code in self.provinces
        ]
        named = [(code, _KIND_OF_PROVINCE.sub("", name)) for code, name in held if name]
        return tuple(sorted(named, key=lambda one: fold(one[1])))

    def ended(self, code: str, day: date) -> bool:
        """Whether an agency was there once, and is no more on a day."""
        states = self._agencies.get(code, [])
        return bool(states) and all(one.valid_to is not None and one.valid_to <= day for one in states)

    def agency(self, code: str, day: date) -> str | None:
        """An agency's name on a day; on other days than its own, its latest."""
        states = self._agencies.get(code)
        if not states:
            return None
        return next((state.name for state in reversed(states) if _holds(state, day)), states[-1].name)

    def codes(self, kind: str, value: str) -> list[str]:
        """The codes that ``value`` stands for: itself, or all that have it as their name."""
        if value in self._known[kind]:
            return [value]
        return self._codes[kind].get(plain(value), [value])

    def _names(self, facet: str, day: date, language: str) -> Names:
        return Names(lambda value: self._word(facet, value, day, language))

    def _beginnings(self, facet: str, day: date, language: str) -> Beginnings:
        return Beginnings(lambda value: self.label(facet, value, day, language))

    def _word(self, facet: str, value: str, day: date, language: str) -> str:
        """The words for a value of a facet; the value itself where there are none."""
        if facet in LABELS:
            return label(facet, value, language)
        if facet in FLAG_FACETS:
            return label("flag", value, language)
        if facet == "sector":
            return self.sectors.get(value, value)
        if facet == "lifeEvent":
            return self.events.get(value, value)
        if value == EVERY_PROVINCE:
            words: Label = LABELS["scope"][Scope.NATIONAL]
            return words.en if language == "en" else words.vi
        return self.agency(value, day) or value


def _holds(state: AgencyVersion, day: date) -> bool:
    return (state.valid_from is None or state.valid_from <= day) and (
        state.valid_to is None or day < state.valid_to
    )


async def load(database: Database) -> Labels:
    """The labels of the catalogue as it is now."""
    async with database.snapshot():
        labels = Labels(
            await versions.revision(database),
            await agencies.sectors(database),
            await agencies.all_versions(database),
        )
        # Few procedures have life events, and contents leave out what is empty.
        rows = await database.rows(QueryString(f"SELECT c.body FROM content c WHERE {_WITH_EVENTS}"))
    for row in rows:
        for term in _events(row["body"]).life_events:
            labels.add_event(term)
    return labels


async def renewed(database: Database, labels: Labels) -> Labels:
    """Labels as new as the catalogue: the same ones, where no name has changed since. Reading them all takes a
    tenth of a second, for which the first search after every change would wait."""
    async with database.snapshot():
        revision = await versions.revision(database)
        same = revision >= labels.revision and not await _changed(database, labels)
    if not same:
        return await load(database)
    labels.revision = revision
    return labels


async def _changed(database: Database, labels: Labels) -> bool:
    """Whether a name came or went after the revision of ``labels``."""
    told = QueryString(
        "SELECT 1 FROM change WHERE seq > {} AND kind IN ('agency', 'sector') LIMIT 1", labels.revision
    )
    if await database.rows(told):
        return True
    recorded = QueryString(
        f"SELECT c.body FROM content c WHERE {_WITH_EVENTS} "
        "AND c.digest IN (SELECT content FROM version WHERE seq > {})",
        labels.revision,
    )
    terms = (term for row in await database.rows(recorded) for term in _events(row["body"]).life_events)
    return any(labels.events.get(term.code) != term.name for term in terms)
