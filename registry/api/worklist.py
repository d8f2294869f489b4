"""What is about to cost points."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from registry.access.actors import KeyScope
from registry.api.answers import responses
from registry.api.numbers import AgencyFilter, Cursor, PageLimit, numbered, refuse
from registry.api.parameters import AsOf, day_of, many
from registry.api.service import service_of
from registry.metrics.worklist import Worklist, names, worklist

KindFilter = Annotated[
    list[str] | None, many("kind", "Only work of this kind.", "update", "payment", accepted=names())
]
Days = Annotated[int, QueryParameter(description="How many working days to look ahead.", ge=0, le=250)]

_EXAMPLE = {
    "agency": "H55",
    "agencyName": "UBND tỉnh Thái Nguyên",
    "asOf": "2025-05-26",
    "days": 10,
    "piles": [
        {
            "kind": "update",
            "title": {"vi": "Công khai quyết định", "en": "Announcements to publish"},
            "indicator": "PUBLIC_UPDATE_ON_TIME",
            "total": 1,
            "past": 0,
            "points": 0.064,
            "most": 4.0,
            "numerator": 560,
            "denominator": 572,
        }
    ],
    "items": [
        {
            "kind": "update",
            "id": "1203/QĐ-UBND|H55|2025-05-21",
            "name": "1203/QĐ-UBND",
            "state": "due",
            "reason": "not-published",
            "detail": "Chưa công khai trên Cổng Dịch vụ công quốc gia",
            "agency": "H55",
            "agencyName": "UBND tỉnh Thái Nguyên",
            "procedure": None,
            "deadline": "2025-05-28",
            "daysLeft": 2,
            "indicator": "PUBLIC_UPDATE_ON_TIME",
            "points": 0.064,
            "count": 9,
        }
    ],
    "withheld": ["dossier"],
    "next": None,
    "revisions": {"catalogue": 1204, "dossiers": 18, "observations": 0},
}


class WorklistController(Controller):
    path = "/api/worklist"
    tags = ("indicators",)

    @get(
        summary="List what is about to cost an agency points",
        responses=responses(Worklist, "Work with its deadlines and its worth.", _EXAMPLE, 400, 401, 403, 404, 503),
    )
    async def entries(
        self,
        request: Request[Any, Any, Any],
        agency: AgencyFilter = None,
        kind: KindFilter = None,
        days: Days = 10,
        as_of: AsOf = None,
        limit: PageLimit = 50,
        cursor: Cursor = None,
    ) -> Response[Worklist]:
        """Announcements whose deadline is near or past, dossiers that will be late (these need a key with the
        scope metrics), and procedures that keep an indicator from its points. `points` are those of the agency
        asked, worked out from its numbers as they are now."""
        database, day = service_of(request).database, day_of("asOf", as_of)
        kinds = [one for one in kind or [] if one]

        async def make(held: frozenset[str]) -> msgspec.Struct:
            found = await worklist(
                database,
                agency or None,
                day,
                kinds=kinds,
                days=days,
                limit=limit,
                cursor=cursor or None,
                scopes=held,
            )
            if kinds and found.withheld:
                await refuse(request, KeyScope.METRICS)
            return found

        return await numbered(request, make)
