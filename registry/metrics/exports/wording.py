"""Definitions, flags and dimensions in words: Vietnamese, as sheets have them, or English."""

import tomllib
from functools import lru_cache
from importlib.resources import files

import msgspec

from registry.metrics.answer import Title
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
_YES_NO = {"true": None, "false": "not", "unknown": "unknown"}


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of ``words.toml``: each word in both languages."""

    phrases: dict[str, Title]
    measures: dict[str, Title]
    traits: dict[str, Title]
    values: dict[str, Title]
    observed: dict[str, Title]
    days: dict[str, Title]
    units: dict[str, Title]
    published: dict[str, Title]
    dimensions: dict[str, Title]
    reasons: dict[str, Title]
    empty: dict[str, Title]


@lru_cache(maxsize=1)
def words() -> Words:
    text = files(__package__).joinpath("words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Words)


def told(among: dict[str, Title], name: str, language: str = "vi") -> str:
    """The word for ``name``; the name itself where there is none."""
    found = among.get(name)
    return found.by(language) if found else name


def worded(side: Side, language: str = "vi") -> str:
    """What a side counts, in words."""
    known = words()
    match side.term:
        case Dossiers(measures=measures):
            return _sum(measures, language)
        case Procedures(where=where, having=having):
            parts = [_phrase(language, "procedures"), *(_condition(one, language) for one in where)]
            having_said = [told(known.measures, having, language)] if having else []
            return "; ".join([*parts, *(_phrase(language, "having", one) for one in having_said)])
        case Announced(each=each, deadline=deadline, met=met):
            text = _phrase(language, "items" if each else "announcements")
            return f"{text} {_deadline(deadline, language)}" if deadline and met else text
        case Agencies(flag=flag):
            if not flag:
                return _phrase(language, "agencies")
            return _phrase(language, "flagged", told(known.observed, flag, language))
        case Observation(name=name):
            return _phrase(language, "observed", told(known.observed, name, language))
        case Constant(number=number):
            return str(number)
        case Most(sides=sides):
            return _phrase(language, "most", "; ".join(worded(one, language) for one in sides))


def _phrase(language: str, name: str, *parts: object) -> str:
    return words().phrases[name].by(language).format(*parts)


def _sum(measures: tuple[tuple[str, int], ...], language: str) -> str:
    text = ""
    for name, factor in measures:
        word = told(words().measures, name, language)
        text = (
            word if not text and factor > 0 else _phrase(language, "minus" if factor < 0 else "plus", text, word)
        )
    return text.strip()


def _condition(one: Condition, language: str) -> str:
    trait, either = told(words().traits, one.trait, language), _phrase(language, "or")
    if set(one.values) <= _YES_NO.keys():
        phrases = [_YES_NO[each] for each in one.values]
        said = either.join(_phrase(language, name, trait) if name else trait for name in phrases)
        return _phrase(language, "without", said) if one.negated else said
    values = either.join(value(one.trait, each, language) for each in one.values)
    return _phrase(language, "is-not" if one.negated else "is", trait, values)


def value(trait: str, name: str, language: str = "vi") -> str:
    """The word for a value of a trait."""
    if name in words().values:
        return told(words().values, name, language)
    found = LABELS.get(_KINDS.get(trait, trait), {}).get(name)
    return name if found is None else (found.vi if language == "vi" else found.en).lower()


def _deadline(rule: Deadline, language: str) -> str:
    by, since = (told(words().days, day, language) for day in (rule.by, rule.since))
    days = abs(rule.days), abs(rule.ministry)
    return _phrase(language, "before" if rule.days < 0 else "after", by, *days, since)


def scored(points: Points | None, language: str = "vi") -> str:
    """The rule of points, in words."""
    if points is None:
        return _phrase(language, "unscored")
    most = f"{points.most:g}"
    if language == "vi":
        most = most.replace(".", ",")
    if points.full == 100:
        return _phrase(language, "scored", most)
    return _phrase(language, "reached", most, points.full)


def reason(name: str, language: str = "vi") -> str:
    """Why records were left out, or what is to be known of a number."""
    return told(words().reasons, name, language)


def unit(name: str) -> str:
    return told(words().units, name)


def left_out(definition: Definition, language: str = "vi") -> str:
    """What neither side counts, in words."""
    return "; ".join(
        f"{reason(one.reason, language)} ({worded(one.count, language)})" for one in definition.exclusions
    )
