"""A reorganisation in the making: what happens to agencies on a day, by one decision."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from registry.catalogue.ledger import AgencyState
from registry.desk.standing import Bodies
from registry.procedure import Record
from registry.vocabulary import Label, Level


class What(StrEnum):
    """What happens to agencies."""

    FOUND = "found"
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    MOVE = "move"
    END = "end"


LABELS: dict[What, Label] = {
    What.FOUND: Label("thành lập", "found"),
    What.MERGE: Label("sáp nhập, hợp nhất", "merge"),
    What.SPLIT: Label("chia, tách", "split"),
    What.RENAME: Label("đổi tên", "rename"),
    What.MOVE: Label("chuyển cấp, chuyển cơ quan chủ quản", "move"),
    What.END: Label("giải thể", "end"),
}


class AgencyDraft(Record, frozen=True):
    """An agency after the event. Of one that exists, what is left out stays as it is; a new one needs a name.
    ``null`` for level or parent means that it has none."""

    code: str
    name: str = ""
    level: Level | msgspec.UnsetType | None = msgspec.UNSET
    parent: str | msgspec.UnsetType | None = msgspec.UNSET
    kind: str = ""


class Event(Record, frozen=True):
    """Agencies ``old`` give way to ``new``; what stands on both sides goes on. With ``end``, ``new`` are agencies
    that take over."""

    what: What
    old: tuple[str, ...] = ()
    new: tuple[AgencyDraft, ...] = ()


class ReorganisationDraft(Record, frozen=True):
    """Everything that one decision does to agencies; anything may be missing until it is published.

    ``issuer`` is the code of the agency that decides, where it is in this registry (the National Assembly is not).
    """

    number: str = ""
    decided: date | None = None
    effective: date | None = None
    issuer: str = ""
    title: str = ""
    events: tuple[Event, ...] = ()

    def ending(self) -> dict[str, list[str]]:
        """The agencies that are no more afterwards, with their successors."""
        found: dict[str, list[str]] = {}
        for event in self.events:
            kept = {agency.code for agency in event.new}
            for code in event.old:
                if code not in kept and event.what is not What.RENAME and event.what is not What.MOVE:
                    found.setdefault(code, []).extend(agency.code for agency in event.new)
        return found

    def successions(self) -> list[tuple[str, str]]:
        """Who gave way to whom (n→m), also where the old one goes on beside."""
        pairs = [
            (old, agency.code)
            for event in self.events
            if event.what in (What.MERGE, What.SPLIT, What.END)
            for old in event.old
            for agency in event.new
        ]
        return [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]


class Agencies:
    """Agencies on a day, before and after a reorganisation."""

    def __init__(self, draft: ReorganisationDraft, known: Bodies, day: date) -> None:
        self.known = known
        self.day = day
        self.ending = draft.ending()
        self.states: dict[str, AgencyState] = {}
        for event in draft.events:
            for agency in event.new:
                if agency.code not in self.ending and self._says(agency):
                    self.states[agency.code] = self._state(agency, draft.number)

    def _says(self, agency: AgencyDraft) -> bool:
        """Whether this changes anything; a successor that exists may be named by its code alone."""
        told = msgspec.UNSET
        if self.known.at(agency.code, self.day) is None:
            return True
        return bool(agency.name or agency.kind) or agency.level is not told or agency.parent is not told

    def _state(self, agency: AgencyDraft, decision: str) -> AgencyState:
        before = self.states.get(agency.code) or self.before(agency.code)
        level = before.level if before else None
        parent = before.parent if before else None
        if agency.level is not msgspec.UNSET:
            level = None if agency.level is None else agency.level.value
        if agency.parent is not msgspec.UNSET:
            parent = agency.parent
        return AgencyState(
            name=agency.name or (before.name if before else ""),
            kind=agency.kind or (before.kind if before else "body"),
            level=level,
            parent=parent,
            decision=decision,
        )

    def before(self, code: str) -> AgencyState | None:
        found = self.known.at(code, self.day)
        if found is None:
            return None
        return AgencyState(found.name, found.kind, found.level, found.parent, found.decision)

    def after(self, code: str) -> AgencyState | None:
        if code in self.states:
            return self.states[code]
        return None if code in self.ending else self.before(code)

    def named(self) -> Mapping[str, tuple[AgencyState | None, AgencyState | None]]:
        """Every agency that the reorganisation touches, before and after."""
        return {code: (self.before(code), self.after(code)) for code in (*self.ending, *self.states)}

    def orphans(self) -> list[tuple[str, AgencyState]]:
        """Agencies whose parent exists before and is gone after, while they stay below it."""
        found = []
        for code in dict.fromkeys((*self.known.codes(), *self.states)):
            state = self.after(code)
            if state is not None and state.parent in self.ending and self.after(state.parent or "") is None:
                found.append((code, state))
        return found
