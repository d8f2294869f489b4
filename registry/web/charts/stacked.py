"""Stacked bars of 100 %: how a whole is divided, and the parts of it that are compared."""

from collections.abc import Callable, Sequence

import msgspec
from markupsafe import Markup

from registry.web.charts.drawing import Chart, em, headed, label, percent, picture, sentence, tag

NAME, THICK, GAP, STEP = 1.45, 1.4, 0.5, 1.35
LEAST_WRITTEN = 13.0  # per cent across that a number needs


class Part(msgspec.Struct, frozen=True):
    """One part of every row, in order: its name, and the number (from 1) of the style that it is drawn in."""

    name: str
    style: int


class Row(msgspec.Struct, frozen=True):
    """One whole: its name, and the count of each part."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


class Says(msgspec.Struct, frozen=True):
    """How numbers are written: a count, a share of one, and what stands where a whole is zero; ``total`` heads the
    column of the wholes."""

    count: Callable[[int], str]
    share: Callable[[float], str]
    nothing: str
    total: str


def stacked(title: str, parts: Sequence[Part], found: Sequence[Row], *, head: str, says: Says) -> Chart:
    """A bar for each row, divided in the same order. The parts are named once, at the first row that has any.
    Raises ``ValueError`` for a row that has other parts."""
    for row in found:
        if len(row.counts) != len(parts):
            raise ValueError(f"{row.name} has {len(row.counts)} parts, not {len(parts)}")
    leading = next((row for row in found if row.total), None)
    body: list[Markup] = []
    y = 0.0
    for row in found:
        top = y + NAME + (len(parts) * STEP if row is leading else 0.0)
        if row is leading:
            body += _names(parts, row, y + NAME, top)
        body += _words(row, y, says) + _divided(row, parts, top, says)
        y = top + (THICK if row.total else 0.0) + GAP
    texts = [f"{row.name}: {_spoken(row, parts, says)}" for row in found]
    svg = picture("stacked", title, sentence(texts), y, body)
    names = (head, *(part.name for part in parts), says.total)
    return Chart(svg, title, names, tuple(_cells(row, says) for row in found))


def _names(parts: Sequence[Part], row: Row, y: float, bottom: float) -> list[Markup]:
    """The parts by name, each on a line of its own, with a stroke down to the middle of what it names."""
    strokes, names, start = [], [], 0.0
    for number, (part, amount) in enumerate(zip(parts, row.counts, strict=True)):
        width = 100 * amount / row.total
        middle, line = start + width / 2, y + number * STEP + 1.0
        start += width
        if not amount:
            continue
        x, (side, gap) = percent(middle), ("end", "-.4em") if middle > 50 else ("start", ".4em")
        strokes.append(tag("line", x1=x, x2=x, y1=em(line - 0.9), y2=em(bottom), class_="leader"))
        names.append(label(part.name, x, em(line), "key", text_anchor=side, dx=gap))
    return [*strokes, *names]


def _words(row: Row, y: float, says: Says) -> list[Markup]:
    value = says.count(row.total) if row.total else says.nothing
    return headed(row.name, value, y)


def _divided(row: Row, parts: Sequence[Part], top: float, says: Says) -> list[Markup]:
    found, start = [], 0.0
    for part, amount in zip(parts, row.counts, strict=True):
        if not amount:
            continue
        width, style = 100 * amount / row.total, f"part part-{part.style}"
        x = percent(start)
        found.append(tag("rect", x=x, y=em(top), width=percent(width), height=em(THICK), class_=style))
        if width >= LEAST_WRITTEN:
            x = percent(start + width / 2)
            text = says.share(amount / row.total)
            found.append(label(text, x, em(top + 1.02), "inside", text_anchor="middle"))
        start += width
    return found


def _cells(row: Row, says: Says) -> tuple[str, ...]:
    shares = (
        f"{says.count(one)} ({says.share(one / row.total)})" if row.total else says.count(one)
        for one in row.counts
    )
    return (row.name, *shares, says.count(row.total))


def _spoken(row: Row, parts: Sequence[Part], says: Says) -> str:
    if not row.total:
        return says.nothing
    shares = zip(parts, row.counts, strict=True)
    return ", ".join(f"{part.name} {says.share(amount / row.total)}" for part, amount in shares if amount)
