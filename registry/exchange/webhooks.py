"""Targets that are told of changes: registered, listed, removed, and what could not be delivered sent again.

A target has a secret, shown once, with which everything sent to it is signed. It is never listed, logged or put
into an error.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.catalogue import versions
from registry.engine import Database, Row
from registry.exchange.addresses import permitted, shown
from registry.exchange.protocol import KINDS

LEAST_SECRET = 16
_parts = msgspec.json.Decoder(list[str]).decode


class WebhookNotFound(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(f"there is no webhook {key[:40]!r}")


class WebhookThere(Exception):
    """A target with this id has been registered before: its form was sent twice."""


class WebhookInvalid(Exception):
    """A target cannot be registered; the message says why."""


class Webhook(msgspec.Struct, frozen=True, rename="camel"):
    """A target without its secret. ``parts`` are the parts of the catalogue that it hears of (none: all);
    everything up to change ``cursor`` was put into dispatches, ``waiting`` of which are still to be delivered and
    ``dead`` were given up; ``fault`` is why the last attempt failed. It has everything up to change ``reached``,
    but for what was given up. While it is ``paused_at``, what is to be sent waits."""

    id: str
    url: str
    parts: list[str]
    owner: str
    created_at: datetime
    cursor: int
    delivered: int
    delivered_at: datetime | None
    waiting: int
    dead: int
    fault: str
    reached: int
    paused_at: datetime | None


class Made(msgspec.Struct, frozen=True):
    """A new target with its secret, which is not shown again."""

    webhook: Webhook
    secret: str

    def __repr__(self) -> str:
        return f"Made({self.webhook.id})"


class Letter(msgspec.Struct, frozen=True, rename="camel"):
    """A dispatch that was given up: changes after ``since`` up to ``until``, the last status, and why."""

    id: str
    since: int
    until: int
    attempts: int
    status: int | None
    fault: str
    created_at: datetime


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What stands in the header ``webhook-signature``: HMAC-SHA256 over ``timestamp.body``, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()


async def create(
    database: Database,
    actor: Actor,
    url: str,
    *,
    parts: Sequence[str] = (),
    secret: str = "",
    since: int | None = None,
    allow_private: bool = False,
    everywhere: bool = False,
    key: str = "",
) -> Made:
    """Register a target, which is told of what changes from now on, or after change ``since``.

    ``allow_private`` lets this target be a private address, for good; ``everywhere`` says that the settings let
    all of them be, for as long as they do. ``key`` is the new id, where the same wish may come twice. Raises
    ``AddressRefused``, ``WebhookInvalid`` and, the second time, ``WebhookThere``.
    """
    _check(parts, secret)
    await permitted(url, allow_private or everywhere)
    secret, key = secret or secrets.token_urlsafe(32), key or uuid4().hex
    row = (
        key,
        url,
        secret,
        msgspec.json.encode(list(parts)).decode(),
        allow_private,
        owner_of(actor),
        clock.now(),
    )

    async def write() -> Webhook:
        if await database.rows(QueryString("SELECT id FROM webhook WHERE id = {}", key)):
            raise WebhookThere(key)
        await _insert(database, row, since)
        await audit.record(database, actor, "webhook.create", key, {"url": shown(url), "parts": list(parts)})
        return await find(database, key)

    return Made(await database.transact(write), secret)


async def _insert(database: Database, row: tuple[object, ...], since: int | None) -> None:
    last = await versions.revision(database)
    if since is not None and since > last:
        raise WebhookInvalid(f"since {since} is beyond the last change {last}")
    await database.rows(
        QueryString(
            "INSERT INTO webhook (id, url, secret, kinds, allow_private, owner, created_at, cursor) "
            "VALUES ({}, {}, {}, {}, {}, {}, {}, {})",
            *row,
            last if since is None else since,
        )
    )


def _check(parts: Sequence[str], secret: str) -> None:
    for part in parts:
        if part not in KINDS:
            raise WebhookInvalid(f"{part[:40]!r} is no part of the catalogue; there is {', '.join(KINDS)}")
    if secret and len(secret) < LEAST_SECRET:
        raise WebhookInvalid(f"a secret has at least {LEAST_SECRET} characters; leave it out to have one made")


def owner_of(actor: Actor) -> str:
    return f"{actor.kind} {actor.id}"


async def listed(database: Database, owner: str | None = None) -> list[Webhook]:
    """The targets, those of one owner where that is given, the oldest first."""
    return [one for one in await _read(database, None) if owner in (None, one.owner)]


async def find(database: Database, key: str, owner: str | None = None) -> Webhook:
    """Raises ``WebhookNotFound``, also for what belongs to another owner."""
    found = [one for one in await _read(database, key) if owner in (None, one.owner)]
    if not found:
        raise WebhookNotFound(key)
    return found[0]


async def remove(database: Database, actor: Actor, key: str) -> None:
    """Forget a target and what is still to be sent to it. Raises ``WebhookNotFound``."""

    async def write() -> None:
        rows = await database.rows(QueryString("DELETE FROM webhook WHERE id = {} RETURNING url", key))
        if not rows:
            raise WebhookNotFound(key)
        await database.rows(QueryString("DELETE FROM webhook_dispatch WHERE webhook = {}", key))
        await audit.record(database, actor, "webhook.remove", key, {"url": shown(rows[0]["url"])})

    await database.transact(write)


async def pause(database: Database, actor: Actor, key: str, *, on: bool) -> None:
    """Keep back what a target is to be sent, from now on, or (``on`` false) send it again. Whatever is under way
    is finished. Raises ``WebhookNotFound``; twice changes nothing."""

    async def write() -> None:
        found = await find(database, key)
        if (found.paused_at is not None) == on:
            return
        await database.rows(
            QueryString("UPDATE webhook SET paused_at = {} WHERE id = {}", clock.now() if on else None, key)
        )
        await audit.record(database, actor, "webhook.pause" if on else "webhook.resume", key)

    await database.transact(write)


async def rotate(database: Database, actor: Actor, key: str) -> Made:
    """Give a target a new secret, with which everything is signed from now on. Raises ``WebhookNotFound``."""
    secret = secrets.token_urlsafe(32)

    async def write() -> Webhook:
        found = await find(database, key)
        await database.rows(QueryString("UPDATE webhook SET secret = {} WHERE id = {}", secret, key))
        await audit.record(database, actor, "webhook.rotate", key)
        return found

    return Made(await database.transact(write), secret)


async def letters(database: Database, key: str) -> list[Letter]:
    """What was given up for a target, the oldest first."""
    rows = await database.rows(
        QueryString(
            "SELECT id, since, until, attempts, status, fault, created_at FROM webhook_dispatch "
            "WHERE webhook = {} AND state = 'dead' ORDER BY since",
            key,
        )
    )
    return [Letter(**row) for row in rows]


async def replay(database: Database, actor: Actor, key: str, letter: str | None = None) -> int:
    """Send again what was given up, one letter or all. Returns how many. Raises ``WebhookNotFound``."""

    async def write() -> int:
        rows = await database.rows(
            QueryString(
                "UPDATE webhook_dispatch SET state = 'waiting', attempts = 0, next_at = 0 "
                "WHERE webhook = {} AND state = 'dead' AND ({} OR id = {}) RETURNING id",
                key,
                letter is None,
                letter or "",
            )
        )
        await audit.record(database, actor, "webhook.replay", key, {"letters": len(rows)})
        return len(rows)

    await find(database, key)
    return await database.transact(write)


async def _read(database: Database, key: str | None) -> list[Webhook]:
    where = QueryString("1 = 1") if key is None else QueryString("w.id = {}", key)
    rows = await database.rows(
        QueryString(
            "SELECT w.id, w.url, w.kinds, w.owner, w.created_at, w.cursor, w.delivered, w.delivered_at, "
            "w.paused_at, COALESCE((SELECT MIN(d.since) FROM webhook_dispatch d "
            "WHERE d.webhook = w.id AND d.state = 'waiting'), w.cursor) AS reached, "
            "(SELECT COUNT(*) FROM webhook_dispatch d WHERE d.webhook = w.id AND d.state = 'waiting') AS waiting, "
            "(SELECT COUNT(*) FROM webhook_dispatch d WHERE d.webhook = w.id AND d.state = 'dead') AS dead, "
            "(SELECT d.fault FROM webhook_dispatch d WHERE d.webhook = w.id AND d.fault <> '' "
            "ORDER BY d.since DESC LIMIT 1) AS fault FROM webhook w WHERE {} ORDER BY w.created_at, w.id",
            where,
        )
    )
    return [_webhook(row) for row in rows]


def _webhook(row: Row) -> Webhook:
    values = {name: value for name, value in row.items() if name not in ("url", "kinds", "fault")}
    return Webhook(**values, url=shown(row["url"]), parts=_parts(row["kinds"]), fault=row["fault"] or "")
