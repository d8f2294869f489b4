"""What a unit of work adds to the store: numbered changes, rows, contents; collected, then written at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from piccolo.table import Table

from registry.engine import Database
from registry.procedure import Procedure
from registry.sections import digest, section_digests
from registry.tables import AgencyVersion, Announced, Change, Content, Itemised, Sector, Succession, Version

Row = tuple[object, ...]
Closed = Iterable[tuple[int, int]]
"""Rows that are superseded: the number of the change that did it, the number of the row."""

VERSION = (
    *("seq", "code", "valid_from", "valid_to", "announcement", "ended_by", "content"),
    *("source", "origin", "raw_digest", "cleaning"),
)
AGENCY = ("seq", "code", "valid_from", "valid_to", "name", "kind", "level", "parent", "decision")
# Rows without days of their own, by what they are of.
UNDATED: dict[str, tuple[type[Table], Sequence[str]]] = {
    "announcement": (
        Announced,
        ("seq", "id", "number", "folded", "decided", "effective", "issuer", "body"),
    ),
    "item": (Itemised, ("seq", "announcement", "action", "old", "new")),
    "succession": (Succession, ("seq", "kind", "old", "new", "day", "announcement")),
    "sector": (Sector, ("seq", "code", "name")),
}

encode = msgspec.json.Encoder(order="deterministic").encode


class Writing:
    """Numbers changes after ``seq``, and keeps what they write until ``flush``."""

    def __init__(self, database: Database, seq: int, moment: datetime) -> None:
        self.seq = seq
        self.moment = moment
        self.changes: list[tuple[int, datetime, str, str, str]] = []
        self.closed: dict[str, list[tuple[int, int]]] = {"announcement": [], "sector": []}
        self._database = database
        self._new: dict[str, list[Row]] = {name: [] for name in UNDATED}
        self._contents: dict[str, tuple[str, str, str]] = {}

    def change(self, kind: str, key: str, action: str) -> int:
        """Number a change of ``(kind, key, action)``."""
        self.seq += 1
        self.changes.append((self.seq, self.moment, kind, key, action))
        return self.seq

    def add(self, name: str, row: Row) -> None:
        """Add a row of ``UNDATED``."""
        self._new[name].append(row)

    def added(self, name: str) -> Sequence[Row]:
        return self._new[name]

    def supersede(self, name: str, seq: int) -> None:
        """The next change supersedes the row that number ``seq`` recorded."""
        self.closed[name].append((self.seq + 1, seq))

    def content(self, procedure: Procedure) -> str:
        """Keep a content that a version is to have. Returns its digest."""
        key = digest(procedure)
        if key not in self._contents:
            sections = encode(section_digests(procedure)).decode()
            self._contents[key] = (key, encode(procedure).decode(), sections)
        return key

    async def flush(self, versions: tuple[Closed, Iterable[Row]], agencies: tuple[Closed, Iterable[Row]]) -> None:
        """Write everything, with what is closed and opened of versions and of agencies; once."""
        insert = self._database.insert
        await insert(Change, ("seq", "recorded_at", "kind", "key", "action"), self.changes)
        # Spans are closed before others open in their place; the rest is opened and closed in one go.
        await self._close("version", versions[0])
        await self._close("agency", agencies[0])
        await self._flush_contents()
        await insert(Version, VERSION, versions[1])
        await insert(AgencyVersion, AGENCY, agencies[1])
        for name, (table, columns) in UNDATED.items():
            await insert(table, columns, self._new[name])
        for name, closed in self.closed.items():
            await self._close(name, closed)

    async def _close(self, table: str, closed: Closed) -> None:
        first, second = self._database.mark(1), self._database.mark(2)
        await self._database.each(f"UPDATE {table} SET recorded_to = {first} WHERE seq = {second}", closed)

    async def _flush_contents(self) -> None:
        rows = await self._database.rows_in(
            "SELECT digest FROM content WHERE digest IN ({})", list(self._contents)
        )
        for row in rows:
            del self._contents[row["digest"]]
        await self._database.insert(Content, ("digest", "body", "sections"), self._contents.values())
