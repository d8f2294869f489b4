"""Answers an ask."""

from registry.engine import Database
from registry.metrics.answer import Answer
from registry.metrics.ask import Ask


async def evaluate(database: Database, ask: Ask) -> Answer:
    """The answer to ``ask``. Raises ``AskInvalid``, ``IndicatorNotFound``, ``AgencyNotFound``."""
    raise NotImplementedError(database, ask)
