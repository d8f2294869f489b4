"""Scorecards: an agency's points, where they come from, and where it stands."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get

from registry import metrics
from registry.api.answers import responses
from registry.api.asking import BoundariesFilter, PeriodFilter, boundaries_of, span_of
from registry.api.indicators import ANSWER
from registry.api.numbers import FirstDay, LastDay, numbered, sees_all
from registry.api.parameters import AsOf, one, optional_day
from registry.api.service import service_of
from registry.metrics import Scorecard

Scored = Annotated[
    str | None, one("agency", "Code of the agency, scored with all below it; the whole country by default.", "H55")
]

_STANDING = {
    "agency": "H44",
    "name": "UBND tỉnh Phú Thọ",
    "points": 73.01,
    "groups": {"CKMB": 11.79, "TDGQ": 19.6, "ONLINE": 6.49, "TTTT": 6.13, "MDSH": 11.0, "MDHL": 18.0},
    "classification": "fair",
    "place": 1,
    "sparse": [],
}
_EXAMPLE = {
    "asked": ANSWER["asked"],
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "previous": {"start": "2024-01-01", "end": "2024-12-31"},
    "asOf": "2025-12-31",
    "revisions": ANSWER["revisions"],
    "points": 73.01,
    "most": 100.0,
    "classification": "fair",
    "classificationTitle": {"vi": "Khá", "en": "Fair"},
    "classificationSource": "Quyết định số 766/QĐ-TTg",
    "change": 1.2,
    "groups": [
        {
            "code": "TTTT",
            "title": {"vi": "Thanh toán trực tuyến", "en": "Online payment"},
            "points": 6.13,
            "most": 10.0,
            "change": 0.4,
            "indicators": [ANSWER],
        }
    ],
    "place": 1,
    "of": 1,
    "peers": [_STANDING],
    "below": [],
    "hidden": False,
}


class ScorecardController(Controller):
    path = "/api/scorecard"
    tags = ("indicators",)

    @get(
        summary="Score an agency by all indicators",
        responses=responses(
            Scorecard, "All indicators, groups, total, class and place.", _EXAMPLE, 400, 401, 404, 503
        ),
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        agency: Scored = None,
        period: PeriodFilter = None,
        first: FirstDay = None,
        last: LastDay = None,
        boundaries: BoundariesFilter = None,
        as_of: AsOf = None,
    ) -> Response[Scorecard]:
        """The groups' points add up to the total, always. `change` is against the period before. Points that rest
        on a single number of fewer than five dossiers are hidden without a key that has the scope metrics."""
        span, day = span_of(period, first, last), optional_day("asOf", as_of)
        database, drawn = service_of(request).database, boundaries_of(boundaries)

        async def make(held: frozenset[str]) -> msgspec.Struct:
            card = await metrics.scorecard(database, agency or None, span.start, span.end, drawn, day)
            return card if sees_all(held) else metrics.public_scorecard(card)

        return await numbered(request, make)
