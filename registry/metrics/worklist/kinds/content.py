"""Procedures that miss one of the seven parts that must be published."""

from registry.metrics.answer import Title
from registry.metrics.holdings import Held
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found
from registry.metrics.worklist.offering import Why, failing, together
from registry.sections import LABELS, SEVEN_PARTS

NAME = "content"
TITLE = Title("Bổ sung nội dung", "Procedures that miss one of the seven parts")
RANK = 60
INDICATOR = "PUBLIC_CONTENT_FULL"
SCOPE: str | None = None


async def work(question: Question) -> Found:
    measured = await question.measured(INDICATOR)
    return together(question, NAME, measured, [(failing(measured), (1, 0), _missing)])


def _missing(one: Held) -> Why:
    missing = [part for part in SEVEN_PARTS if ("missing", part) in one.content.traits]
    return "missing-parts", f"Thiếu: {', '.join(LABELS[part].vi.lower() for part in missing)}"
