"""What the catalogue offers, counted."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get

from registry.api.answers import responses
from registry.api.asking import SectorFilter, level_of
from registry.api.numbers import numbered
from registry.api.parameters import AsOf, day_of, one
from registry.api.service import service_of
from registry.metrics.coverage import Coverage, coverage
from registry.vocabulary import Level

Whose = Annotated[
    str | None, one("agency", "Code of the agency whose procedures are counted; all by default.", "H55")
]
LevelFilter = Annotated[str | None, one("level", "Only procedures of this level.", "commune", enum=[*Level])]

_EXAMPLE = {
    "agency": "H55",
    "agencyName": "UBND tỉnh Thái Nguyên",
    "level": None,
    "asOf": "2025-05-31",
    "procedures": 1842,
    "internal": 0,
    "traits": [
        {"trait": "essential", "values": [{"value": "true", "count": 25}, {"value": "false", "count": 1817}]}
    ],
    "revisions": {"catalogue": 1204, "dossiers": 18, "observations": 3},
}


class CoverageController(Controller):
    path = "/api/coverage"
    tags = ("indicators",)

    @get(
        summary="Count what the catalogue offers",
        responses=responses(
            Coverage, "Every trait with the number of each of its values.", _EXAMPLE, 400, 401, 404, 503
        ),
    )
    async def show(
        self,
        request: Request[Any, Any, Any],
        agency: Whose = None,
        level: LevelFilter = None,
        sector: SectorFilter = None,
        as_of: AsOf = None,
    ) -> Response[Coverage]:
        """Level, online level in either scheme, channel, fee, online payment, electronic result, essential, postal
        service, service centre, completeness and what is missing. What a source does not say is `unknown`, never
        no. Procedures between agencies are left out."""
        database, day = service_of(request).database, day_of("asOf", as_of)
        wanted = level_of(level)

        async def make(_: frozenset[str]) -> msgspec.Struct:
            return await coverage(database, agency or None, day, wanted, sector or None)

        return await numbered(request, make)
