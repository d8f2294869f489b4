"""The data files of a catalogue, typed. A key that the shapes below do not know is an error that names it."""

from datetime import date
from functools import cache
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
    """A district-level unit; ``communes`` are lines "old name > new name + new name", or names alone."""

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


class Coded(Source, frozen=True):
    """A code and the name that goes with it."""

    code: str
    name: str


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
    issuer: Coded | None = None  # who decides the announcements, where that is not the province's chairman
    first_number: int = 0


class Part(Source, frozen=True):
    """The procedures of one level in a snapshot: how many there are, of which online level each, how many of
    them come by post, bear a fee, are received at the service centre or are eligible for level 4.
    ``executing`` names the announcing agency where that one does them itself."""

    level: str
    grades: dict[str, int]
    postal: int
    fees: int
    centre: int = 0
    eligible: bool = False
    executing: str = ""

    @property
    def count(self) -> int:
        return sum(self.grades.values())


class Snapshot(Source, frozen=True):
    """A catalogue that stands in force for one report: announced in ``window``, over on ``ends``.

    ``library`` is the catalogue whose titles and words it borrows; ``departments`` are beginnings of codes there
    and here, ``names`` words of titles there and here. Those of the library ``without`` procedures here have none,
    nor have, unless ``vertical``, the bodies of ministries. ``mark`` is one more sector of all its procedures, by
    which they can be asked apart from those that another demonstration has at the same time.
    """

    title: str
    revision: int
    day: date
    ends: date
    library: str
    window: tuple[Window, ...]
    part: tuple[Part, ...]
    departments: dict[str, str] = {}
    names: dict[str, str] = {}
    own_agencies: bool = False
    mark: Coded | None = None
    without: tuple[str, ...] = ()
    vertical: bool = True
    issuer: Coded | None = None
    first_number: int = 0


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


def one(name: str, path: str, kind: type[T]) -> T:
    """One data file of a demonstration."""
    return msgspec.toml.decode(files("seeds").joinpath(name, path).read_bytes(), type=kind)


@cache
def read(name: str) -> Data:
    """The data of catalogue ``name``."""
    folder = files("seeds").joinpath(name, "procedures")
    procedures = sorted(entry.name for entry in folder.iterdir())
    return Data(
        outline=one(name, "catalogue.toml", Outline),
        sectors=tuple(
            sector for path in procedures for sector in one(name, f"procedures/{path}", Procedures).sector
        ),
        laws=one(name, "laws.toml", dict[str, tuple[Law, ...]]),
        acts=one(name, "acts.toml", Acts).act,
        agencies=one(name, "agencies.toml", Agencies),
        districts=one(name, "communes.toml", Districts).district,
    )


def expand(pattern: str) -> list[str]:
    """Every title of a pattern: each {a|b} gives one title for each choice."""
    parts = split(r"\{([^{}]*)\}", pattern)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in product(*choices)]
