"""Papers: those that an office must look up itself, and those that follow a form which is not there."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import msgspec

from registry.lint.page import Looked, Page, Spot
from registry.lint.wording import Said, read
from registry.procedure import Paper

_FORM = re.compile(r"\btheo mẫu\b|\bmẫu (?:đơn|số|[0-9])|\bbiểu mẫu\b", re.IGNORECASE)


class Class(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class of papers, and the database that has what they say."""

    vi: str
    en: str
    database: Said
    pattern: str


class Act(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to", "classes": "class"},
):
    """An act by which offices look papers up, from its ``first`` to its ``last`` day."""

    source: str
    first: date
    last: date
    classes: tuple[Class, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    asking: str
    act: tuple[Act, ...]


@cache
def _known() -> tuple[re.Pattern[str], tuple[tuple[Act, tuple[tuple[re.Pattern[str], Class], ...]], ...]]:
    found = msgspec.convert(read("lookup.toml"), _File)
    acts = tuple((act, tuple((re.compile(one.pattern), one) for one in act.classes)) for act in found.act)
    return re.compile(found.asking), acts


def days() -> set[date]:
    """The days on which another set of acts holds."""
    return {day for act, _ in _known()[1] for day in (act.first, date.fromordinal(act.last.toordinal() + 1))}


def _papers(page: Page) -> Iterator[tuple[str, Paper]]:
    for number, case in enumerate(page.procedure.cases):
        for place, paper in enumerate(case.papers):
            yield f"cases[{number}].papers[{place}].name", paper


def lookup(page: Page) -> Looked:
    """Papers of a class whose data offices look up on this day; each paper once."""
    asking, acts = _known()
    held = [(act, one) for act, classes in acts if act.first <= page.day <= act.last for one in classes]
    spots: list[Spot] = []
    among = 0
    for field, paper in _papers(page):
        among += 1
        name = paper.name.lower()
        if len(name) != len(paper.name) or asking.match(name):
            continue
        for act, (pattern, one) in held:
            if found := pattern.search(name):
                vi = {"of": one.vi, "database": one.database.vi, "source": act.source}
                en = {"of": one.en, "database": one.database.en, "source": act.source}
                place = found.span()
                spots.append(Spot("papers", field, *place, paper.name[place[0] : place[1]], vi, en))
                break
    return Looked(spots, among)


def form(page: Page) -> Looked:
    """Papers that are said to follow a form, without a file of one."""
    spots: list[Spot] = []
    among = 0
    for field, paper in _papers(page):
        if (found := _FORM.search(paper.name)) is None:
            continue
        among += 1
        if not any(one.path for one in paper.forms):
            spots.append(Spot("papers", field, found.start(), found.end(), found[0]))
    return Looked(spots, among)


RULES = {"lookup": lookup, "form": form}
