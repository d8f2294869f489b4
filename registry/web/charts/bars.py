"""Ranked bars: who stands where."""

from collections.abc import Callable, Sequence

import msgspec
from markupsafe import Markup

from registry.web.charts.drawing import Chart, anchor, em, headed, label, percent, picture, sentence, tag
from registry.web.charts.scale import Scale, ticks

HEAD, ROW, THICK, FOOT = 1.6, 2.7, 0.75, 0.3


class Bar(msgspec.Struct, frozen=True):
    """One bar: whose, how long, and how that is said; ``own`` is the one that was asked about. Without a value
    there is no bar, and ``text`` says why."""

    name: str
    value: float | None
    text: str
    own: bool = False


def bars(
    title: str,
    found: Sequence[Bar],
    *,
    head: tuple[str, str],
    said: Callable[[float], str],
    most: float | None = None,
    ends: int = 12,
    left: str = "… {n} …",
) -> Chart:
    """Bars in the order they are given, from zero to a round number, or to ``most`` where that is the most there
    can be. Of more than twice ``ends`` the first and the last are drawn, with ``left`` for those between; the
    table has all of them."""
    top = most if most is not None else max((bar.value or 0.0 for bar in found), default=1.0)
    scale = Scale(ticks(0.0, top or 1.0, most=4))
    body, y = _head(scale, said), HEAD
    lines: list[Markup] = []
    for bar in _drawn(found, ends):
        if bar is None:
            lines.append(label(left.format(n=len(found) - 2 * ends), "0", em(y + 1.4), "note"))
        else:
            lines += _bar(bar, scale, y)
        y += ROW
    body = [*_grid(scale, y), *body, *lines]
    texts = [f"{bar.name}: {bar.text}" for bar in found]
    svg = picture("bars", title, sentence(texts), y + FOOT, body)
    return Chart(svg, title, head, tuple((bar.name, bar.text) for bar in found))


def _drawn(found: Sequence[Bar], ends: int) -> list[Bar | None]:
    if len(found) <= 2 * ends:
        return list(found)
    return [*found[:ends], None, *found[-ends:]]


def _head(scale: Scale, said: Callable[[float], str]) -> list[Markup]:
    places = ((value, scale.place(value)) for value in scale.marks)
    return [label(said(value), percent(x), "1em", "tick", text_anchor=anchor(x)) for value, x in places]


def _grid(scale: Scale, bottom: float) -> list[Markup]:
    places = (percent(scale.place(value)) for value in scale.marks)
    return [tag("line", x1=x, x2=x, y1=em(HEAD - 0.3), y2=em(bottom), class_="grid") for x in places]


def _bar(bar: Bar, scale: Scale, y: float) -> list[Markup]:
    own = " own" if bar.own else ""
    found = [
        *headed(bar.name, bar.text, y, own),
        tag("rect", x="0", y=em(y + 1.4), width="100%", height=em(THICK), class_="track"),
    ]
    if bar.value is not None:
        width = percent(scale.place(max(bar.value, 0.0)))
        found.append(tag("rect", x="0", y=em(y + 1.4), width=width, height=em(THICK), class_=f"bar{own}"))
    return found
