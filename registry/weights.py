"""How much a procedure is lifted for being used often: data, each group with its reason, in ``weights.toml``."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

ORDINARY = 1.0


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes that are lifted alike, and why."""

    reason: str
    weight: float
    codes: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: tuple[Group, ...]


@cache
def groups() -> tuple[Group, ...]:
    """All groups. Raises ``msgspec.ValidationError`` for a file that is not one of weights."""
    text = files("registry").joinpath("weights.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _File).groups


@cache
def _by_code() -> dict[str, float]:
    return {code: group.weight for group in groups() for code in group.codes}


def weight(code: str) -> float:
    """The weight of a procedure by its code, ``ORDINARY`` for most."""
    return _by_code().get(code, ORDINARY)
