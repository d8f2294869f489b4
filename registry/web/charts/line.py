"""A line over time: how one number moved."""

from collections.abc import Callable, Sequence

import msgspec
from markupsafe import Markup

from registry.web.charts.drawing import Chart, anchor, em, label, percent, picture, sentence, short, tag
from registry.web.charts.scale import Scale, shares, ticks

TOP, PLOT, FOOT = 1.4, 10.0, 1.9
MOST_LABELS = 5


class Point(msgspec.Struct, frozen=True):
    """One time: what it is called in the table and in short beneath the line, its value, and how that is said.
    Without a value the line has a gap, and ``text`` says why."""

    name: str
    short: str
    value: float | None
    text: str


class Mark(msgspec.Struct, frozen=True):
    """A level to compare with, like the one from which all points are given."""

    value: float
    text: str


def line(
    title: str,
    points: Sequence[Point],
    *,
    head: tuple[str, str],
    said: Callable[[float], str],
    share: bool = False,
    mark: Mark | None = None,
) -> Chart:
    """A line through these points; ``said`` writes a number of the scale with its unit.

    A ``share`` (in per cent) is drawn on the part of the scale where it moves, five points at least and never
    beyond 0 and 100; a count always from zero.
    """
    scale = _scale(points, share=share, mark=mark)
    body = [*_grid(scale, said), *_plot(points, scale, mark), *_foot(points)]
    texts = [f"{point.name}: {point.text}" for point in points]
    svg = picture("line", title, sentence(texts, len(texts)), TOP + PLOT + FOOT, body)
    return Chart(svg, title, head, tuple((point.name, point.text) for point in points))


def _scale(points: Sequence[Point], *, share: bool, mark: Mark | None) -> Scale:
    values = [point.value for point in points if point.value is not None]
    values += [mark.value] if mark else []
    if share:
        return shares(values)
    return Scale(ticks(0.0, max(values, default=1.0), whole=True))


def at(number: int, count: int) -> float:
    """Where one of so many times stands, in per cent across."""
    return 50.0 if count == 1 else 100 * number / (count - 1)


def _grid(scale: Scale, said: Callable[[float], str]) -> list[Markup]:
    found = []
    for value in scale.marks:
        y = em(TOP + PLOT * (1 - scale.place(value) / 100))
        found.append(tag("line", x1="0", x2="100%", y1=y, y2=y, class_="axis" if value == scale.low else "grid"))
        found.append(label(said(value), "0", y, "tick", dy="-.3em"))
    return found


def _plot(points: Sequence[Point], scale: Scale, mark: Mark | None) -> list[Markup]:
    """The line with its points, in a frame of its own beside the numbers of the scale."""
    known = [number for number, point in enumerate(points) if point.value is not None]
    body = _mark(points, known, scale, mark) if mark else []
    body.append(strokes(points, scale))
    for number in known:
        body.append(_dot(points, number, scale, "dot last" if number == known[-1] else "dot"))
    for number in dict.fromkeys((known[0], known[-1])) if known else ():
        body.append(_value(points, number, scale))
    return [_frame(body, TOP, PLOT)]


def _mark(points: Sequence[Point], known: Sequence[int], scale: Scale, mark: Mark) -> list[Markup]:
    """The level to compare with, named where the line is farther from it."""
    y = percent(100 - scale.place(mark.value))
    far = (
        [abs((points[number].value or 0.0) - mark.value) for number in (known[0], known[-1])] if known else [1, 0]
    )
    x, side = ("0", "start") if far[0] > far[1] else ("100%", "end")
    return [
        tag("line", x1="0", x2="100%", y1=y, y2=y, class_="mark"),
        label(mark.text, x, y, "note", text_anchor=side, dy="-.35em"),
    ]


def strokes(points: Sequence[Point], scale: Scale) -> Markup:
    """The line, in pieces where values are missing, stretched to whatever it is put in."""
    runs: list[list[str]] = [[]]
    for number, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(f"{short(at(number, len(points)))},{short(100 - scale.place(point.value))}")
    drawn = [
        tag("polyline", points=" ".join(run), class_="series", vector_effect="non-scaling-stroke")
        for run in runs
        if len(run) > 1
    ]
    inside = drawn or [Markup("")]
    return tag(
        "svg",
        *inside,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
    )


def _dot(points: Sequence[Point], number: int, scale: Scale, kind: str) -> Markup:
    value = points[number].value or 0.0
    cx, cy = percent(at(number, len(points))), percent(100 - scale.place(value))
    return tag("circle", cx=cx, cy=cy, r=".28em" if "last" in kind else ".16em", class_=kind)


def _value(points: Sequence[Point], number: int, scale: Scale) -> Markup:
    """A value at its point: on the side that the line does not come from or go to, but within the frame."""
    value = points[number].value or 0.0
    x, place = at(number, len(points)), scale.place(value)
    beside = [points[n].value for n in (number - 1, number + 1) if 0 <= n < len(points)]
    below = place > 12 and any(other is not None and other > value for other in beside)
    side, drop = anchor(x), "1.35em" if below else "-.6em"
    return label(points[number].text, percent(x), percent(100 - place), "value", text_anchor=side, dy=drop)


def _foot(points: Sequence[Point]) -> list[Markup]:
    """The names of some times: evenly spaced, the last always."""
    count = len(points)
    every = max(1, -(-count // MOST_LABELS))
    chosen = [number for number in range(count) if (count - 1 - number) % every == 0]
    body = [
        label(points[number].short, percent(at(number, count)), "1.3em", "tick", text_anchor="middle")
        for number in chosen
    ]
    return [_frame(body, TOP + PLOT, FOOT)]


def _frame(body: Sequence[Markup], y: float, height: float) -> Markup:
    """Beside the numbers of the scale; a style sheet may fit it closer to them."""
    return tag("svg", *body, class_="plot", x="16%", y=em(y), width="80%", height=em(height), overflow="visible")
