"""Procedures that bear a fee and cannot be paid online."""

from registry.metrics.answer import Title
from registry.metrics.holdings import Held
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found
from registry.metrics.worklist.offering import Why, failing, together, unknown

NAME = "payment"
TITLE = Title("Thanh toán trực tuyến", "Procedures with a fee and no online payment")
RANK = 50
INDICATOR = "PAYMENT_PROVIDED"
SCOPE: str | None = None


async def work(question: Question) -> Found:
    """Those of which it is not known are on neither side yet: telling it adds them to both."""
    measured = await question.measured(INDICATOR)
    return together(
        question,
        NAME,
        measured,
        [(failing(measured), (1, 0), _without), (unknown(measured, "payment-unknown"), (1, 1), _unknown)],
    )


def _without(_: Held) -> Why:
    return "no-online-payment", "Chưa thanh toán trực tuyến được"


def _unknown(_: Held) -> Why:
    return "payment-unknown", "Chưa rõ có thanh toán trực tuyến được hay không: cần khai bổ sung"
