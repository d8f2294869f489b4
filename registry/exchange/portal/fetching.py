"""Fetching records over a few connections, each kept as soon as it is there."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from registry import clock
from registry.exchange.addresses import shown
from registry.exchange.portal.client import Client
from registry.exchange.portal.kept import Head, Kept
from registry.exchange.portal.listing import Progress
from registry.exchange.portal.manners import RecordAbsent, RequestFailed, SourceFault
from registry.exchange.portal.source import Answer, Item, Source


class Fetched(msgspec.Struct):
    """What came of fetching: ids that are kept now, those that the source does not have, and those that failed."""

    ids: list[str] = []
    absent: dict[str, str] = {}
    failed: dict[str, RequestFailed] = {}

    @property
    def done(self) -> int:
        return len(self.ids) + len(self.absent) + len(self.failed)


async def fetch(
    source: Source,
    client: Client,
    wanted: Sequence[Item],
    kept: Kept,
    newest: Mapping[str, int],
    progress: Progress,
) -> Fetched:
    """Fetch these records into ``kept``; those that it holds of the same line and lately are not asked for again.

    ``newest`` says when a record was last changed, as far as is known: an older copy, such as one of several
    machines behind a portal may still send, is not taken. Raises ``SourceFault`` when the source is down; what
    came before is kept.
    """
    there, missing = _sorted(wanted, kept, client.manners.fresh)
    found = Fetched([item.id for item in there])
    work = _Work(source, client, kept, newest, found)
    queue = iter(missing)

    async def connection() -> None:
        for item in queue:
            await work.one(item)
            progress("fetch", found.done, len(wanted))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(client.manners.connections, len(missing))):
                group.create_task(connection())
    # The first fault ends the others: it is told as it would be of one connection.
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return found


def _sorted(wanted: Sequence[Item], kept: Kept, fresh: float) -> tuple[list[Item], list[Item]]:
    """Records that a run before this one has fetched, and those that are to be fetched."""
    oldest = clock.now().timestamp() - fresh
    if all(piece.head.at < oldest for piece in kept.pieces.values()):
        kept.discard()
    there: list[Item] = []
    missing: list[Item] = []
    for item in wanted:
        piece = kept.pieces.get(item.id)
        usable = piece is not None and piece.head.mark == item.mark and piece.head.at >= oldest
        (there if usable else missing).append(item)
    return there, missing


class _Work(msgspec.Struct):
    """What the connections share."""

    source: Source
    client: Client
    kept: Kept
    newest: Mapping[str, int]
    found: Fetched
    lost: int = 0  # records that were listed and are absent, in a row

    async def one(self, item: Item) -> None:
        try:
            answer = await self.source.detail(self.client, item)
            self.lost = 0
            self._keep(item, answer)
        except RecordAbsent as error:
            self.found.absent[item.id] = str(error)
            self.lost += 1
            if self.lost >= self.client.manners.giving_up:
                raise SourceFault(
                    f"{shown(self.client.url)} has none of the last {self.lost} records that it lists ({error}): "
                    "its interface may have moved; nothing was changed"
                ) from error
        except RequestFailed as error:
            self.found.failed[item.id] = error

    def _keep(self, item: Item, answer: Answer) -> None:
        newest = self.newest.get(item.id, 0)
        if answer.updated is not None and answer.updated < newest:
            raise RequestFailed(
                f"sent an older copy, last changed {_moment(answer.updated)}, where one of {_moment(newest)} is "
                "known; if the source went back, take it with --full"
            )
        head = Head(item.id, item.mark, clock.now().timestamp(), answer.code, answer.updated)
        self.kept.add(head, answer.data)
        self.found.ids.append(item.id)


def _moment(milliseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, clock.VIETNAM):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"
