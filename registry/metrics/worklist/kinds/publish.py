"""Decisions that must be announced so many working days before they take effect."""

from registry.metrics.answer import Title
from registry.metrics.worklist.announcing import announcements
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found

NAME = "publish"
TITLE = Title("Công bố quyết định", "Decisions to announce")
RANK = 10
INDICATOR = "PUBLISH_ON_TIME"
SCOPE: str | None = None


async def work(question: Question) -> Found:
    return await announcements(question, NAME, INDICATOR)
