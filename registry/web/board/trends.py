"""How numbers moved: their values by month as points of a line."""

from collections.abc import Sequence

from markupsafe import Markup
from msgspec.structs import replace

from registry.dossiers.measures import BY_NAME, Live
from registry.metrics import Answer, Dimension, Span
from registry.metrics.answer import Cut, Group
from registry.metrics.definitions import book
from registry.metrics.periods import buckets
from registry.metrics.sides import Dossiers, terms
from registry.web.board.counting import BLANK, Board
from registry.web.board.saying import Says
from registry.web.charts import Point, spark


async def trends(board: Board, names: Sequence[str]) -> tuple[dict[str, Answer], Dimension, Span]:
    """The indicators by month (or what is coarser); the times and the days that they are of.

    All are read in one go, but for those that count what is overdue now: cut by time these are counted from the
    dossiers, while what is overdue of each month is kept.
    """
    grain, days = board.past()
    living = [name for name in names if _lives(name)]
    found = await board.asked([name for name in names if name not in living], (grain,), span=days)
    found |= await _apart(board, living, grain, days)
    return {name: found[name] for name in names}, grain, days


def _lives(name: str) -> bool:
    """Whether any version of an indicator counts something that moves with the day."""
    sides = (side for one in book().definitions[name] for side in one.sides)
    counted = (term for side in sides for term in terms(side) if isinstance(term, Dossiers))
    return any(isinstance(BY_NAME[measure], Live) for term in counted for measure, _ in term.measures)


async def _apart(board: Board, names: Sequence[str], grain: Dimension, days: Span) -> dict[str, Answer]:
    """The same, asked time by time as of one day."""
    if not names:
        return {}
    full, end = replace(board, full=True), days.end
    times = [
        (Cut(grain.value, name, name), await full.asked(names, span=span, as_of=end))
        for name, span in buckets(days, grain)
    ]
    whole = times[-1][1]
    return {
        name: board.public(
            replace(
                whole[name], groups=tuple(Group((cut,), found[name].value) for cut, found in times), value=BLANK
            )
        )
        for name in names
    }


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
