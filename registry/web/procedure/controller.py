"""A procedure's page, on any day, and what hangs on it."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.response import Redirect

from registry.api.formats import JSONLD, TURTLE, told
from registry.api.parameters import Code, code_of, day_of, one
from registry.api.procedures import linked
from registry.api.service import service_of
from registry.catalogue.errors import ProcedureNotFound
from registry.web.addresses import here, link
from registry.web.pages import language, numbered, shown, stored
from registry.web.procedure import view

Day = Annotated[
    str | None,
    one("ngay", "The day that is asked about (YYYY-MM-DD); today by default.", "2025-05-31", format="date"),
]
Chosen = Annotated[str | None, one("truong-hop", "The number of a case; all of them by default.", "2")]


@get("/thu-tuc")
async def everything(request: Request[Any, Any, Any]) -> Redirect:
    """All procedures are where they are searched."""
    return Redirect(link(language(request), "/"), status_code=302)


class ProcedurePages(Controller):
    path = "/thu-tuc/{code:str}"

    @get()
    async def show(
        self, request: Request[Any, Any, Any], code: Code, on: Day = None, case: Chosen = None
    ) -> Response[Any]:
        """The procedure as of a day. Codes in another notation lead to the national one."""
        national, day = code_of(code), day_of("ngay", on)
        if national != code:
            return moved(request, code, national)
        service, spoken = service_of(request), language(request)

        async def make(_: frozenset[str]) -> Mapping[str, Any]:
            version = await view.found(service, national, day)
            return await view.page(service, version, day, case, spoken, request.app.state.settings.address)

        try:
            answer = await numbered(request, "procedure/page.html", make)
        except ProcedureNotFound as error:
            if not error.days:
                raise
            return await shown(
                request, "procedure/absent.html", await view.absent(service, error, day, spoken), status=404
            )
        request.app.state.views.count(national)
        return answer

    @get("/phieu")
    async def sheet(
        self, request: Request[Any, Any, Any], code: Code, on: Day = None, case: Chosen = None
    ) -> Response[Any]:
        """One page for the clerk at the counter: what to look for in a dossier."""
        national, day = code_of(code), day_of("ngay", on)
        if national != code:
            return moved(request, code, national)
        service, spoken = service_of(request), language(request)

        async def make(_: int) -> Mapping[str, Any]:
            version = await view.found(service, national, day)
            return view.sheet(version, day, case, spoken, request.app.state.settings.address)

        return await stored(request, "procedure/sheet.html", make)

    @get("/du-lieu.jsonld")
    async def jsonld(self, request: Request[Any, Any, Any], code: Code, on: Day = None) -> Response[Any]:
        """As JSON-LD, for whoever cannot send an Accept header with a link."""
        return await _linked(request, code, on, JSONLD)

    @get("/du-lieu.ttl")
    async def turtle(self, request: Request[Any, Any, Any], code: Code, on: Day = None) -> Response[Any]:
        """As Turtle."""
        return await _linked(request, code, on, TURTLE)


async def _linked(request: Request[Any, Any, Any], code: str, on: str | None, media: str) -> Response[Any]:
    national, day = code_of(code), day_of("ngay", on)

    async def make(revision: int) -> bytes:
        return await linked(request, national, day, revision, media)

    return await told(request, service_of(request), media, make)


def moved(request: Request[Any, Any, Any], code: str, national: str) -> Redirect:
    """To the same page under the code in its national notation."""
    path = request.scope["path"].replace(f"/{code}", f"/{national}", 1)
    return Redirect(here(language(request), path, request.query_params.items()), status_code=301)
