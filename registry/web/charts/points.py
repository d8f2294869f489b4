"""Points gained of the most there are, group by group, with where each stood before."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from registry.web.charts.drawing import Chart, em, headed, percent, picture, sentence, tag

ROW, THICK, FOOT = 2.8, 0.9, 0.3


class Gained(msgspec.Struct, frozen=True):
    """A group: its points, the most it can give, and its points before; ``text`` says the first two, ``earlier``
    the last. Points that are not shown have no bar."""

    name: str
    value: float | None
    most: float
    text: str
    before: float | None = None
    earlier: str = "–"


def points(title: str, found: Sequence[Gained], *, head: tuple[str, str, str]) -> Chart:
    """A bar for each group in a frame as long as what it can give, so that weights are seen; a stroke across the
    bar is where it stood before."""
    widest = max((max(one.most, one.value or 0.0, one.before or 0.0) for one in found), default=1.0) or 1.0
    body: list[Markup] = []
    for number, one in enumerate(found):
        body += _row(one, widest, number * ROW)
    texts = [f"{one.name}: {one.text}" for one in found]
    svg = picture("points", title, sentence(texts), len(found) * ROW + FOOT, body)
    return Chart(svg, title, head, tuple((one.name, one.text, one.earlier) for one in found))


def _row(one: Gained, widest: float, y: float) -> list[Markup]:
    top = y + 1.45
    found = [
        *headed(one.name, one.text, y),
        _rect(one.most / widest, top, "track"),
    ]
    if one.value is not None:
        found.append(_rect(one.value / widest, top, "bar"))
    if one.before is not None:
        x = percent(100 * one.before / widest)
        found.append(tag("line", x1=x, x2=x, y1=em(top - 0.2), y2=em(top + THICK + 0.2), class_="before"))
    return found


def _rect(share: float, y: float, kind: str) -> Markup:
    return tag("rect", x="0", y=em(y), width=percent(100 * share), height=em(THICK), class_=kind)
