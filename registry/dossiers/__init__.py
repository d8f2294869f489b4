"""Dossiers: applications as they come in, kept without who they are of, and the tallies that go with them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the process that only reads a source needs no database, and starts in a third of the time
    from registry.engine import Database

REVISION = "dossiers-revision"


async def revision(database: "Database") -> int:
    """A number that grows with every batch that changed any dossier; 0 where there has been none."""
    from piccolo.querystring import QueryString

    rows = await database.rows(QueryString("SELECT value FROM meta WHERE name = {}", REVISION))
    return int(rows[0]["value"]) if rows else 0


async def touched(database: "Database", since: int) -> list[tuple[str, int]]:
    """The months of agencies (as 202505) in which anything has changed after the revision ``since``."""
    from piccolo.querystring import QueryString

    rows = await database.rows(QueryString("SELECT agency, month FROM dossier_touched WHERE revision > {}", since))
    return [(row["agency"], row["month"]) for row in rows]
