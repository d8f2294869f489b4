"""How charts are written: elements, numbers of a drawing, and the frame that all share.

Lengths across are in per cent, so that a drawing stretches with its column; lengths down are in ``em`` of the one
size of text that a drawing has, so that it grows with the text. Nothing has a colour of its own.
"""

from collections.abc import Iterable, Sequence

import msgspec
from markupsafe import Markup, escape


class Chart(msgspec.Struct, frozen=True):
    """A drawing, and the same numbers as a table: its headings, and rows of the texts that people read."""

    svg: Markup
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tag(name: str, *inside: object, **attributes: object) -> Markup:
    """An element. ``class_`` gives ``class``, ``stroke_width`` gives ``stroke-width``, ``None`` leaves out; all
    text is escaped, but for what is an element already."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-") if key != "viewBox" else key}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = Markup("").join(escape(_text(one)) for one in inside)
    return Markup(f"<{name}{written}>{content}</{name}>" if inside else f"<{name}{written}/>")  # noqa: S704 - escaped


def _text(value: object) -> object:
    return short(value) if isinstance(value, float) else value


def short(value: float) -> str:
    """A number of a drawing: two decimals at most, none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0" if abs(value) < 0.005 else "-0")


def percent(value: float) -> str:
    """A length across."""
    return f"{short(value)}%"


def em(value: float) -> str:
    """A length down."""
    return f"{short(value)}em"


def picture(kind: str, title: str, desc: str, height: float, body: Iterable[Markup]) -> Markup:
    """A whole drawing, with what is read aloud in its place."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", desc),
        *body,
        class_=f"chart chart-{kind}",
        role="img",
        width="100%",
        height=em(height),
        focusable="false",
    )


def label(text: str, x: str, y: str, kind: str, **attributes: object) -> Markup:
    """A text of the drawing."""
    return tag("text", text, x=x, y=y, class_=kind, **attributes)


def headed(name: str, value: str, y: float, kind: str = "") -> list[Markup]:
    """The line over a bar: whose it is, and what it comes to. A name that is too long for its frame ends there."""
    text = label(name, "0", "1.15em", f"name{kind}")
    return [
        tag("svg", text, x="0", y=em(y), width="70%", height="1.6em"),
        label(value, "100%", em(y + 1.15), f"value{kind}", text_anchor="end"),
    ]


def anchor(x: float) -> str:
    """How a text at ``x`` per cent is aligned so that it stays inside."""
    return "start" if x < 12 else "end" if x > 88 else "middle"


def sentence(parts: Sequence[str], most: int = 12) -> str:
    """What a drawing says, read aloud: a few values; a table has all of them."""
    shown = [part for part in parts[:most] if part]
    return "; ".join(shown) + ("; …" if len(parts) > most else "")
