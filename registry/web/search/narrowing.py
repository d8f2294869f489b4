"""Facets as people narrow by them: few values of each, the rest on demand, and what was chosen as chips."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from registry.api.filters import FLAGS, Filters, values_of
from registry.api.labels import Labels
from registry.web.rendering import macros
from registry.web.wording import said
from search.contract import Answer, FacetCount, Question

FEW = 8
# In the order in which they are offered; a province is chosen from a list, and flags stand together.
GROUPS = ("level", "onlineLevel", "fee", "channel", "audience", "sector", "lifeEvent", "agency")
TRAITS = ("eResult", "onlinePayment", "interlinked", "essential", "serviceCentre")
OPEN = ("level", "onlineLevel", "fee", "channel")
COUNTED = (*GROUPS, *TRAITS)
# Several codes of these share a name; people choose the name.
NAMED = ("sector", "lifeEvent")
MOST_LISTS = 256

Provinces = tuple[tuple[str, str], ...]


class Value(NamedTuple):
    """A value to choose, as it stands in the address."""

    name: str
    value: str
    label: str
    total: int
    chosen: bool


class Group(NamedTuple):
    """A facet. ``more`` is how many values are not shown."""

    name: str
    title: str
    values: list[Value]
    more: int
    open: bool


class Chip(NamedTuple):
    """What was chosen, and the address without it."""

    title: str
    label: str
    address: str


class Narrowing(NamedTuple):
    """What a page offers to narrow by, and what it is narrowed by. ``provinces`` are the options of a list, as
    HTML; ``name`` is that of the ``province`` chosen; ``unseen`` is chosen too, and has nothing in the form to
    choose it by."""

    groups: list[Group]
    provinces: Markup
    province: str
    name: str
    unseen: list[tuple[str, str]]
    chips: list[Chip]


def narrowing(
    filters: Filters,
    question: Question,
    answer: Answer,
    labels: Labels,
    language: str,
    *,
    whole: str,
    here: Callable[..., str],
) -> Narrowing:
    """The facets of an answer. ``whole`` is the facet of which every value is shown."""
    reader = _Reader(filters, question, answer, labels, language, whole)
    groups = [group for group in (*map(reader.group, GROUPS), reader.traits()) if group is not None]
    provinces, name = labels.provinces_on(filters.day), ""
    codes = [code for value in reader.given("province") for code in values_of("province", value, labels)]
    if codes:
        name = dict(provinces).get(codes[0]) or labels.label("province", codes[0], filters.day, language)
        # One that is no more stays chosen until another is.
        provinces = provinces if codes[0] in dict(provinces) else ((codes[0], name), *provinces)
    chosen = codes[0] if codes else ""
    listed = options(language, provinces, chosen)
    return Narrowing(groups, listed, chosen, name, list(reader.unseen()), reader.chips(here))


@lru_cache(maxsize=MOST_LISTS)
def options(language: str, provinces: Provinces, chosen: str = "") -> Markup:
    """Provinces to choose from, by code and name: mostly the same ones, and on most pages."""
    written: Markup = macros("search/kept.html", language).options(provinces, chosen)
    return written


class _Reader:
    """One answer, and the question that it answers."""

    def __init__(
        self, filters: Filters, question: Question, answer: Answer, labels: Labels, language: str, whole: str
    ) -> None:
        self._filters = filters
        self._question = question
        self._facets = answer.facets
        self._labels = labels
        self._language = language
        self._whole = whole

    def _label(self, name: str, value: str) -> str:
        return str(self._labels.label(name, value, self._filters.day, self._language))

    def title(self, name: str) -> str:
        return said(self._language, f"search.facet.{name}")

    def group(self, name: str) -> Group | None:
        """A facet with its most frequent values and those chosen; ``None`` where there is nothing to choose."""
        written = self._written(name)
        every = self._every(name, written)
        wide = self._whole == name
        picked = set[int]()
        if written:
            picked = {at for at, (codes, _) in enumerate(every) if any(code in written for code in codes)}
        if len(every) < 2 and not picked:
            return None
        places = range(len(every)) if wide else sorted({*range(min(FEW, len(every))), *picked})
        shown = [self._value(name, *every[at], written) for at in places]
        return Group(name, self.title(name), shown, len(every) - len(shown), name in OPEN or wide or bool(picked))

    def traits(self) -> Group | None:
        """What procedures may have besides, each where some are known to have it."""
        values = []
        for name in TRAITS:
            count = sum(one.count for one in self._facets[name] if one.value == "true")
            chosen = "true" in self._question.filters.get(name, ())
            if count or chosen:
                values.append(Value(name, "true", self.title(name), count, chosen))
        if not values:
            return None
        return Group("traits", self.title("traits"), values, 0, any(one.chosen for one in values))

    def given(self, name: str) -> list[str]:
        """What was chosen of a facet, as it was written, each once."""
        return list(dict.fromkeys(value for value in self._filters.chosen[name] if value.strip()))

    def unseen(self) -> Iterator[tuple[str, str]]:
        """What was chosen beyond what the form lets choose: other provinces, flags that are not true."""
        yield from (("province", value) for value in self.given("province")[1:])
        for name in FLAGS:
            for value in self.given(name):
                if name not in TRAITS or values_of(name, value, self._labels) != ["true"]:
                    yield name, value

    def chips(self, here: Callable[..., str]) -> list[Chip]:
        """Each value chosen, with the address that leaves it out."""
        found = []
        for name in self._filters.chosen:
            given = self.given(name)
            for value in given:
                rest = [other for other in given if other != value]
                changes = {name: rest or None, "offset": None, "xem": None}
                found.append(Chip(self.title(name), self._chosen(name, value), here(changes)))
        if self._filters.internal != "exclude":
            text = said(self._language, f"search.internal.{self._filters.internal}")
            found.append(Chip(self.title("internal"), text, here(internal=None, offset=None)))
        return found

    def _chosen(self, name: str, value: str) -> str:
        codes = values_of(name, value, self._labels)
        return self._label(name, codes[0]) if codes else value

    def _written(self, name: str) -> dict[str, str]:
        """What was chosen, by code, as it was written."""
        return {code: value for value in self.given(name) for code in values_of(name, value, self._labels)}

    def _every(self, name: str, written: dict[str, str]) -> list[tuple[list[str], int]]:
        """Every value by count: its code, or all codes that share its name."""
        every = self._facets[name]
        if written:
            known = {one.value for one in every}
            every = [*every, *(FacetCount(code, 0) for code in written if code not in known)]
        if name not in NAMED:
            return [([one.value], one.count) for one in every]
        names = self._labels.names(name, self._filters.day, self._language)
        codes: dict[str, list[str]] = {}
        counts: dict[str, int] = {}
        for one in every:
            text = names[one.value]
            if text in codes:
                codes[text].append(one.value)
                counts[text] += one.count
            else:
                codes[text] = [one.value]
                counts[text] = one.count
        return [(codes[text], counts[text]) for text in sorted(counts, key=counts.__getitem__, reverse=True)]

    def _value(self, name: str, codes: list[str], count: int, written: dict[str, str]) -> Value:
        text = self._label(name, codes[0])
        if not written:
            return Value(name, codes[0] if len(codes) == 1 else text, text, count, False)
        chosen = {written[code] for code in codes if code in written}
        value = chosen.pop() if len(chosen) == 1 else codes[0] if len(codes) == 1 else text
        return Value(name, value, text, count, any(code in written for code in codes))
