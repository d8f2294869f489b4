"""Indicators: their definitions, their values however they are cut, and the records behind them."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Stream

from registry import metrics
from registry.access.actors import KeyScope
from registry.api.access import needs
from registry.api.answers import responses
from registry.api.asking import (
    CompareWith,
    GroupBy,
    IndicatorId,
    Question,
    RankFilter,
    comparison_of,
    dimensions_of,
    rank_of,
    read_question,
)
from registry.api.numbers import Cursor, numbered, sees_all
from registry.api.parameters import AsOf, one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.metrics import Answer, Ask, Page, Side, Span
from registry.metrics.answer import Answered, Formula, Revisions, Title
from registry.metrics.definitions import Definition, book
from registry.metrics.provenance import MOST, counts_dossiers
from registry.metrics.reading import revisions
from registry.metrics.tabulating import EXPORTS, rows_of


class Defined(Answered, frozen=True):
    """A definition. ``units`` are what its sides count."""

    indicator: str
    title: Title
    group: str | None
    units: tuple[str, ...]
    formula: Formula


class Grouping(Answered, frozen=True):
    """A group of indicators, and the points that it can give."""

    code: str
    title: Title
    points: float


class Classed(Answered, frozen=True):
    """A class of totals: from ``least`` per cent of all points on."""

    code: str
    title: Title
    least: int


class Definitions(Answered, frozen=True):
    """Every version of every definition, the groups and the classification."""

    items: tuple[Defined, ...]
    groups: tuple[Grouping, ...]
    classification: tuple[Classed, ...]
    classification_source: str
    revisions: Revisions


SideFilter = Annotated[
    str | None, one("side", "Which side's records (the numerator's by default).", "denominator", enum=[*Side])
]
Format = Annotated[
    str | None,
    one("format", "A page as json, or all records as ndjson or csv.", "csv", enum=["json", *EXPORTS]),
]
Most = Annotated[int, QueryParameter(description="How many to give at most on a page.", ge=1, le=MOST)]

_TITLE = {"vi": "Tỷ lệ hồ sơ thanh toán trực tuyến", "en": "Dossiers paid online"}
_FORMULA = {
    "version": 1,
    "validFrom": "2022-06-23",
    "numerator": "paid_online",
    "denominator": "fee_due",
    "exclusions": ["no-fee-due"],
    "points": "6 × ratio",
    "most": 6.0,
    "empty": "none",
    "source": "Quyết định số 766/QĐ-TTg ngày 23/6/2022, nhóm 4",
    "note": "",
}
_VALUE = {
    "numerator": 309542,
    "denominator": 358625,
    "ratio": 86.31,
    "points": 5.18,
    "excluded": {"no-fee-due": 239293},
    "quality": {},
    "flags": [],
    "hidden": False,
}
_REVISIONS = {"catalogue": 1204, "dossiers": 18, "observations": 3}
_DEFINED = {
    "indicator": "PAYMENT_DOSSIER",
    "title": _TITLE,
    "group": "TTTT",
    "units": ["dossiers", "dossiers"],
    "formula": _FORMULA,
}
_DEFINITIONS = {
    "items": [_DEFINED],
    "groups": [{"code": "TTTT", "title": {"vi": "Thanh toán trực tuyến", "en": "Online payment"}, "points": 10.0}],
    "classification": [{"code": "good", "title": {"vi": "Tốt", "en": "Good"}, "least": 80}],
    "classificationSource": "Quyết định số 766/QĐ-TTg",
    "revisions": _REVISIONS,
}
_QUERY = "/api/indicators/PAYMENT_DOSSIER/records?agency=H44&from=2025-01-01&to=2025-12-31"
ANSWER = {
    **_DEFINED,
    "asked": {
        "agency": "H44",
        "agencyName": "UBND tỉnh Phú Thọ",
        "below": True,
        "sector": None,
        "level": None,
        "procedure": None,
        "channel": None,
        "groupBy": [],
        "boundaries": "then",
    },
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "asOf": "2025-12-31",
    "revisions": _REVISIONS,
    "value": _VALUE,
    "groups": [],
    "compared": None,
    "rank": None,
    "links": {"numerator": f"{_QUERY}&side=numerator", "denominator": f"{_QUERY}&side=denominator"},
}
_PAGE = {
    "indicator": "PAYMENT_DOSSIER",
    "side": "numerator",
    "total": 309542,
    "items": [
        {
            "kind": "dossier",
            "key": "0f8fad5bd9cb469fa16570867728950e",
            "procedure": "9.000001",
            "agency": "H44.08",
            "channel": "online",
            "received": "2025-03-03",
            "due": "2025-03-10",
            "finished": "2025-03-07",
            "state": "finished",
            "facts": ["finished", "online", "fee-due", "paid-online"],
            "count": 1,
        }
    ],
    "next": "WyJINDQuMDgiXQ",
    "revisions": _REVISIONS,
}


class IndicatorController(Controller):
    path = "/api/indicators"
    tags = ("indicators",)
    dependencies = {"question": Provide(read_question, sync_to_thread=False)}  # noqa: RUF012 - as Litestar has it

    @get(
        summary="List the definitions of the indicators",
        responses=responses(
            Definitions, "The definitions with their formulas and sources.", _DEFINITIONS, 400, 401, 503
        ),
    )
    async def entries(self, request: Request[Any, Any, Any], as_of: AsOf = None) -> Response[Definitions]:
        """All versions, or with `asOf` the one of each that is applied to a period that ends on the day."""
        day = optional_day("asOf", as_of)

        async def make(_: frozenset[str]) -> msgspec.Struct:
            found = book()
            return Definitions(
                tuple(map(_defined, metrics.definitions(day))),
                tuple(Grouping(group.code, group.title, group.points) for group in found.groups),
                tuple(Classed(band.code, band.title, band.least) for band in found.bands),
                found.bands_source.en,
                await revisions(service_of(request).database),
            )

        return await numbered(request, make)

    @get(
        "/{indicator:str}",
        summary="Ask an indicator",
        responses=responses(
            Answer, "The number, what it is made of, and where its records are.", ANSWER, 400, 401, 404, 503
        ),
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        indicator: IndicatorId,
        question: NamedDependency[Question],
        group_by: GroupBy = None,
        compare: CompareWith = None,
        rank: RankFilter = None,
    ) -> Response[Answer]:
        """Computed now, from what the store holds. A denominator of zero gives no ratio. Numbers of fewer than
        five dossiers are hidden, with what would reveal them, without a key that has the scope metrics."""
        ask = question.of(indicator)
        ask = msgspec.structs.replace(
            ask,
            group_by=dimensions_of(group_by),
            compare=comparison_of(compare, Span(ask.start, ask.end)),
            rank=rank_of(rank),
        )
        database = service_of(request).database

        async def make(held: frozenset[str]) -> msgspec.Struct:
            answer = await metrics.evaluate(database, ask)
            return answer if sees_all(held) else metrics.public(answer)

        return await numbered(request, make)

    @get(
        "/{indicator:str}/records",
        summary="List the records behind a number",
        responses=responses(Page, "A page of the very records of one side.", _PAGE, 400, 401, 403, 404, 503),
    )
    async def records(
        self,
        request: Request[Any, Any, Any],
        indicator: IndicatorId,
        question: NamedDependency[Question],
        side: SideFilter = None,
        limit: Most = 100,
        cursor: Cursor = None,
        form: Format = None,
    ) -> Response[Any]:
        """Their `count` adds up to the number shown. Dossiers are listed only for a key with the scope metrics,
        and never by their numbers; procedures, announcements and agencies for everyone. As `ndjson` and `csv` all
        records are sent, from one state of the store: if it changes meanwhile the answer breaks off."""
        database, ask = service_of(request).database, question.of(indicator)
        wanted = _side(side)
        if counts_dossiers(ask, wanted):
            guard: Any = needs(KeyScope.METRICS.value)
            await guard(request, request.route_handler)
        if form and form != "json":
            if form not in EXPORTS:
                raise ParameterInvalid("format", f"format: {form[:40]!r} is none of them", ["json", *EXPORTS])
            return await _export(request, ask, wanted, form)

        async def make(_: frozenset[str]) -> msgspec.Struct:
            return await metrics.records(database, ask, wanted, limit, cursor or None)

        return await numbered(request, make)


def _defined(one: Definition) -> Defined:
    return Defined(one.id, one.title, one.group, one.units, one.formula)


def _side(text: str | None) -> Side:
    try:
        return Side(text or Side.NUMERATOR)
    except ValueError as error:
        raise ParameterInvalid("side", f"side: {str(text)[:40]!r} is none of them", [*Side]) from error


async def _export(request: Request[Any, Any, Any], ask: Ask, side: Side, form: str) -> Response[Any]:
    """All records, a page at a time; the first is read before anything is sent, so that a bad question is told."""
    database = service_of(request).database
    first = await metrics.records(database, ask, side, MOST)

    async def lines() -> AsyncIterator[bytes]:
        page = first
        yield rows_of(page.items, form, header=True)
        while page.next is not None:
            page = await metrics.records(database, ask, side, MOST, page.next)
            if page.revisions != first.revisions:
                raise RuntimeError("the store has changed: the export breaks off")
            yield rows_of(page.items, form)

    return Stream(
        lines(),
        media_type=EXPORTS[form],
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{ask.indicator}-{side.value}.{form}"',
        },
    )
