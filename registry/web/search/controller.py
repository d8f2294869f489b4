"""``/``: the search page, one renderer for the whole page and for the part that changes while somebody types."""

import logging
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide

from registry.api.filters import Filters, choice, read_filters
from registry.api.parameters import AsOf, day_of, one
from registry.api.service import service_of
from registry.web.pages import language, searched, shown
from registry.web.search.asking import Asked, StandIn, common, front, results
from registry.web.search.browsing import counted, letters, topics
from registry.web.search.leads import typed
from registry.web.search.narrowing import GROUPS
from registry.web.search.refusing import REFUSED
from search.contract import IndexUnavailable

log = logging.getLogger(__name__)

PART = "ket-qua"
Part = Annotated[
    str | None,
    one("phan", "Only the part of the page that changes with the question.", PART, enum=[PART]),
]
Whole = Annotated[
    str | None,
    one("xem", "The facet of which every value is shown.", "sector", enum=list(GROUPS)),
]
# What says how a page is shown, and nothing about what is looked for.
_MANNER = ("lang", "phan", "xem")


class SearchController(Controller):
    path = "/"

    @get("/", dependencies={"filters": Provide(read_filters, sync_to_thread=False)}, exception_handlers=REFUSED)
    async def home(
        self,
        request: Request[Any, Any, Any],
        filters: NamedDependency[Filters],
        phan: Part = None,
        xem: Whole = None,
    ) -> Response[Any]:
        """The search box; below it what was found, or what can be browsed where nothing was asked."""
        asked = Asked(filters, _given(request), language(request), choice("xem", xem, ("", *GROUPS)))
        template = "search/part.html" if choice("phan", phan, ("", PART)) else "search/home.html"
        service = service_of(request)

        async def make() -> tuple[dict[str, Any], int]:
            if all(name in _MANNER for name, _ in asked.given):
                return await front(service, asked)
            return await results(service, asked)

        try:
            return await searched(request, template, make)
        except StandIn as found:  # what stands in does so for a while: its answer is not kept
            return await shown(request, template, found.data)
        except IndexUnavailable as fault:
            log.error("the search page cannot answer: %s", fault)
            data = {**common(asked), "down": True, "code": typed(asked.filters.text)}
            return await shown(request, template, data, status=503)

    @get("/linh-vuc")
    async def sectors(self, request: Request[Any, Any, Any], as_of: AsOf = None) -> Response[Any]:
        """Every sector, by its first letter."""
        return await _browsed(request, "sector", as_of)

    @get("/su-kien")
    async def events(self, request: Request[Any, Any, Any], as_of: AsOf = None) -> Response[Any]:
        """Every life event, by its first letter."""
        return await _browsed(request, "lifeEvent", as_of)


def _given(request: Request[Any, Any, Any]) -> tuple[tuple[str, str], ...]:
    """The parameters that say something, but for the one that asks for a part."""
    pairs = request.query_params.items()  # as they were given; ``multi_items`` has no order
    return tuple((name, value) for name, value in pairs if value.strip() and name != "phan")


async def _browsed(request: Request[Any, Any, Any], facet: str, as_of: str | None) -> Response[Any]:
    service, spoken, day = service_of(request), language(request), day_of("asOf", as_of)

    async def make() -> tuple[dict[str, Any], int]:
        answer = await counted(service.engine, day, (facet,))
        found = topics(answer, facet, await service.labels(answer.revision), day, spoken)
        data = {"facet": facet, "letters": letters(found), "count": len(found), "as_of": day if as_of else None}
        return data, answer.revision

    return await searched(request, "search/topics.html", make)
