"""One message to one target: signed, posted, and what the target answered; also a trial of whether it would."""

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import msgspec
from piccolo.querystring import QueryString

from registry.access import audit
from registry.access.actors import Actor
from registry.engine import Database, Row
from registry.exchange.addresses import AddressRefused, shown
from registry.exchange.identity import identity
from registry.exchange.webhooks import WebhookNotFound, signature

if TYPE_CHECKING:
    import httpx


WITHIN = 15.0
"""Seconds that a target has to answer."""
_encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, frozen=True, rename="camel"):
    """One change, as a target is told of it: enough to know what to ask for."""

    seq: int
    recorded_at: datetime
    kind: str
    key: str
    action: str


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """What is posted. ``delivery`` is the same in every attempt; ``/api/changes?since=`` has the contents."""

    registry: str
    webhook: str
    delivery: str
    since: int
    next: int
    changes: list[Told]


class Answered(NamedTuple):
    """The status, why it failed (empty where it did not), and for how many seconds it asks to be left alone."""

    status: int | None
    fault: str
    wait: float = 0.0


async def post(sender: "httpx.AsyncClient", hook: Row, message: Message, within: float = WITHIN) -> Answered:
    """Post a message once to the target of a row of ``webhook`` (``url``, ``secret``)."""
    import httpx

    from registry.exchange.transport import reason

    body, timestamp = _encode(message), int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": message.delivery,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(hook["secret"], timestamp, body),
    }
    where = shown(hook["url"])
    try:
        async with (
            asyncio.timeout(within),
            sender.stream("POST", hook["url"], content=body, headers=headers) as response,
        ):
            # What it answers beyond its status is of no use, and may be without end.
            status, asked = response.status_code, response.headers.get("retry-after", "")
    except TimeoutError:
        return Answered(None, f"{where}: it hangs, and was left after {within:g} s")
    except httpx.HTTPError as error:
        return Answered(None, f"{where}: {reason(error)}")
    except AddressRefused as error:
        return Answered(None, f"{where}: {error}")
    if 200 <= status < 300:
        return Answered(status, "")
    return Answered(status, f"{where} answers {status}", float(asked) if asked.isdecimal() else 0.0)


async def trial(
    database: Database, actor: Actor, key: str, *, allow_private: bool = False, within: float = WITHIN
) -> Answered:
    """Post a message without changes, signed like any other, and say what the target answered; how far it has
    come stays as it is. ``allow_private`` is this registry's own word on all targets. Raises ``WebhookNotFound``.
    """
    from registry.exchange.transport import client

    rows = await database.rows(
        QueryString("SELECT id, url, secret, allow_private, cursor FROM webhook WHERE id = {}", key)
    )
    if not rows:
        raise WebhookNotFound(key)
    hook = rows[0]
    message = Message(await identity(database), key, uuid4().hex, hook["cursor"], hook["cursor"], [])
    allowed = allow_private or bool(hook["allow_private"])
    async with client(allow_private=allowed, connecting=within, answering=within, connections=1) as sender:
        answered = await post(sender, hook, message, within)
    told = {"status": answered.status, "fault": answered.fault}
    await audit.note(database, actor, "webhook.trial", key, told)
    return answered
