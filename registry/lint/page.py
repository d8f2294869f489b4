"""What rules read: a procedure on a day, its texts with their places, and what a rule answers."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple

import msgspec

from registry.procedure import Procedure


class Passage(NamedTuple):
    """A text of a procedure: the section and the field (``steps[0].text``) that it stands in."""

    section: str
    field: str
    text: str


class Spot(msgspec.Struct, frozen=True):
    """One fault: the section it concerns; the field with the text ``[start:end]`` in question, where there is
    one; and what the rule's sentence names, by language."""

    section: str
    field: str = ""
    start: int = 0
    end: int = 0
    found: str = ""
    vi: Mapping[str, object] = {}
    en: Mapping[str, object] = {}


class Looked(NamedTuple):
    """What a rule met: its faults, among so many things that it looked at. None looked at is none at fault."""

    spots: list[Spot]
    among: int


class Page:
    """A procedure on a day, with its texts taken apart once for all rules."""

    def __init__(self, procedure: Procedure, day: date) -> None:
        self.procedure = procedure
        self.day = day

    @cached_property
    def passages(self) -> list[Passage]:
        """The texts that people read, in the order of the page; empty ones left out."""
        one = self.procedure
        found = [Passage("name", "name", one.name)]
        for place, step in enumerate(one.steps):
            found.append(Passage("steps", f"steps[{place}].name", step.name))
            found.append(Passage("steps", f"steps[{place}].text", step.text))
        for number, case in enumerate(one.cases):
            found.append(Passage("papers", f"cases[{number}].name", case.name))
            for place, paper in enumerate(case.papers):
                found.append(Passage("papers", f"cases[{number}].papers[{place}].name", paper.name))
        found.append(Passage("requirements", "requirements", one.requirements))
        found.append(Passage("classification", "note", one.note))
        return [passage for passage in found if passage.text]

    @cached_property
    def lowered(self) -> str:
        """All texts in lower case: a quick look whether a word is there at all."""
        return "\n".join(passage.text for passage in self.passages).lower()
