"""Definitions, flags and dimensions in Vietnamese words."""

import tomllib
from functools import lru_cache
from importlib.resources import files

import msgspec

from registry.metrics.definitions import Definition
from registry.metrics.points import Points
from registry.metrics.sides import (
    Agencies,
    Announced,
    Condition,
    Constant,
    Deadline,
    Dossiers,
    Most,
    Observation,
    Procedures,
    Side,
)
from registry.vocabulary import LABELS

_KINDS = {"online_level": "onlineLevel"}
_YES_NO = {"true": "{}", "false": "không {}", "unknown": "chưa rõ {}"}


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of ``words.toml``."""

    measures: dict[str, str]
    traits: dict[str, str]
    values: dict[str, str]
    observed: dict[str, str]
    days: dict[str, str]
    units: dict[str, str]
    published: dict[str, str]
    dimensions: dict[str, str]
    reasons: dict[str, str]
    empty: dict[str, str]


@lru_cache(maxsize=1)
def words() -> Words:
    text = files(__package__).joinpath("words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Words)


def worded(side: Side) -> str:
    """What a side counts, in words."""
    known = words()
    match side.term:
        case Dossiers(measures=measures):
            return _sum(measures)
        case Procedures(where=where, having=having):
            text = "thủ tục" + "".join(f"; {_condition(one)}" for one in where)
            return text + (f"; có {known.measures.get(having, having)}" if having else "")
        case Announced(each=each, deadline=deadline, met=met):
            text = "lượt thủ tục trong các quyết định công bố" if each else "quyết định công bố"
            return text + (_deadline(deadline) if deadline and met else "")
        case Agencies(flag=flag):
            return "cơ quan" + (f" được ghi nhận “{known.observed.get(flag, flag)}”" if flag else "")
        case Observation(name=name):
            return f"số liệu công bố: {known.observed.get(name, name)}"
        case Constant(number=number):
            return str(number)
        case Most(sides=sides):
            return f"số lớn nhất trong: {'; '.join(map(worded, sides))}"


def _sum(measures: tuple[tuple[str, int], ...]) -> str:
    text = ""
    for name, factor in measures:
        word = words().measures.get(name, name)
        text += f" trừ {word}" if factor < 0 else f" cộng {word}" if text else word
    return text.strip()


def _condition(one: Condition) -> str:
    trait = words().traits.get(one.trait, one.trait)
    if set(one.values) <= _YES_NO.keys():
        said = " hoặc ".join(_YES_NO[each].format(trait) for each in one.values)
        return f"không kể {said}" if one.negated else said
    verb = "không phải" if one.negated else "là"
    return f"{trait} {verb} {' hoặc '.join(value(one.trait, each) for each in one.values)}"


def value(trait: str, name: str) -> str:
    """The word for a value of a trait."""
    labels = LABELS.get(_KINDS.get(trait, trait), {})
    found = labels.get(name)
    return words().values.get(name) or (found.vi.lower() if found else name)


def _deadline(rule: Deadline) -> str:
    days = words().days
    way = "trước" if rule.days < 0 else "sau"
    return (
        f" có {days[rule.by]} chậm nhất {abs(rule.days)} ngày làm việc (bộ: {abs(rule.ministry)}) "
        f"{way} {days[rule.since]}"
    )


def scored(points: Points | None) -> str:
    """The rule of points, in words."""
    if points is None:
        return "không chấm điểm"
    most = f"{points.most:g}".replace(".", ",")
    if points.full == 100:
        return f"{most} điểm × tỷ lệ"
    return f"đủ {most} điểm khi đạt từ {points.full} %, dưới mức đó theo tỷ lệ"


def reason(name: str) -> str:
    """Why records were left out, or what is to be known of a number."""
    return words().reasons.get(name, name)


def unit(name: str) -> str:
    return words().units.get(name, name)


def left_out(definition: Definition) -> str:
    """What neither side counts, in words."""
    return "; ".join(f"{reason(one.reason)} ({worded(one.count)})" for one in definition.exclusions)
