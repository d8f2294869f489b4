"""Which record of the national portal a procedure is, and when it was last compared with it."""

from datetime import datetime
from typing import NamedTuple

from piccolo.querystring import QueryString

from registry.engine import Database

PORTAL = "portal"


class Seen(NamedTuple):
    """A procedure as it is known there: when the run began that last fetched its record (``None`` where none ever
    did), and the record's id on the portal (``None`` where it came by its older interface alone)."""

    at: datetime | None
    item: str | None


async def seen(database: Database, code: str) -> Seen:
    """What syncs remember of the record of ``code``."""
    rows = await database.rows(
        QueryString(
            "SELECT s.started_at, x.source, x.item FROM synced x JOIN sync s ON s.id = x.checked "
            "WHERE x.code = {} AND x.taken ORDER BY s.started_at DESC",
            code,
        )
    )
    known = [row["item"] for row in rows if row["source"] == PORTAL]
    return Seen(rows[0]["started_at"] if rows else None, known[0] if known else None)
