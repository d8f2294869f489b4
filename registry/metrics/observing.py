"""What others published, where a definition asks for it."""

from collections.abc import Iterable
from datetime import date

import msgspec

from registry.engine import Database
from registry.metrics import observations
from registry.metrics.ask import Dimension
from registry.metrics.observations import Observation as Figure
from registry.metrics.periods import Span
from registry.metrics.reading import once
from registry.metrics.scene import Key, Scene
from registry.metrics.sides import Observation


class Seen(msgspec.Struct, frozen=True):
    """The figures of some names, by name and agency, the latest last."""

    figures: dict[tuple[str, str], list[Figure]]

    def lasting(self, name: str, agency: str, day: date) -> Figure | None:
        """What was published last of an agency for a period that had begun by ``day``."""
        begun = [one for one in self.figures.get((name, agency), ()) if one.begins <= day]
        return begun[-1] if begun else None

    def exactly(self, name: str, agency: str, span: Span) -> Figure | None:
        """What was published last of an agency for just this period."""
        found = self.figures.get((name, agency), ())
        return next((one for one in reversed(found) if (one.begins, one.ends) == (span.start, span.end)), None)

    def says(self, name: str, agency: str, day: date) -> bool:
        """Whether the latest figure of an agency says yes."""
        found = self.lasting(name, agency, day)
        return found is not None and count_of(found) > 0


def count_of(one: Figure) -> int:
    """The number that a figure gives: its numerator, or its value where it has none."""
    return int(one.numerator if one.numerator is not None else one.value or 0)


async def seen_by(database: Database, names: Iterable[str]) -> Seen:
    """All figures of these names."""
    wanted = tuple(sorted(names))
    return await once(database, ("seen", wanted), lambda: _seen(database, wanted))


async def _seen(database: Database, names: tuple[str, ...]) -> Seen:
    found: dict[tuple[str, str], list[Figure]] = {}
    for one in await observations.listed(database, names=names, procedure=""):
        found.setdefault((one.name, one.agency), []).append(one)
    for several in found.values():
        several.sort(key=lambda one: (one.begins, one.ends, one.captured, one.seq))
    return Seen(found)


def figures(scene: Scene, seen: Seen, term: Observation) -> dict[Key, Figure]:
    """The figure of each group. Only agencies and the whole have any; nothing is published of a country without
    naming its agency."""
    ask = scene.ask
    wanted: dict[Key, str] = {}
    if not scene.group_by:
        wanted = {(): ask.agency} if ask.agency else {}
    elif scene.group_by == (Dimension.AGENCY,):
        wanted = {(code,): code for code in scene.groups}
    if ask.sector or ask.level or ask.procedure or ask.channel:
        wanted = {}
    found = {key: _figure(scene, seen, term, agency) for key, agency in wanted.items()}
    return {key: one for key, one in found.items() if one is not None}


def _figure(scene: Scene, seen: Seen, term: Observation, agency: str) -> Figure | None:
    if not term.lasting:
        return seen.exactly(term.name, agency, scene.span)
    chain = scene.map.tree(scene.as_of)[agency].chain
    return next((one for code in chain if (one := seen.lasting(term.name, code, scene.as_of))), None)


def numbers_seen(scene: Scene, seen: Seen, term: Observation) -> dict[Key, int]:
    """What a term comes to in each group that has a figure."""
    return {key: 1 if term.known else count_of(one) for key, one in figures(scene, seen, term).items()}
