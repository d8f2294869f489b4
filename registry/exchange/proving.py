"""Whether this store equals the registry that it follows, and what to fetch where it does not."""

from collections.abc import Awaitable, Callable, Sequence

from registry.engine import Database
from registry.exchange import verifying
from registry.exchange.addresses import shown
from registry.exchange.digests import Tree
from registry.exchange.followed import FollowRefused
from registry.exchange.mirror import SOURCE
from registry.exchange.protocol import AnyState, ProcedureState
from registry.exchange.source import PER_REQUEST, Source
from registry.exchange.verifying import Difference, Moved

MOST_REMOVED = 0.02
"""The share of the procedures that proving may remove without being told to."""

Take = Callable[[Sequence[AnyState]], Awaitable[None]]


class Proof:
    """Compares by digests. ``own`` are records (part, key) that are only here and ours, ``kept`` those of which
    more is recorded here than there, with their digests there: neither is taken back."""

    def __init__(self, database: Database, source: Source, *, allow_ends: bool = False) -> None:
        self.own: frozenset[tuple[str, str]] = frozenset()
        self.kept: dict[tuple[str, str], str] = {}
        self._database = database
        self._source = source
        self._allow_ends = allow_ends
        self._tree = Tree()

    async def equal(self, digest: str | None) -> bool:
        """Whether all that is here, but for our own, has this digest."""
        await self._refresh()
        return self._tree.root("", self.own).digest == digest

    async def repair(self, revision: int, take: Take) -> None:
        """Fetch what differs and ``take`` it in; remove what was followed and is there no longer; leave what is
        ours. Raises ``Moved`` where the other registry is not at change ``revision``."""
        root = await self._source.root()
        _same(root.revision, revision)
        found = await verifying.differences(self._tree, self._source, root)
        own: set[tuple[str, str]] = set()
        # What others name is repaired before them.
        for difference in reversed(found):
            gone = await self._mend(difference, revision, take)
            own |= {(difference.part, key) for key in difference.extra if key not in gone}
        self.own = frozenset(own)
        await self._refresh()
        self.kept = {
            (one.part, key): digest
            for one in found
            for key, digest in one.differing.items()
            if self._tree.record(one.part, key) != digest
        }

    async def _mend(self, difference: Difference, revision: int, take: Take) -> set[str]:
        """Returns what was removed."""
        part = difference.part
        wanted = [key for key, digest in difference.differing.items() if self.kept.get((part, key)) != digest]
        for start in range(0, len(wanted), PER_REQUEST):
            head, states = await self._source.states(part, wanted[start : start + PER_REQUEST])
            _same(head.revision, revision)
            await take(states)
        gone = await self._gone(difference)
        if gone:
            await take([ProcedureState(key) for key in gone])
        return gone

    async def _refresh(self) -> None:
        async with self._database.snapshot():
            await self._tree.refresh(self._database)

    async def _gone(self, difference: Difference) -> set[str]:
        """Of what is only here, the procedures that came from there."""
        if difference.part != "procedures" or not difference.extra:
            return set()
        rows = await self._database.rows_in(
            f"SELECT DISTINCT code FROM version WHERE recorded_to IS NULL AND source = '{SOURCE}' "
            "AND code IN ({})",
            difference.extra,
        )
        gone = {row["code"] for row in rows}
        most = max(1, MOST_REMOVED * len(self._tree.keys("procedures")))
        if len(gone) > most and not self._allow_ends:
            raise FollowRefused(
                f"{shown(self._source.url)} no longer has {len(gone)} procedures that were taken from it, without "
                f"having told that they ended, such as {', '.join(sorted(gone)[:5])}; --allow-ends removes them"
            )
        return gone


def _same(revision: int, wanted: int) -> None:
    if revision != wanted:
        raise Moved("the other registry goes on changing")
