"""What to bring: papers by case, as a checklist; which case is chosen stands in the address.

Some groups of papers are no cases: "Giấy tờ phải nộp" and "Giấy tờ phải xuất trình" hold for everybody. Whether a
paper is required is not told: the source says the same of all of them.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from registry.api.problems import ParameterInvalid
from registry.lint.page import Page
from registry.lint.rules.papers import lookup
from registry.lint.wording import read
from registry.procedure import Case, Form, Paper, Procedure
from search.text import fold

# Folded beginnings of names of groups that hold for every case.
_COMMON = re.compile(
    r"^\W*(?:[0-9]+(?:\.[0-9]+)*[.)]?\s+|[a-z][.)]\s*)?"
    r"(?:(?:cac )?giay to (?:phai|can|nop|xuat trinh|khac)|giay to$|thanh phan(?: cua)? ho so|phan ho so"
    r"|thanh phan,|so luong|luu y|ghi chu|xuat trinh|ho so(?: bao)? gom\b|bao gom|quy dinh|ho so phai|trong phieu)"
)
_CASE = re.compile(r"\b(?:truong hop|doi voi)\b")
_LEADING = re.compile(r"^[\s*+•–—-]+")


class Looked(NamedTuple):
    """A remark on a paper: an office may have to look its data up itself, in a database, by an act up to its
    ``last`` day."""

    kind: str
    database: str
    source: str
    last: date


class Sheet(NamedTuple):
    """A paper on the checklist. ``key`` tells it from the others on the page; ``looked`` is there where the office
    may have to look the data up itself."""

    key: str
    name: str
    originals: int
    copies: int
    electronic: bool
    forms: tuple[Form, ...]
    looked: Looked | None

    @property
    def counted(self) -> bool:
        """Whether the source says how many."""
        return bool(self.originals or self.copies)


class Group(NamedTuple):
    """Papers under one name; ``case`` is the number of the case in the address, 0 of what holds for all."""

    case: int
    name: str
    sheets: tuple[Sheet, ...]


class Checklist(NamedTuple):
    """What is shown: the groups for the chosen case, the cases to choose from, and how many papers there are in
    all of them."""

    groups: tuple[Group, ...]
    choices: tuple[Group, ...]
    chosen: int
    total: int

    @property
    def shown(self) -> int:
        return sum(len(group.sheets) for group in self.groups)

    @property
    def forms(self) -> bool:
        """Whether a form is named."""
        return any(sheet.forms for group in self.groups for sheet in group.sheets)


def checklist(procedure: Procedure, day: date, chosen: str | None, language: str) -> Checklist:
    """The papers of a procedure as of ``day`` for the case with the number ``chosen``, or all of them.

    Raises ``ParameterInvalid`` for a case that there is not.
    """
    remarks = _remarks(procedure, day, language)
    groups = [_group(number, case, remarks) for number, case in enumerate(procedure.cases) if case.papers]
    choices = [group for group in groups if group.case]
    if len(choices) < 2:
        choices = []
    number = _chosen(chosen, choices)
    shown = [group for group in groups if not number or group.case in (0, number)]
    return Checklist(tuple(shown), tuple(choices), number, sum(len(group.sheets) for group in groups))


def _chosen(given: str | None, choices: list[Group]) -> int:
    if not given:
        return 0
    known = [str(group.case) for group in choices]
    if given not in known:
        raise ParameterInvalid("truong-hop", f"truong-hop: {given[:40]!r} is no case of this procedure", known)
    return int(given)


def _group(number: int, case: Case, remarks: Mapping[str, Looked]) -> Group:
    name = _LEADING.sub("", case.name).strip()
    folded = fold(name)
    own = not name or (_COMMON.match(folded) is not None and not _CASE.search(folded))
    sheets = tuple(
        _sheet(f"{number + 1}-{place + 1}", paper, remarks.get(f"cases[{number}].papers[{place}].name"))
        for place, paper in enumerate(case.papers)
    )
    return Group(0 if own else number + 1, name, sheets)


def _sheet(key: str, paper: Paper, looked: Looked | None) -> Sheet:
    name = _LEADING.sub("", paper.name).strip() or paper.name
    return Sheet(key, name, paper.originals, paper.copies, paper.electronic is True, paper.forms, looked)


def _remarks(procedure: Procedure, day: date, language: str) -> dict[str, Looked]:
    """Papers whose data an office may have to look up itself on that day, by their place."""
    found = {}
    for spot in lookup(Page(procedure, day)).spots:
        told = spot.en if language == "en" else spot.vi
        source = str(told["source"])
        found[spot.field] = Looked(str(told["of"]), str(told["database"]), source, _last_days()[source])
    return found


@cache
def _last_days() -> dict[str, date]:
    """The last day of each act by which offices look papers up."""
    return {act["source"]: act["to"] for act in read("lookup.toml")["act"]}
