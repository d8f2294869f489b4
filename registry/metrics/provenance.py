"""The records behind a number: the very ones of each side, in an order that stands still, page by page.

Dossiers are reached through their tallies: rows that count nothing of the side are passed over, so that a page
costs the same at any depth. What is listed adds up to the number that is shown.
"""

from collections.abc import AsyncIterator

from registry.engine import Database
from registry.metrics.acts import agencies, announced
from registry.metrics.answer import (
    AgencyRecord,
    AnnouncedRecord,
    AnyRecord,
    ObservationRecord,
    Page,
    ProcedureRecord,
)
from registry.metrics.ask import Ask, AskInvalid
from registry.metrics.ask import Side as SideName
from registry.metrics.counting import Gathered, gather, number, procedures
from registry.metrics.cursors import pack, unpack
from registry.metrics.definitions import book
from registry.metrics.evaluator import applied
from registry.metrics.observing import count_of, figures
from registry.metrics.offering import deadline
from registry.metrics.privacy import PRIVATE
from registry.metrics.reading import reading
from registry.metrics.scene import Scene, scene
from registry.metrics.sides import (
    Agencies,
    Announced,
    Constant,
    Dossiers,
    Most,
    Observation,
    Procedures,
    Side,
)
from registry.metrics.walking import Walk

MOST = 1000


async def records(
    database: Database, ask: Ask, side: SideName, limit: int = 100, cursor: str | None = None
) -> Page:
    """A page of the records of one side of the ask's total, from ``cursor`` on.

    A cursor belongs to its ask; records that change meanwhile are met as they are then. Raises what ``evaluate``
    does, and ``AskInvalid`` for a cursor that this ask never gave and a side that it does not have.
    """
    if not 1 <= limit <= MOST:
        raise AskInvalid("limit", f"limit: {limit} is not from 1 to {MOST}")
    async with reading(database) as (found, now):
        settled = scene(found, ask)
        wanted = _side(settled, ask, side)
        gathered = await gather(database, settled, [wanted])
        counted = number(settled, gathered, wanted).get((), 0)
        actual = _actual(settled, gathered, wanted)
        items, after = await _listed(database, settled, gathered, actual, limit, cursor)
        return Page(ask.indicator, side, counted, tuple(items), after, now)


async def stream(database: Database, ask: Ask, side: SideName, batch: int = 500) -> AsyncIterator[list[AnyRecord]]:
    """All records of one side, in batches, from one state of the store."""
    cursor: str | None = None
    async with reading(database):
        while True:
            page = await records(database, ask, side, batch, cursor)
            if page.items:
                yield list(page.items)
            cursor = page.next
            if cursor is None:
                return


def counts_dossiers(ask: Ask, side: SideName) -> bool:
    """Whether the records of a side are dossiers, which are not for everyone. Raises ``IndicatorNotFound``."""
    one, _ = book().find(ask.indicator, ask.end)
    wanted = one.numerator if side is SideName.NUMERATOR else one.denominator
    return wanted is not None and wanted.unit in PRIVATE


def _side(settled: Scene, ask: Ask, side: SideName) -> Side:
    one, _ = applied(settled, ask.indicator)
    wanted = one.numerator if side is SideName.NUMERATOR else one.denominator
    if wanted is None:
        raise AskInvalid("side", f"side: {one.id} is a count and has no denominator", (SideName.NUMERATOR.value,))
    return wanted


def _actual(settled: Scene, gathered: Gathered, side: Side) -> Side:
    """The side whose records are listed: of several the greatest."""
    if not isinstance(side.term, Most):
        return side
    return max(side.term.sides, key=lambda one: number(settled, gathered, one).get((), 0))


async def _listed(
    database: Database, settled: Scene, gathered: Gathered, side: Side, limit: int, cursor: str | None
) -> tuple[list[AnyRecord], str | None]:
    term = side.term
    if isinstance(term, Dossiers):
        return await Walk(database, settled, term).page(limit, cursor)
    everything = _few(settled, gathered, side)
    start = 0
    if cursor is not None:
        (after,) = unpack(cursor, str)
        start = next((n for n, (key, _) in enumerate(everything) if key > after), len(everything))
    page = everything[start : start + limit]
    more = start + limit < len(everything)
    return [record for _, record in page], pack(page[-1][0]) if more else None


def _few(settled: Scene, gathered: Gathered, side: Side) -> list[tuple[str, AnyRecord]]:
    """Records that are all in memory, with what they are ordered by."""
    match side.term:
        case Procedures():
            return [
                (
                    one.code,
                    ProcedureRecord(one.code, one.content.name, one.seq, one.start, one.announcement),
                )
                for one in procedures(settled, gathered, side.term).get((), [])
            ]
        case Announced():
            return _acts(settled, side.term)
        case Agencies():
            return sorted(
                (code, _agency(settled, gathered, side.term, code))
                for code in agencies(settled, gathered.seen, side.term).get((), [])
            )
        case Observation():
            return [
                (
                    str(one.seq),
                    ObservationRecord(
                        one.seq, one.name, one.agency, one.source, 1 if side.term.known else count_of(one)
                    ),
                )
                for one in figures(settled, gathered.seen, side.term).values()
            ]
        case Constant():
            return []
    raise TypeError(side.term)


def _acts(settled: Scene, term: Announced) -> list[tuple[str, AnyRecord]]:
    found: list[tuple[str, AnyRecord]] = []
    for place, (one, codes) in enumerate(announced(settled, term).get((), [])):
        act = one.act
        record = AnnouncedRecord(
            act.id,
            act.number,
            codes if term.each else (),
            act.issuer,
            act.decided,
            act.effective,
            act.published,
            deadline(act, term.deadline) if term.deadline else None,
        )
        found.append((f"{place:08}", record))
    return found


def _agency(settled: Scene, gathered: Gathered, term: Agencies, code: str) -> AnyRecord:
    seen = gathered.seen.lasting(term.flag, code, settled.as_of) if term.flag else None
    return AgencyRecord(code, settled.map.state(code, settled.as_of).name, seen.seq if seen else None)
