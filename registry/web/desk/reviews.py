"""What was added here to procedures that have changed since: to be looked at again, old beside new."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import PermissionDeniedException

from registry.api.access import database_of
from registry.api.parameters import Code, code_of, one
from registry.exchange import layers
from registry.exchange.layers import LayerNotFound, LayerOutdated
from registry.sections import LABELS, differences
from registry.web.desk.beside import compared
from registry.web.desk.bounds import bounds
from registry.web.desk.entry import acting, page, signed_in, typed
from registry.web.forms import done, text
from registry.web.pages import language

HOME = "/bien-tap/ra-soat"
Said = Annotated[str | None, one("xong", "What was reviewed.", "9.000001")]
Changed = Annotated[str | None, one("doi", "That it changed again meanwhile.", "1")]


class ReviewPages(Controller):
    path = HOME
    guards = (signed_in("announce"),)

    @get()
    async def entries(self, request: Request[Any, Any, Any], finished: Said = None) -> Response[Any]:
        """Everything that is to be reviewed, one's own first."""
        database, spoken = database_of(request), language(request)
        known = await bounds(database, await acting(request))
        found = await layers.reviews(database)
        data = {
            "reviews": sorted(found, key=lambda one: (not known.holds(one.agency or None), one.code)),
            "label": lambda name: LABELS[name].en if spoken == "en" else LABELS[name].vi,
            "named": known.name,
            "finished": finished,
        }
        return await page(request, "desk/reviews.html", data)

    @get("/{code:str}")
    async def show(self, request: Request[Any, Any, Any], code: Code, changed: Changed = None) -> Response[Any]:
        """What a procedure said when its additions were last looked at, beside what it says now."""
        database, national, spoken = database_of(request), code_of(code), language(request)
        known = await bounds(database, await acting(request))
        async with database.snapshot():
            found = await layers.beside(database, national)
        if not found:
            return done(request, HOME, xong=national)
        data = {
            "code": national,
            "name": found[0].latest.procedure.name,
            "latest": found[0].latest,
            "items": [
                (
                    one.layer,
                    [
                        compared(each)
                        for each in differences(one.before, one.latest.procedure, spoken)
                        if each.section in one.layer.review
                    ]
                    if one.before is not None
                    else [],
                    known.holds(one.layer.agency or None),
                )
                for one in found
            ],
            "named": known.name,
            "changed": changed,
        }
        return await page(request, "desk/review.html", data)

    @post("/{code:str}")
    async def resolve(self, request: Request[Any, Any, Any], code: Code) -> Response[Any]:
        """Say that an addition was looked at beside the version that was shown. Twice is once."""
        database, national, form = database_of(request), code_of(code), await typed(request)
        actor, agency, seen = await acting(request), text(form, "agency", 64), text(form, "seen", 20)
        known = await bounds(database, actor)
        if not known.holds(agency or None):
            raise PermissionDeniedException(f"you do not act for {agency or 'all agencies'}")
        try:
            await layers.resolve(database, actor, national, agency, int(seen) if seen.isdecimal() else -1)
        except LayerOutdated:
            return done(request, f"{HOME}/{national}", doi=1)
        except LayerNotFound:
            return done(request, HOME)
        return done(request, f"{HOME}/{national}")
