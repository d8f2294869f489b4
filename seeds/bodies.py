"""Agencies over time: departments, districts, communes, and the classes that procedures name."""

from collections.abc import Iterator
from datetime import date

from registry.intake.events import AgencyEvent
from registry.vocabulary import Level
from search.text import slug
from seeds.sources import Data, District

_FIRST_NEW = 101  # codes of the communes since 2025-07-01: H55.101, H55.102, …


def bodies(data: Data) -> Iterator[AgencyEvent]:
    """One event for each dated state of each agency."""
    yield from _departments(data)
    yield from _classes(data)
    yield from _communes(data)


def name_on(data: Data, code: str, day: date) -> str:
    """The name of a department on ``day``. Raises ``LookupError`` where it does not exist then."""
    for body in data.agencies.body:
        if body.code == code:
            for name in body.names:
                if (name.start is None or name.start <= day) and (name.end is None or day < name.end):
                    return name.name
    raise LookupError(f"agency {code} does not exist on {day}")


def _departments(data: Data) -> Iterator[AgencyEvent]:
    for body in data.agencies.body:
        for name in body.names:
            yield AgencyEvent(
                code=body.code,
                name=name.name,
                level=Level.OTHER if body.vertical else Level.PROVINCE,
                parent=body.parent or None,
                valid_from=name.start,
                valid_to=name.end,
                successors=name.successors,
                decision=name.decision,
            )


def _classes(data: Data) -> Iterator[AgencyEvent]:
    for kind in data.agencies.classes:
        yield AgencyEvent(
            code=slug(kind.name),
            name=kind.name,
            level=Level(kind.level),
            valid_to=kind.end,
            decision=kind.decision,
            kind_of="class",
        )


def _communes(data: Data) -> Iterator[AgencyEvent]:
    outline, province = data.outline, data.agencies.province.code
    lines = {district.code: _lines(district) for district in data.districts}
    names = sorted({new for found in lines.values() for _, news in found for new in news})
    codes = {name: f"{province}.{number}" for number, name in enumerate(names, _FIRST_NEW)}
    for district in data.districts:
        found = lines[district.code]
        successors = tuple(dict.fromkeys(codes[new] for _, news in found for new in news))
        yield from _district(district, province, successors, data)
        for number, (old, news) in enumerate(found, 1):
            yield AgencyEvent(
                code=f"{district.code}.{number:02}",
                name=f"Ủy ban nhân dân {_small(old)}",
                level=Level.COMMUNE,
                parent=district.code,
                valid_to=outline.two_tier,
                successors=tuple(codes[new] for new in news),
                decision=outline.communes_decision,
            )
    for name, code in codes.items():
        yield AgencyEvent(
            code=code,
            name=f"Ủy ban nhân dân {_small(name)}",
            level=Level.COMMUNE,
            parent=province,
            valid_from=outline.two_tier,
            decision=outline.communes_decision,
        )


def _district(district: District, province: str, successors: tuple[str, ...], data: Data) -> Iterator[AgencyEvent]:
    if district.renamed:
        yield AgencyEvent(
            code=district.code,
            name=f"Ủy ban nhân dân {_small(district.formerly)}",
            level=Level.DISTRICT,
            parent=province,
            valid_to=district.renamed,
            decision=district.decision,
        )
    yield AgencyEvent(
        code=district.code,
        name=f"Ủy ban nhân dân {_small(district.name)}",
        level=Level.DISTRICT,
        parent=province,
        valid_from=district.renamed,
        valid_to=data.outline.two_tier,
        successors=successors,
        decision=data.outline.districts_decision,
    )


def _lines(district: District) -> list[tuple[str, list[str]]]:
    lines = (line.partition(" > ") for line in district.communes.split("\n") if line.strip())
    return [(old, new.split(" + ") if new else []) for old, _, new in lines]


def _small(name: str) -> str:
    return name[0].lower() + name[1:]
