"""Indicators as data: the definitions in this folder's TOML files, read and checked once.

A definition says what both sides count, what they leave out, how points are given, and where the formula comes
from. Nothing else in this package knows an indicator by its name.
"""

import itertools
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from registry.metrics.answer import Formula, Title
from registry.metrics.ask import IndicatorNotFound
from registry.metrics.points import Band, Points
from registry.metrics.sides import Side, SideInvalid, read_side

NOTHING = Title("", "")


class DefinitionInvalid(ValueError):
    """A definition that cannot be used; the message names the file, the indicator and the field."""


class Exclusion(msgspec.Struct, frozen=True):
    """Records apart: what they are, and the reason that is shown with their number."""

    reason: str
    count: Side


class Definition(msgspec.Struct, frozen=True):
    """One version of an indicator. Without a ``denominator`` it is a count. ``empty`` is ``full`` where a
    denominator of zero gets all points, and ``none`` where it gets none. ``exclusions`` are what the sides leave
    out, ``quality`` what of them has something to know about it. ``source`` names acts as they are cited in
    Vietnamese, in both languages."""

    id: str
    version: int
    valid_from: date
    title: Title
    numerator: Side
    denominator: Side | None
    source: Title
    group: str | None = None
    points: Points | None = None
    empty: str = "none"
    exclusions: tuple[Exclusion, ...] = ()
    quality: tuple[Exclusion, ...] = ()
    note: Title = NOTHING

    @property
    def formula(self) -> Formula:
        """What an answer tells of it to programs."""
        points = self.points
        return Formula(
            self.version,
            self.valid_from,
            self.numerator.text,
            self.denominator.text if self.denominator else None,
            tuple(one.reason for one in self.exclusions),
            points.text if points else None,
            points.most if points else None,
            self.empty,
            self.source.en,
            self.note.en,
        )

    @property
    def sides(self) -> tuple[Side, ...]:
        """Everything that it counts: both sides, and what is apart."""
        both = [self.numerator] if self.denominator is None else [self.numerator, self.denominator]
        return (*both, *(each.count for each in (*self.exclusions, *self.quality)))

    @property
    def units(self) -> tuple[str, ...]:
        """What each side counts."""
        sides = [self.numerator] + ([self.denominator] if self.denominator else [])
        return tuple(side.unit for side in sides)


class IndicatorGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of indicators that score together; ``points`` is the most that they can give."""

    code: str
    points: float
    title: Title


class Book(msgspec.Struct, frozen=True):
    """All definitions, the groups in their order, and the classification of totals."""

    definitions: dict[str, tuple[Definition, ...]]
    groups: tuple[IndicatorGroup, ...]
    bands: tuple[Band, ...]
    bands_source: Title

    def find(self, name: str, day: date) -> tuple[Definition, bool]:
        """The version of ``name`` that is valid on ``day``, and whether it is: before the first version that one
        is applied backwards. Raises ``IndicatorNotFound``."""
        versions = self.definitions.get(name)
        if versions is None:
            raise IndicatorNotFound(name, tuple(self.definitions))
        valid = [one for one in versions if one.valid_from <= day]
        return (valid[-1], True) if valid else (versions[0], False)


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """One ``[[indicator]]`` as it stands in a file."""

    id: str
    version: int
    valid_from: date
    title: Title
    numerator: Any
    source: str | Title
    denominator: Any = None
    group: str | None = None
    points: Points | None = None
    empty: Literal["none", "full"] = "none"
    exclusions: list[dict[str, Any]] = []
    quality: list[dict[str, Any]] = []
    note: Title = NOTHING


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A file of definitions: indicators, and what it adds to the groups and the classification."""

    indicator: list[dict[str, Any]] = []
    group: list[IndicatorGroup] = []
    band: list[Band] = []
    bands_source: str | Title = ""


@lru_cache(maxsize=1)
def book() -> Book:
    """The definitions of this folder. Raises ``DefinitionInvalid``."""
    folder = files("registry.metrics")
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return read_book((one.name, one.read_bytes()) for one in found)


def definitions(day: date | None = None) -> tuple[Definition, ...]:
    """Every definition in the order of the files: all versions, or the one that is applied on ``day``."""
    everything = book()
    if day is None:
        return tuple(one for versions in everything.definitions.values() for one in versions)
    return tuple(everything.find(name, day)[0] for name in everything.definitions)


def read_book(sources: Iterable[tuple[str, bytes]]) -> Book:
    """The definitions of these files: pairs of name and content. Raises ``DefinitionInvalid``."""
    found: dict[str, list[Definition]] = {}
    groups: list[IndicatorGroup] = []
    bands: list[Band] = []
    noted = NOTHING
    for name, content in sources:
        file = _file(name, content)
        groups += file.group
        bands += file.band
        noted = _cited(file.bands_source) if file.bands_source else noted
        for number, row in enumerate(file.indicator, 1):
            one = _definition(name, number, row)
            found.setdefault(one.id, []).append(one)
    for versions in found.values():
        _check_versions(versions)
    result = Book({name: tuple(versions) for name, versions in found.items()}, tuple(groups), tuple(bands), noted)
    _check_groups(result)
    return result


def _file(name: str, content: bytes) -> _File:
    try:
        return msgspec.convert(tomllib.loads(content.decode()), _File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DefinitionInvalid(f"{name}: {error}") from error


def _definition(name: str, number: int, row: dict[str, Any]) -> Definition:
    at = f"{name}: {row.get('id', f'indicator {number}')}"
    try:
        one = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        raise DefinitionInvalid(f"{at}: {error}") from error
    denominator = None if one.denominator is None else _side(at, "denominator", one.denominator)
    if one.points is not None and denominator is None:
        raise DefinitionInvalid(f"{at}: points: only a ratio scores, and there is no denominator")
    return Definition(
        id=one.id,
        version=one.version,
        valid_from=one.valid_from,
        title=one.title,
        numerator=_side(at, "numerator", one.numerator),
        denominator=denominator,
        source=_cited(one.source),
        group=one.group,
        points=one.points,
        empty=one.empty,
        exclusions=_apart(at, "exclusions", one.exclusions),
        quality=_apart(at, "quality", one.quality),
        note=one.note,
    )


def _cited(source: str | Title) -> Title:
    """An act is cited alike in both languages; what is no act has words in each."""
    return Title(source, source) if isinstance(source, str) else source


def _side(at: str, field: str, data: Any) -> Side:
    try:
        return read_side(data)
    except SideInvalid as error:
        raise DefinitionInvalid(f"{at}: {field}{'.' if error.field else ''}{error.field}: {error}") from error


def _apart(at: str, field: str, given: list[dict[str, Any]]) -> tuple[Exclusion, ...]:
    found = []
    for place, row in enumerate(given, 1):
        if set(row) != {"reason", "count"} or not isinstance(row.get("reason"), str):
            raise DefinitionInvalid(f"{at}: {field}[{place}]: needs a reason and a count, and nothing else")
        found.append(Exclusion(row["reason"], _side(at, f"{field}[{place}].count", row["count"])))
    return tuple(found)


def _check_versions(versions: list[Definition]) -> None:
    for before, after in itertools.pairwise(versions):
        if (after.version, after.valid_from) <= (before.version, before.valid_from):
            raise DefinitionInvalid(
                f"{after.id}: version: {after.version} of {after.valid_from} does not follow {before.version} of "
                f"{before.valid_from}: write versions in order, each with a later valid_from"
            )
        if after.valid_from <= before.valid_from:
            raise DefinitionInvalid(f"{after.id}: valid_from: {after.valid_from} is not after {before.valid_from}")


def _check_groups(found: Book) -> None:
    """Groups give exactly the points of their indicators, as of every day on which a version begins."""
    known = {group.code: group for group in found.groups}
    for versions in found.definitions.values():
        for one in versions:
            if one.group is not None and one.group not in known:
                raise DefinitionInvalid(f"{one.id}: group: there is no group {one.group!r}: {', '.join(known)}")
    for group in found.groups:
        latest = [versions[-1] for versions in found.definitions.values() if versions[-1].group == group.code]
        most = sum(round(one.points.most * 100) for one in latest if one.points)
        if most != round(group.points * 100):
            raise DefinitionInvalid(
                f"group {group.code}: points: its indicators give {most / 100:g}, not {group.points:g}"
            )
