"""Whether somebody else changes what an intake has decided about, while it is applied."""

from collections.abc import Awaitable, Callable, Iterable

from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger
from registry.engine import Database


class CatalogueMoved(Exception):
    """What was decided was decided about a catalogue that is no more; ``codes`` changed meanwhile. Whatever was
    applied before stays applied."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        shown = ", ".join(codes[:10]) + ("…" if len(codes) > 10 else "")
        super().__init__(f"the catalogue changed meanwhile in what this touches: {shown}")


class Watch:
    """Applies units of work; if ``strict`` each only where, since change ``since``, nobody else has changed the
    procedures that it speaks of."""

    def __init__(self, database: Database, since: int, *, strict: bool) -> None:
        self._database = database
        self._since = since
        self._strict = strict
        self._own: list[range] = []

    async def record(self, codes: Iterable[str], unit: Callable[[Ledger], Awaitable[None]]) -> None:
        """Run ``unit``, which touches ``codes``, all or nothing. Raises ``CatalogueMoved``."""
        wanted, own = list(dict.fromkeys(codes)), range(0)

        async def watched(book: Ledger) -> None:
            nonlocal own
            if self._strict:
                await self._check(wanted)
            first = book.seq
            await unit(book)
            own = range(first + 1, book.seq + 1)

        await ledger.record(self._database, watched)
        self._own.append(own)

    async def _check(self, codes: list[str]) -> None:
        rows = await self._database.rows_in(
            f"SELECT seq, key FROM change WHERE kind = 'version' AND seq > {self._since} AND key IN ({{}})",
            codes,
        )
        moved = {row["key"] for row in rows if not any(row["seq"] in own for own in self._own)}
        if moved:
            raise CatalogueMoved(sorted(moved))
