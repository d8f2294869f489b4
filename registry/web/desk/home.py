"""What waits at the desk: a line for each kind of work, for whoever may do it."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from litestar import Controller, Request, Response, get

from registry.access.actors import Actor, KeyScope
from registry.api.access import database_of
from registry.api.webhooks import owner
from registry.dossiers import rejected
from registry.engine import Database
from registry.exchange import layers, webhooks
from registry.exchange.portal import runs
from registry.feedback import reports
from registry.feedback.report import OWED
from registry.intake import quarantine, uploads
from registry.web.desk.bounds import bounds
from registry.web.desk.drafts import waiting as waiting_drafts
from registry.web.desk.entry import HOME, acting, page, signed_in

FAILED = ("failed", "refused", runs.CUT)


class Waiting(NamedTuple):
    """Work that waits: where it is done, the key of its words, how much there is, and how much of that is late or
    failing."""

    path: str
    words: str
    total: int
    urgent: int = 0


async def _drafts(database: Database, actor: Actor) -> Waiting:
    total, late = await waiting_drafts(database, actor)
    return Waiting("/bien-tap/du-thao", "drafts", total, late)


async def _uploads(database: Database, actor: Actor) -> Waiting | None:
    return None if actor.agency else Waiting("/bien-tap/nhap", "uploads", await uploads.waiting(database))


async def _quarantine(database: Database, actor: Actor) -> Waiting | None:
    if actor.agency:
        return None
    held = (await quarantine.counts(database)).get("held", 0)
    return Waiting("/bien-tap/cach-ly", "quarantine", held)


async def _rejected(database: Database, actor: Actor) -> Waiting | None:
    return None if actor.agency else Waiting("/bien-tap/cach-ly/ho-so", "rejected", await rejected.count(database))


async def _reviews(database: Database, actor: Actor) -> Waiting:
    del actor
    found = await layers.reviews(database)
    return Waiting("/bien-tap/ra-soat", "reviews", len(found), sum(one.ended for one in found))


async def _reports(database: Database, actor: Actor) -> Waiting:
    codes = (await bounds(database, actor)).codes
    agencies = None if codes is None else sorted(codes)
    found = [await reports(database, state, 1, agencies=agencies) for state in OWED]
    return Waiting(
        "/bien-tap/phan-anh", "reports", sum(one.total for one in found), max(one.late for one in found)
    )


async def _syncs(database: Database, actor: Actor) -> Waiting | None:
    del actor
    last = await runs.listed(database, 1)
    failing = sum(run.outcome in FAILED for run in last)
    return Waiting("/bien-tap/dong-bo", "syncs", failing, failing)


async def _webhooks(database: Database, actor: Actor) -> Waiting:
    found = await webhooks.listed(database, owner(actor))
    return Waiting(
        "/bien-tap/noi-nhan", "webhooks", sum(one.waiting > 0 for one in found), sum(one.dead > 0 for one in found)
    )


Counting = Callable[[Database, Actor], Awaitable[Waiting | None]]
COUNTED: tuple[tuple[KeyScope, Counting], ...] = (
    (KeyScope.ANNOUNCE, _drafts),
    (KeyScope.ANNOUNCE, _uploads),
    (KeyScope.ANNOUNCE, _quarantine),
    (KeyScope.ANNOUNCE, _rejected),
    (KeyScope.ANNOUNCE, _reviews),
    (KeyScope.ANNOUNCE, _reports),
    (KeyScope.ANNOUNCE, _syncs),
    (KeyScope.FOLLOW, _webhooks),
)


class HomePage(Controller):
    path = HOME
    guards = (signed_in(),)

    @get()
    async def home(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """What waits for whoever is signed in, what is late first."""
        database, actor = database_of(request), await acting(request)
        told = [await count(database, actor) for scope, count in COUNTED if actor.may(scope)]
        waiting = sorted((one for one in told if one is not None), key=lambda one: (not one.urgent, not one.total))
        return await page(request, "desk/home.html", {"waiting": waiting})
