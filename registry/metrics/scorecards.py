"""Scorecards."""

from datetime import date

from registry.engine import Database
from registry.metrics.answer import Scorecard
from registry.metrics.ask import Boundaries


async def scorecard(
    database: Database,
    agency: str | None,
    start: date,
    end: date,
    boundaries: Boundaries = Boundaries.THEN,
    as_of: date | None = None,
) -> Scorecard:
    """All indicators that score, of an agency and all below it."""
    raise NotImplementedError(database, agency, start, end, boundaries, as_of)
