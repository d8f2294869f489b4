"""Which agencies an ask is about, on which of its days, and into which group each falls."""

from datetime import date

import msgspec

from registry.catalogue.errors import AgencyNotFound
from registry.metrics.ask import Boundaries
from registry.metrics.boundaries import Atlas, Seat
from registry.metrics.periods import DAY, Span
from registry.vocabulary import Level

NOWHERE = ""
"""The group of an agency whose level is not known."""


class Place(msgspec.Struct, frozen=True):
    """The group of an agency: the agency that stands for it, and its level."""

    agency: str
    level: str


class Territory(msgspec.Struct, frozen=True):
    """``parts`` are runs of days, each with the agencies that count on all of them and their places. No agency
    has a day in two of them."""

    parts: tuple[tuple[Span, dict[str, Place]], ...]
    groups: tuple[str, ...]
    """The agencies that stand for groups."""

    def spans(self) -> dict[str, list[tuple[Span, Place]]]:
        """The days of each agency."""
        found: dict[str, list[tuple[Span, Place]]] = {}
        for span, members in self.parts:
            for code, place in members.items():
                found.setdefault(code, []).append((span, place))
        return found


class Scope(msgspec.Struct, frozen=True):
    """Whose dossiers are asked: an agency (none: all), with all below it or alone, of one level or all. ``peers``
    names the agencies among which it is placed instead of what is below it."""

    agency: str | None
    below: bool = True
    level: Level | None = None
    boundaries: Boundaries = Boundaries.THEN
    peers: tuple[str, ...] = ()


def territory(atlas: Atlas, scope: Scope, span: Span, as_of: date) -> Territory:
    """The agencies of ``scope`` in the days of ``span``. Raises ``AgencyNotFound``."""
    if scope.agency is not None and scope.agency not in atlas:
        raise AgencyNotFound(scope.agency)
    changes = [day for day in atlas.days if span.start < day <= span.end]
    epochs = [span.start, *changes] if scope.boundaries is Boundaries.THEN else [span.start]
    running: dict[str, tuple[date, Place]] = {}
    parts: dict[Span, dict[str, Place]] = {}

    def close(code: str, last: date) -> None:
        first, place = running.pop(code)
        parts.setdefault(Span(first, last), {})[code] = place

    for first in epochs:
        places = _places(atlas, scope, first if scope.boundaries is Boundaries.THEN else as_of)
        for code in [code for code, (_, place) in running.items() if places.get(code) != place]:
            close(code, first - DAY)
        for code, place in places.items():
            running.setdefault(code, (first, place))
    for code in list(running):
        close(code, span.end)
    groups = {place.agency for members in parts.values() for place in members.values()}
    return Territory(tuple(sorted(parts.items(), key=lambda part: part[0])), tuple(sorted(groups)))


def _places(atlas: Atlas, scope: Scope, day: date) -> dict[str, Place]:
    found = {}
    for code, seat in atlas.tree(day).items():
        if scope.level is not None and seat.level != scope.level:
            continue
        group = _group(seat, scope)
        if group is not None:
            found[code] = Place(group, seat.level or NOWHERE)
    return found


def _group(seat: Seat, scope: Scope) -> str | None:
    """The agency that stands for a seat; ``None`` outside the scope."""
    if scope.peers:
        return next((code for code in seat.chain if code in scope.peers), None)
    if scope.agency is None:
        inside = len(seat.chain)
    elif scope.agency in seat.chain:
        inside = seat.chain.index(scope.agency)
    else:
        return None
    if not scope.below and inside != (0 if scope.agency else 1):
        return None
    if scope.level is not None:
        for place in range(inside - 1, -1, -1):
            if seat.levels[place] == scope.level:
                return seat.chain[place]
    return seat.chain[inside - 1] if inside else scope.agency
