"""Coverage: what the catalogue offers, every trait with the number of each of its values, unknown among them."""

from datetime import date

from registry.engine import Database
from registry.metrics.answer import Answered, Revisions
from registry.metrics.ask import Ask
from registry.metrics.offering import offered, whose
from registry.metrics.reading import reading
from registry.metrics.scene import scene
from registry.metrics.sides import Condition
from registry.metrics.traits import TRAITS
from registry.vocabulary import Level


class Share(Answered, frozen=True):
    """How many procedures have a value."""

    value: str
    count: int


class Trait(Answered, frozen=True):
    """The values of one trait. A procedure may have several values of some traits (level, channel, audience), so
    that their counts may add up to more than there are procedures; of ``missing``, the parts of the seven that it
    lacks, it may have none."""

    trait: str
    values: tuple[Share, ...]


class Coverage(Answered, frozen=True):
    """The procedures in force on a day and their traits. ``internal`` ones, between agencies, are not counted.

    Online levels of both schemes are told apart by their values and by ``online_scheme``; ``sector`` counts those
    of each sector.
    """

    agency: str | None
    agency_name: str | None
    level: Level | None
    as_of: date
    procedures: int
    internal: int
    traits: tuple[Trait, ...]
    revisions: Revisions


async def coverage(
    database: Database, agency: str | None, as_of: date, level: Level | None = None, sector: str | None = None
) -> Coverage:
    """The coverage of an agency's procedures, of all where there is none. Raises ``AgencyNotFound``."""
    ask = Ask(indicator="", agency=agency, start=as_of, end=as_of, as_of=as_of, level=level, sector=sector)
    async with reading(database) as (found, now):
        settled = scene(found, ask)
        owner = whose(settled.map, agency, True, as_of)
        narrow = (Condition("level", (level.value,)),) if level else ()
        everything = [
            one
            for one in offered(found, owner, narrow, as_of)
            if sector is None or any(term.code == sector for term in one.content.sectors)
        ]
        shown = [one for one in everything if ("internal", "false") in one.content.traits]
        counts: dict[tuple[str, str], int] = {}
        for one in shown:
            for pair in (*one.content.traits, *(("sector", term.code) for term in one.content.sectors)):
                counts[pair] = counts.get(pair, 0) + 1
        return Coverage(
            agency,
            settled.map.state(agency, as_of).name if agency else None,
            level,
            as_of,
            len(shown),
            len(everything) - len(shown),
            tuple(Trait(trait, _shares(trait, counts)) for trait in (*TRAITS, "sector") if trait != "internal"),
            now,
        )


def _shares(trait: str, counts: dict[tuple[str, str], int]) -> tuple[Share, ...]:
    """The values of a trait that occur: in the order of their list, or by code."""
    order = {value: place for place, value in enumerate(TRAITS[trait][1])} if trait in TRAITS else {}
    found = [(value, number) for (name, value), number in counts.items() if name == trait]
    found.sort(key=lambda one: (order.get(one[0], len(order)), one[0]))
    return tuple(Share(value, number) for value, number in found)
