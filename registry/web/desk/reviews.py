"""What was added here to procedures that have changed since: to be looked at again, old beside new."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import PermissionDeniedException

from registry.api.access import database_of
from registry.api.parameters import Code, code_of, one
from registry.catalogue import announcements
from registry.exchange import layers
from registry.exchange.layers import Beside, LayerNotFound, LayerOutdated
from registry.sections import LABELS, differences
from registry.web.desk.beside import Compared, compared
from registry.web.desk.bounds import Bounds, bounds
from registry.web.desk.entry import acting, page, signed_in
from registry.web.forms import done, read, text
from registry.web.pages import language
from registry.web.wording import said

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
        cited = await announcements.by_ids(database, [one.announcement for one in found if one.announcement])
        data = {
            "cited": cited,
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
        latest = found[0].latest
        cited = await announcements.by_ids(database, [latest.announcement] if latest.announcement else [])
        data = {
            "code": national,
            "name": latest.procedure.name,
            "latest": latest,
            "by": cited.get(latest.announcement or ""),
            "items": [
                (
                    one.layer,
                    _compared(one, known, spoken, apart=len(found) > 1),
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
        database, national, form = database_of(request), code_of(code), await read(request)
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


def _compared(one: Beside, known: Bounds, language: str, *, apart: bool) -> list[Compared]:
    """The sections that changed under an addition; of several additions told ``apart`` by whose they are."""
    if one.before is None:
        return []
    found = [
        compared(each)
        for each in differences(one.before, one.latest.procedure, language)
        if each.section in one.layer.review
    ]
    whose = known.name(one.layer.agency) or said(language, "upkeep.reviews.all")
    return [each._replace(title=f"{each.title} ({whose})") for each in found] if apart else found
