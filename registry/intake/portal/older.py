"""What the portal's older interface offers, in the shapes of the newer one, so that both are read in one way."""

import re
from typing import Any

import msgspec
from msgspec import field

from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.intake.portal import shapes
from search.text import fold

Text = str | None
Number = int | float | str | None

_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d+")
_CHANNELS = {"1": "DIRECT", "2": "ONLINE", "3": "POSTAL"}
_UNITS = {
    "ngay lam viec": "WORKING_DAY",
    "ngay": "DAY",
    "gio": "HOUR",
    "gio lam viec": "OTHER",
    "thang": "MONTH",
    "nam": "YEAR",
}


class Price(msgspec.Struct):
    """What is paid: an amount, or words for it."""

    amount: Number = field(name="SOTIEN", default=None)
    currency: Text = field(name="DONVI", default=None)
    text: Text = field(name="MOTA", default=None)


class Span(msgspec.Struct):
    """How long it takes, with what it costs then."""

    value: Number = field(name="THOIGIANGIAIQUYET", default=None)
    unit: Text = field(name="DONVITINH", default=None)
    text: Text = field(name="MOTA", default=None)
    prices: list[Price | None] | None = field(name="PHILEPHI", default=None)


class Way(msgspec.Struct):
    """A channel with its times and prices."""

    channel: Number = field(name="KENH", default=None)
    time: int | float | str | list[Span | None] | None = field(name="THOIGIAN", default=None)
    unit: Text = field(name="DONVITINH", default=None)
    text: Text = field(name="MOTA", default=None)
    prices: list[Price | None] | None = field(name="PHILEPHI", default=None)


class Step(msgspec.Struct):
    """One step, in words."""

    text: Text = field(name="TENTRINHTU", default=None)


class Steps(msgspec.Struct):
    """The steps of a case."""

    case: Text = field(name="TRUONGHOP", default=None)
    steps: list[Step | None] | None = field(name="TRINHTU", default=None)


class Paper(msgspec.Struct):
    """A paper with its form."""

    name: Text = field(name="TENGIAYTO", default=None)
    code: Text = field(name="MAGIAYTO", default=None)
    originals: Number = field(name="SOBANCHINH", default=None)
    copies: Number = field(name="SOBANSAO", default=None)
    form: Text = field(name="TENMAUDON", default=None)
    url: Text = field(name="URL", default=None)


class Case(msgspec.Struct):
    """A case with its papers."""

    name: Text = field(name="TRUONGHOP", default=None)
    papers: list[Paper | None] | None = field(name="GIAYTO", default=None)


class Level(msgspec.Struct):
    """A level, by a number or in words."""

    level: Number = field(name="CAPTHUCHIEN", default=None)


def named(given: Any, kind: str) -> list[shapes.Named]:
    """Things with a code and a name: objects with keys ``MA…`` and ``TEN…``, names in a list, or one name."""
    parts = given if isinstance(given, list) else [given]
    found: list[shapes.Named] = []
    for part in parts:
        if isinstance(part, str):
            found.append(shapes.Named(name=part))
        elif isinstance(part, dict):
            code, name = part.get(f"MA{kind}"), part.get(f"TEN{kind}")
            found.append(shapes.Named(code=str(code) if code else None, name=str(name) if name else None))
    return [one for one in found if one.name]


def methods(given: list[Way | None] | None, notes: Notes) -> list[shapes.Method | None]:
    """The channels; one with several times is several."""
    found: list[shapes.Method | None] = []
    for index, way in enumerate(given or ()):
        if way is None:
            continue
        channel = _CHANNELS.get(str(way.channel))
        if channel is None:
            raise Unacceptable(f"CACHTHUCTHUCHIEN[{index}].KENH", f"{way.channel!r} is no channel: 1, 2 or 3")
        spans = way.time if isinstance(way.time, list) else [Span(way.time, way.unit, way.text, way.prices)]
        for span in spans or [Span(None, None, way.text, way.prices)]:
            if span is not None:
                found.append(_method(channel, span, way, notes, index))
    return found


def _method(channel: Any, span: Span, way: Way, notes: Notes, index: int) -> shapes.Method:
    unit: Any = _UNITS.get(fold(span.unit or way.unit or "").strip(), "OTHER")
    value = span.value
    if unit == "OTHER" and isinstance(value, int | float) and value and (written := span.unit or way.unit):
        value = f"{value:g} {written}"  # a unit that we have not: the words are kept
    prices = span.prices if span.prices is not None else way.prices
    fees = [_fee(price, notes, index) for price in prices or () if price is not None]
    return shapes.Method(channel, value, unit, span.text or way.text, [*fees])


def _fee(price: Price, notes: Notes, index: int) -> shapes.FeeLine:
    at = f"CACHTHUCTHUCHIEN[{index}].PHILEPHI"
    text, amount = price.text or "", price.amount
    if isinstance(amount, str):
        bare = amount.strip()
        if _GROUPED.fullmatch(bare):
            notes.add(at, "number-as-text", bare)
            amount = int(re.sub(r"[.,]", "", bare))
        else:
            text, amount = f"{bare}\n{text}".strip(), None
    kind: Any = "SERVICE_FEE" if fold(text).startswith("le phi") else "FEE"
    return shapes.FeeLine(kind, amount, price.currency, text)


def steps(given: list[Steps | None] | str | None) -> list[shapes.Step | None]:
    """The steps, each with its case; one text is one step."""
    if isinstance(given, str):
        return [shapes.Step(description=given)]
    found: list[shapes.Step | None] = []
    for group in given or ():
        for step in (group.steps if group else None) or ():
            if step is not None:
                found.append(shapes.Step(group.case if group else None, step.text))
    return found


def cases(given: list[Case | None] | None, notes: Notes) -> list[shapes.ExecutionCase | None]:
    """The cases with their papers. A number of copies that is none is noted, and not carried."""
    return [
        shapes.ExecutionCase(
            case.name, [_component(paper, notes) for paper in case.papers or () if paper is not None]
        )
        for case in given or ()
        if case is not None
    ]


def _component(paper: Paper, notes: Notes) -> shapes.Component:
    form: list[shapes.Attachment | None] = (
        [shapes.Attachment(paper.form, paper.url)] if paper.form or paper.url else []
    )
    originals = _quantity(paper.originals, notes, "SOBANCHINH")
    copies = _quantity(paper.copies, notes, "SOBANSAO")
    return shapes.Component(paper.name, paper.code, originals, copies, None, form)


def _quantity(value: Number, notes: Notes, at: str) -> int | None:
    if value is None or value == "":
        return None
    written = str(value).strip()
    if not written.removesuffix(".0").isdecimal() or len(written) > 7:
        notes.add(f"THANHPHANHOSO.{at}", "not-carried", written)
        return None
    return int(float(written))
