"""Answers an ask: settles it, reads what the definition's sides need, and tells how it was made."""

from urllib.parse import urlencode

from registry import clock
from registry.engine import Database
from registry.metrics.answer import (
    Answer,
    Asked,
    Compared,
    Cut,
    Group,
    Links,
    Period,
    Rank,
    Revisions,
    Value,
)
from registry.metrics.ask import Ask, AskInvalid, Dimension, Side
from registry.metrics.boundaries import atlas
from registry.metrics.counting import gather, sides, value_of, valued
from registry.metrics.definitions import Definition, book
from registry.metrics.holdings import Holdings
from registry.metrics.periods import check_span
from registry.metrics.reading import reading
from registry.metrics.scene import Scene, scene
from registry.vocabulary import label

MOST_GROUPS = 20_000


async def evaluate(database: Database, ask: Ask) -> Answer:
    """The answer to ``ask``. Raises ``AskInvalid``, ``IndicatorNotFound`` and ``AgencyNotFound``."""
    async with reading(database) as (found, now):
        settled = scene(found, ask)
        one, flags = applied(settled, ask.indicator)
        value = await total(database, settled, one, flags)
        return answered(
            settled,
            one,
            now,
            value,
            groups=await groups(database, settled, one, flags),
            compared=await _compared(database, settled, one, flags, value),
            rank=await _rank(database, settled, one, flags) if ask.rank else None,
        )


def answered(
    settled: Scene,
    one: Definition,
    now: Revisions,
    value: Value,
    *,
    groups: tuple[Group, ...] = (),
    compared: Compared | None = None,
    rank: Rank | None = None,
) -> Answer:
    """An answer with what says of what it is: what was asked, by which formula, of which days and revisions."""
    return Answer(
        indicator=one.id,
        title=one.title,
        group=one.group,
        units=one.units,
        formula=one.formula,
        asked=asked_of(settled.found, settled.ask),
        period=Period(settled.span.start, settled.span.end),
        as_of=settled.as_of,
        revisions=now,
        value=value,
        groups=groups,
        compared=compared,
        rank=rank,
        links=links(settled, one),
    )


def applied(settled: Scene, name: str) -> tuple[Definition, tuple[str, ...]]:
    """The version of a definition that is valid on the period's last day, and the flags of its use."""
    one, valid = book().find(name, settled.span.end)
    return one, (*(() if valid else ("before-valid-from",)), *structural(settled))


def structural(settled: Scene) -> tuple[str, ...]:
    """What is to be known of the question itself."""
    ask, flags = settled.ask, []
    if ask.agency is not None and not settled.map.exists(ask.agency, settled.as_of):
        flags.append("agency-does-not-exist-on-the-day")
    if settled.as_of < settled.span.end:
        flags.append("period-not-over")
    return tuple(flags)


async def total(database: Database, settled: Scene, one: Definition, flags: tuple[str, ...]) -> Value:
    """The value of the whole, whatever it is cut by."""
    whole = settled.regrouped(())
    gathered = await gather(database, whole, list(sides([one])))
    return valued(whole, gathered, one, flags)[()]


async def groups(database: Database, settled: Scene, one: Definition, flags: tuple[str, ...]) -> tuple[Group, ...]:
    """The values of the groups, in the order of their keys."""
    if not settled.ask.group_by:
        return ()
    cut = settled.regrouped(settled.ask.group_by)
    values = valued(cut, await gather(database, cut, list(sides([one]))), one, flags)
    if len(values) > MOST_GROUPS:
        raise AskInvalid(
            "groupBy", f"groupBy: gives {len(values)} groups, at most {MOST_GROUPS}: ask for less at once"
        )
    return tuple(Group(named(cut, key), value) for key, value in values.items() if _said(cut, value))


def _said(cut: Scene, value: Value) -> bool:
    """Whether a group is worth a line: buckets of time always, others where there is anything."""
    return cut.group_by == (cut.time,) or bool(value.numerator or value.denominator or value.excluded)


def named(cut: Scene, key: tuple[str, ...]) -> tuple[Cut, ...]:
    """A group's key with the names that people read."""
    return tuple(
        Cut(dim.value, value, _name(cut, dim, value)) for dim, value in zip(cut.group_by, key, strict=True)
    )


def _name(cut: Scene, dim: Dimension, value: str) -> str:
    found = cut.found
    match dim:
        case Dimension.AGENCY:
            return cut.map.state(value, cut.as_of).name
        case Dimension.SECTOR:
            return found.sectors.get(value, value)
        case Dimension.PROCEDURE:
            held = found.latest(cut.as_of).get(value)
            return held.content.name if held else value
        case Dimension.LEVEL | Dimension.CHANNEL:
            return label(dim.value, value)
        case _:
            return value


async def _compared(
    database: Database, settled: Scene, one: Definition, flags: tuple[str, ...], value: Value
) -> Compared | None:
    if settled.ask.compare is None:
        return None
    span = check_span(*settled.ask.compare, ("compare", "compare"))
    before = await total(database, scene(settled.found, settled.ask, span), one, flags)
    return Compared(
        Period(span.start, span.end),
        before,
        difference(value.ratio, before.ratio),
        difference(value.points, before.points),
        None if value.numerator is None or before.numerator is None else value.numerator - before.numerator,
    )


def difference(after: float | None, before: float | None) -> float | None:
    """The change between two numbers with two decimals, exactly."""
    return None if after is None or before is None else (round(after * 100) - round(before * 100)) / 100


# -- peers ----------------------------------------------------------------------------------------------------


def peers_of(settled: Scene) -> tuple[str, ...]:
    """The agencies of the same level below the same parent on the day, the one that is asked included. Raises
    ``AskInvalid`` where no agency is asked."""
    agency, day = settled.ask.agency, settled.as_of
    if agency is None:
        raise AskInvalid("rank", "rank: name the agency that is placed among its peers")
    own = settled.map.state(agency, day)
    return tuple(
        code
        for code in sorted(settled.map.codes())
        if code == agency or (_alike(settled, code, own.parent, own.level, own.kind))
    )


def _alike(settled: Scene, code: str, parent: str | None, level: str | None, kind: str) -> bool:
    state = settled.map.state(code, settled.as_of)
    same = (state.parent, state.level, state.kind) == (parent, level, kind)
    return same and settled.map.exists(code, settled.as_of)


async def _rank(database: Database, settled: Scene, one: Definition, flags: tuple[str, ...]) -> Rank:
    codes = peers_of(settled)
    among = scene(settled.found, settled.ask, settled.span, codes)
    values = valued(among, await gather(database, among, list(sides([one]))), one, flags)
    nothing = value_of(one, 0, 0 if one.denominator else None, {}, {}, flags)
    found = {code: values.get((code,), nothing) for code in codes}
    by = {code: value.ratio if one.denominator else value.numerator for code, value in found.items()}
    placed = places({code: number for code, number in by.items() if number is not None})
    ordered = sorted(codes, key=lambda code: (placed.get(code, len(codes) + 1), code))
    ranked = tuple(Group(named(among, (code,)), found[code], placed.get(code)) for code in ordered)
    return Rank(placed.get(settled.ask.agency or ""), len(placed), ranked)


def places(numbers: dict[str, float] | dict[str, int]) -> dict[str, int]:
    """The place of each, the greatest first; equals share a place."""
    first: dict[float, int] = {}
    for place, number in enumerate(sorted(numbers.values(), reverse=True), 1):
        first.setdefault(number, place)
    return {code: first[number] for code, number in numbers.items()}


# -- what was asked -------------------------------------------------------------------------------------------


def asked_of(found: Holdings, ask: Ask) -> Asked:
    """The ask as it is told in its answer."""
    day = min(ask.end, clock.today()) if ask.as_of is None else ask.as_of
    return Asked(
        ask.agency,
        atlas(found).state(ask.agency, day).name if ask.agency else None,
        ask.below,
        ask.sector,
        ask.level,
        ask.procedure,
        ask.channel,
        tuple(one.value for one in ask.group_by),
        ask.boundaries.value,
    )


def links(settled: Scene, one: Definition) -> Links:
    """Where the records of both sides are listed."""
    ask = settled.ask
    query = {
        "agency": ask.agency,
        "below": None if ask.below else "false",
        "sector": ask.sector,
        "level": ask.level,
        "procedure": ask.procedure,
        "channel": ask.channel,
        "from": settled.span.start.isoformat(),
        "to": settled.span.end.isoformat(),
        "boundaries": ask.boundaries.value,
        "asOf": settled.as_of.isoformat(),
    }
    given = {name: value for name, value in query.items() if value is not None}
    path = f"/api/indicators/{one.id}/records?{urlencode(given)}"
    return Links(
        f"{path}&side={Side.NUMERATOR.value}",
        f"{path}&side={Side.DENOMINATOR.value}" if one.denominator else None,
    )
