"""The data files of a catalogue, typed. A key that the shapes below do not know is an error that names it."""

from datetime import date
from importlib.resources import files
from itertools import product
from re import split
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all shapes."""


class Sector(Source, frozen=True):
    """A sector with its procedures as title lines by level, and what their contents are made of.

    ``department`` does it until the departments merge, ``after`` from then on, where that is another one.
    Before ``since`` the law knew none of its present procedures.
    """

    code: str
    name: str
    department: str
    laws: tuple[str, ...]
    audiences: tuple[str, ...]
    fees: tuple[int, ...]
    papers: tuple[str, ...]
    requirement: str
    after: str = ""
    since: date | None = None
    province: str = ""
    district: str = ""
    commune: str = ""
    life: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Procedures(Source, frozen=True):
    sector: tuple[Sector, ...]


class Law(Source, frozen=True):
    number: str
    title: str
    start: date | None = msgspec.field(name="from", default=None)
    end: date | None = msgspec.field(name="to", default=None)


class Act(Source, frozen=True):
    """What the first words of a title tell. ``values`` are time limits in ``unit``; ``names`` says that the
    title names the document that comes out, ``work`` what the office does with the dossier."""

    starts: tuple[str, ...]
    application: str
    output: str
    unit: str = "working-day"
    values: tuple[int, ...] = ()
    text: str = ""
    paper: str = ""
    cases: tuple[str, ...] = ()
    fee: bool = False
    names: bool = False
    work: str = ""


class Acts(Source, frozen=True):
    act: tuple[Act, ...]


class Name(Source, frozen=True):
    name: str
    start: date | None = msgspec.field(name="from", default=None)
    end: date | None = msgspec.field(name="to", default=None)
    successors: tuple[str, ...] = ()
    decision: str = ""


class Body(Source, frozen=True):
    code: str
    names: tuple[Name, ...]
    parent: str = "H55"
    district: str = "Ủy ban nhân dân cấp huyện"
    commune: str = "Ủy ban nhân dân cấp xã"
    vertical: bool = False


class Class(Source, frozen=True):
    name: str
    level: str
    end: date | None = msgspec.field(name="to", default=None)
    decision: str = ""


class Province(Source, frozen=True):
    code: str
    name: str
    chairman: str
    centre: str


class Agencies(Source, frozen=True):
    province: Province
    body: tuple[Body, ...]
    classes: tuple[Class, ...] = msgspec.field(name="class")


class District(Source, frozen=True):
    """A district-level unit; ``communes`` are lines "old name > new name + new name"."""

    code: str
    name: str
    communes: str
    formerly: str = ""
    renamed: date | None = None
    decision: str = ""


class Districts(Source, frozen=True):
    district: tuple[District, ...]


class Window(Source, frozen=True):
    first: date
    last: date
    weight: int


class Regrading(Source, frozen=True):
    decree: date
    first: date
    last: date


class Announced(Source, frozen=True):
    """An announcement of the report's year: of these sectors, or of all that the department has."""

    effective: date
    department: str
    sectors: tuple[str, ...] = ()


class Outline(Source, frozen=True):
    title: str
    revision: int
    day: date
    merger: date
    two_tier: date
    fee_bearing: int
    items: int
    new: int
    incomplete: int
    share_old: int
    communes_decision: str
    districts_decision: str
    regrading: Regrading
    window: tuple[Window, ...]
    announcement: tuple[Announced, ...]


class Data(msgspec.Struct, frozen=True):
    """All data files of one catalogue."""

    outline: Outline
    sectors: tuple[Sector, ...]
    laws: dict[str, tuple[Law, ...]]
    acts: tuple[Act, ...]
    agencies: Agencies
    districts: tuple[District, ...]

    def sector(self, code: str) -> Sector:
        return next(sector for sector in self.sectors if sector.code == code)


def read(name: str) -> Data:
    """The data of catalogue ``name``."""
    folder = files("seeds").joinpath(name)

    def one(path: str, kind: type[T]) -> T:
        return msgspec.toml.decode(folder.joinpath(path).read_bytes(), type=kind)

    procedures = sorted(entry.name for entry in folder.joinpath("procedures").iterdir())
    return Data(
        outline=one("catalogue.toml", Outline),
        sectors=tuple(sector for path in procedures for sector in one(f"procedures/{path}", Procedures).sector),
        laws=one("laws.toml", dict[str, tuple[Law, ...]]),
        acts=one("acts.toml", Acts).act,
        agencies=one("agencies.toml", Agencies),
        districts=one("communes.toml", Districts).district,
    )


def expand(pattern: str) -> list[str]:
    """Every title of a pattern: each {a|b} gives one title for each choice."""
    parts = split(r"\{([^{}]*)\}", pattern)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in product(*choices)]
