"""Parameters of questions about indicators, and what they make."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from registry import clock
from registry.api.numbers import AgencyFilter, FirstDay, LastDay
from registry.api.parameters import AsOf, code_of, many, one, optional_day
from registry.api.problems import ParameterInvalid
from registry.metrics import Ask, Boundaries, Dimension, Span, previous, read_period
from registry.metrics.periods import check_span
from registry.vocabulary import Channel, Level

IndicatorId = Annotated[
    str,
    PathParameter(
        description="The indicator's id.",
        examples=[Example(summary="dossiers on time", value="ON_TIME")],
    ),
]
PeriodFilter = Annotated[
    str | None,
    one("period", "A year, quarter, month or day, instead of `from` and `to`.", "2025-Q2"),
]
SectorFilter = Annotated[str | None, one("sector", "Code of a sector.", "G04-HT")]
LevelFilter = Annotated[
    str | None,
    one("level", "Level of the agency of a dossier on its day, and of procedures.", "commune", enum=[*Level]),
]
ProcedureFilter = Annotated[str | None, one("procedure", "A procedure's code, in any notation.", "9.000001")]
ChannelFilter = Annotated[
    str | None,
    one("channel", "Channel by which dossiers came, or procedures are offered.", "online", enum=[*Channel]),
]
GroupBy = Annotated[
    list[str] | None,
    many("groupBy", "Cut the answer by this.", "agency", "month", accepted=[*Dimension]),
]
BoundariesFilter = Annotated[
    str | None,
    one(
        "boundaries",
        "Whose dossiers are after a reorganisation: whose they were then (the default), or are today.",
        "today",
        enum=[*Boundaries],
    ),
]
CompareWith = Annotated[
    str | None,
    one("compare", "Another period to compare with: `previous`, a period, or two days as from..to.", "previous"),
]
YesNo = ("true", "false")
E = TypeVar("E", bound=StrEnum)
RankFilter = Annotated[
    str | None, one("rank", "Place the agency among its peers: same level, same parent.", "true", enum=YesNo)
]
Below = Annotated[
    str | None, one("below", "With all agencies below it (the default), or alone.", "false", enum=YesNo)
]


class Question(msgspec.Struct, frozen=True):
    """What a request asks of an indicator, all but which."""

    ask: Ask

    def of(self, indicator: str) -> Ask:
        return msgspec.structs.replace(self.ask, indicator=indicator)


def read_question(
    agency: AgencyFilter = None,
    below: Below = None,
    sector: SectorFilter = None,
    level: LevelFilter = None,
    procedure: ProcedureFilter = None,
    channel: ChannelFilter = None,
    period: PeriodFilter = None,
    first: FirstDay = None,
    last: LastDay = None,
    boundaries: BoundariesFilter = None,
    as_of: AsOf = None,
) -> Question:
    """The question of these parameters. Raises ``AskInvalid`` and ``ParameterInvalid``."""
    span = span_of(period, first, last)
    return Question(
        Ask(
            indicator="",
            start=span.start,
            end=span.end,
            agency=agency or None,
            below=_yes("below", below, True),
            sector=sector or None,
            level=level_of(level),
            procedure=code_of(procedure) if procedure else None,
            channel=_of(Channel, "channel", channel),
            boundaries=boundaries_of(boundaries),
            as_of=optional_day("asOf", as_of),
        )
    )


def span_of(period: str | None, first: str | None, last: str | None) -> Span:
    """The period that is asked about; this year until today where none is given."""
    if period:
        if first or last:
            raise ParameterInvalid("period", "period: give a period, or `from` and `to`, not both")
        return read_period(period)
    end = optional_day("to", last) or clock.today()
    return check_span(optional_day("from", first) or date(end.year, 1, 1), end)


def boundaries_of(text: str | None) -> Boundaries:
    return _of(Boundaries, "boundaries", text) or Boundaries.THEN


def level_of(text: str | None) -> Level | None:
    return _of(Level, "level", text)


def dimensions_of(values: list[str] | None) -> tuple[Dimension, ...]:
    """By what to cut: repeated, or joined by commas."""
    given = [part.strip() for value in values or [] for part in value.split(",") if part.strip()]
    found = [_of(Dimension, "groupBy", one) for one in given]
    return tuple(one for one in found if one is not None)


def comparison_of(text: str | None, span: Span) -> tuple[date, date] | None:
    """The period to compare with."""
    if not text:
        return None
    if text == "previous":
        before = previous(span)
    elif pair := re.fullmatch(r"(.+)\.\.(.+)", text):
        days = [optional_day("compare", part) for part in pair.groups()]
        return (days[0] or span.start, days[1] or span.end)
    else:
        before = read_period(text, "compare")
    return before.start, before.end


def rank_of(text: str | None) -> bool:
    return _yes("rank", text, False)


def _yes(name: str, text: str | None, default: bool) -> bool:
    if not text:
        return default
    if text not in YesNo:
        raise ParameterInvalid(name, f"{name}: {text[:40]!r} is neither true nor false", list(YesNo))
    return text == "true"


def _of(kind: type[E], name: str, text: str | None) -> E | None:
    """A member of an enumeration by its value."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise ParameterInvalid(
            name, f"{name}: {text[:40]!r} is none of them", [str(each) for each in kind]
        ) from error
