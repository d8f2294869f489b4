"""The log of intakes: when each began, what it read, and what came of it."""

from datetime import datetime
from typing import Any

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.engine import Database
from registry.tables import Run

COLUMNS = "id, source, format, cover, agency, started_at, finished_at, outcome, counts, revision"


class Intake(msgspec.Struct, frozen=True, rename="camel"):
    """One intake. ``outcome`` is ``None`` while it goes on, or after it was killed."""

    id: int
    source: str
    format: str
    cover: str
    agency: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    counts: dict[str, int]
    revision: int


async def begin(database: Database, source: str, kind: str, cover: str, agency: str, actor: Actor) -> int:
    """Note that an intake begins to apply. Returns its number."""

    async def unit() -> int:
        rows = await database.rows(QueryString("SELECT COALESCE(MAX(id), 0) AS id FROM run"))
        number = int(rows[0]["id"]) + 1
        columns = ("id", "source", "format", "cover", "agency", "started_at", "counts", "revision")
        await database.insert(Run, columns, [(number, source, kind, cover, agency, clock.now(), "{}", 0)])
        told = {"source": source, "format": kind, "cover": cover, "agency": agency}
        await audit.record(database, actor, "intake.begin", f"run {number}", told)
        return number

    return await database.transact(unit)


async def finish(database: Database, number: int, counts: dict[str, int], revision: int, actor: Actor) -> None:
    """Note what came of an intake."""
    text = msgspec.json.encode(counts).decode()

    async def unit() -> None:
        mark = database.mark
        await database.each(
            f"UPDATE run SET finished_at = {mark(1)}, outcome = {mark(2)}, counts = {mark(3)}, "
            f"revision = {mark(4)} WHERE id = {mark(5)}",
            [(clock.now(), "done", text, revision, number)],
        )
        await audit.record(database, actor, "intake.finish", f"run {number}", counts)

    await database.transact(unit)


async def listed(database: Database, limit: int = 20) -> list[Intake]:
    """The last intakes, latest first."""
    rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM run ORDER BY id DESC LIMIT {{}}", limit))
    return [_intake(row) for row in rows]


def _intake(row: dict[str, Any]) -> Intake:
    return Intake(**{**row, "counts": msgspec.json.decode(row["counts"])})
