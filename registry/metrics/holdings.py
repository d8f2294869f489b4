"""What the catalogue holds, as the indicators need it: small, in memory, and kept by the catalogue's revision.

A revision never changes what it holds, so what is kept under one is never stale.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from functools import cached_property
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import agencies
from registry.catalogue.agencies import AgencyVersion
from registry.engine import Database
from registry.metrics.traits import traits
from registry.procedure import Announcement, Procedure, Term
from registry.vocabulary import Channel, Level, Role, Scope
from search.text import fold

KEPT = 4
KEPT_THINGS = 2048
READ_AT_ONCE = 100
T = TypeVar("T")
_procedure = msgspec.json.Decoder(Procedure).decode
_announcement = msgspec.json.Decoder(Announcement).decode
_codes = msgspec.json.Decoder(tuple[str, ...]).decode


class Content(msgspec.Struct, frozen=True, gc=False):
    """What is asked of a procedure's content. ``doers`` are the agencies that execute it: code and folded name."""

    name: str
    traits: frozenset[tuple[str, str]]
    sectors: tuple[Term, ...]
    levels: tuple[Level, ...]
    channels: tuple[Channel, ...]
    issuer: str | None
    doers: tuple[tuple[str | None, str], ...]
    national: bool


class Held(msgspec.Struct, frozen=True):
    """One version of a procedure: in force on ``start <= day < end``. ``seq`` is the change that recorded it."""

    seq: int
    code: str
    start: date
    end: date | None
    announcement: str | None
    content: Content

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


class Act(msgspec.Struct, frozen=True):
    """An announcement with the codes of each of its items."""

    id: str
    number: str
    issuer: str | None
    ministry: bool
    decided: date | None
    effective: date | None
    published: date | None
    items: tuple[tuple[str, ...], ...]


class Holdings:
    """Everything that one revision of the catalogue holds."""

    def __init__(
        self,
        revision: int,
        versions: list[Held],
        bodies: list[AgencyVersion],
        successions: list[tuple[str, str, date]],
        acts: list[Act],
        sectors: dict[str, str],
    ) -> None:
        self.revision = revision
        self.versions = versions
        self.bodies = bodies
        self.successions = successions
        self.acts = acts
        self.sectors = sectors
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def in_force(self, day: date) -> list[Held]:
        """The procedures in force on ``day``, by code."""
        return self.once(("in force", day), lambda: [one for one in self.versions if one.holds(day)])

    @cached_property
    def having(self) -> dict[tuple[str, str], set[int]]:
        """The versions with each value of each trait, by their numbers."""
        found: dict[tuple[str, str], set[int]] = {}
        for one in self.versions:
            for trait in one.content.traits:
                found.setdefault(trait, set()).add(one.seq)
        return found

    def latest(self, day: date) -> dict[str, Held]:
        """Each procedure as it is on ``day``, or was when it ended, or will be when it begins: what its dossiers
        are sorted by."""
        return self.once(("latest", day), lambda: self._as_of(day))

    def _as_of(self, day: date) -> dict[str, Held]:
        found: dict[str, Held] = {}
        for one in self.versions:
            if one.start <= day or one.code not in found:
                found[one.code] = one
        return found

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this revision; ``key`` names all that it depends on besides."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]  # type: ignore[no-any-return]  # of this key
        made = make()
        self._kept[key] = made
        _bound(self._kept, KEPT_THINGS)
        return made


class _Shelf:
    """The holdings of one store's latest revisions, and every content that was ever read for them."""

    def __init__(self) -> None:
        self.contents: dict[str, Content] = {}
        self.holdings: OrderedDict[int, Holdings] = OrderedDict()


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()


async def holdings(database: Database, revision: int) -> Holdings:
    """The holdings of ``revision``. Call inside a snapshot of it."""
    shelf = _shelves.setdefault(database, _Shelf())
    if revision not in shelf.holdings:
        shelf.holdings[revision] = await _load(database, revision, shelf)
        _bound(shelf.holdings, KEPT)
    return shelf.holdings[revision]


async def _load(database: Database, revision: int, shelf: _Shelf) -> Holdings:
    rows = await database.rows(
        QueryString(
            "SELECT seq, code, valid_from, valid_to, announcement, content FROM version "
            "WHERE recorded_to IS NULL ORDER BY code, valid_from"
        )
    )
    wanted = dict.fromkeys(row["content"] for row in rows)
    unread = [one for one in wanted if one not in shelf.contents]
    # Little by little: others are answered meanwhile.
    for start in range(0, len(unread), READ_AT_ONCE):
        part = unread[start : start + READ_AT_ONCE]
        for row in await database.rows_in("SELECT digest, body FROM content WHERE digest IN ({})", part):
            shelf.contents[row["digest"]] = content_of(_procedure(row["body"]))
    for gone in [digest for digest in shelf.contents if digest not in wanted]:
        del shelf.contents[gone]
    versions = [
        Held(
            row["seq"],
            row["code"],
            row["valid_from"],
            row["valid_to"],
            row["announcement"],
            shelf.contents[row["content"]],
        )
        for row in rows
    ]
    bodies = await agencies.all_versions(database)
    successions = await database.rows(
        QueryString("SELECT old, new, day FROM succession WHERE kind = 'agency' ORDER BY day, old, new")
    )
    return Holdings(
        revision,
        versions,
        bodies,
        [(row["old"], row["new"], row["day"]) for row in successions],
        await _acts(database, {body.code for body in bodies if body.level == Level.MINISTRY}),
        {term.code: term.name for term in await agencies.sectors(database)},
    )


def content_of(procedure: Procedure) -> Content:
    """What the indicators ask of a procedure."""
    issuer = procedure.issuer
    return Content(
        procedure.name,
        traits(procedure),
        procedure.sectors,
        procedure.levels,
        procedure.channels,
        issuer.code if issuer else None,
        tuple((one.code, fold(one.name)) for one in procedure.by_role(Role.EXECUTING)),
        procedure.scope is Scope.NATIONAL,
    )


async def _acts(database: Database, ministries: set[str]) -> list[Act]:
    items: dict[str, list[tuple[str, ...]]] = {}
    for row in await database.rows(QueryString("SELECT announcement, old, new FROM item ORDER BY seq")):
        codes = dict.fromkeys((*_codes(row["new"]), *_codes(row["old"])))
        items.setdefault(row["announcement"], []).append(tuple(codes))
    found = []
    for row in await database.rows(
        QueryString("SELECT id, body FROM announcement WHERE recorded_to IS NULL ORDER BY id")
    ):
        one = _announcement(row["body"])
        issuer = one.issuer.code if one.issuer else None
        found.append(
            Act(
                one.id,
                one.number,
                issuer,
                issuer in ministries,
                one.decided,
                one.effective,
                one.published,
                tuple(items.get(one.id, ())),
            )
        )
    return found


def _bound(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
