"""Dossiers: applications as they come in, kept without who they are of, and the tallies that go with them."""

from piccolo.querystring import QueryString

from registry.engine import Database

REVISION = "dossiers-revision"


async def revision(database: Database) -> int:
    """A number that grows with every batch that changed any dossier; 0 where there has been none."""
    rows = await database.rows(QueryString("SELECT value FROM meta WHERE name = {}", REVISION))
    return int(rows[0]["value"]) if rows else 0


async def touched(database: Database, since: int) -> list[tuple[str, int]]:
    """The months of agencies (as 202505) in which anything has changed after the revision ``since``."""
    rows = await database.rows(QueryString("SELECT agency, month FROM dossier_touched WHERE revision > {}", since))
    return [(row["agency"], row["month"]) for row in rows]
