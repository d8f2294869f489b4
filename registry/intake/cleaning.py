"""Cleaning text, and saying what was cleaned.

Two shapes of text come in: a *line* (a name, a title, a code) and a *block* (steps, requirements) whose line
breaks mean something. Most of it is clean already, so one look decides; only what is dirty is worked on, rule
by rule, and every rule that changed something leaves a note. Cleaning twice changes nothing more.
"""

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache, partial
from importlib.resources import files
from unicodedata import is_normalized, normalize

from registry.intake.record import Note
from search.text import fold

EXCERPT = 200
_LEAD = 30  # characters shown before the first difference
_NULL_LENGTH = 24  # no literal null is longer

_ZERO_WIDTH = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_BREAKS = "\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CONTROL = "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"

# None of the characters above is printable, nor is a line break: ``str.isprintable`` finds them fastest.
_GLYPH = re.compile(f"[{_PRIVATE}][ \t]*")
_BREAK = re.compile(r" ?\n[ \n]*")
_BLANKS = re.compile(r"\n{4,}")
_RUN = re.compile(r" {2,}")

Rules = tuple[tuple[str, Callable[[str], str]], ...]


def visible(text: str) -> str:
    """A text that may be stored anywhere: databases refuse NUL, so its picture stands for it."""
    return text.replace("\0", "␀")


class Notes:
    """Collects what cleaning changed on one record."""

    __slots__ = ("_notes",)

    def __init__(self) -> None:
        self._notes: list[Note] = []

    def add(self, field: str, rule: str, before: object = "", after: object = "") -> None:
        """Note a change. Long texts are cut to a window that begins shortly before the first difference."""
        old, new = visible(str(before)), visible(str(after))
        if len(old) > EXCERPT or len(new) > EXCERPT:
            start = max(0, _difference(old, new) - _LEAD)
            old, new = old[start : start + EXCERPT], new[start : start + EXCERPT]
        self._notes.append(Note(field, rule, old, new))

    def collected(self) -> tuple[Note, ...]:
        return tuple(self._notes)

    def __len__(self) -> int:
        return len(self._notes)


def _difference(old: str, new: str) -> int:
    """Index of the first character in which two texts differ, by halving."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[:middle] == new[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=1)
def _table() -> tuple[frozenset[str], tuple[re.Pattern[str], ...], dict[str, str]]:
    known = tomllib.loads(files(__package__).joinpath("cleaning.toml").read_text("utf-8"))
    nulls = frozenset(entry["text"].casefold() for entry in known["null"])
    pages = tuple(re.compile(entry["pattern"]) for entry in known["page"])
    return nulls, pages, {chr(int(point, 16)): shown for point, shown in known["glyph"].items()}


def is_null(text: str) -> bool:
    """Whether a whole value only stands for "nothing" ("Không có thông tin", "null", "N/A", "-")."""
    return len(text) <= _NULL_LENGTH and _null(text)


@lru_cache(maxsize=65536)
def _null(text: str) -> bool:
    bare = text.strip().casefold()
    nulls = _table()[0]
    return bare in nulls or bare.rstrip(" .") in nulls


def _draw(glyph: re.Match[str]) -> str:
    found = glyph.group()
    shown = _table()[2].get(found[0])
    return f"{shown} " if shown else found[1:]


def _trimmed(text: str) -> str:
    return "\n".join([part.strip(" ") for part in text.split("\n")]).strip("\n")


_ODD_RULES: Rules = (
    ("zero-width", partial(re.compile(f"[{_ZERO_WIDTH}]+").sub, "")),
    ("control", partial(re.compile(f"[{_CONTROL}]+").sub, "")),
    ("private-use", partial(_GLYPH.sub, _draw)),
    ("line-end", partial(re.compile(f"\r\n|[{_BREAKS}]").sub, "\n")),
    ("odd-space", partial(re.compile(f"[{_SPACES}]").sub, " ")),
)
_LINE_RULES: Rules = (
    ("nfc", partial(normalize, "NFC")),
    ("trim", lambda text: text.strip(" \n")),
    ("double-space", partial(_RUN.sub, " ")),  # before the breaks, or long runs cost the square of their length
    ("line-break", partial(_BREAK.sub, " ")),
)
_BLOCK_RULES: Rules = (
    ("nfc", partial(normalize, "NFC")),
    ("trim", _trimmed),
    ("double-space", partial(_RUN.sub, " ")),
    ("blank-lines", partial(_BLANKS.sub, "\n\n\n")),
)


def _clean(text: str, rules: Rules, notes: Notes, field: str, at: tuple[int, ...]) -> str:
    place = field.format(*at) if at else field
    for rule, change in rules:
        changed = change(text)
        if changed != text:
            notes.add(place, rule, text, changed)
            text = changed
    if text and is_null(text):
        notes.add(place, "literal-null", text)
        return ""
    return text


def line(text: str | None, notes: Notes, field: str, *at: int) -> str:
    """A name or a title on one line. ``at`` fills the ``{}`` of ``field``, only when there is a note to write."""
    if not text:
        return ""
    odd = not text.isprintable()
    if odd or "  " in text or text[0] == " " or text[-1] == " " or not is_normalized("NFC", text) or is_null(text):
        return _clean(text, _ODD_RULES + _LINE_RULES if odd else _LINE_RULES, notes, field, at)
    return text


def block(text: str | None, notes: Notes, field: str, *at: int) -> str:
    """A text whose line breaks are kept: at most two blank lines in a row, no space at the ends of lines."""
    if not text:
        return ""
    odd = not text.replace("\n", "").isprintable()
    if odd or any(mark in text for mark in _MARKS) or text[0] in " \n" or text[-1] in " \n":
        return _clean(text, _ODD_RULES + _BLOCK_RULES if odd else _BLOCK_RULES, notes, field, at)
    if is_null(text) or not is_normalized("NFC", text):
        return _clean(text, _BLOCK_RULES, notes, field, at)
    return text


_MARKS = ("  ", " \n", "\n ", "\n\n\n\n")


def unglued(text: str, notes: Notes, field: str, *at: int, crumbs: tuple[str, ...] = ()) -> str:
    """A clean line without text of the web page that it was copied from.

    ``crumbs`` are names that may end a breadcrumb, such as the record's sectors.
    """
    found = text
    for page in _table()[1]:
        cut = page.sub("", found)
        if cut != found and page.pattern.startswith("^"):
            cut = next((cut[len(crumb) :].lstrip() for crumb in crumbs if _heads(crumb, cut)), cut)
        found = cut or found
    if found != text:
        notes.add(field.format(*at) if at else field, "page-text", text, found)
    return found


def _heads(crumb: str, text: str) -> bool:
    return bool(crumb) and len(text) > len(crumb) and fold(text).startswith(fold(crumb) + " ")
