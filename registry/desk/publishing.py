"""How any draft is published: what it makes the ledger believe, its state and the audit entry in one transaction.

Writers of one store take turns, so of two who publish at the same moment the second finds the draft published.
Where that was the same key or person, as when a form is sent twice, the answer is that of the first time.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger
from registry.desk import drafts
from registry.desk.drafts import Body, Draft, Kind, State
from registry.desk.errors import DraftChanged
from registry.engine import Database
from registry.sections import digest

Act = Callable[[Ledger, Database, Actor, Draft], Awaitable[str]]
"""Makes a ledger believe what a draft says, and gives the id or number under which it is published. Raises
``Refused`` with all reasons."""


class Published(msgspec.Struct, frozen=True, rename="camel"):
    """What came of publishing: the announcement's id (a reorganisation's number), who did it and when, and how
    many changes it made. ``repeated`` says that it had been done before, and nothing was done now."""

    draft: str
    published: str
    by: str
    at: datetime
    changes: int
    repeated: bool = False


async def publish(database: Database, actor: Actor, kind: Kind, act: Act, draft: str, version: int) -> Published:
    """Publish a draft as it was at ``version``. Raises ``Refused``, and as ``drafts.edit``; then nothing has
    changed."""

    async def unit(book: Ledger) -> Published:
        found = await drafts.find(database, actor, draft, kind)
        return await _within(book, database, actor, act, found, version)

    return await ledger.record(database, unit)


async def publish_body(database: Database, actor: Actor, kind: Kind, act: Act, body: Body) -> Published:
    """Draft and publish in one step; where ``actor`` published exactly this before, nothing is done."""

    async def unit(book: Ledger) -> Published:
        before = await drafts.published_as(database, body, kind)
        if before is not None and before.published_by == actor.id:
            return _repeated(before)
        draft = await drafts.begin(database, actor, body, kind)
        return await _within(book, database, actor, act, draft, draft.version)

    return await ledger.record(database, unit)


async def _within(
    book: Ledger, database: Database, actor: Actor, act: Act, draft: Draft, version: int
) -> Published:
    if draft.state is State.PUBLISHED and draft.published_by == actor.id and draft.version == version:
        return _repeated(draft)
    if draft.state is not State.OPEN:
        raise drafts.closed(draft)
    if draft.version != version:
        raise DraftChanged(draft.id, version, draft.version)
    first = book.seq
    published = await act(book, database, actor, draft)
    return await _close(database, actor, draft, published, book.seq - first)


def _repeated(found: Draft) -> Published:
    assert found.published is not None
    assert found.published_by is not None
    assert found.published_at is not None
    return Published(found.id, found.published, found.published_by, found.published_at, 0, repeated=True)


async def _close(database: Database, actor: Actor, draft: Draft, published: str, changes: int) -> Published:
    """Mark a draft as published, and put that into the audit log."""
    moment = clock.now()
    await database.rows(
        QueryString(
            "UPDATE draft SET state = {}, published = {}, published_at = {}, published_by = {} WHERE id = {}",
            State.PUBLISHED.value,
            published,
            moment,
            actor.id,
            draft.id,
        )
    )
    told = {"draft": draft.id, "version": draft.version, "changes": changes, "body": digest(bytes(draft.body))}
    await audit.record(database, actor, f"{draft.kind}.publish", published, told)
    return Published(draft.id, published, actor.id, moment, changes)
