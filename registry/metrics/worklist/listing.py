"""A work list: kind by kind, page by page."""

from collections.abc import Collection
from datetime import date

from registry.engine import Database
from registry.metrics.ask import AskInvalid
from registry.metrics.cursors import pack, unpack
from registry.metrics.periods import check_span
from registry.metrics.reading import reading
from registry.metrics.worklist.answer import Pile, Work, Worklist
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found, Kind, Place, known

MOST_DAYS = 250  # working days: a year
FARTHEST = 10**9  # beyond any place in an order


async def worklist(
    database: Database,
    agency: str | None,
    as_of: date,
    *,
    kinds: Collection[str] = (),
    days: int = 10,
    limit: int = 50,
    cursor: str | None = None,
    scopes: Collection[str] | None = None,
) -> Worklist:
    """What costs an agency and all below it points within so many working days, or already does.

    ``kinds`` narrows it (none: all). ``scopes`` are those of whoever asks, ``None`` for all: kinds that need more
    are withheld. Raises ``AskInvalid`` and ``AgencyNotFound``.
    """
    if not 0 <= days <= MOST_DAYS:
        raise AskInvalid("days", f"days: {days} is not between 0 and {MOST_DAYS}")
    check_span(as_of, as_of, ("asOf", "asOf"))
    chosen = _chosen(kinds)
    after = _place(cursor, chosen)
    async with reading(database) as (found, now):
        question = Question(database, found, agency, as_of, days)
        allowed = [kind for kind in chosen if scopes is None or kind.SCOPE is None or kind.SCOPE in scopes]
        work = [(kind, await kind.work(question)) for kind in allowed]
        items = await _page(work, after, limit + 1)
    last = items[limit - 1] if len(items) > limit else None
    return Worklist(
        agency=agency,
        agency_name=question.name(agency),
        as_of=as_of,
        days=days,
        piles=tuple(_pile(kind, found) for kind, found in work),
        items=tuple(one for _, _, one in items[:limit]),
        withheld=tuple(kind.NAME for kind in chosen if kind not in allowed),
        next=pack(last[0].NAME, *last[1]) if last else None,
        revisions=now,
    )


async def _page(
    work: list[tuple[Kind, Found]], after: tuple[int, Place] | None, limit: int
) -> list[tuple[Kind, Place, Work]]:
    """At most ``limit`` pieces beyond the place ``after`` of a kind's rank, kind by kind."""
    items: list[tuple[Kind, Place, Work]] = []
    for kind, found in work:
        if len(items) < limit and (after is None or after[0] <= kind.RANK):
            place = after[1] if after and after[0] == kind.RANK else None
            items += [(kind, where, one) for where, one in await found.page(place, limit - len(items))]
    return items


def names() -> tuple[str, ...]:
    """The kinds of work there are."""
    return tuple(kind.NAME for kind in known())


def _chosen(kinds: Collection[str]) -> list[Kind]:
    for name in kinds:
        if name not in names():
            raise AskInvalid("kind", f"kind: there is no work of kind {name[:40]!r}", names())
    return [kind for kind in known() if not kinds or kind.NAME in kinds]


def _place(cursor: str | None, chosen: list[Kind]) -> tuple[int, Place] | None:
    if cursor is None:
        return None
    name, segment, order, key = unpack(cursor, str, int, int, str)
    rank = next((kind.RANK for kind in chosen if name == kind.NAME), None)
    if rank is None or abs(order) > FARTHEST:
        raise AskInvalid("cursor", "cursor: give the `next` of the page before, or leave it out")
    return rank, (segment, order, key)


def _pile(kind: Kind, found: Found) -> Pile:
    stake = found.stake
    return Pile(
        kind.NAME,
        kind.TITLE,
        kind.INDICATOR,
        found.total,
        found.past,
        found.points,
        stake.most,
        stake.numerator,
        stake.denominator,
    )
