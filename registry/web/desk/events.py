"""A reorganisation as a form: what was typed, kept as it was typed, and the draft that it makes.

Fields have the names by which the gate calls them (``events[0].new[1].code``), so that each reason stands beside
the field it concerns.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from registry.desk.reasons import Reason
from registry.desk.reorganisation import AgencyDraft, Event, ReorganisationDraft, What
from registry.vocabulary import Level
from registry.web.forms import text

NONE = "-"
"""Typed for a level or a parent that an agency is to have no more; empty leaves it as it is."""
MOST_EVENTS = 60
MOST_NEW = 200
HEAD = ("number", "decided", "effective", "issuer", "title")
_PARTS = ("code", "name", "level", "parent")
_BETWEEN = re.compile(r"[\s,;]+")
_NAMED = re.compile(r"events\[(\d{1,3})\]\.(?:what|old|new\[(\d{1,3})\]\.\w+)")


class Row(msgspec.Struct):
    """An agency after the event, as it is typed."""

    code: str = ""
    name: str = ""
    level: str = ""
    parent: str = ""

    @property
    def empty(self) -> bool:
        return not (self.code or self.name or self.level or self.parent)


class Block(msgspec.Struct):
    """An event as it is typed: what happens, codes of old agencies line by line, and the new ones."""

    what: str = ""
    old: str = ""
    new: list[Row] = []

    @property
    def empty(self) -> bool:
        return not self.what and not self.old and all(row.empty for row in self.new)


class Typed(msgspec.Struct):
    """The whole form. ``more`` says where another empty row was asked for: ``events``, or an event's number."""

    head: dict[str, str]
    blocks: list[Block]
    more: str = ""

    def spaced(self) -> "Typed":
        """With an empty row in each event, and an empty event where there is none or one was asked for."""
        blocks = [
            Block(one.what, one.old, [*one.new, *(Row() for _ in range(3 if self.more == str(number) else 1))])
            for number, one in enumerate(self.blocks)
        ]
        if not blocks or self.more == "events":
            blocks.append(Block(new=[Row()]))
        return Typed(self.head, blocks[:MOST_EVENTS])


def typed_of(form: Mapping[str, Any]) -> Typed:
    """What was typed. Events and agencies that are empty are left out, so that numbers are those of the draft."""
    places: dict[int, int] = {}
    for field in form:
        if found := _NAMED.fullmatch(field):
            number, place = int(found[1]), int(found[2] or 0)
            places[number] = max(places.get(number, 0), place)
    blocks = [_block(form, number, places[number]) for number in sorted(places)[:MOST_EVENTS]]
    return Typed(
        head={name: text(form, name, 2000) for name in HEAD},
        blocks=[block for block in blocks if not block.empty],
        more=text(form, "more", 20),
    )


def _block(form: Mapping[str, Any], number: int, last: int) -> Block:
    at = f"events[{number}]"
    rows = [
        Row(**{part: text(form, f"{at}.new[{place}].{part}", 1000) for part in _PARTS})
        for place in range(min(last + 1, MOST_NEW))
    ]
    return Block(
        what=text(form, f"{at}.what", 20),
        old="\n".join(part for part in _BETWEEN.split(text(form, f"{at}.old")) if part),
        new=[row for row in rows if not row.empty],
    )


def typed_from(draft: ReorganisationDraft) -> Typed:
    """A draft as it is typed."""
    head = {name: str(value) if (value := getattr(draft, name)) is not None else "" for name in HEAD}
    return Typed(head, [_typed(event) for event in draft.events])


def _typed(event: Event) -> Block:
    rows = [Row(one.code, one.name, _kept(one.level), _kept(one.parent)) for one in event.new]
    return Block(event.what.value, "\n".join(event.old), rows)


def _kept(value: str | msgspec.UnsetType | None) -> str:
    if value is msgspec.UNSET:
        return ""
    return NONE if value is None else str(value)


def draft_of(
    typed: Typed, before: ReorganisationDraft | None = None
) -> tuple[ReorganisationDraft, dict[str, str]]:
    """The draft that was typed, and by field the key of the words for what cannot be in one. What the form does
    not show (an agency's kind) stays as it was ``before``."""
    wrong: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in ("decided", "effective"):
        try:
            days[name] = date.fromisoformat(typed.head[name]) if typed.head[name] else None
        except ValueError:
            days[name], wrong[name] = None, "day"
    kinds = {one.code: one.kind for event in (before.events if before else ()) for one in event.new}
    events = [_event(block, f"events[{number}]", kinds, wrong) for number, block in enumerate(typed.blocks)]
    draft = ReorganisationDraft(
        number=typed.head["number"],
        decided=days["decided"],
        effective=days["effective"],
        issuer=typed.head["issuer"],
        title=typed.head["title"],
        events=tuple(one for one in events if one is not None),
    )
    return draft, wrong


def _event(block: Block, field: str, kinds: Mapping[str, str], wrong: dict[str, str]) -> Event | None:
    if block.what not in set(What):
        wrong[f"{field}.what"] = "what"
        return None
    new = []
    for place, row in enumerate(block.new):
        if row.level not in ("", NONE, *Level):
            wrong[f"{field}.new[{place}].level"] = "level"
        new.append(
            AgencyDraft(
                code=row.code,
                name=row.name,
                level=_level(row.level),
                parent=msgspec.UNSET if not row.parent else None if row.parent == NONE else row.parent,
                kind=kinds.get(row.code, ""),
            )
        )
    return Event(What(block.what), tuple(block.old.split()), tuple(new))


def _level(given: str) -> Level | msgspec.UnsetType | None:
    if given in set(Level):
        return Level(given)
    return None if given == NONE else msgspec.UNSET


def beside(reasons: list[Reason], language: str) -> dict[str, str]:
    """What the gate says, by the field that it stands beside; what concerns an agency stands at its code."""
    found: dict[str, str] = {}
    for one in reasons:
        field = re.sub(r"\.old\[\d+\]$", ".old", one.field)
        field = re.sub(r"(\.new\[\d+\])$", r"\1.code", field)
        field = re.sub(r"^(events\[\d+\])$", r"\1.what", field)
        said = one.en if language == "en" else one.vi
        found[field] = f"{found[field]} {said}" if field in found else said
    return found
