"""Announcements and agencies of a scene, by group."""

from collections.abc import Iterable
from itertools import product

import msgspec

from registry.metrics.ask import TIMES, Dimension
from registry.metrics.holdings import Held
from registry.metrics.observing import Seen
from registry.metrics.offering import Judged, carried, judge
from registry.metrics.periods import bucket
from registry.metrics.scene import Key, Scene, asked, values_of
from registry.metrics.sides import Agencies, Announced
from registry.metrics.traits import UNKNOWN

Item = tuple[Judged, tuple[str, ...]]


def announced(scene: Scene, term: Announced, *, apart: str = "") -> dict[Key, list[Item]]:
    """The announcements or items that a term counts, by group; with ``apart`` those left out for this reason."""
    found: dict[Key, list[Item]] = {}
    for one in judged(scene, term):
        if one.reason != apart or (term.met and not one.met and not apart):
            continue
        items = one.act.items if term.each else (tuple(code for item in one.act.items for code in item),)
        for item in items:
            for key in _announced_keys(scene, one, item):
                found.setdefault(key, []).append((one, item))
    return found


def numbers_announced(scene: Scene, term: Announced, apart: str = "") -> dict[Key, int]:
    """How many announcements or items a term counts, by group: what the catalogue alone decides."""
    ask = scene.ask
    narrowed = (ask.agency, ask.level, ask.sector, ask.procedure, ask.channel)
    return scene.found.once(
        ("announced", term, apart, scene.span, scene.as_of, scene.group_by, scene.groups, narrowed),
        lambda: {key: len(found) for key, found in announced(scene, term, apart=apart).items()},
    )


def judged(scene: Scene, term: Announced) -> tuple[Judged, ...]:
    """The announcements of the period, by the term's deadline."""
    found, span, day = scene.found, scene.span, scene.as_of
    every = msgspec.structs.replace(term, met=False)
    return found.once(
        ("judged", every, span, day),
        lambda: tuple(one for act in found.acts if (one := judge(act, every, span, day)) is not None),
    )


def _announced_keys(scene: Scene, one: Judged, item: tuple[str, ...]) -> Iterable[Key]:
    """The groups of an announcement, or of an item of it; none where it is not asked about."""
    ask = scene.ask
    if Dimension.AGENCY in scene.group_by:
        agencies = carried(scene.found, one.act, scene.groups)
    else:
        agencies = ("",) if ask.agency is None else carried(scene.found, one.act, (ask.agency,))
    narrow = bool(ask.level or ask.sector or ask.procedure or ask.channel)
    own = [dim for dim in scene.group_by if dim is not Dimension.AGENCY and dim not in TIMES]
    held: list[Held] = []
    if agencies and (narrow or own):
        latest = scene.found.latest(one.day)
        held = [latest[code] for code in item if code in latest]
        held = [each for each in held if asked(scene, each)] if narrow else held
    if not agencies or (narrow and not held):
        return ()
    values: list[Iterable[str]] = []
    for dim in scene.group_by:
        if dim is Dimension.AGENCY:
            values.append(agencies)
        elif dim in TIMES:
            values.append([bucket(one.day, dim)])
        else:
            values.append(dict.fromkeys(v for each in held for v in values_of(dim, each, "", "")) or [UNKNOWN])
    return product(*values)


def agencies(scene: Scene, seen: Seen, term: Agencies) -> dict[Key, list[str]]:
    """The agencies that a term counts, by group: those that exist on the day, classes of agencies apart."""
    found: dict[Key, list[str]] = {}
    for name, day in scene.days:
        for code, days in scene.land.spans().items():
            _, place = days[-1]
            if not scene.map.exists(code, day) or scene.map.state(code, day).kind == "class":
                continue
            if term.flag is not None and not seen.says(term.flag, code, day):
                continue
            values = {Dimension.AGENCY: place.agency, Dimension.LEVEL: place.level or UNKNOWN}
            key = tuple(values.get(dim, name if dim in TIMES else UNKNOWN) for dim in scene.group_by)
            found.setdefault(key, []).append(code)
    return found
