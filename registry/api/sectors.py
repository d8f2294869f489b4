"""Sectors, and how much each holds."""

from datetime import date
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get

from registry.api.answers import responses
from registry.api.filters import INTERNAL, InternalFilter, choice
from registry.api.parameters import AsOf, day_of, language_of, ordinal
from registry.api.service import service_of
from search.contract import Question


class SectorEntry(msgspec.Struct, frozen=True):
    """A sector, and how many procedures of it are in force."""

    code: str
    name: str
    procedures: int


class SectorList(msgspec.Struct, frozen=True, rename="camel"):
    """The sectors, by code. Several codes can share a name."""

    items: list[SectorEntry]
    as_of: date
    revision: int


_LIST = {
    "items": [{"code": "G04-HT", "name": "Hộ tịch", "procedures": 34}],
    "asOf": "2025-05-31",
    "revision": 1204,
}


class SectorController(Controller):
    path = "/api/sectors"
    tags = ("sectors",)

    @get(
        summary="List the sectors",
        responses=responses(SectorList, "Every sector, with its number of procedures.", _LIST, 400, 503),
    )
    async def entries(
        self, request: Request[Any, Any, Any], as_of: AsOf = None, internal: InternalFilter = None
    ) -> Response[SectorList]:
        """Numbers are those that a search with the same ``asOf`` and ``internal`` finds."""
        service, day = service_of(request), day_of("asOf", as_of)
        chosen = INTERNAL[choice("internal", internal, INTERNAL)]
        question = Question(
            as_of=ordinal(day),
            filters={"internal": chosen} if chosen else {},
            facets=("sector",),
            limit=0,
        )

        async def ask() -> tuple[SectorList, int]:
            answer = await service.engine.search(question)
            labels = await service.labels(answer.revision)
            counts = {one.value: one.count for one in answer.facets["sector"]}
            items = [SectorEntry(code, name, counts.get(code, 0)) for code, name in labels.sectors.items()]
            return SectorList(items, day, answer.revision), answer.revision

        return await service.searched(request, language_of(request), ask)
