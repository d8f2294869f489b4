"""How long a procedure takes and what it costs, in words: what channels agree on is said once.

Working days stay working days. A cost has four states; a zero without a word is unknown, never free.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

from registry.procedure import Fee, Procedure, ProcessingTime, Way
from registry.vocabulary import Channel, FeeState, label
from registry.web import writing
from registry.web.wording import said

MOST_TOLD = 3
"""So many different values are told in the box; of more it is told that there are several."""
SHORT = 60
T = TypeVar("T", bound=Hashable)


class Told(NamedTuple):
    """What holds for ``channels`` (labels; none where it holds for all): the value in words, and what the source
    says of it."""

    channels: tuple[str, ...]
    value: str
    note: str = ""


class Answer(NamedTuple):
    """An answer in a few words, whether there is more to read below, and every line of it."""

    short: str
    more: bool
    lines: tuple[Told, ...]
    known: bool = True


def time(procedure: Procedure, language: str) -> Answer:
    """How long it takes."""
    lines = [
        Told(channels, length(one, language) if one else said(language, "procedure.unknown"), _note(one))
        for channels, one in _grouped(procedure.ways, lambda way: [way.time], language)
    ]
    told = [one for one in lines if one.value != said(language, "procedure.unknown")]
    if not told:
        return Answer(said(language, "procedure.unknown"), False, tuple(lines), known=False)
    short, more = _short([one.value for one in told], language)
    return Answer(short, more or any(one.note for one in told), tuple(told))


def cost(procedure: Procedure, language: str) -> Answer:
    """What it costs."""
    lines = [
        Told(channels, price(one, language), "" if one.text == price(one, language) else one.text)
        for channels, one in _grouped(procedure.ways, lambda way: way.fees, language)
    ]
    told = [one for one in dict.fromkeys(lines) if one.value != said(language, "procedure.unknown") or one.note]
    if not told:
        return Answer(said(language, "procedure.unknown"), False, (), known=False)
    values = [one.value for one in told if one.value != said(language, "procedure.unknown")]
    if not values:
        return Answer(said(language, "procedure.unknown"), True, tuple(told), known=False)
    short, more = _short(values, language)
    return Answer(short, more or any(one.note for one in told), tuple(told))


def channels(procedure: Procedure, language: str) -> list[str]:
    return [label("channel", channel, language) for channel in procedure.channels]


def length(time: ProcessingTime, language: str) -> str:
    """A processing time in its own unit: ``5 ngày làm việc``."""
    if time.value is None:
        return time.text if 0 < len(time.text) <= SHORT else label("timeUnit", time.unit, language).capitalize()
    unit = label("timeUnit", time.unit, language)
    if language == "en" and time.value == 1:
        unit = unit.removesuffix("s")
    whole = isinstance(time.value, int) or time.value.is_integer()
    return f"{writing.decimal(language, time.value, 0 if whole else 1)} {unit}"


def price(fee: Fee, language: str) -> str:
    """A fee line in a few words, with its kind where there is an amount."""
    if fee.state is FeeState.AMOUNT and fee.amount is not None:
        amount = writing.money(language, fee.amount)
        if fee.currency != "VND":
            amount = f"{writing.number(language, fee.amount)} {fee.currency}"
        return f"{label('feeKind', fee.kind, language)} {amount}"
    if fee.state is FeeState.UNKNOWN:
        return said(language, "procedure.unknown")
    return label("fee", fee.state, language)


def _note(time: ProcessingTime | None) -> str:
    return "" if time is None or (time.value is None and len(time.text) <= SHORT) else time.text


def _short(values: Iterable[str], language: str) -> tuple[str, bool]:
    """Different values in one line, and whether they are more than that."""
    different = list(dict.fromkeys(values))
    if len(different) <= MOST_TOLD:
        return "; ".join(different), len(different) > 1
    return said(language, "procedure.several", n=len(different)), True


def _grouped(
    ways: Iterable[Way], told: Callable[[Way], Iterable[T]], language: str
) -> list[tuple[tuple[str, ...], T]]:
    """What is told of ways, each with the channels that it holds for."""
    found: dict[T, dict[Channel, None]] = {}
    offered: dict[Channel, None] = {}
    for way in ways:
        offered[way.channel] = None
        for one in told(way):
            found.setdefault(one, {})[way.channel] = None
    order = [channel for channel in Channel if channel in offered]
    return [
        (() if len(own) == len(order) else tuple(label("channel", c, language) for c in order if c in own), one)
        for one, own in found.items()
    ]
