"""When a procedure was last compared with its record on the national portal."""

from datetime import datetime

from piccolo.querystring import QueryString

from registry.engine import Database


async def last_checked(database: Database, code: str) -> datetime | None:
    """The beginning of the run that last fetched the record of ``code``; ``None`` where none ever did."""
    rows = await database.rows(
        QueryString(
            "SELECT s.started_at FROM synced x JOIN sync s ON s.id = x.checked "
            "WHERE x.code = {} AND x.taken ORDER BY s.started_at DESC LIMIT 1",
            code,
        )
    )
    return rows[0]["started_at"] if rows else None
