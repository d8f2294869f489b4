"""A page's score, and what it is made of."""

from collections.abc import Mapping
from datetime import date

import msgspec

from registry.lint.page import Looked, Page, Spot
from registry.lint.rules import checks, papers, stale
from registry.lint.wording import DATA, WHOLE, read, rules
from registry.procedure import Procedure
from registry.sections import digest

EDITION = 1
"""Goes up when what a rule's function finds changes; its data speak for themselves."""


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """One fault on a page: by which rule, in which section; where it concerns a text, the ``field``
    (``steps[0].text``) and ``[start:end]`` in it, which is ``found``; and what is said of it."""

    rule: str
    section: str
    field: str
    start: int
    end: int
    found: str
    vi: str
    en: str

    def said(self, language: str) -> str:
        return self.en if language == "en" else self.vi


class Mark(msgspec.Struct, frozen=True, rename="camel"):
    """What a rule made of a page: it found fault with ``faults`` of ``among`` things, and took ``lost`` of its
    ``weight`` points."""

    rule: str
    weight: int
    among: int
    faults: int
    lost: float


class Findings(msgspec.Struct, frozen=True, rename="camel"):
    """A page's score, 0 to 100, with the marks it is made of and every finding, in the order of the rules."""

    code: str
    name: str
    day: date
    score: int
    marks: list[Mark]
    findings: list[Finding]


class Grade(msgspec.Struct, frozen=True, rename="camel"):
    """A page's score with how many faults each rule found; rules that found none are left out."""

    score: int
    faults: dict[str, int]


def examine(procedure: Procedure, day: date) -> Findings:
    """What the page of ``procedure`` is to be improved in, as of ``day``. Pure: the same in, the same out."""
    looked = _looked(procedure, day)
    marks = [_mark(name, one) for name, one in looked.items()]
    found = [_finding(name, spot) for name, one in looked.items() for spot in one.spots]
    return Findings(procedure.code, procedure.name, day, _score(marks), marks, found)


def grade(procedure: Procedure, day: date) -> Grade:
    """As ``examine``, but only the numbers: what a list of thousands of pages needs."""
    marks = [_mark(name, one) for name, one in _looked(procedure, day).items()]
    return Grade(_score(marks), {mark.rule: mark.faults for mark in marks if mark.faults})


def _looked(procedure: Procedure, day: date) -> dict[str, Looked]:
    page = Page(procedure, day)
    return {name: check(page) for name, check in checks().items()}


def _mark(name: str, looked: Looked) -> Mark:
    share = min(1.0, len(looked.spots) / looked.among) if looked.among else 0.0
    weight = rules()[name].weight
    return Mark(name, weight, looked.among, len(looked.spots), round(weight * share, 2))


def _score(marks: list[Mark]) -> int:
    return max(0, min(WHOLE, round(WHOLE - sum(mark.lost for mark in marks))))


def era(day: date) -> int:
    """The same number for days on which the same rules hold, so that what was found can be kept."""
    return sum(one <= day for one in sorted(stale.days() | papers.days()))


def edition(day: date) -> str:
    """The rules as they are on ``day``, in a word: grades of one edition can be compared, and kept."""
    return digest([EDITION, era(day), *(read(name) for name in DATA)])


def _finding(name: str, spot: Spot) -> Finding:
    says = rules()[name].says
    return Finding(
        rule=name,
        section=spot.section,
        field=spot.field,
        start=spot.start,
        end=spot.end,
        found=spot.found,
        vi=_filled(says.vi, spot, spot.vi),
        en=_filled(says.en, spot, spot.en),
    )


def _filled(sentence: str, spot: Spot, told: Mapping[str, object]) -> str:
    return sentence.format_map({"found": spot.found, **told})
