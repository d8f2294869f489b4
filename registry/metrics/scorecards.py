"""Scorecards: every indicator that scores, its groups and their total, and the place among peers.

One pass reads what all indicators need: of the agency, of the period before, of those below and of its peers.
"""

from collections.abc import Sequence
from datetime import date

from registry.engine import Database
from registry.metrics.answer import Answer, Compared, Period, Revisions, Scorecard, Scored, Standing, Value
from registry.metrics.ask import Ask, Boundaries, Dimension
from registry.metrics.counting import gather, sides, value_of, valued
from registry.metrics.definitions import Definition, book, definitions
from registry.metrics.evaluator import answered, asked_of, difference, named, peers_of, structural
from registry.metrics.holdings import Holdings
from registry.metrics.periods import previous
from registry.metrics.points import classify, summed
from registry.metrics.reading import reading
from registry.metrics.scene import Key, Scene, scene
from registry.metrics.standings import ranked, standing

Values = dict[str, dict[Key, Value]]
"""By indicator, by group."""


async def scorecard(
    database: Database,
    agency: str | None,
    start: date,
    end: date,
    boundaries: Boundaries = Boundaries.THEN,
    as_of: date | None = None,
    *,
    below: bool = True,
    rank: bool = True,
) -> Scorecard:
    """All indicators that score, of an agency and all below it (of the country where ``agency`` is ``None``).

    ``below`` adds how each agency directly below stands, ``rank`` its peers. Raises ``AskInvalid`` and
    ``AgencyNotFound``.
    """
    ask = Ask(indicator="", agency=agency, start=start, end=end, boundaries=boundaries, as_of=as_of)
    async with reading(database) as (found, now):
        settled = scene(found, ask)
        before = scene(found, ask, previous(settled.span))
        scored = [one for one in definitions(end) if one.group and one.points]
        flags = {one.id: _flags(settled, one) for one in scored}
        values = await _values(database, settled, scored, flags)
        earlier = await _values(database, before, scored, flags)
        groups = _groups(settled, scored, values, earlier, before, now)
        lower = await _standings(database, settled.regrouped((Dimension.AGENCY,)), scored) if below else ()
        peers = await _peers(database, found, ask, settled, scored, values) if rank and agency is not None else ()
        points, most = summed([group.points for group in groups]), summed([group.most for group in groups])
        band = classify(points, most, book().bands)
        return Scorecard(
            asked=asked_of(found, ask),
            period=_days(settled),
            previous=_days(before),
            as_of=settled.as_of,
            revisions=now,
            points=points,
            most=most,
            classification=band.code if band else None,
            classification_title=band.title if band else None,
            classification_source=book().bands_source.en,
            change=difference(points, summed([value[()].points for value in earlier.values()])),
            groups=groups,
            place=next((one.place for one in peers if one.agency == agency), None),
            of=len(peers),
            peers=peers,
            below=tuple(one for one in lower if one.agency != agency),
        )


async def _peers(
    database: Database, found: Holdings, ask: Ask, settled: Scene, scored: Sequence[Definition], values: Values
) -> tuple[Standing, ...]:
    """How the agency of ``ask`` and those like it stand; ``values`` are its own."""
    codes = peers_of(settled)
    among = scene(found, ask, settled.span, codes)
    if codes != (ask.agency,):
        return await _standings(database, among, scored, codes)
    key: Key = (codes[0],)
    own: Values = {name: {key: value[()]} for name, value in values.items()}
    return tuple(ranked([_standing(among, scored, own, key)]))


def _days(at: Scene) -> Period:
    return Period(at.span.start, at.span.end)


def _flags(settled: Scene, one: Definition) -> tuple[str, ...]:
    valid = one.valid_from <= settled.span.end
    return (*(() if valid else ("before-valid-from",)), *structural(settled))


async def _values(
    database: Database, at: Scene, scored: Sequence[Definition], flags: dict[str, tuple[str, ...]] | None = None
) -> Values:
    gathered = await gather(database, at, list(sides(scored)))
    return {one.id: valued(at, gathered, one, (flags or {}).get(one.id, ())) for one in scored}


def _groups(
    settled: Scene,
    scored: Sequence[Definition],
    values: Values,
    earlier: Values,
    before: Scene,
    now: Revisions,
) -> tuple[Scored, ...]:
    found = []
    for group in book().groups:
        members = [one for one in scored if one.group == group.code]
        points = summed([values[one.id][()].points for one in members])
        found.append(
            Scored(
                group.code,
                group.title,
                points,
                summed([one.points.most for one in members if one.points]),
                difference(points, summed([earlier[one.id][()].points for one in members])),
                tuple(
                    _answer(settled, one, values[one.id][()], earlier[one.id][()], before, now) for one in members
                ),
            )
        )
    return tuple(found)


def _answer(
    settled: Scene, one: Definition, value: Value, earlier: Value, before: Scene, now: Revisions
) -> Answer:
    change = None
    if value.numerator is not None and earlier.numerator is not None:
        change = value.numerator - earlier.numerator
    compared = Compared(
        _days(before),
        earlier,
        difference(value.ratio, earlier.ratio),
        difference(value.points, earlier.points),
        change,
    )
    return answered(settled, one, now, value, compared=compared)


async def _standings(
    database: Database, at: Scene, scored: Sequence[Definition], codes: tuple[str, ...] | None = None
) -> tuple[Standing, ...]:
    """How each agency of the scene's groups stands, best first; ``codes`` are listed whether they did anything."""
    values = await _values(database, at, scored)
    for one in scored:
        nothing = value_of(one, 0, 0 if one.denominator else None, {}, {})
        for code in codes or ():
            values[one.id].setdefault((code,), nothing)
    active = {key for found in values.values() for key, value in found.items() if value.denominator}
    keys = [(code,) for code in codes] if codes is not None else sorted(active)
    return tuple(ranked(_standing(at, scored, values, key) for key in keys))


def _standing(at: Scene, scored: Sequence[Definition], values: Values, key: Key) -> Standing:
    own = {one.id: values[one.id][key] for one in scored if key in values[one.id]}
    return standing(key[0], named(at, key)[0].name, own, scored)
