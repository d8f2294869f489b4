"""How numbers moved: their values by month as points of a line."""

from collections.abc import Sequence

from markupsafe import Markup

from registry.metrics import Answer, Dimension, Span
from registry.web.board.counting import Board
from registry.web.board.saying import Says
from registry.web.charts import Point, spark


async def trends(board: Board, names: Sequence[str]) -> tuple[dict[str, Answer], Dimension, Span]:
    """The indicators by month (or what is coarser), in one go; the times and the days that they are of."""
    grain, days = board.past()
    return await board.asked(names, (grain,), span=days), grain, days


def points(says: Says, answer: Answer) -> list[Point]:
    """The values of an answer that is cut by time: ratios in per cent, or counts where there are none."""
    found = []
    for group in answer.groups:
        name = says.bucket(group.keys[0].value)
        value = group.value
        number = value.ratio if value.denominator is not None else value.numerator
        found.append(Point(name, _short(group.keys[0].value, name), number, says.value(value, answer.units)))
    return found


def _short(key: str, name: str) -> str:
    """A month as 05/25: the century is that of the others."""
    return f"{key[5:]}/{key[2:4]}" if key[4:5] == "-" else name


def small(says: Says, answer: Answer) -> Markup | None:
    """The small line beside a number."""
    return spark(f"{says.t('board.trend')}: {says.title(answer.title)}", points(says, answer))
