"""Who is told of changes: targets with their lag and last failures, and the registry that this one follows."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException

from registry.access.actors import Actor
from registry.api.access import database_of
from registry.api.webhooks import WebhookId, owner, target
from registry.catalogue import versions
from registry.exchange import posting, webhooks
from registry.exchange.addresses import AddressRefused
from registry.exchange.followed import followed
from registry.exchange.posting import Answered
from registry.exchange.protocol import KINDS
from registry.exchange.webhooks import Made, Webhook, WebhookInvalid, WebhookNotFound, WebhookThere
from registry.web.desk import faults
from registry.web.desk.confirming import confirm
from registry.web.desk.entry import acting, page, signed_in
from registry.web.desk.giving import shown_once
from registry.web.desk.twice import identity
from registry.web.forms import done, read, text
from registry.web.pages import language
from registry.web.wording import said

HOME = "/bien-tap/noi-nhan"
SCOPES = ("follow", "admin")


class FollowerPages(Controller):
    path = HOME
    guards = (signed_in(*SCOPES),)

    @get()
    async def entries(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """One's own targets, an administrator everybody's; and the form that adds one."""
        return await _entries(request, {})

    @post()
    async def make(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Register a target and show its secret, this once."""
        form, actor = await read(request), await acting(request)
        parts = [part for part in KINDS if part in form.getall("parts", [])]
        given = {"url": text(form, "url", 2000), "parts": parts, "whole": bool(form.get("whole"))}
        key = identity(form, actor, 32)
        try:
            made = await webhooks.create(
                database_of(request),
                actor,
                str(given["url"]),
                parts=parts,
                since=0 if given["whole"] else None,
                everywhere=bool(request.app.state.settings.allow_private),
                key=key,
            )
        except (AddressRefused, WebhookInvalid) as error:
            return await _entries(request, given, wrong=faults.told(str(error), language(request)), status=422)
        except WebhookThere:
            return done(request, f"{HOME}/{key}")
        return await _secret(request, made)

    @get("/{webhook:str}")
    async def show(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """How far it is, what could not be delivered, and what can be done with it."""
        found, _ = await _found(request, webhook)
        return await _shown(request, found)

    @post("/{webhook:str}/thu")
    async def trial(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Send a message without changes, and tell what it answered."""
        found, actor = await _found(request, webhook)
        answered = await posting.trial(
            database_of(request), actor, found.id, allow_private=bool(request.app.state.settings.allow_private)
        )
        return await _shown(request, found, answered)

    @post("/{webhook:str}/tam-dung")
    async def pause(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Keep back what it is to be sent."""
        found, actor = await _found(request, webhook)
        await webhooks.pause(database_of(request), actor, found.id, on=True)
        return done(request, f"{HOME}/{found.id}")

    @post("/{webhook:str}/gui-tiep")
    async def resume(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Send it what was kept back, and what follows."""
        found, actor = await _found(request, webhook)
        await webhooks.pause(database_of(request), actor, found.id, on=False)
        return done(request, f"{HOME}/{found.id}")

    @post("/{webhook:str}/gui-lai")
    async def replay(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Send again what was given up."""
        found, actor = await _found(request, webhook)
        await webhooks.replay(database_of(request), actor, found.id)
        return done(request, f"{HOME}/{found.id}")

    @get("/{webhook:str}/doi-khoa")
    async def wish_rotate(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Ask before its secret is made anew."""
        found, _ = await _found(request, webhook)
        return await _confirmed(request, found, "rotate", "doi-khoa", 2)

    @post("/{webhook:str}/doi-khoa")
    async def rotate(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Make its secret anew, and show it this once."""
        found, actor = await _found(request, webhook)
        return await _secret(request, await webhooks.rotate(database_of(request), actor, found.id))

    @get("/{webhook:str}/xoa")
    async def wish_remove(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Ask before it is forgotten."""
        found, _ = await _found(request, webhook)
        return await _confirmed(request, found, "remove", "xoa", 3)

    @post("/{webhook:str}/xoa")
    async def remove(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Any]:
        """Tell it of nothing more. Twice is once."""
        try:
            found, actor = await _found(request, webhook)
            await webhooks.remove(database_of(request), actor, found.id)
        except (NotFoundException, WebhookNotFound):
            return done(request, HOME)
        return done(request, HOME)


async def _found(request: Request[Any, Any, Any], webhook: str) -> tuple[Webhook, Actor]:
    """A target that somebody may see, and who asks. Raises 404."""
    actor = await acting(request)
    try:
        return await target(database_of(request), actor, webhook), actor
    except WebhookNotFound as error:
        raise NotFoundException(str(error)) from error


async def _entries(
    request: Request[Any, Any, Any], given: dict[str, Any], *, wrong: str = "", status: int = 200
) -> Response[Any]:
    database, spoken = database_of(request), language(request)
    found, upstream = await webhooks.listed(database, owner(await acting(request))), await followed(database)
    data = {
        "hooks": found,
        "faults": {one.id: faults.told(one.fault, spoken) for one in found},
        "revision": await versions.revision(database),
        "upstream": upstream,
        "upstream_fault": faults.told(upstream.fault, spoken) if upstream else "",
        "kinds": list(KINDS),
        "given": {"url": "", "parts": [], "whole": False, **given},
        "wrong": wrong,
    }
    return await page(request, "desk/followers.html", data, status=status)


async def _shown(
    request: Request[Any, Any, Any], found: Webhook, answered: Answered | None = None
) -> Response[Any]:
    database, spoken = database_of(request), language(request)
    letters = await webhooks.letters(database, found.id)
    data = {
        "hook": found,
        "fault": faults.told(found.fault, spoken),
        "revision": await versions.revision(database),
        "letters": [(one, faults.told(one.fault, spoken)) for one in letters],
        "answered": answered,
        "answer": faults.told(answered.fault, spoken) if answered else "",
    }
    return await page(request, "desk/follower.html", data)


async def _confirmed(
    request: Request[Any, Any, Any], found: Webhook, what: str, path: str, sentences: int
) -> Response[Any]:
    spoken = language(request)
    does = [
        said(spoken, f"upkeep.hook.{what}.does.{n}", waiting=found.waiting, dead=found.dead)
        for n in range(1, sentences + 1)
    ]
    back = f"{HOME}/{found.id}"
    return await confirm(request, f"upkeep.hook.{what}.", f"{back}/{path}", back, of=found.url, does=does)


async def _secret(request: Request[Any, Any, Any], made: Made) -> Response[Any]:
    return await shown_once(request, "hook", made.secret, made.webhook.url, f"{HOME}/{made.webhook.id}")
