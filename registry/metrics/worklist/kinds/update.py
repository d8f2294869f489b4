"""Decisions whose procedures must be published within so many working days."""

from registry.metrics.answer import Title
from registry.metrics.worklist.announcing import announcements
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found

NAME = "update"
TITLE = Title("Công khai quyết định", "Announcements to publish")
RANK = 20
INDICATOR = "PUBLIC_UPDATE_ON_TIME"
SCOPE: str | None = None


async def work(question: Question) -> Found:
    return await announcements(question, NAME, INDICATOR)
