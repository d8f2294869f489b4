"""Procedures that could be fully online and are not."""

from piccolo.querystring import QueryString

from registry.metrics.answer import Title
from registry.metrics.holdings import Held
from registry.metrics.worklist.asking import Question
from registry.metrics.worklist.kinds import Found
from registry.metrics.worklist.offering import Why, failing, together

NAME = "online"
TITLE = Title("Thủ tục đủ điều kiện nhưng chưa trực tuyến toàn trình", "Procedures that could be fully online")
RANK = 40
INDICATOR = "ONLINE_PROVIDED"
SCOPE: str | None = None
FULLY = "ONLINE_FULL"


async def work(question: Question) -> Found:
    """What is not offered online at all comes first: it costs points. Raising what is offered in part to full
    gives none of this indicator's, but is asked of every eligible procedure."""
    measured = await question.measured(INDICATOR)
    offline = await _offline(question)
    absent = {code: one for code, one in failing(measured).items() if code not in offline}
    fully = failing(await question.measured(FULLY))
    partial = {code: one for code, one in fully.items() if code not in offline}
    return together(question, NAME, measured, [(absent, (1, 0), _absent), (partial, (0, 0), _partial)])


async def _offline(question: Question) -> set[str]:
    """Procedures that their source says can only be handed in on paper: they are not eligible."""
    kept: dict[str, set[str]] = question.found.once("offline-only", dict)
    if "codes" not in kept:
        # Contents are JSON in one notation, and a quotation mark inside a text is escaped.
        rows = await question.database.rows(
            QueryString(
                "SELECT v.code FROM version v JOIN content c ON c.digest = v.content "
                "WHERE v.recorded_to IS NULL AND c.body LIKE {}",
                '%"offlineOnly":true%',
            )
        )
        kept["codes"] = {row["code"] for row in rows}
    return kept["codes"]


def _absent(_: Held) -> Why:
    return "not-offered", "Chưa cung cấp trực tuyến"


def _partial(one: Held) -> Why:
    if ("online_level", "information") in one.content.traits:
        return "information", "Mới cung cấp thông tin trực tuyến"
    return "partial", "Mới cung cấp trực tuyến một phần"
