"""Lines of dossiers that were not accepted: what is kept of them, and why."""

from datetime import datetime

import msgspec
from piccolo.querystring import QueryString

from registry.engine import Database


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """A line that was rejected and has not been sent right since. ``kept`` is JSON of its sound fields: nothing of
    a person, and never the dossier's number."""

    id: str
    recorded_at: datetime
    source: str
    line: int
    field: str
    reason: str
    kept: str


async def listed(database: Database, limit: int, offset: int = 0) -> tuple[list[Line], int]:
    """Rejected lines, latest first, and how many there are."""
    total = await count(database)
    rows = await database.rows(
        QueryString(
            "SELECT r.id, r.recorded_at, d.source, r.line, r.field, r.reason, r.kept FROM dossier_rejected r "
            "JOIN dossier_delivery d ON d.id = r.delivery WHERE r.resolved_at IS NULL "
            "ORDER BY r.recorded_at DESC, r.delivery DESC, r.line, r.id LIMIT {} OFFSET {}",
            limit,
            offset,
        )
    )
    return [Line(**row) for row in rows], total


async def count(database: Database) -> int:
    """How many lines wait to be sent right."""
    rows = await database.rows(QueryString("SELECT COUNT(*) AS n FROM dossier_rejected WHERE resolved_at IS NULL"))
    return int(rows[0]["n"])
