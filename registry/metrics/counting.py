"""What the sides of definitions come to: one pass over tallies, catalogue and observations for all of them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product

import msgspec

from registry.dossiers.tallies import Grain
from registry.engine import Database
from registry.metrics.activity import activity, numbering
from registry.metrics.acts import agencies, judged, numbers_announced
from registry.metrics.answer import Value
from registry.metrics.ask import TIMES, Dimension
from registry.metrics.definitions import Definition
from registry.metrics.holdings import Held
from registry.metrics.observing import Seen, numbers_seen, seen_by
from registry.metrics.offering import Whose, mask, offered, whose
from registry.metrics.periods import buckets, pieces, runs
from registry.metrics.points import ratio
from registry.metrics.scene import Key, Scene, asked, values_of
from registry.metrics.sides import (
    Agencies,
    Announced,
    Condition,
    Constant,
    Dossiers,
    Most,
    Observation,
    Procedures,
    Side,
    terms,
)
from registry.metrics.tallying import Cell, Query, count

Numbers = dict[Key, int]


Owner = tuple[str, Whose, str, date]
"""A group's agency, whose procedures it has, its bucket of time, and the day on which the catalogue is read."""


class Gathered(msgspec.Struct):
    """What was read for a scene: by group the measures and the sets of procedures that have dossiers (as bits of
    ``numbering``), observations, and owners."""

    measures: dict[Key, dict[str, int]]
    having: dict[Key, dict[str, int]]
    seen: Seen
    owners: list[Owner]


def sides(definitions: Iterable[Definition]) -> Iterator[Side]:
    """Every side that definitions name."""
    for one in definitions:
        yield from one.sides


async def gather(database: Database, scene: Scene, wanted: Sequence[Side]) -> Gathered:
    """Read what these sides need, each thing once."""
    everything = [term for side in wanted for term in terms(side)]
    measures = dict.fromkeys(name for one in everything if isinstance(one, Dossiers) for name, _ in one.measures)
    having = dict.fromkeys(one.having for one in everything if isinstance(one, Procedures) and one.having)
    names = {one.name for one in everything if isinstance(one, Observation)}
    names |= {one.flag for one in everything if isinstance(one, Agencies) and one.flag}
    return Gathered(
        await _measures(database, scene, tuple(measures)),
        await _having(database, scene, tuple(having)),
        await seen_by(database, names),
        list(_owners(scene)),
    )


def _query(scene: Scene, measures: tuple[str, ...], by_procedure: bool) -> Query:
    ask = scene.ask
    return Query(
        measures,
        scene.as_of,
        by_procedure=by_procedure,
        by_channel=Dimension.CHANNEL in scene.group_by,
        time=scene.time,
        procedures=scene.procedures,
        channel=ask.channel.value if ask.channel else None,
    )


async def _measures(database: Database, scene: Scene, names: tuple[str, ...]) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = {}
    if not names:
        return found
    cut = Dimension.PROCEDURE in scene.group_by or Dimension.SECTOR in scene.group_by
    for cell, numbers in (await count(database, scene.land, _query(scene, names, cut))).items():
        for key in scene.keys(cell):
            held = found.setdefault(key, {})
            for name, number in numbers.items():
                held[name] = held.get(name, 0) + number
    return found


async def _having(database: Database, scene: Scene, names: tuple[str, ...]) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = {}
    narrow = numbering.mask(scene.procedures) if names and scene.procedures is not None else -1
    apart = Dimension.PROCEDURE in scene.group_by or Dimension.SECTOR in scene.group_by
    for cell, sets in (await _active(database, scene, names)).items():
        own = None if apart else tuple(scene.keys(cell))
        for name, bits in sets.items():
            for code in numbering.codes(bits & narrow) if apart else ("",):
                one = numbering.mask({code}) if apart else bits & narrow
                for key in own or scene.keys((cell[0], code, cell[2], cell[3])):
                    held = found.setdefault(key, {})
                    held[name] = held.get(name, 0) | one
    return found


async def _active(database: Database, scene: Scene, names: tuple[str, ...]) -> dict[Cell, dict[str, int]]:
    """The procedures with dossiers of each measure, by place, channel and bucket of time."""
    found: dict[Cell, dict[str, int]] = {}
    if not names:
        return found
    kept = await activity(database)
    whole = scene.ask.channel is None and Dimension.CHANNEL not in scene.group_by
    if not whole or scene.time is Dimension.DAY or not set(names) <= set(kept.measures):
        return await _counted(database, scene, names)
    for span, members in scene.land.parts:
        for name, piece in buckets(span, scene.time) if scene.time else [("", span)]:
            cut = pieces(piece, years=True, months=True)
            whole_months = [(Grain.MONTH, run) for run in runs(cut.months)]
            for grain, run in [(Grain.YEAR, run) for run in runs(cut.years)] + whole_months:
                for place, sets in (await kept.joined(database, grain, run, members)).items():
                    _join(found.setdefault((place, "", "", name), {}), kept.named(sets))
            for days in cut.days:
                for place, sets in (await kept.joined_days(database, days, members)).items():
                    _join(found.setdefault((place, "", "", name), {}), kept.named(sets))
    return found


def _join(held: dict[str, int], sets: dict[str, int]) -> None:
    for measure, bits in sets.items():
        held[measure] = held.get(measure, 0) | bits


async def _counted(database: Database, scene: Scene, names: tuple[str, ...]) -> dict[Cell, dict[str, int]]:
    """The same from the tallies of single procedures, however it is cut."""
    found: dict[Cell, dict[str, int]] = {}
    cells = await count(database, scene.land, _query(scene, names, True))
    for (place, code, channel, name), numbers in cells.items():
        held = found.setdefault((place, "", channel, name), {})
        bit = numbering.mask({code})
        for measure, number in numbers.items():
            if number:
                held[measure] = held.get(measure, 0) | bit
    return found


def number(scene: Scene, gathered: Gathered, side: Side) -> Numbers:
    """What a side comes to in each group; groups of nothing may be missing."""
    match side.term:
        case Dossiers(measures=measures):
            return {
                key: sum(factor * held.get(name, 0) for name, factor in measures)
                for key, held in gathered.measures.items()
            }
        case Procedures():
            return _offered(scene, gathered, side.term)
        case Announced():
            return numbers_announced(scene, side.term)
        case Agencies():
            return {key: len(found) for key, found in agencies(scene, gathered.seen, side.term).items()}
        case Observation():
            return numbers_seen(scene, gathered.seen, side.term)
        case Most(sides=several):
            return _most([number(scene, gathered, one) for one in several])
        case Constant(number=constant):
            return dict.fromkeys(_every(scene, gathered), constant)
    raise TypeError(side.term)


def _most(several: list[Numbers]) -> Numbers:
    keys = dict.fromkeys(key for one in several for key in one)
    return {key: max(one.get(key, 0) for one in several) for key in keys}


def _every(scene: Scene, gathered: Gathered) -> list[Key]:
    """The groups that a constant is the same for: those that anything was read for, and all buckets of time."""
    if not scene.group_by:
        return [()]
    found = dict.fromkeys([*gathered.measures, *gathered.having])
    if len(scene.group_by) == 1 and scene.time:
        found |= dict.fromkeys((name,) for name, _ in scene.days)
    if scene.group_by == (Dimension.AGENCY,):
        found |= dict.fromkeys((code,) for code in scene.groups)
    return list(found)


# -- the catalogue's side -------------------------------------------------------------------------------------


def _offered(scene: Scene, gathered: Gathered, term: Procedures) -> Numbers:
    """How many procedures a term counts, by group. Where a group is an agency or a bucket of time, what is kept of
    the catalogue answers without looking at each procedure."""
    whole = all(dim is Dimension.AGENCY or dim in TIMES for dim in scene.group_by)
    if not whole or scene.ask.sector or scene.ask.procedure:
        return {key: len(found) for key, found in procedures(scene, gathered, term).items()}
    where, found = _where(scene, term), {}
    for agency, owner, name, day in gathered.owners:
        key = tuple(agency if dim is Dimension.AGENCY else name for dim in scene.group_by)
        if term.having is None:
            found[key] = len(offered(scene.found, owner, where, day))
        else:
            bits = gathered.having.get(key, {}).get(term.having, 0)
            found[key] = (mask(scene.found, owner, where, day) & bits).bit_count()
    return {key: number for key, number in found.items() if number}


def procedures(scene: Scene, gathered: Gathered, term: Procedures) -> dict[Key, list[Held]]:
    """The procedures that a term counts, by group."""
    found: dict[Key, list[Held]] = {}
    for agency, owner, name, day in gathered.owners:
        for one in offered(scene.found, owner, _where(scene, term), day):
            if not asked(scene, one):
                continue
            for key in product(*(values_of(dim, one, agency, name) for dim in scene.group_by)):
                if term.having is None or numbering.has(
                    gathered.having.get(key, {}).get(term.having, 0), one.code
                ):
                    found.setdefault(key, []).append(one)
    return found


def _where(scene: Scene, term: Procedures) -> tuple[Condition, ...]:
    """The conditions of a term with those of the ask."""
    ask = scene.ask
    own = [Condition("level", (ask.level.value,))] if ask.level else []
    own += [Condition("channel", (ask.channel.value,))] if ask.channel else []
    return (*term.where, *own)


def _owners(scene: Scene) -> Iterator[Owner]:
    """Each group's agency, whose procedures it has, and each bucket of time with its day."""
    ask = scene.ask
    for name, day in scene.days:
        if Dimension.AGENCY in scene.group_by:
            for code in scene.groups:
                alone = code == ask.agency and not scene.peers
                yield code, whose(scene.map, code, not alone, day), name, day
        else:
            yield "", whose(scene.map, ask.agency, ask.below, day), name, day


# -- values ---------------------------------------------------------------------------------------------------


def valued(scene: Scene, gathered: Gathered, one: Definition, flags: tuple[str, ...] = ()) -> dict[Key, Value]:
    """The values of a definition by group; the total has the key ``()``."""
    top = number(scene, gathered, one.numerator)
    bottom = number(scene, gathered, one.denominator) if one.denominator else {}
    excluded = {each.reason: number(scene, gathered, each.count) for each in one.exclusions}
    excluded |= _left_out(scene, one)
    quality = {each.reason: number(scene, gathered, each.count) for each in one.quality}
    keys = dict.fromkeys([*top, *bottom, *(key for each in excluded.values() for key in each)])
    if not scene.group_by:
        keys = {(): None}
    elif scene.group_by == (scene.time,):
        keys |= dict.fromkeys((name,) for name, _ in scene.days)
    return {
        key: value_of(
            one,
            top.get(key, 0),
            bottom.get(key, 0) if one.denominator else None,
            _some(excluded, key),
            _some(quality, key),
            flags,
        )
        for key in sorted(keys)
    }


def _left_out(scene: Scene, one: Definition) -> dict[str, Numbers]:
    """Announcements that cannot be judged, by reason."""
    term = (one.denominator or one.numerator).term
    if not isinstance(term, Announced):
        return {}
    reasons = dict.fromkeys(each.reason for each in judged(scene, term) if each.reason)
    return {reason: numbers_announced(scene, term, apart=reason) for reason in reasons}


def _some(found: dict[str, Numbers], key: Key) -> dict[str, int]:
    return {reason: numbers[key] for reason, numbers in sorted(found.items()) if numbers.get(key)}


def value_of(
    one: Definition,
    numerator: int,
    denominator: int | None,
    excluded: dict[str, int],
    quality: dict[str, int],
    flags: tuple[str, ...] = (),
) -> Value:
    """The ratio and the points of two counts by a definition."""
    points = None
    if one.points is not None:
        if denominator:
            points = one.points.hundredths(numerator, denominator) / 100
        elif one.empty == "full":
            points = one.points.all() / 100
    return Value(numerator, denominator, ratio(numerator, denominator), points, excluded, quality, flags)
