"""Procedures that someone who reads about one may want next."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from registry.api.answers import Successor
from registry.api.parameters import ordinal
from registry.engine import Database
from registry.indexing import changed_codes
from registry.procedure import Procedure
from registry.vocabulary import Scope
from search.contract import Engine, IndexUnavailable, Question
from search.text import syllables

MOST_RELATED = 8
_READ_AT_ONCE = 100
# What is done to one and the same thing, folded.
_ACTION = re.compile(
    r"^(?:(?:trinh tu )?thu tuc )?"
    r"(?:(?:de nghi|dang ky|cap|moi|doi|lai|gia han|dieu chinh|sua doi|bo sung|thay doi|thu hoi|huy|xoa) )+"
)

Reason = Literal["successor", "predecessor", "variant", "lifeEvent"]


class Related(msgspec.Struct, frozen=True):
    """A procedure beside another. ``reason``: it took the other's place (``successor``), gave way to it
    (``predecessor``), does something else to the same thing, as granting and renewing do (``variant``), or belongs
    to the same life event (``lifeEvent``)."""

    code: str
    name: str
    reason: Reason


class _Named(msgspec.Struct):
    """What is read of a content, or of the payload of a hit."""

    name: str
    scope: Scope | None = None
    internal: bool | None = None


_named = msgspec.json.Decoder(_Named).decode


class Kin(NamedTuple):
    """A version of a procedure, by what it is about."""

    code: str
    name: str
    words: tuple[str, ...]
    start: date
    end: date | None
    internal: bool
    national: bool

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """National ones first, then those whose names say least besides the thing."""
        return not self.national, len(self.words), self.code


def thing(name: str) -> str:
    """What a procedure is about: its folded name without what is done to it."""
    words = " ".join(syllables(name))
    return _ACTION.sub("", f"{words} ").strip()


class Things:
    """What all procedures of a store are about: read once, then followed change by change.

    Asking the index instead took half of the time that a procedure's page takes, and found the same.
    """

    def __init__(self) -> None:
        self._revision = 0
        self._about: dict[str, dict[str, list[Kin]]] = {}
        self._things: dict[str, set[str]] = {}
        self._reading = asyncio.Lock()

    async def follow(self, database: Database, revision: int) -> None:
        """Know at least ``revision``. Call inside a snapshot of it."""
        if self._revision >= revision:
            return
        async with self._reading:
            if self._revision >= revision:
                return
            codes = await changed_codes(database, self._revision, revision)
            for start in range(0, len(codes), _READ_AT_ONCE):
                await self._read(database, codes[start : start + _READ_AT_ONCE])
            self._revision = revision

    def beside(self, procedure: Procedure, day: date) -> list[Kin]:
        """What is done to the same thing under another name, on ``day``. Beside a procedure for citizens none
        between agencies is shown."""
        about = thing(procedure.name)
        if not about:
            return []
        own = tuple(syllables(procedure.name))
        found = [
            one
            for versions in self._about.get(about, {}).values()
            for one in versions
            if one.holds(day) and one.words != own and (procedure.is_internal or not one.internal)
        ]
        return sorted(found, key=lambda one: one.rank)

    async def _read(self, database: Database, codes: Sequence[str]) -> None:
        rows = await database.rows_in(
            "SELECT v.code, v.valid_from, v.valid_to, c.body FROM version v "
            "JOIN content c ON c.digest = v.content WHERE v.recorded_to IS NULL AND v.code IN ({})",
            codes,
        )
        for code in codes:
            for about in self._things.pop(code, ()):
                del self._about[about][code]
        for row in rows:
            one = _named(row["body"])
            internal = one.internal is True or one.scope is Scope.INTERNAL
            kin = Kin(
                row["code"],
                one.name,
                tuple(syllables(one.name)),
                row["valid_from"],
                row["valid_to"],
                internal,
                one.scope is Scope.NATIONAL,
            )
            about = thing(one.name)
            self._things.setdefault(kin.code, set()).add(about)
            self._about.setdefault(about, {}).setdefault(kin.code, []).append(kin)


_things: WeakKeyDictionary[Database, Things] = WeakKeyDictionary()


async def things(database: Database, revision: int) -> Things:
    """What the procedures of this store are about, at ``revision`` or later. Call inside a snapshot of it."""
    found = _things.setdefault(database, Things())
    await found.follow(database, revision)
    return found


async def related(
    known: Things, engine: Engine, procedure: Procedure, day: date, before: list[Successor], after: list[Successor]
) -> list[Related] | None:
    """At most ``MOST_RELATED`` procedures in force beside one, those that follow it first, each once.

    ``None`` where the search engine, which knows life events, does not answer: what follows is told elsewhere.
    """
    follow = [Related(one.code, one.name, "successor") for one in after if one.name]
    follow += [Related(one.code, one.name, "predecessor") for one in before if one.name]
    variants = [Related(one.code, one.name, "variant") for one in known.beside(procedure, day)]
    try:
        events = await _events(engine, procedure, day)
    except IndexUnavailable:
        return None
    found: dict[str, Related] = {}
    for one in (*follow, *variants, *events):
        if one.code != procedure.code:
            found.setdefault(one.code, one)
    return list(found.values())[:MOST_RELATED]


async def _events(engine: Engine, procedure: Procedure, day: date) -> list[Related]:
    """What belongs to the same life events."""
    codes = [term.code for term in procedure.life_events]
    if not codes:
        return []
    filters = {"lifeEvent": codes}
    if not procedure.is_internal:
        filters["internal"] = ["false", "unknown"]
    answer = await engine.search(Question(as_of=ordinal(day), filters=filters, limit=MOST_RELATED + 1))
    return [Related(hit.code, _named(hit.payload).name, "lifeEvent") for hit in answer.hits]
