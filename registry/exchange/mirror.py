"""Taking in what another registry says: its changes, and whole states of its records.

What is believed here of each of its records becomes exactly what is believed there: the same days, decisions and
contents. Recorded time is our own, since it says when *this* registry learned of something: a change gets our next
number and our moment, and the origin of each version names theirs (``URL#number``).
"""

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec

from registry.catalogue.believed import Believed
from registry.catalogue.ledger import AgencyState, Ledger, Origin, Stored
from registry.engine import Database
from registry.exchange.protocol import (
    AgencyContent,
    AgencyHistory,
    AnnouncementState,
    AnyState,
    FeedChange,
    ItemContent,
    ProcedureState,
    SectorState,
    SuccessionContent,
    VersionContent,
)
from registry.procedure import Announcement, Item, Procedure, Term
from registry.vocabulary import Action

SOURCE = "follow"
T = TypeVar("T")
Told = Mapping[tuple[str, str], Sequence[SuccessionContent]]
_procedure = msgspec.json.Decoder(Procedure).decode


def _announcement(body: object) -> Announcement:
    return msgspec.convert(body, Announcement)


class ContentRefused(Exception):
    """What another registry sent cannot be what it says; nothing of it was taken in."""


class Wanted(msgspec.Struct, Generic[T], frozen=True):
    """A state that is to hold on ``start <= day < end``."""

    start: date
    end: date | None
    state: T


class Mirror:
    """Takes changes and states of the registry at ``url`` into a ledger."""

    def __init__(self, database: Database, book: Ledger, url: str) -> None:
        self._database = database
        self._book = book
        self._url = url
        self._succeeded: set[tuple[str, str, str, date, str | None]] = set()

    # -- states -------------------------------------------------------------------------------------------

    async def states(self, states: Sequence[AnyState], number: int) -> None:
        """Make these records as they are there, at their change ``number``."""
        successions = {
            (_side(state), state.key): state.successions
            for state in states
            if isinstance(state, ProcedureState | AgencyHistory)
        }
        await self._load(
            codes=[state.key for state in states if isinstance(state, ProcedureState)],
            announcements=[state.key for state in states if isinstance(state, AnnouncementState)],
            agencies=[state.key for state in states if isinstance(state, AgencyHistory)],
            successions=successions,
        )
        for state in states:
            if isinstance(state, SectorState):
                self._book.put_sector(Term(state.key, state.name))
            elif isinstance(state, AgencyHistory):
                self._agency(state.key, [_agency(one) for one in state.states])
            elif isinstance(state, AnnouncementState):
                announcement = self._announce(state.key, msgspec.json.decode(state.announcement))
                for item in state.items:
                    self._itemise(announcement, item)
            else:
                self._procedure(state.key, [self._version(state.key, one, number) for one in state.versions])
        self._succeed(successions)

    # -- changes ------------------------------------------------------------------------------------------

    async def changes(self, changes: Sequence[FeedChange]) -> None:
        """Apply changes in their order, and only whole units of work: in between, states are not sound.

        A record that was changed here too, so that theirs does not fit, is left as it is: their digest tells.
        """
        successions: dict[tuple[str, str], list[SuccessionContent]] = {}
        for change in changes:
            if change.succession is not None:
                successions.setdefault((change.kind, change.key), []).append(change.succession)
        versions = _by_key(changes, "version")
        agencies = _by_key(changes, "agency")
        await self._load(
            codes=versions,
            announcements=[change.key for change in changes if change.kind == "announcement"],
            agencies=agencies,
            successions=successions,
        )
        for change in changes:
            if change.sector is not None:
                self._book.put_sector(Term(change.key, change.sector))
            elif change.announcement is not None:
                self._announce(change.key, change.announcement)
            elif change.item is not None:
                self._itemise(Announcement(change.key, ""), change.item)
        for key, told in agencies.items():
            fresh = {one.seq: _agency(one.agency) for one in told if one.agency}
            agency = _after(self._book.agencies, key, told, fresh)
            if sound(agency):
                self._agency(key, agency)
        for key, told in versions.items():
            put = {one.seq: self._version(key, one.version, one.seq) for one in told if one.version}
            procedure = _after(self._book.versions, key, told, put)
            if sound(procedure):
                self._procedure(key, procedure)
        self._succeed(successions)

    # -- records ------------------------------------------------------------------------------------------

    async def _load(
        self,
        codes: Iterable[str],
        announcements: Iterable[str],
        agencies: Iterable[str],
        successions: Told,
    ) -> None:
        cited = [one.announcement for told in successions.values() for one in told if one.announcement]
        await self._book.load(codes, [*announcements, *cited], agencies)
        for side in ("procedure", "agency"):
            rows = await self._database.rows_in(
                f"SELECT old, new, day, announcement FROM succession WHERE kind = '{side}' AND old IN ({{}})",
                [key for of, key in successions if of == side],
            )
            self._succeeded |= {(side, row["old"], row["new"], row["day"], row["announcement"]) for row in rows}

    def _succeed(self, successions: Told) -> None:
        for (side, key), told in successions.items():
            for one in told:
                known = (side, key, one.new, one.day, one.announcement)
                if known not in self._succeeded:
                    self._succeeded.add(known)
                    self._book.succeed(side, key, one.new, one.day, one.announcement)

    def _announce(self, key: str, body: object) -> Announcement:
        announcement = _decoded(_announcement, body, f"announcement {key}")
        if announcement.id != key:
            raise ContentRefused(f"announcement {key} holds {announcement.id}")
        self._book.announce(msgspec.structs.replace(announcement, items=()))
        return announcement

    def _itemise(self, announcement: Announcement, item: ItemContent) -> None:
        try:
            action = Action(item.action) if item.action else None
        except ValueError as error:
            raise ContentRefused(f"an item of announcement {announcement.id}: {error}") from error
        self._book.itemise(announcement, Item(action, item.old, item.new), succeeding=False)

    def _version(self, code: str, content: VersionContent, number: int) -> Wanted[Stored]:
        procedure = _decoded(_procedure, content.procedure, f"procedure {code}")
        digest = self._book.content(procedure)
        if digest != content.digest or procedure.code != code:
            raise ContentRefused(f"the content of procedure {code} does not digest to {content.digest}")
        told = " ".join(part for part in (content.source, content.origin) if part)
        origin = Origin(
            SOURCE, f"{self._url}#{number}" + (f" ({told})" if told else ""), "", _text(content.cleaning)
        )
        stored = Stored(content.announcement, content.ended_by, digest, origin)
        return Wanted(content.valid_from, content.valid_to, stored)

    def _procedure(self, code: str, wanted: list[Wanted[Stored]]) -> None:
        # A version that ends, ends by what is wanted of it; one that is cut, by what begins instead.
        reconcile(
            self._book.versions,
            code,
            wanted,
            key=lambda state: (state.announcement, state.ended_by, state.content),
            ended=lambda state, by: msgspec.structs.replace(state, ended_by=by.ended_by),
            cut=lambda state, by: msgspec.structs.replace(state, ended_by=by.announcement),
        )

    def _agency(self, code: str, wanted: list[Wanted[AgencyState]]) -> None:
        reconcile(
            self._book.agencies,
            code,
            wanted,
            key=lambda state: state,
            ended=lambda state, by: msgspec.structs.replace(state, decision=by.decision),
            cut=lambda state, _: state,
        )


def reconcile(
    believed: Believed[T],
    code: str,
    wanted: list[Wanted[T]],
    *,
    key: Callable[[T], Hashable],
    ended: Callable[[T, T], T],
    cut: Callable[[T, T], T],
) -> None:
    """Let exactly what is ``wanted`` hold of ``code``, by as few changes as tell it.

    ``key`` is what must be equal of a state; ``ended(state, by)`` is what remains of one that ends like ``by``,
    ``cut(state, by)`` of one that gives way to ``by``.
    """
    ordered = sorted(wanted, key=lambda one: one.start)
    if not sound(ordered):
        raise ContentRefused(f"{code} is told in states that overlap, or that end before they begin")

    def holds(one: Wanted[T]) -> bool:
        held = believed.at(code, one.start)
        return held is not None and (held.start, held.end, key(held.value.state)) == (
            one.start,
            one.end,
            key(one.state),
        )

    starts = {one.start for one in ordered}
    for one in ordered:
        if one.end is not None and one.end not in starts and not holds(one):
            last = one.state
            believed.end(code, one.end, _with(ended, last))
    # From the last to the first: what gives way is then cut to what is wanted of it, and need not be put again.
    for one in reversed(ordered):
        if not holds(one):
            fresh = one.state
            believed.put(code, one.start, one.end, fresh, _with(cut, fresh))
    right_ones = {(one.start, one.end, key(one.state)) for one in ordered}
    for span in believed.spans(code):
        if (span.start, span.end, key(span.value.state)) not in right_ones:
            believed.end(code, span.start, lambda state: state)


def _with(change: Callable[[T, T], T], by: T) -> Callable[[T], T]:
    return lambda state: change(state, by)


def sound(ordered: Sequence[Wanted[T]]) -> bool:
    """Whether states, in the order of their days, end after they begin and before the next begins."""
    return all(one.end is None or one.end > one.start for one in ordered) and all(
        left.end is not None and left.end <= right.start for left, right in itertools.pairwise(ordered)
    )


def _after(
    believed: Believed[T], code: str, changes: Sequence[FeedChange], fresh: Mapping[int, Wanted[T]]
) -> list[Wanted[T]]:
    """What holds of ``code`` after these changes; ``fresh`` are the states that they put, by their numbers."""
    held = {span.start: Wanted(span.start, span.end, span.value.state) for span in believed.spans(code)}
    for change in changes:
        for start in change.closes:
            held.pop(start, None)
        if change.seq in fresh:
            held[fresh[change.seq].start] = fresh[change.seq]
    return [held[start] for start in sorted(held)]


def _by_key(changes: Sequence[FeedChange], kind: str) -> dict[str, list[FeedChange]]:
    found: dict[str, list[FeedChange]] = {}
    for change in changes:
        if change.kind == kind and (change.closes or change.version or change.agency):
            found.setdefault(change.key, []).append(change)
    return found


def _side(state: ProcedureState | AgencyHistory) -> str:
    return "procedure" if isinstance(state, ProcedureState) else "agency"


def _agency(content: AgencyContent) -> Wanted[AgencyState]:
    state = AgencyState(content.name, content.kind, content.level, content.parent, content.decision)
    return Wanted(content.valid_from, content.valid_to, state)


def _decoded(decode: Callable[[Any], T], body: Any, what: str) -> T:
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentRefused(f"{what} cannot be read: {error}") from error


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()
