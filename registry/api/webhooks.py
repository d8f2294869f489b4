"""Webhooks: targets that are told of changes."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.exceptions import NotFoundException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import JSONBody
from litestar.types import ExceptionHandlersMap

from registry.access.actors import Actor, KeyScope
from registry.api.access import Connection, acting, actor_of, needs
from registry.api.answers import responses
from registry.api.changes import LARGEST
from registry.api.documented import documented
from registry.api.parameters import named, one
from registry.api.problems import problem
from registry.api.service import service_of
from registry.engine import Database
from registry.exchange import posting, webhooks
from registry.exchange.addresses import AddressRefused
from registry.exchange.webhooks import Letter, Webhook, WebhookInvalid, WebhookNotFound


class WebhookWanted(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A target to be told of changes. ``parts`` of the catalogue that concern it (none: all), ``secret`` to sign
    with (none: one is made), ``since`` the change after which to begin (none: from now on)."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    parts: Annotated[list[str], msgspec.Meta(max_length=10)] = []
    secret: Annotated[str, msgspec.Meta(max_length=200)] = ""
    since: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)] | None = None


class WebhookMade(msgspec.Struct, frozen=True, rename="camel"):
    """A target with a new secret. ``secret`` is shown this once."""

    webhook: Webhook
    secret: str


class WebhookList(msgspec.Struct, frozen=True):
    """The targets, without their secrets."""

    items: list[Webhook]


class LetterList(msgspec.Struct, frozen=True):
    """What was given up for a target, the oldest first."""

    items: list[Letter]


class Replayed(msgspec.Struct, frozen=True):
    """How many dispatches are sent again."""

    replayed: int


class Tried(msgspec.Struct, frozen=True):
    """What a target answered to a trial: whether it would have taken a message, its status (``null`` where none
    came), and what went wrong."""

    taken: bool
    status: int | None
    fault: str


WebhookId = Annotated[str, named("The target's id.", "0f8fad5bd9cb469fa16570867728950e")]
LetterId = Annotated[
    str | None, one("letter", "Only this letter; all by default.", "0f8fad5bd9cb469fa16570867728950e")
]
_HOOK = {
    "id": "0f8fad5bd9cb469fa16570867728950e",
    "url": "https://portal.example/hooks/catalogue",
    "parts": ["procedures"],
    "owner": "key 38fc245726f7",
    "createdAt": "2025-05-31T01:00:00Z",
    "cursor": 1204,
    "delivered": 17,
    "deliveredAt": "2025-05-31T02:00:00Z",
    "waiting": 0,
    "dead": 1,
    "fault": "https://portal.example/hooks/catalogue answers 500",
    "reached": 1200,
    "pausedAt": None,
}
_LETTER = {
    "id": "701375b92213d900d5261885648b47c5",
    "since": 1190,
    "until": 1200,
    "attempts": 12,
    "status": 500,
    "fault": "https://portal.example/hooks/catalogue answers 500",
    "createdAt": "2025-05-31T01:00:00Z",
}
_TRIED = {"taken": False, "status": 500, "fault": "https://portal.example/hooks/catalogue answers 500"}
_WITH_SECRET = [Example(value={"webhook": _HOOK, "secret": "…"})]
_HEADERS = {"cache-control": "no-store"}


async def follows(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard: who has the scope follow, or admin."""
    found = await actor_of(connection)
    scope = KeyScope.ADMIN if found is not None and found.may(KeyScope.ADMIN) else KeyScope.FOLLOW
    guarded = needs(scope)(connection, handler)
    if guarded is not None:
        await guarded


def owner(actor: Actor) -> str | None:
    """Whose targets an actor may see: an administrator everybody's."""
    return None if actor.may(KeyScope.ADMIN) else webhooks.owner_of(actor)


def absent(request: Request[Any, Any, Any], error: WebhookNotFound) -> Response[Any]:
    """404, also for what somebody else removed a moment ago."""
    return problem(request, NotFoundException(str(error)))


ABSENT: ExceptionHandlersMap = {WebhookNotFound: absent}


class WebhookController(Controller):
    path = "/api/webhooks"
    tags = ("exchange",)
    guards = (follows,)
    exception_handlers = ABSENT

    @get(
        summary="List the targets that are told of changes",
        responses=responses(WebhookList, "The targets.", {"items": [_HOOK]}, 401, 403),
    )
    async def entries(self, request: Request[Any, Any, Any]) -> Response[WebhookList]:
        """One's own; an administrator sees all. Secrets are never shown again."""
        found = await webhooks.listed(service_of(request).database, owner(await acting(request)))
        return Response(WebhookList(found), headers=_HEADERS)

    @post(
        summary="Register a target",
        responses={
            201: ResponseSpec(
                WebhookMade,
                description="The target, with its secret.",
                generate_examples=False,
                examples=_WITH_SECRET,
            ),
            **documented(400, 401, 403, 429),
        },
    )
    async def make(self, request: Request[Any, Any, Any], data: JSONBody[WebhookWanted]) -> Response[WebhookMade]:
        """It is sent what changes by POST, in order, at least once, signed: `webhook-signature` is `sha256=` and
        the hexadecimal HMAC-SHA256, with the secret, over `webhook-timestamp`, a dot and the body. Any answer but
        2xx, and none within 15 s, is tried again, up to 12 times in some hours, and is kept to be replayed."""
        try:
            made = await webhooks.create(
                service_of(request).database,
                await acting(request),
                data.url,
                parts=data.parts,
                secret=data.secret,
                since=data.since,
                everywhere=bool(request.app.state.settings.allow_private),
            )
        except (AddressRefused, WebhookInvalid) as error:
            raise ValidationException(str(error)) from error
        return Response(WebhookMade(made.webhook, made.secret), status_code=201, headers=_HEADERS)

    @delete(
        "/{webhook:str}",
        status_code=204,
        summary="Remove a target",
        responses=documented(400, 401, 403, 404, 429),
    )
    async def remove(self, request: Request[Any, Any, Any], webhook: WebhookId) -> None:
        """It is told of nothing more, not even of what is waiting for it."""
        found, actor = await _found(request, webhook)
        await webhooks.remove(service_of(request).database, actor, found.id)

    @get(
        "/{webhook:str}/letters",
        summary="List what could not be delivered",
        responses=responses(LetterList, "The dead letters.", {"items": [_LETTER]}, 400, 401, 403, 404),
    )
    async def dead(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[LetterList]:
        """What was given up after too many attempts, and why."""
        found, _ = await _found(request, webhook)
        return Response(
            LetterList(await webhooks.letters(service_of(request).database, found.id)), headers=_HEADERS
        )

    @post(
        "/{webhook:str}/replay",
        status_code=200,
        summary="Send again what could not be delivered",
        responses=responses(Replayed, "How many.", {"replayed": 1}, 400, 401, 403, 404, 429),
    )
    async def replay(
        self, request: Request[Any, Any, Any], webhook: WebhookId, letter: LetterId = None
    ) -> Response[Replayed]:
        """With as many attempts as the first time, before what is newer."""
        found, actor = await _found(request, webhook)
        count = await webhooks.replay(service_of(request).database, actor, found.id, letter)
        return Response(Replayed(count), headers=_HEADERS)

    @post(
        "/{webhook:str}/pause",
        status_code=200,
        summary="Keep back what a target is to be sent",
        responses=responses(
            Webhook, "The target.", {**_HOOK, "pausedAt": "2025-05-31T03:00:00Z"}, 400, 401, 403, 404, 429
        ),
    )
    async def pause(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Webhook]:
        """From now on; what is under way is finished, and nothing is lost. Twice changes nothing."""
        return await _paused(request, webhook, on=True)

    @post(
        "/{webhook:str}/resume",
        status_code=200,
        summary="Send a target what was kept back",
        responses=responses(Webhook, "The target.", _HOOK, 400, 401, 403, 404, 429),
    )
    async def resume(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Webhook]:
        """And what follows. Twice changes nothing."""
        return await _paused(request, webhook, on=False)

    @post(
        "/{webhook:str}/secret",
        status_code=200,
        summary="Give a target a new secret",
        responses={
            200: ResponseSpec(
                WebhookMade,
                description="The target, with its new secret.",
                generate_examples=False,
                examples=_WITH_SECRET,
            ),
            **documented(400, 401, 403, 404, 429),
        },
    )
    async def rotate(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[WebhookMade]:
        """Everything is signed with it from now on, also what is tried again."""
        found, actor = await _found(request, webhook)
        made = await webhooks.rotate(service_of(request).database, actor, found.id)
        return Response(WebhookMade(made.webhook, made.secret), headers=_HEADERS)

    @post(
        "/{webhook:str}/trial",
        status_code=200,
        summary="Send a target a message without changes",
        responses=responses(Tried, "What it answered.", _TRIED, 400, 401, 403, 404, 429),
    )
    async def trial(self, request: Request[Any, Any, Any], webhook: WebhookId) -> Response[Tried]:
        """Signed like any other, once, and also while it is paused; how far it has come stays as it is."""
        found, actor = await _found(request, webhook)
        private = bool(request.app.state.settings.allow_private)
        answered = await posting.trial(service_of(request).database, actor, found.id, allow_private=private)
        return Response(Tried(not answered.fault, answered.status, answered.fault), headers=_HEADERS)


async def _paused(request: Request[Any, Any, Any], webhook: str, *, on: bool) -> Response[Webhook]:
    found, actor = await _found(request, webhook)
    database = service_of(request).database
    await webhooks.pause(database, actor, found.id, on=on)
    return Response(await webhooks.find(database, found.id), headers=_HEADERS)


async def _found(request: Request[Any, Any, Any], webhook: str) -> tuple[Webhook, Actor]:
    actor = await acting(request)
    return await target(service_of(request).database, actor, webhook), actor


async def target(database: Database, actor: Actor, webhook: str) -> Webhook:
    """A target that ``actor`` may see. Raises ``WebhookNotFound``."""
    return await webhooks.find(database, webhook, owner(actor))
