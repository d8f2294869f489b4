"""The sides of a definition: what is counted, read from its data and checked against what can be counted.

A side is written as

- a combination of measures of dossiers: ``"received - late - overdue"``,
- a whole number,
- ``{ count = "procedures", where = { fee = ["amount", "schedule"] }, having = "paid_online" }``: procedures in
  force on the day with these traits, and with dossiers of this measure in the period,
- ``{ count = "items", deadline = { since = "decided", days = 5, ministry = 10, by = "published" } }``: items of
  announcements (or ``"announcements"``), with ``met = true`` only those that met the deadline,
- ``{ count = "agencies", flag = "one-stop" }``: agencies, those alone of whom an observation says so,
- ``{ observed = "dossiers-reported" }``: what somebody else published for this agency and period; with ``lasting``
  what was published last for the agency or the nearest above it; with ``known = true`` 1 if anything was,
- ``{ most = ["received", { observed = "dossiers-reported" }] }``: the greatest of several.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from registry.dossiers.measures import BY_NAME, Clock, Live, Measure
from registry.metrics.traits import TRAITS

_TERM = re.compile(r"\s*([+-]?)\s*([a-z_]+)")


class SideInvalid(ValueError):
    """A side that cannot be read; ``field`` is the part of it that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Dossiers(msgspec.Struct, frozen=True):
    """A sum of measures, each with its factor; all of them count a dossier by the same day."""

    measures: tuple[tuple[str, int], ...]
    clock: Clock


class Condition(msgspec.Struct, frozen=True):
    """A trait must have one of these values, or with ``negated`` none of them."""

    trait: str
    values: tuple[str, ...]
    negated: bool = False


class Procedures(msgspec.Struct, frozen=True):
    """Procedures in force with all of these traits; with ``having`` those that have dossiers of the measure."""

    where: tuple[Condition, ...]
    having: str | None = None


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day ``by`` which something must have happened: so many working days after (or before, negative) the day
    ``since``; ``ministry`` is the number for announcements of ministries. With ``due`` what has not happened by
    its deadline counts in the period of the deadline too."""

    since: str
    days: int
    ministry: int
    by: str
    due: bool = False

    def __post_init__(self) -> None:
        for name in (self.since, self.by):
            if name not in ("decided", "effective", "published"):
                raise ValueError(f"{name!r} is no day of an announcement: decided, effective, published")


class Announced(msgspec.Struct, frozen=True):
    """Announcements, or with ``each`` their items, by the day of the deadline's ``by``; without a deadline by the
    day from which they are in effect."""

    each: bool
    deadline: Deadline | None
    met: bool


class Agencies(msgspec.Struct, frozen=True):
    """Agencies that exist on the day; with ``flag`` those of whom an observation of this name says yes."""

    flag: str | None


class Observation(msgspec.Struct, frozen=True):
    """The number that an observation of this name gives for the agency and period; nothing observed is zero.

    With ``lasting`` it holds from its period on, and for all below its agency. With ``known`` the number is 1
    where there is an observation.
    """

    name: str
    lasting: bool = False
    known: bool = False


class Constant(msgspec.Struct, frozen=True):
    number: int


class Most(msgspec.Struct, frozen=True):
    """The greatest of several sides; its records are those of the greatest."""

    sides: tuple["Side", ...]


Term = Dossiers | Procedures | Announced | Agencies | Observation | Constant | Most


class Side(msgspec.Struct, frozen=True):
    """A side with the text in which it is shown, and what it counts."""

    term: Term
    text: str
    unit: str


def side_of(term: Term, text: str) -> Side:
    """A side of this term."""
    return Side(term, text, _unit(term))


def _unit(term: Term) -> str:
    match term:
        case Dossiers(measures=measures):
            added_up = any(getattr(BY_NAME[name], "amount", None) for name, _ in measures)
            return "petitions" if added_up else "dossiers"
        case Announced(each=each):
            return "items" if each else "announcements"
        case Most(sides=sides):
            return sides[0].unit
        case Procedures():
            return "procedures"
        case Agencies():
            return "agencies"
        case Observation():
            return "observed"
        case _:
            return "constant"


def terms(side: Side) -> Iterator[Term]:
    """The terms of a side, those within others too."""
    yield side.term
    if isinstance(side.term, Most):
        for one in side.term.sides:
            yield from terms(one)


def read_side(data: Any) -> Side:
    """The side that ``data`` of a TOML file describes. Raises ``SideInvalid``."""
    if isinstance(data, bool):
        raise SideInvalid("", "a side is a text, a number or a table, not true or false")
    if isinstance(data, int):
        return side_of(Constant(data), str(data))
    if isinstance(data, str):
        return side_of(_dossiers(data), " ".join(data.split()))
    if not isinstance(data, dict):
        raise SideInvalid("", f"a side is a text, a number or a table, not {type(data).__name__}")
    if "most" in data:
        _only(data, "most")
        sides = tuple(read_side(one) for one in data["most"])
        if not sides:
            raise SideInvalid("most", "name at least one side")
        return side_of(Most(sides), f"max({', '.join(side.text for side in sides)})")
    if "observed" in data:
        return _observed(data)
    return _counted(data)


def _counted(data: dict[str, Any]) -> Side:
    match data.get("count"):
        case "procedures":
            return _procedures(data)
        case "items" | "announcements":
            return _announced(data)
        case "agencies":
            return _agencies(data)
        case other:
            raise SideInvalid(
                "count", f"{other!r} cannot be counted: procedures, items, announcements or agencies"
            )


def _dossiers(text: str) -> Dossiers:
    found: list[tuple[str, int]] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TERM.match(text, place)
        if match is None or (found and not match[1]):
            raise SideInvalid("", f"{text!r} is no sum of measures: write it like 'received - late'")
        if match[2] not in BY_NAME:
            raise SideInvalid("", f"there is no measure {match[2]!r}: {', '.join(BY_NAME)}")
        found.append((match[2], -1 if match[1] == "-" else 1))
        place = match.end()
    clocks = {clock_of(BY_NAME[name]) for name, _ in found}
    if len(clocks) != 1:
        raise SideInvalid("", f"{text!r} mixes dossiers counted by the day received and the day finished")
    return Dossiers(tuple(found), clocks.pop())


def clock_of(measure: Measure | Live) -> Clock:
    """The day by which a measure counts; what is overdue counts by the day received."""
    return measure.clock if isinstance(measure, Measure) else Clock.RECEIVED


def _procedures(data: dict[str, Any]) -> Side:
    _only(data, "count", "where", "having", "unless")
    having = data.get("having")
    if having is not None and not isinstance(BY_NAME.get(having), Measure):
        raise SideInvalid("having", f"there is no tallied measure {having!r}: {', '.join(BY_NAME)}")
    if having is not None and clock_of(BY_NAME[having]) is not Clock.RECEIVED:
        raise SideInvalid(
            "having", f"{having!r} counts by the day finished: name one that counts by the day received"
        )
    where = [*_conditions(data, "where"), *_conditions(data, "unless")]
    text = "procedures"
    if where:
        text += " where " + " and ".join(_worded(one) for one in where)
    return side_of(Procedures(tuple(where), having), text + (f" having {having}" if having else ""))


def _conditions(data: dict[str, Any], field: str) -> list[Condition]:
    found = []
    table = data.get(field, {})
    if not isinstance(table, dict):
        raise SideInvalid(field, "must be a table of traits")
    for trait, value in table.items():
        if trait not in TRAITS:
            raise SideInvalid(f"{field}.{trait}", f"there is no trait {trait!r}: {', '.join(TRAITS)}")
        values = tuple(_word(one) for one in (value if isinstance(value, list) else [value]))
        accepted = TRAITS[trait][1]
        for one in values:
            if one not in accepted:
                raise SideInvalid(f"{field}.{trait}", f"{one!r} is none of {', '.join(accepted)}")
        found.append(Condition(trait, values, field == "unless"))
    return found


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _worded(one: Condition) -> str:
    verb = "is not" if one.negated else "is"
    return f"{one.trait} {verb} {' or '.join(one.values)}"


def _announced(data: dict[str, Any]) -> Side:
    _only(data, "count", "deadline", "met")
    deadline = None
    if "deadline" in data:
        try:
            deadline = msgspec.convert(data["deadline"], Deadline)
        except msgspec.ValidationError as error:
            raise SideInvalid("deadline", str(error)) from error
    met = data.get("met", False)
    if not isinstance(met, bool) or (met and deadline is None):
        raise SideInvalid("met", "must be true or false, and needs a deadline")
    each = data["count"] == "items"
    text = "items of announcements" if each else "announcements"
    if deadline and met:
        way = "before" if deadline.days < 0 else "after"
        text += (
            f" with {deadline.by} by {abs(deadline.days)} working days ({abs(deadline.ministry)} for ministries) "
            f"{way} {deadline.since}"
        )
    elif deadline and deadline.due:
        text += f" {deadline.by} or due"
    return side_of(Announced(each, deadline, met), text)


def _agencies(data: dict[str, Any]) -> Side:
    _only(data, "count", "flag")
    flag = _text(data, "flag") if "flag" in data else None
    return side_of(Agencies(flag), "agencies" + (f" with {flag}" if flag else ""))


def _observed(data: dict[str, Any]) -> Side:
    _only(data, "observed", "lasting", "known")
    for field in ("lasting", "known"):
        if not isinstance(data.get(field, False), bool):
            raise SideInvalid(field, "must be true or false")
    name, known = _text(data, "observed"), data.get("known", False)
    text = f"{name} was observed" if known else f"observed {name}"
    return side_of(Observation(name, data.get("lasting", False), known), text)


def _text(data: dict[str, Any], field: str) -> str:
    value = data[field]
    if not isinstance(value, str) or not value:
        raise SideInvalid(field, "must be a text")
    return value


def _only(data: dict[str, Any], *fields: str) -> None:
    for field in data:
        if field not in fields:
            raise SideInvalid(field, f"is not known here: {', '.join(fields)}")
