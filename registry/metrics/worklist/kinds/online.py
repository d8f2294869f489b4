"""Procedures that could be fully online and are not."""

from registry.metrics.answer import Title
from registry.metrics.holdings import Held
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found
from registry.metrics.worklist.offering import Why, failing, together

NAME = "online"
TITLE = Title("Trực tuyến toàn trình", "Procedures that could be fully online")
RANK = 40
INDICATOR = "ONLINE_PROVIDED"
SCOPE: str | None = None
FULLY = "ONLINE_FULL"


async def work(question: Question) -> Found:
    """What is not offered online at all comes first: it costs points. Raising what is offered in part to full
    gives none of this indicator's, but is asked of every eligible procedure."""
    measured = await question.measured(INDICATOR)
    absent = {code: one for code, one in failing(measured).items() if _eligible(one)}
    fully = failing(await question.measured(FULLY))
    partial = {code: one for code, one in fully.items() if _eligible(one)}
    return together(question, NAME, measured, [(absent, (1, 0), _absent), (partial, (0, 0), _partial)])


def _eligible(one: Held) -> bool:
    """What its source says can only be handed in on paper is not."""
    return ("offline_only", "true") not in one.content.traits


def _absent(_: Held) -> Why:
    return "not-offered", "Chưa cung cấp trực tuyến"


def _partial(one: Held) -> Why:
    if ("online_level", "information") in one.content.traits:
        return "information", "Mới cung cấp thông tin trực tuyến"
    return "partial", "Mới cung cấp trực tuyến một phần"
