"""Figures that others publish."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get

from registry.api.answers import responses
from registry.api.numbers import Cursor, PageLimit, numbered
from registry.api.parameters import code_of, many, one, optional_day
from registry.api.practice import ProcedureFilter
from registry.api.service import service_of
from registry.metrics.cursors import pack, unpack
from registry.metrics.observations import Observation, Place, listed, place_of, revision


class Reported(msgspec.Struct, frozen=True, rename="camel"):
    """A published figure. ``ratio`` is the percentage that its own parts give, ``doubts`` what is against it."""

    name: str
    unit: str
    agency: str
    called: str
    procedure: str
    begins: date
    ends: date
    value: float | None
    numerator: int | None
    denominator: int | None
    out_of: float | None
    ratio: float | None
    quality: str
    doubts: list[str]
    source: str
    captured: date
    origin: str
    note: str
    seq: int


class ObservationList(msgspec.Struct, frozen=True, rename="camel"):
    """A page of published figures; ``next`` continues after the last."""

    items: list[Reported]
    next: str | None
    revision: int


Name = Annotated[list[str] | None, many("name", "Name of a figure: an indicator's id, or its own.", "ON_TIME")]
Agency = Annotated[str | None, one("agency", "Code of the agency that the figure is of.", "H55")]
First = Annotated[
    str | None, one("from", "Only periods that end on this day or later.", "2025-01-01", format="date")
]
Last = Annotated[
    str | None, one("to", "Only periods that begin on this day or earlier.", "2025-12-31", format="date")
]

PLACE = (str, str, str, date, date, str, str, date)

_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "name": "ON_TIME",
            "unit": "percent",
            "agency": "H21.17",
            "called": "Sở Văn hóa, Thể thao và Du lịch - tỉnh Gia Lai",
            "procedure": "",
            "begins": "2026-01-01",
            "ends": "2026-12-31",
            "value": 99.85,
            "numerator": 653,
            "denominator": 654,
            "outOf": None,
            "ratio": 99.85,
            "quality": "",
            "doubts": [],
            "source": "dichvucong.gov.vn",
            "captured": "2026-10-10",
            "origin": "answer.json#/agencies/0/componentIndicators/TDGQ",
            "note": "",
            "seq": 8,
        }
    ],
    "next": None,
    "revision": 167,
}


class ObservationController(Controller):
    path = "/api/observations"
    tags = ("indicators",)

    @get(
        summary="List figures that others publish",
        responses=responses(ObservationList, "Figures with their sources.", _EXAMPLE, 400, 401, 503),
    )
    async def entries(
        self,
        request: Request[Any, Any, Any],
        agency: Agency = None,
        name: Name = None,
        procedure: ProcedureFilter = None,
        first: First = None,
        last: Last = None,
        limit: PageLimit = 100,
        cursor: Cursor = None,
    ) -> Response[ObservationList]:
        """Each capture of each figure, with its source, its day and its own numerator and denominator where they
        were given. They are kept as published, beside what is computed and never mixed with it."""
        database = service_of(request).database
        start, end = optional_day("from", first), optional_day("to", last)

        async def make(_: frozenset[str]) -> msgspec.Struct:
            after: Place | None = tuple(unpack(cursor, *PLACE)) if cursor else None
            found = await listed(
                database,
                names=[one for one in name or [] if one] or None,
                agency=agency or None,
                procedure=code_of(procedure) if procedure else None,
                start=start,
                end=end,
                limit=limit + 1,
                after=after,
            )
            following = pack(*place_of(found[limit - 1])) if len(found) > limit else None
            return ObservationList([_told(each) for each in found[:limit]], following, await revision(database))

        return await numbered(request, make)


def _told(one: Observation) -> Reported:
    fields = {field: getattr(one, field) for field in one.__struct_fields__}
    return Reported(**{**fields, "unit": one.unit.value}, ratio=one.ratio, doubts=one.doubts)
