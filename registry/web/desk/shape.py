"""The content of a procedure as a form: its fields as data, filled from JSON and read back into it.

Fields are named by their path in our own JSON, like ``ways[0].fees[1].amount``: the same by which the gate says
what is wrong with a draft, so that each reason stands beside its field. What the form does not show stays as it
was.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from litestar.datastructures import FormMultiDict

from registry.procedure import Procedure
from registry.vocabulary import LABELS, Audience, Channel, FeeKind, FeeState, Level, OnlineLevel, Role, TimeUnit
from search.text import slug

Json = dict[str, Any]
Faults = dict[str, str]
"""By path: the key of what is wrong there."""
BLANK = 2
MORE = 5
_MOST_ROWS = 500
_NUMBER = re.compile(r"\d{1,12}([.,]\d{1,3})?")


class Field(NamedTuple):
    """A field. ``kind`` is line, block, whole, number, choice, flag or checks; ``vocabulary`` names its words."""

    key: str
    kind: str = "line"
    rows: int = 0
    vocabulary: str = ""
    options: Sequence[str] = ()


class Group(NamedTuple):
    """Fields that are one object, which is not there where all are empty."""

    key: str
    fields: "tuple[Node, ...]"


class Rows(NamedTuple):
    """Objects one after the other; one whose ``main`` field is empty is left out."""

    key: str
    main: str
    fields: "tuple[Node, ...]"


Node = Field | Group | Rows


def _choice(key: str, vocabulary: str, values: Any) -> Field:
    return Field(key, "choice", vocabulary=vocabulary, options=tuple(one.value for one in values))


_TIME = Group("time", (Field("value", "number"), _choice("unit", "timeUnit", TimeUnit), Field("text")))
_FEES = Rows(
    "fees",
    "kind",
    (
        _choice("kind", "feeKind", FeeKind),
        _choice("state", "fee", FeeState),
        Field("amount", "whole"),
        Field("text"),
    ),
)
_PAPERS = Rows("papers", "name", (Field("name", "line", 2), Field("originals", "whole"), Field("copies", "whole")))
NODES: tuple[Node, ...] = (
    Field("name", "line", 3),
    Rows("sectors", "code", (Field("code", "choice", vocabulary="sector"),)),
    Field("levels", "checks", vocabulary="level", options=tuple(one.value for one in Level)),
    Rows("agencies", "name", (_choice("role", "role", Role), Field("name"), Field("code"))),
    _choice("onlineLevel", "onlineLevel", list(OnlineLevel)[:3]),
    Rows("ways", "channel", (_choice("channel", "channel", Channel), _TIME, _FEES)),
    Rows("steps", "text", (Field("name"), Field("text", "block", 6))),
    Rows("cases", "papers", (Field("name"), _PAPERS)),
    Field("audiences", "checks", vocabulary="audience", options=tuple(one.value for one in Audience)),
    Rows("outputs", "name", (Field("name"),)),
    Rows("legalBases", "number", (Field("number"), Field("title"))),
    Field("requirements", "block", 6),
    Field("addresses", "block", 2),
    Field("note", "block", 2),
)
FLAGS = tuple(
    Field(found.encode_name, "flag", vocabulary="trait", options=(found.name,))
    for found in msgspec.structs.fields(Procedure)
    if found.name in LABELS["trait"]
)
ALL: tuple[Node, ...] = (*NODES, *FLAGS)


def read(form: FormMultiDict, base: Json, faults: Faults) -> Json:
    """What the form says, over ``base``: the JSON of a procedure, not checked as a whole yet."""
    return _read(ALL, form, sorted(form.keys()), "", base, faults)


def completed(found: Json, base: Json, sectors: Mapping[str, str]) -> Json:
    """With the names and codes that the form leaves to be looked up."""
    kept = {one["name"]: one["code"] for one in base.get("outputs", ())}
    names = [one["name"] for one in found.get("outputs", ())]
    chosen = [one for one in found.get("sectors", ()) if one.get("code")]
    return found | {
        "sectors": [
            {"code": one["code"], "name": sectors.get(one["code"], one.get("name", ""))} for one in chosen
        ],
        "outputs": [{"code": kept.get(name) or slug(name), "name": name} for name in names],
    }


def procedure(found: Json, faults: Faults) -> Procedure | None:
    """The procedure; ``None`` where it cannot be one, with what is wrong added to ``faults``."""
    if faults:
        return None
    try:
        return msgspec.convert(found, Procedure)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        faults[path.rstrip("`").lstrip(".") or "name"] = message
        return None


def _read(
    nodes: tuple[Node, ...], form: FormMultiDict, names: list[str], prefix: str, base: Json, faults: Faults
) -> Json:
    found = dict(base)
    for node in nodes:
        path = prefix + node.key
        held = base.get(node.key)
        if isinstance(node, Rows):
            found[node.key] = list(_rows(node, form, names, path, held or [], faults))
        elif isinstance(node, Group):
            found[node.key] = _group(node, form, names, path, held or {}, faults)
        elif node.kind == "checks":
            found[node.key] = _checked(node, form.getall(path, []), held or [])
        elif path in form:
            found[node.key] = _value(node, str(form[path]), path, faults)
            if found[node.key] is None and node.kind not in ("flag", "whole") and node.key != "onlineLevel":
                del found[node.key]
    return found


def _rows(
    node: Rows, form: FormMultiDict, names: list[str], path: str, held: list[Json], faults: Faults
) -> Iterator[Json]:
    """The rows that the form has. Where it has none of these at all, they stay as they were."""
    given = {int(found[1]) for name in names if (found := re.match(re.escape(path) + r"\[(\d{1,3})\]", name))}
    if not given:
        yield from held
    for number in sorted(given)[:_MOST_ROWS]:
        before = held[number] if number < len(held) else {}
        row = _read(node.fields, form, names, f"{path}[{number}].", before, faults)
        if row.get(node.main) or (node.main == "papers" and row.get("name")):
            yield _fitted(node, row, f"{path}[{number}]", faults)


def _fitted(node: Rows, row: Json, path: str, faults: Faults) -> Json:
    """A row without what is empty, and with what follows from what it says."""
    if node.key == "fees":
        if row.get("amount"):
            row["state"] = FeeState.AMOUNT.value
        elif row.get("state") == FeeState.AMOUNT:
            faults[f"{path}.amount"] = "amount"
        row.setdefault("state", FeeState.UNKNOWN.value)
    if node.key == "agencies":
        if not row.get("role"):
            faults[f"{path}.role"] = "role"
        row["code"] = row.get("code") or None
    return {key: value for key, value in row.items() if value not in ("", None)}


def _group(
    node: Group, form: FormMultiDict, names: list[str], path: str, held: Json, faults: Faults
) -> Json | None:
    row = _read(node.fields, form, names, f"{path}.", held, faults)
    if row.get("value") is None and not row.get("text"):
        return None
    if row.get("value") is None:
        row["unit"] = row.get("unit") or TimeUnit.OTHER.value
    elif not row.get("unit"):
        faults[f"{path}.unit"] = "unit"
    return {key: value for key, value in row.items() if value is not None}


def _checked(node: Field, given: list[Any], held: list[Any]) -> list[Any]:
    """What is ticked, in the order in which it stood; terms keep their names."""
    terms = {one["code"]: one for one in held if isinstance(one, dict)}
    order = [*(one if isinstance(one, str) else one["code"] for one in held), *node.options]
    chosen = [one for one in dict.fromkeys(order) if one in given]
    if node.vocabulary == "level":
        return [one for one in node.options if one in given]
    words = LABELS[node.vocabulary]
    return [terms.get(one) or {"code": one, "name": words[one].vi} for one in chosen]


def _value(node: Field, given: str, path: str, faults: Faults) -> Any:
    text = given.replace("\r\n", "\n").replace("\0", "").strip()
    if node.kind == "flag":
        return {"true": True, "false": False}.get(text)
    if not text:
        return "" if node.kind in ("line", "block") else None
    if node.kind == "choice":
        if node.options and text not in node.options:
            faults[path] = "choice"
        return text
    if node.kind in ("whole", "number"):
        return _number(text, path, faults, whole=node.kind == "whole")
    return text


def _number(text: str, path: str, faults: Faults, *, whole: bool) -> int | float | str:
    """``50.000`` is fifty thousand where it counts đồng, and ``7,5`` seven and a half where it counts days."""
    bare = re.sub(r"[. ](?=\d{3}(\D|$))", "", text) if whole else text.replace(",", ".")
    if not _NUMBER.fullmatch(bare) or (whole and not bare.isdecimal()):
        faults[path] = "number"
        return text
    value = float(bare)
    return int(value) if value.is_integer() else value
