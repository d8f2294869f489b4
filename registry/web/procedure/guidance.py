"""What is said beside a procedure: how to reach the portal, what rights there are on a day. Dated data."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from urllib.parse import quote

import msgspec

from registry.procedure import Procedure


class Said(msgspec.Struct, frozen=True):
    """A text in both languages."""

    vi: str
    en: str

    def by(self, language: str) -> str:
        return self.en if language == "en" else self.vi


class Portal(msgspec.Struct, frozen=True):
    """The portal on which dossiers are handed in; ``procedure`` is the address of a procedure there, by its id;
    ``search`` finds it by its name."""

    name: Said
    home: str
    procedure: str
    search: str


class Rights(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """Rights of whoever hands in a dossier, by an act from its ``first`` to its ``last`` day."""

    source: str
    first: date
    vi: tuple[str, ...]
    en: tuple[str, ...]
    last: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def by(self, language: str) -> tuple[str, ...]:
        return self.en if language == "en" else self.vi


class Guidance(msgspec.Struct, frozen=True):
    portal: Portal
    rights: tuple[Rights, ...]


@cache
def guidance() -> Guidance:
    """The data file of this room."""
    text = files("registry.web.procedure").joinpath("guidance.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Guidance)


def rights(day: date) -> Rights | None:
    """The rights that held on ``day``."""
    return next((one for one in guidance().rights if one.holds(day)), None)


def portal_page(procedure: Procedure, item: str | None = None) -> str:
    """The page of a procedure on the portal; where its id there is not known, the portal's search for its name."""
    portal = guidance().portal
    if item:
        return portal.procedure.format(id=quote(item, safe=""))
    return portal.search.format(name=quote(" ".join(procedure.name.split()), safe=""))
