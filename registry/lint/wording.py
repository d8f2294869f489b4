"""What each rule is worth and what is said of it: data, in ``rules.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

WHOLE = 100
DATA = ("rules.toml", "stale.toml", "lookup.toml")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    vi: str
    en: str

    def by(self, language: str) -> str:
        return self.en if language == "en" else self.vi


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule: its weight in points of a hundred, its name, and the sentence about a fault."""

    weight: int
    vi: str
    en: str
    says: Said


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its name. Raises ``msgspec.ValidationError`` for a file that is not one of rules."""
    return msgspec.convert(read("rules.toml"), dict[str, Rule])


def read(name: str) -> dict[str, Any]:
    """A data file of this room."""
    return tomllib.loads(files("registry.lint").joinpath(name).read_text("utf-8"))
