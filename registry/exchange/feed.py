"""The change feed: what the ledger recorded, in the order in which it did, with what it takes to apply it.

Writers take turns (``Database.transact``), and a change gets its number in its turn: what is visible never lacks a
lower number that comes later. Changes are never rewritten, so a page of them stays what it is.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.engine import Database, Row
from registry.exchange import reading
from registry.exchange.protocol import (
    KINDS,
    PROTOCOL,
    Ending,
    FeedChange,
    FeedEnd,
    FeedHead,
    FeedPage,
    mark_of,
    plain,
)
from registry.exchange.reading import by_number, condition

CHANGE = "SELECT seq, recorded_at, kind, key, action FROM change"
STEP = 200
MOST_BYTES = 4 * 2**20
"""A page of so many bytes of contents is sent without filling it up to its limit."""


class FeedAhead(Exception):
    """A feed is asked to go on after a change that it has not got."""

    def __init__(self, since: int, revision: int) -> None:
        self.since = since
        self.revision = revision
        super().__init__(
            f"since {since} is beyond the last change {revision}: either it is of another registry, or this one "
            "was restored from a backup; start again from /api/snapshot"
        )


async def marks(database: Database, numbers: Sequence[int]) -> dict[int, str]:
    """The marks of changes by their numbers; that of 0, before the first, is empty."""
    rows = await database.rows_in(f"{CHANGE} WHERE seq IN ({{}})", list(numbers))
    return {0: ""} | {row["seq"]: _mark(row) for row in rows}


def _mark(row: Row) -> str:
    return mark_of(row["seq"], row["recorded_at"], row["kind"], row["key"], row["action"])


def kinds_of(parts: Sequence[str]) -> list[str]:
    """The kinds of changes that concern these parts; none for all."""
    return [kind for part in parts for kind in KINDS[part]]


async def page(
    database: Database,
    registry: str,
    since: int,
    limit: int,
    *,
    parts: Sequence[str] = (),
    digest: str | None = None,
) -> FeedPage:
    """A page of the feed. ``digest`` is that of the whole registry, told where the page reaches its end.

    Call inside ``Database.snapshot``. Raises ``FeedAhead``.
    """
    revision = await versions.revision(database)
    if since > revision:
        raise FeedAhead(since, revision)
    found: list[FeedChange] = []
    size, reached = 0, since
    while len(found) < limit and size < MOST_BYTES and reached < revision:
        step = min(STEP, limit - len(found))
        batch = await changes(database, reached, revision, step, parts)
        found += batch
        size += sum(_size(change) for change in batch)
        reached = batch[-1].seq if len(batch) == step else revision
    told = await marks(database, [since, reached])
    return FeedPage(
        protocol=PROTOCOL,
        registry=registry,
        revision=revision,
        since=since,
        since_mark=told[since],
        next=reached,
        mark=told[reached],
        digest=digest if reached == revision else None,
        changes=tuple(found),
    )


def _size(change: FeedChange) -> int:
    return (
        len(memoryview(change.version.procedure)) + len(memoryview(change.version.cleaning))
        if change.version
        else 200
    )


async def stream(
    database: Database,
    registry: str,
    since: int,
    limit: int | None = None,
    *,
    parts: Sequence[str] = (),
    revision: int,
    digest: str | None = None,
) -> AsyncIterator[bytes]:
    """The feed up to ``revision`` as lines of NDJSON, in chunks. Needs no transaction: its changes are settled."""
    told = await marks(database, [since])
    yield plain(FeedHead(PROTOCOL, registry, revision, since, told[since]))
    count, reached = 0, since
    while reached < revision and (limit is None or count < limit):
        step = STEP if limit is None else min(STEP, limit - count)
        batch = await changes(database, reached, revision, step, parts)
        count += len(batch)
        reached = batch[-1].seq if len(batch) == step else revision
        if batch:
            yield b"".join(plain(change) for change in batch)
    told = await marks(database, [reached])
    yield plain(FeedEnd(reached, told[reached], digest if reached == revision else None, count))


async def changes(
    database: Database, since: int, until: int, limit: int, parts: Sequence[str] = ()
) -> list[FeedChange]:
    """At most ``limit`` changes after ``since`` and up to ``until``, with their contents."""
    conditions = [QueryString("seq > {} AND seq <= {}", since, until)]
    if parts:
        kinds = kinds_of(parts)
        conditions.append(QueryString(f"kind IN ({', '.join(['{}'] * len(kinds))})", *kinds))
    rows = await database.rows(
        QueryString(f"{CHANGE} WHERE {{}} ORDER BY seq LIMIT {{}}", condition(conditions), limit)
    )
    return [] if not rows else await _filled(database, rows)


class _Contents(msgspec.Struct):
    """What was recorded by some changes, by their numbers; ``closes`` are (key, first day) by the change that did
    it. The numbers before those of an ``end`` are looked up too: what ended stands there."""

    versions: dict[int, Row]
    agencies: dict[int, Row]
    announcements: dict[int, Row]
    items: dict[int, Row]
    sectors: dict[int, Row]
    successions: dict[int, Row]
    closes: dict[int, list[date]]


async def _contents(database: Database, rows: Sequence[Row]) -> _Contents:
    numbers: dict[str, list[int]] = {}
    for row in rows:
        group = "succession" if row["action"] == "succeed" else "item" if row["action"] == "item" else row["kind"]
        numbers.setdefault(group, []).append(row["seq"])
        if row["action"] == "end":
            numbers[group].append(row["seq"] - 1)

    async def read(group: str, sql: str) -> dict[int, Row]:
        wanted = numbers.get(group)
        return await by_number(database, sql, wanted) if wanted else {}

    closes: dict[int, list[date]] = {}
    for table, group in (("version", "version"), ("agency", "agency")):
        for row in await database.rows_in(
            f"SELECT recorded_to, valid_from FROM {table} WHERE recorded_to IN ({{}})", numbers.get(group, [])
        ):
            closes.setdefault(row["recorded_to"], []).append(row["valid_from"])
    return _Contents(
        versions=await read("version", f"{reading.VERSIONS} WHERE v.seq IN ({{}})"),
        agencies=await read("agency", f"{reading.AGENCIES} WHERE v.seq IN ({{}})"),
        announcements=await read("announcement", "SELECT seq, body FROM announcement WHERE seq IN ({})"),
        items=await read("item", "SELECT seq, action, old, new FROM item WHERE seq IN ({})"),
        sectors=await read("sector", "SELECT seq, name FROM sector WHERE seq IN ({})"),
        successions=await read(
            "succession", "SELECT seq, new, day, announcement FROM succession WHERE seq IN ({})"
        ),
        closes=closes,
    )


async def _filled(database: Database, rows: Sequence[Row]) -> list[FeedChange]:
    held = await _contents(database, rows)
    return [_change(row, held) for row in rows]


def _change(row: Row, held: _Contents) -> FeedChange:
    seq, kind, action = row["seq"], row["kind"], row["action"]
    content: dict[str, Any] = {}
    if action == "succeed" and seq in held.successions:
        content["succession"] = reading.succession(held.successions[seq])
    elif action == "item":
        content["item"] = reading.item(held.items[seq])
    elif kind == "announcement":
        content["announcement"] = reading.raw(held.announcements[seq]["body"])
    elif kind == "sector":
        content["sector"] = held.sectors[seq]["name"]
    elif action == "end":
        content["ends"] = _ending(seq, kind, held)
    elif kind == "version" and seq in held.versions:
        content["version"] = reading.version(held.versions[seq])
    elif kind == "agency" and seq in held.agencies:
        content["agency"] = reading.agency(held.agencies[seq])
    return FeedChange(
        seq=seq,
        recorded_at=row["recorded_at"],
        kind=kind,
        key=row["key"],
        action=action,
        closes=tuple(sorted(held.closes.get(seq, ()))),
        **content,
    )


def _ending(seq: int, kind: str, held: _Contents) -> Ending | None:
    """When and by what it ended: the change before told what remains of it, or that nothing does."""
    before = (held.versions if kind == "version" else held.agencies).get(seq - 1)
    if before is not None and before["valid_to"] is not None:
        by = before["ended_by"] if kind == "version" else before["decision"]
        return Ending(before["valid_to"], by or None)
    closed = held.closes.get(seq - 1)
    return Ending(min(closed)) if closed else None
