"""What happened to procedures, day by day: which began, changed and ended, and by which announcement.

It is told from the versions that are believed. What an announcement says of itself only names it: whether what
begins is new or takes another's place, and whether what ends was replaced. Where a source does not say, neither
does this.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.engine import Database, Row
from registry.sections import SECTIONS
from registry.vocabulary import Action

_codes = msgspec.json.Decoder(tuple[str, ...]).decode
_sections = msgspec.json.Decoder(dict[str, str]).decode


class Turn(StrEnum):
    """What happened. ``announced`` began without its source saying whether it was new; ``dropped`` ended without
    a decision that is known."""

    NEW = "new"
    AMENDED = "amended"
    REPLACED = "replaced"
    ABOLISHED = "abolished"
    ANNOUNCED = "announced"
    DROPPED = "dropped"


class Happening(NamedTuple):
    """One thing that happened on a day. ``old`` are the codes in force until then, ``new`` those in force from
    then on; ``before`` and ``after`` the digests of the contents of what was amended. ``first`` and ``last`` are
    the numbers of the changes by which this registry learned of it."""

    day: date
    announcement: str | None
    turn: Turn
    old: tuple[str, ...]
    new: tuple[str, ...]
    first: int
    last: int
    before: str | None = None
    after: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.old, *self.new)))


class Entry(NamedTuple):
    """What one announcement did on one day. ``published`` and ``updated`` are when this registry learned of it
    first, and last."""

    day: date
    announcement: str | None
    happenings: tuple[Happening, ...]
    published: datetime
    updated: datetime

    @property
    def counts(self) -> dict[Turn, int]:
        """How often each happened, in the order of ``Turn``."""
        found = [one.turn for one in self.happenings]
        return {turn: found.count(turn) for turn in Turn if turn in found}


class _Said(NamedTuple):
    action: Action | None
    old: tuple[str, ...]
    new: tuple[str, ...]


class Chronicle:
    """Everything that happened, as one revision of the catalogue has it: entries, the latest day first."""

    def __init__(self, revision: int, entries: Sequence[Entry], issuers: dict[str, str]) -> None:
        self.revision = revision
        self.entries = entries
        self.issuers = issuers

    def select(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        issuer: str | None = None,
        turn: Turn | None = None,
        within: Callable[[str], bool] | None = None,
    ) -> list[Entry]:
        """Entries with what is wanted of them: days (both included), who decided, what happened, and codes."""
        found = []
        for entry in self.entries:
            if (since and entry.day < since) or (until and entry.day > until):
                continue
            if issuer is not None and self.issuers.get(entry.announcement or "") != issuer:
                continue
            kept = tuple(
                one
                for one in entry.happenings
                if (turn is None or one.turn is turn) and (within is None or any(map(within, one.codes)))
            )
            if kept:
                found.append(entry._replace(happenings=kept))
        return found


_kept: WeakKeyDictionary[Database, Chronicle] = WeakKeyDictionary()


async def chronicle(database: Database, revision: int) -> Chronicle:
    """The chronicle at ``revision``; kept until the next. Call inside a snapshot of it."""
    found = _kept.get(database)
    if found is None or found.revision != revision:
        found = _kept[database] = await _load(database, revision)
    return found


async def _load(database: Database, revision: int) -> Chronicle:
    versions = await database.rows(
        QueryString(
            "SELECT seq, code, valid_from, valid_to, announcement, ended_by, content FROM version "
            "WHERE recorded_to IS NULL ORDER BY code, valid_from"
        )
    )
    items = await database.rows(QueryString("SELECT announcement, action, old, new FROM item ORDER BY seq"))
    replaced = await database.rows(
        QueryString("SELECT old, new, day FROM succession WHERE kind = 'procedure' ORDER BY old, new")
    )
    decided = await database.rows(QueryString("SELECT id, issuer FROM announcement WHERE recorded_to IS NULL"))
    groups = await asyncio.to_thread(_grouped, versions, items, replaced)
    numbers = {number for group in groups for number in (_first(group), _last(group))}
    moments = {
        row["seq"]: row["recorded_at"]
        for row in await database.rows_in("SELECT seq, recorded_at FROM change WHERE seq IN ({})", sorted(numbers))
    }
    entries = [
        Entry(group[0].day, group[0].announcement, group, moments[_first(group)], moments[_last(group)])
        for group in groups
    ]
    return Chronicle(revision, entries, {row["id"]: row["issuer"] for row in decided})


def _first(group: Iterable[Happening]) -> int:
    return min(one.first for one in group)


def _last(group: Iterable[Happening]) -> int:
    return max(one.last for one in group)


def _grouped(versions: list[Row], items: list[Row], replaced: list[Row]) -> list[tuple[Happening, ...]]:
    """Happenings by day and announcement, the latest first."""
    turns = list(Turn)
    heirs: dict[tuple[str, date], tuple[str, ...]] = {}
    for row in replaced:
        heirs[row["old"], row["day"]] = (*heirs.get((row["old"], row["day"]), ()), row["new"])
    told = _merged(happenings(versions, _said(items), heirs))
    told.sort(key=lambda one: (one.announcement or "", turns.index(one.turn), one.codes))
    told.sort(key=lambda one: one.day, reverse=True)
    return [
        tuple(group) for _, group in itertools.groupby(told, key=lambda one: (one.day, one.announcement or ""))
    ]


def _said(items: Iterable[Row]) -> dict[tuple[str, str], _Said]:
    """What announcements say of codes, by announcement and code."""
    found: dict[tuple[str, str], _Said] = {}
    for row in items:
        said = _Said(Action(row["action"]) if row["action"] else None, _codes(row["old"]), _codes(row["new"]))
        for code in (*said.old, *said.new):
            found[row["announcement"], code] = said
    return found


def happenings(
    versions: Iterable[Row],
    said: dict[tuple[str, str], _Said],
    heirs: dict[tuple[str, date], tuple[str, ...]],
) -> list[Happening]:
    """What happened to each code, from its versions in the order of their days."""
    found = []
    for code, group in itertools.groupby(versions, key=lambda row: row["code"]):
        spans = list(group)
        starts = {row["valid_from"] for row in spans}
        previous: Row | None = None
        for row in spans:
            if row["valid_from"] > clock.ALWAYS:
                follows = previous is not None and previous["valid_to"] == row["valid_from"]
                found.append(_begun(code, row, previous if follows else None, said))
            if row["valid_to"] is not None and row["valid_to"] not in starts:
                found.append(_ended(code, row, said, heirs))
            previous = row
    return found


def _begun(code: str, row: Row, previous: Row | None, said: dict[tuple[str, str], _Said]) -> Happening:
    by = row["announcement"]
    item = said.get((by, code)) if by else None
    at = (row["seq"], row["seq"])
    if item is not None and item.action is Action.REPLACED:
        return Happening(row["valid_from"], by, Turn.REPLACED, item.old, item.new, *at)
    if previous is not None:
        contents = (previous["content"], row["content"])
        return Happening(row["valid_from"], by, Turn.AMENDED, (code,), (code,), *at, *contents)
    if item is None or item.action is None or item.action is Action.ABOLISHED:
        return Happening(row["valid_from"], by, Turn.ANNOUNCED, (), (code,), *at)
    # An amendment of which this registry never had what was before.
    old = (code,) if item.action is Action.AMENDED else ()
    return Happening(row["valid_from"], by, Turn(item.action.value), old, (code,), *at)


def _ended(
    code: str,
    row: Row,
    said: dict[tuple[str, str], _Said],
    heirs: dict[tuple[str, date], tuple[str, ...]],
) -> Happening:
    day, by, at = row["valid_to"], row["ended_by"], (row["seq"], row["seq"])
    item = said.get((by, code)) if by else None
    if item is not None and item.action is Action.REPLACED:
        return Happening(day, by, Turn.REPLACED, item.old, item.new, *at)
    if (code, day) in heirs:
        return Happening(day, by, Turn.REPLACED, (code,), heirs[code, day], *at)
    return Happening(day, by, Turn.ABOLISHED if by else Turn.DROPPED, (code,), (), *at)


def _merged(found: Iterable[Happening]) -> list[Happening]:
    """A replacement once, however many codes it ends and begins."""
    kept: dict[tuple[object, ...], Happening] = {}
    for one in found:
        key = (one.day, one.announcement, one.turn, one.old, one.new)
        other = kept.get(key)
        kept[key] = (
            one
            if other is None
            else other._replace(first=min(one.first, other.first), last=max(one.last, other.last))
        )
    return list(kept.values())


async def sections(database: Database, found: Iterable[Happening]) -> dict[tuple[str, str], list[str]]:
    """The names of the sections that differ, by the digests of what was before and after."""
    pairs = [(one.before, one.after) for one in found if one.before and one.after]
    rows = await database.rows_in(
        "SELECT digest, sections FROM content WHERE digest IN ({})",
        sorted({digest for pair in pairs for digest in pair}),
    )
    told = {row["digest"]: _sections(row["sections"]) for row in rows}
    return {
        (before, after): [name for name in SECTIONS if told[before].get(name) != told[after].get(name)]
        for before, after in pairs
    }
