"""Marks in a name what a question matched, typos, folding and unfinished words included."""

import re
from collections.abc import Collection
from functools import lru_cache
from html import escape

from search.text import folded, pieces

_SPECIAL = re.compile("[&<>\"']")


@lru_cache(maxsize=8192)
def _parts(name: str) -> tuple[list[str], list[str]]:
    """A name as HTML in pieces, every second of them a word, and its words folded: names are shown often."""
    found = pieces(name)
    if _SPECIAL.search(name) is not None:
        found[::2] = map(escape, found[::2])
    return found, list(map(folded, found[1::2]))


def distance(left: str, right: str, limit: int) -> int:
    """Edits between two words (insert, delete, replace, swap neighbours); ``limit + 1`` when there are more.

    The optimal string alignment distance: no part of a word is edited twice.
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    if limit == 1:
        return 2 if not _near(left, right) else int(left != right)
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, char in enumerate(left, 1):
        line = [row]
        for column, other in enumerate(right, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (char != other))
            if row > 1 and column > 1 and char == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return limit + 1
        before, last = last, line
    return min(last[-1], limit + 1)


def _near(left: str, right: str) -> bool:
    """Whether two words are at most one edit apart: past what they begin with alike, at most that is left."""
    start = 0
    for one, two in zip(left, right, strict=False):
        if one != two:
            break
        start += 1
    rest, other = left[start:], right[start:]
    if len(rest) != len(other):
        return rest[1:] == other if len(rest) > len(other) else rest == other[1:]
    return rest[1:] == other[1:] or (rest[2:] == other[2:] and rest[:2] == other[1::-1])


def allowance(word: str) -> int:
    """How many typos a folded word is forgiven: none below 3 letters, one, and two from 9."""
    if len(word) < 3 or not word.isalpha():
        return 0
    return 1 if len(word) < 9 else 2


def highlight(
    name: str, terms: Collection[str], *, prefixes: Collection[str] = (), loose: Collection[str] = ()
) -> str:
    """The name, HTML-escaped, with ``<mark>`` around its words that match.

    All terms are folded. A word matches a term that it equals, one of ``prefixes`` that it begins with, or
    one of ``loose`` (words found nowhere as typed) within its allowance of typos. Neighbours share one mark.
    """
    parts, words = _parts(name)
    if prefixes or loose:
        found = [place for place, word in enumerate(words) if word in terms or _resembles(word, prefixes, loose)]
    else:
        found = [place for place, word in enumerate(words) if word in terms]
    if not found:
        return "".join(parts)
    shown = parts.copy()
    last = found[0]
    shown[2 * last + 1] = f"<mark>{shown[2 * last + 1]}"
    for place in found[1:]:
        if place > last + 1 or not parts[2 * place].isspace():
            shown[2 * last + 1] += "</mark>"
            shown[2 * place + 1] = f"<mark>{shown[2 * place + 1]}"
        last = place
    shown[2 * last + 1] += "</mark>"
    return "".join(shown)


def _resembles(word: str, prefixes: Collection[str], loose: Collection[str]) -> bool:
    return any(word.startswith(prefix) for prefix in prefixes) or any(
        distance(word, term, allowance(term)) <= allowance(term) for term in loose
    )
