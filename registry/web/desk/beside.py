"""Old beside new: what changes in a section of a procedure, line by line, with the words that differ marked."""

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from registry.exchange.annex import cost, duration
from registry.procedure import Fee, ProcessingTime
from registry.sections import SectionDifference
from registry.vocabulary import label

MOST_LINES = 400
_MOST_WORDS = 600  # in one line: beyond this the line is marked as a whole
_ALIKE = 0.55  # lines less alike than this are another line, and not this one changed

Pieces = tuple[tuple[bool, str], ...]
"""A line in pieces; those that are marked differ."""


class Row(NamedTuple):
    """A line as it was and as it becomes; ``None`` where there is none. ``same`` says that nothing differs."""

    before: Pieces | None
    after: Pieces | None
    same: bool


class Compared(NamedTuple):
    """One section, old beside new. ``cut`` says how many lines are left out at the end."""

    section: str
    title: str
    rows: list[Row]
    cut: int


def compared(difference: SectionDifference) -> Compared:
    """What a section said and says, with a line of what surrounds a change."""
    before, after = lines(difference.section, difference.before), lines(difference.section, difference.after)
    return of_lines(difference.section, difference.label, before, after)


def lines(section: str, value: Any) -> list[str]:
    """A section, as its ``SectionDifference`` holds it, in lines for people."""
    if value is None or value in ("", [], {}):
        return []
    return [line for line in _SHOWN.get(section, _plain)(value) if line]


def _plain(value: Any) -> Iterator[str]:
    yield from str(value).splitlines()


def _terms(value: list[dict[str, Any]]) -> Iterator[str]:
    for one in value:
        yield one["name"]


def _steps(value: list[dict[str, Any]]) -> Iterator[str]:
    for one in value:
        yield one.get("name", "")
        yield from one["text"].splitlines()


def _labels(kind: str) -> Callable[[Any], Iterator[str]]:
    def shown(value: Any) -> Iterator[str]:
        for one in value if isinstance(value, list) else [value]:
            yield label(kind, one)

    return shown


def _papers(value: list[dict[str, Any]]) -> Iterator[str]:
    for case in value:
        yield case.get("name", "")
        for paper in case["papers"]:
            wanted = [f"{paper[key]} {word}" for key, word in _COPIES.items() if paper.get(key)]
            forms = [form["name"] for form in paper.get("forms", ())]
            yield "; ".join([f"– {paper['name']}", *wanted, *(f"mẫu: {form}" for form in forms)])


_COPIES = {"originals": "bản chính", "copies": "bản sao"}


def _fees(value: list[list[Any]]) -> Iterator[str]:
    for channel, fees in value:
        for fee in fees:
            yield f"{label('channel', channel)}: {cost(msgspec.convert(fee, Fee))}"


def _times(value: list[list[Any]]) -> Iterator[str]:
    for channel, time in value:
        told = None if time is None else msgspec.convert(time, ProcessingTime)
        yield f"{label('channel', channel)}: {duration(told)}"


def _agencies(value: list[Any]) -> Iterator[str]:
    agencies, addresses = value
    for one in agencies:
        code = f" ({one['code']})" if one.get("code") else ""
        yield f"{label('role', one['role'])}: {one['name']}{code}"
    yield from addresses.splitlines()


def _bases(value: list[dict[str, Any]]) -> Iterator[str]:
    for one in value:
        yield f"{one['number']} {one.get('title', '')}".strip()


def _flags(value: dict[str, Any]) -> Iterator[str]:
    for name, held in value.items():
        if held is not None:
            yield f"{label('trait', name)}: {label('flag', str(held).lower())}"


def _classification(value: list[Any]) -> Iterator[str]:
    scope, events, keywords, local, note, _ = value
    yield label("scope", scope) if scope else ""
    yield from (one["name"] for one in events)
    yield "; ".join(keywords)
    yield local or ""
    yield from note.splitlines()


_SHOWN: dict[str, Callable[[Any], Iterator[str]]] = {
    "steps": _steps,
    "channels": _labels("channel"),
    "levels": _labels("level"),
    "onlineLevel": _labels("onlineLevel"),
    "papers": _papers,
    "fees": _fees,
    "timeLimit": _times,
    "audience": _terms,
    "outputs": _terms,
    "sector": _terms,
    "agencies": _agencies,
    "legalBases": _bases,
    "flags": _flags,
    "classification": _classification,
}


def _rows(before: list[str], after: list[str]) -> Iterator[Row]:
    for what, start, stop, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            for line in before[start:stop]:
                whole = ((False, line),)
                yield Row(whole, whole, same=True)
        else:
            for old, new in zip_longest(before[start:stop], after[first:last]):
                yield from _changed(old, new)


def _changed(old: str | None, new: str | None) -> Iterator[Row]:
    if old is None or new is None:
        yield Row(_marked(old), _marked(new), same=False)
        return
    words, others = _words(old), _words(new)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    if max(len(words), len(others)) > _MOST_WORDS or matcher.ratio() < _ALIKE:
        yield Row(_marked(old), _marked(new), same=False)
        return
    left: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    for what, start, stop, first, last in matcher.get_opcodes():
        differs = what != "equal"
        left += [(differs, "".join(words[start:stop]))] if stop > start else []
        right += [(differs, "".join(others[first:last]))] if last > first else []
    yield Row(tuple(left), tuple(right), same=False)


def _words(line: str) -> list[str]:
    """Words, and what stands between them."""
    return re.findall(r"\s+|\S+", line)


def _marked(line: str | None) -> Pieces | None:
    return None if line is None else ((True, line),)


def _near(rows: list[Row]) -> list[Row]:
    """What changes, with the line before and after it."""
    wanted = {near for at, row in enumerate(rows) if not row.same for near in (at - 1, at, at + 1)}
    return [row for at, row in enumerate(rows) if at in wanted]


def of_lines(section: str, title: str, before: list[str], after: list[str]) -> Compared:
    """Two texts, line by line."""
    rows = _near(list(_rows(before, after)))
    return Compared(section, title, rows[:MOST_LINES], max(0, len(rows) - MOST_LINES))


def json_lines(value: Any) -> list[str]:
    """JSON as lines; none where there is nothing."""
    return [] if value is None else msgspec.json.format(msgspec.json.encode(value), indent=2).decode().splitlines()
