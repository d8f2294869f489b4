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
from registry.metrics.evaluator import answered, asked_of, difference, named, peers_of, places, structural
from registry.metrics.periods import previous
from registry.metrics.points import classify, summed
from registry.metrics.privacy import small
from registry.metrics.reading import reading
from registry.metrics.scene import Key, Scene, scene

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
        scored = [one for one in definitions(end) if one.group and one.points]
        flags = {one.id: _flags(settled, one) for one in scored}
        before = scene(found, ask, previous(settled.span))
        values = await _values(database, settled, scored, flags)
        earlier = await _values(database, before, scored, flags)
        groups = _groups(settled, scored, values, earlier, before, now)
        points, most = summed([group.points for group in groups]), summed([group.most for group in groups])
        band = classify(points, most, book().bands)
        lower = await _standings(database, settled.regrouped((Dimension.AGENCY,)), scored) if below else ()
        peers: tuple[Standing, ...] = ()
        if rank and agency is not None:
            codes = peers_of(settled)
            among = scene(found, ask, settled.span, codes)
            if codes == (agency,):
                own: Values = {name: {(agency,): value[()]} for name, value in values.items()}
                peers = (_standing(among, scored, own, agency, points, 1),)
            else:
                peers = await _standings(database, among, scored, codes)
        return Scorecard(
            asked=asked_of(found, ask),
            period=Period(settled.span.start, settled.span.end),
            previous=Period(before.span.start, before.span.end),
            as_of=settled.as_of,
            revisions=now,
            points=points,
            most=most,
            classification=band.code if band else None,
            classification_title=band.title if band else None,
            classification_source=book().bands_source.en,
            change=difference(points, _total(scored, earlier, ())),
            groups=groups,
            place=next((one.place for one in peers if one.agency == agency), None),
            of=len(peers),
            peers=peers,
            below=tuple(one for one in lower if one.agency != agency),
        )


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
        Period(before.span.start, before.span.end),
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
    totals = {key[0]: _total(scored, values, key) for key in keys}
    placed = places(totals)
    return tuple(
        _standing(at, scored, values, code, totals[code], placed[code])
        for code in sorted(totals, key=lambda code: (placed[code], code))
    )


def _standing(
    at: Scene, scored: Sequence[Definition], values: Values, code: str, points: float, place: int
) -> Standing:
    key, sparse = (code,), []
    groups: dict[str, float | None] = {}
    for group in book().groups:
        members = [one for one in scored if one.group == group.code]
        groups[group.code] = summed([_points(values[one.id], key) for one in members])
        found = [(one, values[one.id][key]) for one in members if key in values[one.id]]
        if sum(small(value, one.units) for one, value in found) == 1:
            sparse.append(group.code)
    band = classify(points, summed([one.points.most for one in scored if one.points]), book().bands)
    name = named(at, key)[0].name
    return Standing(code, name, points, groups, band.code if band else None, place, tuple(sparse))


def _total(scored: Sequence[Definition], values: Values, key: Key) -> float:
    """The sum of the points, which is the sum of the groups' points."""
    return summed([_points(values[one.id], key) for one in scored])


def _points(values: dict[Key, Value], key: Key) -> float | None:
    return values[key].points if key in values else None
