"""How much a procedure is lifted for being used often, or lowered for what it does: data, each group with its
reason, in ``weights.toml``."""

import re
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


class Beginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How names begin that are weighed alike, in lower case, and why."""

    reason: str
    weight: float
    names: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: tuple[Group, ...]
    beginnings: tuple[Beginning, ...]


@cache
def _read() -> _File:
    text = files("registry").joinpath("weights.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _File)


def groups() -> tuple[Group, ...]:
    """All groups. Raises ``msgspec.ValidationError`` for a file that is not one of weights."""
    return _read().groups


def beginnings() -> tuple[Beginning, ...]:
    """All beginnings of names. Raises as ``groups`` does."""
    return _read().beginnings


@cache
def _by_code() -> dict[str, float]:
    return {code: group.weight for group in groups() for code in group.codes}


@cache
def _by_name() -> tuple[re.Pattern[str], dict[str, float]]:
    """What finds how a name begins, past the word that it is a procedure, and the weight of each beginning."""
    weights = {name: one.weight for one in beginnings() for name in one.names}
    known = "|".join(map(re.escape, sorted(weights, key=len, reverse=True)))
    return re.compile(rf"(?:thủ tục:? )?({known})\b"), weights


def weight(code: str, name: str) -> float:
    """The weight of a procedure by its code, or else by how its name begins, ``ORDINARY`` for most."""
    if code in _by_code():
        return _by_code()[code]
    pattern, weights = _by_name()
    begun = pattern.match(name.lower())
    return weights[begun[1]] if begun else ORDINARY
