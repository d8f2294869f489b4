"""A small line beside a number: which way it goes."""

from collections.abc import Sequence

from markupsafe import Markup

from registry.web.charts.drawing import percent, picture, tag
from registry.web.charts.line import Point, at, strokes
from registry.web.charts.scale import Scale

HEIGHT, EDGE = 1.9, 12.0


def spark(title: str, points: Sequence[Point]) -> Markup | None:
    """The line alone, on the whole of its own scale; ``None`` where fewer than two values are known. It has no
    table: it stands for the chart that has one."""
    values = [point.value for point in points if point.value is not None]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    room = (high - low or 1.0) * EDGE / 100
    scale = Scale((low - room, high + room))
    known = [number for number, point in enumerate(points) if point.value is not None]
    first, last = points[known[0]], points[known[-1]]
    x, y = at(known[-1], len(points)), 100 - scale.place(values[-1])
    body = [
        strokes(points, scale),
        tag("circle", cx=percent(x), cy=percent(y), r=".22em", class_="dot last"),
    ]
    desc = f"{first.name}: {first.text}; {last.name}: {last.text}"
    return picture("spark", title, desc, HEIGHT, body)
