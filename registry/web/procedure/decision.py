"""A decision that announces procedures: what it did to which of them."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.params import PathParameter

from registry.api import announcements as answers
from registry.api.announcements import Decided, Issuer
from registry.api.parameters import optional_day
from registry.api.service import service_of
from registry.catalogue import announcements
from registry.web.pages import language, stored
from registry.web.procedure.view import before_end

Number = Annotated[str, PathParameter(description="The decision's number, slashes included, or its id.")]


class DecisionPages(Controller):
    path = "/quyet-dinh"

    @get("/{number:path}")
    async def show(
        self, request: Request[Any, Any, Any], number: Number, issuer: Issuer = None, decided: Decided = None
    ) -> Response[Any]:
        """A decision with its items. Where several have the number, the page lists them."""
        service, spoken, day = service_of(request), language(request), optional_day("decided", decided)

        async def make(revision: int) -> Mapping[str, Any]:
            found = await announcements.find(service.database, number.strip("/"), issuer or None, day)
            told = await answers.detail(service.database, found, spoken, revision)
            groups: dict[str, list[Any]] = {}
            for item in told.items:
                groups.setdefault(item.action or "", []).append(item)
            since = told.effective or told.decided
            return {
                "decision": told,
                "groups": list(groups.items()),
                "since": since,
                "before": before_end(since) if since else None,
            }

        return await stored(request, "procedure/decision.html", make)
