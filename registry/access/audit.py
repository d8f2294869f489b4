"""The audit log: who did what, to what, when and from where. Append-only, each entry chained to the one before.

The chain shows any entry that was changed, removed or put in between. Whoever can write to the database could
still cut off the end, or make the whole chain anew: note the ``Head`` elsewhere from time to time, and verify
against it.
"""

from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access.actors import Actor
from registry.engine import Database, Row

FIRST = "0" * 64
BATCH = 500
COLUMNS = "number, at, kind, actor, name, address, action, subject, detail, digest"
_encode = msgspec.json.Encoder(order="deterministic").encode


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One entry. ``at`` is a moment in UTC (ISO 8601), ``kind`` and ``actor`` tell who, ``address`` from where."""

    number: int
    at: str
    kind: str
    actor: str
    name: str
    address: str
    action: str
    subject: str
    detail: msgspec.Raw
    digest: str


class Head(msgspec.Struct, frozen=True):
    """The last entry's number and digest: what proves, kept elsewhere, that nothing was cut off or made anew."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class Break(msgspec.Struct, frozen=True):
    """Where the chain does not hold, and why."""

    number: int
    message: str


async def record(
    database: Database, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> int:
    """Add an entry, in the transaction that does what it tells of. Returns its number.

    ``action`` is a short verb with its room, like ``key.create``; ``subject`` is what it was done to. ``detail``
    goes into JSON: never put a secret there. Raises ``RuntimeError`` outside ``Database.transact``.
    """
    if database.engine.current_transaction.get() is None:
        raise RuntimeError("an audit entry belongs to the write it tells of: call it inside Database.transact")
    last = await head(database)
    body = (
        last.number + 1,
        clock.now().isoformat(timespec="microseconds"),
        actor.kind,
        actor.id,
        actor.name,
        actor.address,
        action,
        subject,
        _encode(dict(detail or {})).decode(),
    )
    marks = ", ".join(["{}"] * (len(body) + 1))
    await database.rows(
        QueryString(f"INSERT INTO audit ({COLUMNS}) VALUES ({marks})", *body, _digest(last.digest, body))
    )
    return last.number + 1


async def note(
    database: Database, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add an entry of its own, for work that took many transactions and is over."""
    await database.transact(lambda: record(database, actor, action, subject, detail))


async def head(database: Database) -> Head:
    """The last entry; number 0 for a log that is empty."""
    rows = await database.rows(QueryString("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1"))
    return Head(rows[0]["number"], rows[0]["digest"]) if rows else Head(0, FIRST)


async def stream(
    database: Database, *, after: int = 0, actor: str | None = None, subject: str | None = None
) -> AsyncIterator[list[Entry]]:
    """The entries after number ``after``, oldest first, in batches; those of one actor's id or one subject."""
    while True:
        conditions = [QueryString("number > {}", after)]
        if actor is not None:
            conditions.append(QueryString("actor = {}", actor))
        if subject is not None:
            conditions.append(QueryString("subject = {}", subject))
        where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
        rows = await database.rows(
            QueryString(f"SELECT {COLUMNS} FROM audit WHERE {{}} ORDER BY number LIMIT {{}}", where, BATCH)
        )
        if not rows:
            return
        after = rows[-1]["number"]
        yield [_entry(row) for row in rows]


async def latest(
    database: Database,
    limit: int,
    *,
    before: int | None = None,
    actor: str | None = None,
    subject: str | None = None,
    action: str | None = None,
) -> list[Entry]:
    """The last entries, latest first: those before number ``before``, of one actor's id, one subject, one action
    or, where that ends with a dot, one room (``key.``)."""
    conditions = [QueryString("1 = 1")]
    for column, value in (("actor", actor), ("subject", subject)):
        if value is not None:
            conditions.append(QueryString(f"{column} = {{}}", value))
    if before is not None:
        conditions.append(QueryString("number < {}", before))
    if action is not None:
        room = action.endswith(".")
        conditions.append(QueryString(f"action {'LIKE' if room else '='} {{}}", f"{action}%" if room else action))
    where = QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)
    rows = await database.rows(
        QueryString(f"SELECT {COLUMNS} FROM audit WHERE {{}} ORDER BY number DESC LIMIT {{}}", where, limit)
    )
    return [_entry(row) for row in rows]


async def verify(database: Database, known: Head | None = None) -> list[Break]:
    """Where the chain does not hold; an empty list is the proof. ``known`` is a head that was noted elsewhere."""
    digest, number, found = FIRST, 0, []
    met = known is None or known.number == 0
    async for batch in stream(database):
        for entry in batch:
            number += 1
            if entry.number != number:
                found.append(Break(number, f"is missing: entry {entry.number} follows {number - 1}"))
                number = entry.number
            body = (*msgspec.structs.astuple(entry)[:8], bytes(entry.detail).decode())
            if _digest(digest, body) != entry.digest:
                found.append(Break(number, "does not digest to what it says: it, or one before it, was altered"))
            digest = entry.digest
            if known is not None and known.number == number:
                met = known.digest == digest
                if not met:
                    found.append(Break(number, "is not the entry that was noted: the log was made anew"))
    if not met and known is not None and known.number > number:
        found.append(Break(known.number, f"was noted, but the log ends with {number}: its end was cut off"))
    return found


def _digest(previous: str, body: tuple[Any, ...]) -> str:
    return sha256(previous.encode() + _encode(body)).hexdigest()


def _entry(row: Row) -> Entry:
    return Entry(**dict(row) | {"detail": msgspec.Raw(row["detail"].encode())})
