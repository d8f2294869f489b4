"""Fetching records over a few connections, each kept as soon as it is there."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec

from registry import clock
from registry.exchange.portal.client import Client
from registry.exchange.portal.kept import Head, Kept
from registry.exchange.portal.listing import Progress
from registry.exchange.portal.manners import RecordAbsent, RequestFailed
from registry.exchange.portal.source import Item, Source


class Fetched(msgspec.Struct):
    """What came of fetching: ids that are kept now, those that the source does not have, and those that failed."""

    ids: list[str] = []
    absent: dict[str, str] = {}
    failed: dict[str, RequestFailed] = {}


async def fetch(source: Source, client: Client, wanted: Sequence[Item], kept: Kept, progress: Progress) -> Fetched:
    """Fetch these records into ``kept``; those that it holds of the same line and lately are not asked for again.

    Raises ``SourceFault`` when the source is down; what came before is kept.
    """
    found = Fetched()
    oldest = clock.now().timestamp() - client.manners.fresh
    if all(piece.head.at < oldest for piece in kept.pieces.values()):
        kept.discard()
    missing: list[Item] = []
    for item in wanted:
        piece = kept.pieces.get(item.id)
        if piece is not None and piece.head.mark == item.mark and piece.head.at >= oldest:
            found.ids.append(item.id)
        else:
            missing.append(item)
    work = _Work(source, client, kept, found, progress, len(wanted))
    queue = iter(missing)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(client.manners.connections, len(missing))):
                group.create_task(work.run(queue))
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return found


class _Work:
    """What the connections share."""

    def __init__(
        self, source: Source, client: Client, kept: Kept, found: Fetched, progress: Progress, total: int
    ) -> None:
        self.source = source
        self.client = client
        self.kept = kept
        self.found = found
        self.progress = progress
        self.total = total

    async def run(self, queue: Iterator[Item]) -> None:
        for item in queue:
            try:
                answer = await self.source.detail(self.client, item)
            except RecordAbsent as error:
                self.found.absent[item.id] = str(error)
            except RequestFailed as error:
                self.found.failed[item.id] = error
            else:
                head = Head(item.id, item.mark, clock.now().timestamp(), answer.code, answer.updated)
                self.kept.add(head, answer.data)
                self.found.ids.append(item.id)
            done = len(self.found.ids) + len(self.found.absent) + len(self.found.failed)
            self.progress("fetch", done, self.total)
