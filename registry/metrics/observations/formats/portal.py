"""The national portal's reporting answers: one answer, several by the name of their endpoint, or agencies with all
their components. Which number is which figure stands in ``portal.toml``."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from registry.intake.record import SourceUnreadable
from registry.metrics.observations.formats import Document, Left, Reading
from registry.metrics.observations.record import Observation, ObservationRejected, Unit, checked, period_of

NAME = "portal"
ACCEPTS = "reporting answers of the national portal, as JSON"
RANK = 10
SOURCE = "dichvucong.gov.vn"
MARK = b'"departmentCode"'
APART = "TOTAL_NOT_SUM_OF_GROUPS"
TWICE = "PUBLISHED_TWICE_DIFFERENTLY"

Path = tuple[str, ...]
_PROCEDURE = re.compile(r"\bformality (\d\.\d{4,12})")
_YEAR = re.compile(r"(?:\byear |-)(\d{4})\b")
_CAPTURED = re.compile(r"(\d{4}-\d{2}-\d{2})")


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys of an object make one observation."""

    name: str
    unit: Unit
    value: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    out_of: tuple[str, ...] = ()


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    figures: tuple[Figure, ...]
    when: tuple[str, ...] = ()


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of ``portal.toml``."""

    ignored: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    metric: Figures
    answer: tuple[Figures, ...]
    group: Figures
    whole: Figures


class Place(msgspec.Struct, frozen=True):
    """Where in a document we are: which agency, which group, which procedure it speaks of."""

    agency: str = ""
    called: str = ""
    group: str = ""
    procedure: str = ""


@lru_cache(maxsize=1)
def mapped() -> Map:
    text = files(__package__).joinpath("portal.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Map)


def recognise(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and MARK in data


def read(document: Document) -> Reading:
    """Every number of the document, as an observation or named as left out. Raises ``SourceUnreadable``."""
    try:
        content = msgspec.json.decode(document.data.removeprefix(b"\xef\xbb\xbf"))
        walk = _Walk(document, content)
        walk.visit(content, (), Place())
        return walk.reading(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnreadable(f"{document.name}: is no JSON: {error}") from error
    except RecursionError as error:
        raise SourceUnreadable(f"{document.name}: is nested too deeply to be an answer of the portal") from error
    except ObservationRejected as error:
        raise SourceUnreadable(f"{document.name}: {error}") from error


class _Walk:
    """One way through a document."""

    def __init__(self, document: Document, content: Any) -> None:
        said = content.get("source", "") if isinstance(content, dict) else ""
        told = said if isinstance(said, str) else ""
        self._name = document.name
        self._source = document.source or SOURCE
        self._taken: set[Path] = set()
        self._period = document.period or self._asked(content) or _period(told, document.name)
        found = _CAPTURED.search(told) or _CAPTURED.search(document.name)
        self._captured = document.captured or (date.fromisoformat(found[1]) if found else document.today)
        self._found: dict[tuple[str, ...], Observation] = {}

    def _asked(self, content: Any) -> tuple[date, date] | None:
        """The period of the request, where the answer repeats it."""
        if not isinstance(content, dict) or not isinstance(content.get("year"), int):
            return None
        self._taken.update((name,) for name in ("year", "quarter", "month") if name in content)
        parts = {"quarter": f"-Q{content.get('quarter')}", "month": f"-{str(content.get('month')).zfill(2)}"}
        return period_of(f"{content['year']}{parts.get(str(content.get('timeType')), '')}")

    def visit(self, value: Any, path: Path, place: Place) -> None:
        if isinstance(value, list):
            for number, one in enumerate(value):
                self.visit(one, (*path, str(number)), place)
        elif isinstance(value, dict):
            self._object(value, path, _placed(value, path, place))

    def _object(self, value: dict[str, Any], path: Path, place: Place) -> None:
        if place.agency:
            self._figures(value, path, place)
        for key, one in value.items():
            if isinstance(one, dict | list):
                self.visit(one, (*path, key), place)
            elif place.agency and path and path[-1] == "groupScores" and _number(one):
                figure = Figure("*", Unit.POINTS, value=(key,))
                self._take(figure, value, path, msgspec.structs.replace(place, group=key), key)
        if isinstance(value.get("groupScores"), dict):
            self._compare(value, place)

    def _figures(self, value: dict[str, Any], path: Path, place: Place) -> None:
        known = mapped()
        if isinstance(value.get("code"), str) and "numerator" in value:
            chosen, name = known.metric, value["code"]
        elif "groupScores" in value or "componentIndicators" in value:
            chosen, name = known.whole, ""
        else:
            fitting = (one for one in known.answer if all(key in value for key in one.when))
            chosen, name = next(fitting, known.group), place.group
        for figure in chosen.figures:
            if figure.name != "*" or name:
                self._take(figure, value, path, place, name)

    def _take(self, figure: Figure, value: dict[str, Any], path: Path, place: Place, name: str) -> None:
        used = {
            "value": next((key for key in figure.value if key in value), ""),
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "out_of": next((key for key in figure.out_of if key in value), ""),
        }
        parts = {part: value[key] for part, key in used.items() if key in value}
        if not {"value", "numerator"} & parts.keys() or not all(map(_figure, parts.values())):
            return
        begins, ends = self._period
        one = checked(
            Observation(
                name=name if figure.name == "*" else figure.name,
                unit=figure.unit,
                agency=place.agency,
                called=place.called,
                procedure=place.procedure,
                begins=begins,
                ends=ends,
                source=self._source,
                captured=self._captured,
                value=_decimal(parts.get("value")),
                numerator=_count("numerator", parts.get("numerator")),
                denominator=_count("denominator", parts.get("denominator")),
                out_of=_decimal(parts.get("out_of")),
                quality=_quality(value, parts),
                origin=f"{self._name}#/{'/'.join(path)}",
            )
        )
        self._keep(one)
        self._taken.update((*path, key) for key in used.values() if key in value)

    def _keep(self, one: Observation) -> None:
        """The same figure may stand in a document twice: what it says more is added, what differs is flagged."""
        held = self._found.get(one.key)
        if held is None:
            self._found[one.key] = one
            return
        kept = one if one.out_of is not None else held
        if one.value != held.value:
            note = f"{held.value} in {held.origin}, {one.value} in {one.origin}"
            kept = msgspec.structs.replace(kept, quality=TWICE, note=note)
        self._found[one.key] = kept

    def _compare(self, value: dict[str, Any], place: Place) -> None:
        """A total that is not the sum of its groups is flagged."""
        total = value.get("totalScore")
        scores = [score for score in value["groupScores"].values() if _number(score)]
        whole = next((one for one in self._found.values() if _is_total(one, place)), None)
        if whole is not None and _number(total) and abs(sum(scores) - total) > 0.005 * (len(scores) + 1):
            note = f"the groups add up to {sum(scores):.2f}"
            self._found[whole.key] = msgspec.structs.replace(whole, quality=APART, note=note)

    def reading(self, content: Any) -> Reading:
        left, ignored = [], mapped().ignored
        for path, number in _numbers(content, ()):
            if path not in self._taken:
                reason = ignored.get(path[-1], "not understood")
                left.append(Left(f"{self._name}#/{'/'.join(path)}", number, reason))
        numbers = sum(1 for path, _ in _numbers(content, ()) if path in self._taken)
        return Reading(list(self._found.values()), numbers, left)


def _placed(value: dict[str, Any], path: Path, place: Place) -> Place:
    """The place inside ``value``: an object with a department's code speaks of that agency."""
    groups = mapped().groups
    key = path[-1] if path else ""
    if len(path) >= 2 and path[-2] == "componentIndicators":
        place = msgspec.structs.replace(place, group=key)
    if found := _PROCEDURE.search(key):
        place = msgspec.structs.replace(place, procedure=found[1])
    code = value.get("departmentCode")
    if not isinstance(code, str) or not code:
        return place
    metrics = value.get("metrics")
    codes = {one.get("code") for one in metrics if isinstance(one, dict)} if isinstance(metrics, list) else set()
    group = next((name for name, members in groups.items() if codes & set(members)), "")
    called = value.get("departmentName")
    return Place(code, called if isinstance(called, str) else "", group, place.procedure)


def _quality(value: dict[str, Any], parts: dict[str, Any]) -> str:
    """The source's own flag, or that it has the figure but gives nothing for it."""
    flag = value.get("dataQualityStatus")
    if isinstance(flag, str) and flag:
        return flag
    return "NOT_GIVEN" if all(number is None for number in parts.values()) else ""


def _period(told: str, name: str) -> tuple[date, date]:
    found = _YEAR.search(told) or _YEAR.search(name)
    if found is None:
        raise SourceUnreadable(f"{name}: does not say for which period it is; name it with --period 2026-Q1")
    return period_of(found[1])


def _numbers(value: Any, path: Path) -> Iterator[tuple[Path, float]]:
    """Every number in a document, with where it stands."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _numbers(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _numbers(one, (*path, str(number)))
    elif _number(value):
        yield path, value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(value: Any) -> bool:
    return value is None or _number(value)


def _decimal(number: float | None) -> float | None:
    return None if number is None else float(number)


def _count(part: str, number: float | None) -> int | None:
    if number is not None and number != int(number):
        raise ObservationRejected(part, f"{number} is no count")
    return None if number is None else int(number)


def _is_total(one: Observation, place: Place) -> bool:
    return one.name == "TOTAL_SCORE" and one.agency == place.agency
