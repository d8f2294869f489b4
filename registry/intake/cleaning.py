"""Cleaning text, and saying what was cleaned.

Two shapes of text come in: a *line* (a name, a title, a code) and a *block* (steps, requirements) whose line
breaks mean something. Most of it is clean already, so one look decides; only what is dirty is worked on, rule
by rule, and every rule that changed something leaves a note. Cleaning twice changes nothing more.
"""

import re
import tomllib
from functools import lru_cache
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

_ODD = f"{_ZERO_WIDTH}{_BREAKS}{_SPACES}{_CONTROL}{_PRIVATE}"
_SUSPECT_LINE = re.compile(f"[{_ODD}\n]|  |^ | $")
_SUSPECT_BLOCK = re.compile(f"[{_ODD}]|  | \n|\n |\n\n\n\n|^[ \n]|[ \n]$")

_GLYPH = re.compile(f"[{_PRIVATE}][ \t]*")
_RULES = (
    ("zero-width", re.compile(f"[{_ZERO_WIDTH}]+"), ""),
    ("control", re.compile(f"[{_CONTROL}]+"), ""),
    ("line-end", re.compile(f"\r\n|[{_BREAKS}]"), "\n"),
    ("odd-space", re.compile(f"[{_SPACES}]"), " "),
)
_BREAK = re.compile(r" *\n[ \n]*")
_MARGIN = re.compile(r" *\n *")
_BLANKS = re.compile(r"\n{4,}")
_RUN = re.compile(r" {2,}")


class Notes:
    """Collects what cleaning changed on one record."""

    __slots__ = ("_notes",)

    def __init__(self) -> None:
        self._notes: list[Note] = []

    def add(self, field: str, rule: str, before: object = "", after: object = "") -> None:
        """Note a change. Long texts are cut to a window that begins shortly before the first difference."""
        old, new = str(before), str(after)
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


def _draw(glyph: re.Match[str]) -> str:
    found = glyph.group()
    shown = _table()[2].get(found[0])
    return f"{shown} " if shown else found[1:]


def is_null(text: str) -> bool:
    """Whether a whole value only stands for "nothing" ("Không có thông tin", "null", "N/A", "-")."""
    return len(text) <= _NULL_LENGTH and _null(text)


@lru_cache(maxsize=65536)
def _null(text: str) -> bool:
    bare = text.strip().casefold()
    nulls = _table()[0]
    return bare in nulls or bare.rstrip(" .") in nulls


def _steps(text: str, block: bool) -> list[tuple[str, str]]:
    """Each rule that changes the text, with the text after it."""
    steps: list[tuple[str, str]] = []

    def step(rule: str, changed: str) -> None:
        if changed != (steps[-1][1] if steps else text):
            steps.append((rule, changed))

    def now() -> str:
        return steps[-1][1] if steps else text

    for rule, pattern, instead in _RULES[:2]:
        step(rule, pattern.sub(instead, now()))
    step("private-use", _GLYPH.sub(_draw, now()))
    for rule, pattern, instead in _RULES[2:]:
        step(rule, pattern.sub(instead, now()))
    step("nfc", normalize("NFC", now()))
    if block:
        step("trim", _MARGIN.sub("\n", now()).strip(" \n"))
        step("blank-lines", _BLANKS.sub("\n\n\n", now()))
    else:
        step("trim", now().strip(" \n"))
        step("line-break", _BREAK.sub(" ", now()))
    step("double-space", _RUN.sub(" ", now()))
    return steps


def _clean(text: str, notes: Notes, field: str, at: tuple[int, ...], block: bool) -> str:
    place = field.format(*at) if at else field
    before = text
    for rule, after in _steps(text, block):
        notes.add(place, rule, before, after)
        before = after
    if before and is_null(before):
        notes.add(place, "literal-null", before)
        return ""
    return before


def line(text: str | None, notes: Notes, field: str, *at: int) -> str:
    """A name or a title on one line. ``at`` fills the ``{}`` of ``field``, only when there is a note to write."""
    if not text:
        return ""
    if _SUSPECT_LINE.search(text) or not is_normalized("NFC", text) or is_null(text):
        return _clean(text, notes, field, at, block=False)
    return text


def block(text: str | None, notes: Notes, field: str, *at: int) -> str:
    """A text whose line breaks are kept: at most two blank lines in a row, no space at the ends of lines."""
    if not text:
        return ""
    if _SUSPECT_BLOCK.search(text) or not is_normalized("NFC", text) or is_null(text):
        return _clean(text, notes, field, at, block=True)
    return text


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
