"""Drawing a card: PNG, 1200 × 630 as chats and social networks ask for, in the colours of the style sheet.

Noto Sans, from a package that ships it (SIL Open Font License), has every letter of Vietnamese. One thread draws,
one picture after the other: a burst of links must not take all cores, and a font serves one at a time.
"""

import asyncio
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

from registry.web.assets import read
from registry.web.sharing.card import Card

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
EDGE, BAND, GAP = 64, 104, 40
TITLE, FACTS, FOOT = 144, 404, 552
"""Where the name, the facts and the last line begin, in pixels from above."""
MOST_TEXT = 700
INKS = (
    ("ink", "paper"),
    ("ink-2", "paper"),
    ("on-brand", "brand"),
    ("ink-2", "paper-2"),
    ("warn", "warn-soft"),
)
"""What is written on what; between the two lie the colours of the edges of letters."""
SHADES = 16
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\s*;")


async def drawn(card: Card) -> bytes:
    """The picture of a card."""
    return await asyncio.get_running_loop().run_in_executor(_drawer(), draw, card)


def draw(card: Card) -> bytes:
    """As ``drawn``, by whoever calls it; one at a time."""
    from PIL import Image, ImageDraw

    ink = colours()
    picture = Image.new("RGB", (WIDTH, HEIGHT), ink["paper"])
    pen = ImageDraw.Draw(picture)
    _brand(pen, card)
    room = (WIDTH - 2 * EDGE, FACTS - TITLE - 24)
    _block(pen, card.title, (EDGE, TITLE), room, _fitting((card.title,), room, (58, 50, 43, 37, 32)))
    pen.line((EDGE, FACTS - 12, WIDTH - EDGE, FACTS - 12), fill=ink["line"], width=2)
    _facts(pen, card)
    _foot(pen, card)
    made = io.BytesIO()
    picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(made, "PNG")
    return made.getvalue()


@lru_cache(maxsize=1)
def colours() -> dict[str, str]:
    """The colours of the light pages by the names that they have in the style sheet."""
    sheet = read("style.css")
    assert sheet is not None
    return dict(_TOKEN.findall(sheet.body.decode().partition("@media")[0]))


@lru_cache(maxsize=1)
def _palette() -> "Image":
    """A picture has these colours and no others: chosen anew for each one, they would take longer to find than the
    rest takes to draw, and none would be quite the one of the pages."""
    from PIL import Image, ImageColor

    found: dict[tuple[int, ...], None] = {ImageColor.getrgb(colours()["line"]): None}
    for names in INKS:
        over, under = (ImageColor.getrgb(colours()[name]) for name in names)
        for step in range(SHADES):
            part = step / (SHADES - 1)
            found[tuple(round(a + (b - a) * part) for a, b in zip(over, under, strict=True))] = None
    made = Image.new("P", (1, 1))
    made.putpalette([value for colour in found for value in colour])
    return made


@lru_cache(maxsize=16)
def font(size: int, *, bold: bool = False) -> "FreeTypeFont":
    from PIL import ImageFont

    if bold:
        from pymupdf_fonts.NotoSans_Bold import fontbuffer
    else:
        from pymupdf_fonts.NotoSans_Regular import fontbuffer
    return ImageFont.truetype(io.BytesIO(fontbuffer), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1)
def _drawer() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="share-picture")


def _brand(pen: "ImageDraw", card: Card) -> None:
    """The band above with the sign of the site, its name and what it is."""
    ink = colours()
    pen.rectangle((0, 0, WIDTH, BAND), fill=ink["brand"])
    for row, length in enumerate((44, 44, 27)):
        pen.rectangle((EDGE, 34 + 15 * row, EDGE + length, 41 + 15 * row), fill=ink["on-brand"])
    name = font(38, bold=True)
    pen.text((EDGE + 64, BAND // 2), card.brand, font=name, fill=ink["on-brand"], anchor="lm")
    pen.text((WIDTH - EDGE, BAND // 2), card.line, font=font(26), fill=ink["on-brand"], anchor="rm")


def _foot(pen: "ImageDraw", card: Card) -> None:
    """The last line, and the warning at its end."""
    ink, small = colours(), font(25)
    pen.rectangle((0, FOOT, WIDTH, HEIGHT), fill=ink["paper-2"])
    middle, room = (FOOT + HEIGHT) // 2, WIDTH - 2 * EDGE
    if card.mark:
        length = int(small.getlength(card.mark))
        box = (WIDTH - EDGE - length - 32, middle - 23, WIDTH - EDGE, middle + 23)
        pen.rounded_rectangle(box, radius=6, fill=ink["warn-soft"])
        pen.text((WIDTH - EDGE - 16, middle), card.mark, font=small, fill=ink["warn"], anchor="rm")
        room -= length + 32 + GAP
    (line,) = wrapped(_plain(card.foot), small, room, 1)[0]
    pen.text((EDGE, middle), line, font=small, fill=ink["ink-2"], anchor="lm")


def _facts(pen: "ImageDraw", card: Card) -> None:
    """The facts beside each other, all in one size."""
    wide = (WIDTH - 2 * EDGE - GAP * (len(card.facts) - 1)) // len(card.facts)
    room = (wide, FOOT - FACTS - 48)
    size = _fitting([value for _, value in card.facts], room, (34, 29, 25, 22))
    for place, (term, value) in enumerate(card.facts):
        left = EDGE + place * (wide + GAP)
        pen.text((left, FACTS), term, font=font(24), fill=colours()["ink-2"])
        _block(pen, value, (left, FACTS + 36), room, size)


def _fitting(texts: Sequence[str], room: tuple[int, int], sizes: Sequence[int]) -> int:
    """The first of ``sizes`` in which each text fits into ``room``; else the last."""
    return next((size for size in sizes if all(_lines(one, room, size)[1] for one in texts)), sizes[-1])


def _block(pen: "ImageDraw", text: str, place: tuple[int, int], room: tuple[int, int], size: int) -> None:
    """A text in lines below each other, cut where ``room`` ends."""
    for row, line in enumerate(_lines(text, room, size)[0]):
        where = (place[0], place[1] + row * _height(size))
        pen.text(where, line, font=font(size, bold=True), fill=colours()["ink"])


def _lines(text: str, room: tuple[int, int], size: int) -> tuple[list[str], bool]:
    return wrapped(_plain(text), font(size, bold=True), room[0], max(1, room[1] // _height(size)))


def _height(size: int) -> int:
    """Of a line: letters with two marks need more than others."""
    return round(size * 1.3)


def wrapped(text: str, letters: "FreeTypeFont", width: int, most: int) -> tuple[list[str], bool]:
    """At most ``most`` lines (at least one) of ``width`` pixels, and whether that is the whole text; else the last
    line ends with an ellipsis."""
    lines: list[str] = []
    line, length, space = "", 0.0, letters.getlength(" ")
    for word in _pieces(text, letters, width):
        own = letters.getlength(word)
        if line and length + space + own > width:
            lines.append(line)
            if len(lines) == most:
                return [*lines[:-1], _cut(line, letters, width)], False
            line, length = word, own
        else:
            line, length = (f"{line} {word}", length + space + own) if line else (word, own)
    return [*lines, line], True


def _cut(line: str, letters: "FreeTypeFont", width: int) -> str:
    """A line that something follows; it ends with its last word that leaves room for saying so."""
    while " " in line and letters.getlength(f"{line} …") > width:
        line = line.rpartition(" ")[0]
    while line and letters.getlength(f"{line} …") > width:
        line = line[:-1]
    return f"{line} …"


def _pieces(text: str, letters: "FreeTypeFont", width: int) -> Iterator[str]:
    """The words of a text; a word that is wider than a line in pieces that are not."""
    for word in text.split():
        if letters.getlength(word) <= width:
            yield word
            continue
        piece = ""
        for letter in word:
            if piece and letters.getlength(piece + letter) > width:
                yield piece
                piece = ""
            piece += letter
        yield piece


def _plain(text: str) -> str:
    """A text as it is drawn: composed letters on one line, of bounded length."""
    shown = unicodedata.normalize("NFC", " ".join(text.split()))
    shown = "".join(letter for letter in shown if letter.isprintable())
    return shown if len(shown) <= MOST_TEXT else f"{shown[:MOST_TEXT].rstrip()}…"
