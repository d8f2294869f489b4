"""How agencies stand beside each other: their points by group, their class, their place."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from registry.metrics.answer import Standing, Value
from registry.metrics.definitions import Definition, book
from registry.metrics.evaluator import places
from registry.metrics.points import classify, summed
from registry.metrics.privacy import small


def standing(code: str, name: str, values: Mapping[str, Value], scored: Sequence[Definition]) -> Standing:
    """The points of one agency, by its values by indicator. It has no place yet. A group is sparse where one
    number of few dossiers makes its points."""
    groups: dict[str, float | None] = {}
    sparse = []
    for group in book().groups:
        own = [(one, values[one.id]) for one in scored if one.group == group.code and one.id in values]
        groups[group.code] = summed([value.points for _, value in own])
        if sum(small(value, one.units) for one, value in own) == 1:
            sparse.append(group.code)
    # The sum of all points is that of the groups' points.
    points = summed(list(groups.values()))
    band = classify(points, summed([one.points.most for one in scored if one.points]), book().bands)
    return Standing(code, name, points, groups, band.code if band else None, None, tuple(sparse))


def ranked(found: Iterable[Standing]) -> list[Standing]:
    """Each with its place, best first; equals share one."""
    standings = list(found)
    placed = places({one.agency: one.points or 0.0 for one in standings})
    told = [msgspec.structs.replace(one, place=placed[one.agency]) for one in standings]
    return sorted(told, key=lambda one: (placed[one.agency], one.agency))
