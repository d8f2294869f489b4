"""What differs between two texts, to be read: old beside new, what was taken out and what was put in marked."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_WORDS = 2000
"""Lines with more words together are shown whole: looking for what they share would take too long."""
AROUND = 1
"""Lines that did not change and are shown before and after one that did."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.35
"""Lines that share less than this are not one line that was changed, but two."""


class Piece(NamedTuple):
    """A piece of a line; ``marked`` where the other side does not have it."""

    text: str
    marked: bool


class Row(NamedTuple):
    """A line of the old text beside its line of the new; a side without one is empty. ``same`` lines that are left
    out are told as their number in ``skipped``."""

    old: tuple[Piece, ...] = ()
    new: tuple[Piece, ...] = ()
    same: bool = False
    skipped: int = 0


def rows(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """Two texts in lines, side by side."""
    found: list[Row] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind == "equal":
            found += [Row((Piece(line, False),), (Piece(line, False),), same=True) for line in old[first:last]]
        else:
            found += _changed(old[first:last], new[begin:end])
    return _shortened(found)


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """Lines that were changed: each old line beside the first of the new that is like it."""
    found: list[Row] = []
    place = 0
    for line in old:
        like = next((n for n in range(place, len(new)) if _alike(line, new[n])), None)
        if like is None:
            found.append(Row(old=(Piece(line, True),)))
            continue
        found += [Row(new=(Piece(one, True),)) for one in new[place:like]]
        found.append(_compared(line, new[like]))
        place = like + 1
    return found + [Row(new=(Piece(one, True),)) for one in new[place:]]


def _alike(old: str, new: str) -> bool:
    left, right = set(_WORD.findall(old)), set(_WORD.findall(new))
    return len(left & right) > ALIKE * min(len(left), len(right)) and len(left & right) > 1


def _compared(old: str, new: str) -> Row:
    left, right = _WORD.findall(old), _WORD.findall(new)
    if len(left) + len(right) > MOST_WORDS:
        return Row((Piece(old, True),), (Piece(new, True),))
    before: list[Piece] = []
    after: list[Piece] = []
    for kind, first, last, begin, end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if first < last:
            before.append(Piece("".join(left[first:last]), kind != "equal"))
        if begin < end:
            after.append(Piece("".join(right[begin:end]), kind != "equal"))
    return Row(tuple(before), tuple(after))


def _shortened(found: list[Row]) -> list[Row]:
    """Without the lines that did not change, but for those around what did."""
    near = {place + step for place, row in enumerate(found) if not row.same for step in range(-AROUND, AROUND + 1)}
    short: list[Row] = []
    for place, row in enumerate(found):
        if place in near:
            short.append(row)
        elif short and short[-1].skipped:
            short[-1] = Row(same=True, skipped=short[-1].skipped + 1)
        else:
            short.append(Row(same=True, skipped=1))
    return short
