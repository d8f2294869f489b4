"""Where a code leads that was typed as the question: to its procedure, or to what became of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from registry.api.answers import names
from registry.catalogue import versions
from registry.engine import Database
from search import codes
from search.contract import Hit
from search.text import repair


class Heir(NamedTuple):
    """What took the place of a procedure, from a day on."""

    code: str
    name: str
    day: date


class Lead(NamedTuple):
    """What became of a code. ``found`` is the first result itself; one that is ``hidden`` is in force, but filters
    leave it out; ``day`` is when it ``ended`` or is ``coming``, ``on`` the nearest day on which it can be read."""

    kind: Literal["found", "hidden", "ended", "coming", "unknown"]
    code: str
    name: str = ""
    day: date | None = None
    on: date | None = None
    heirs: tuple[Heir, ...] = ()


def typed(text: str) -> str | None:
    """The code that a question consists of."""
    found, rest = codes.find(repair(text))
    if len(found) == 1 and found[0].whole and found[0].value and not rest.strip():
        return found[0].value
    return None


async def lead(database: Database, text: str, day: date, hits: Sequence[Hit]) -> Lead | None:
    """Where the question leads if it is a code; ``None`` if it is none."""
    code = typed(text)
    if code is None:
        return None
    if hits and hits[0].code == code:
        return Lead("found", code)
    spans = await versions.days(database, code)
    if not spans:
        return Lead("unknown", code)
    name = (await names(database, [code])).get(code, "")
    if any(start <= day and (end is None or day < end) for start, end in spans):
        return Lead("hidden", code, name)
    ends = [end for _, end in spans if end is not None and end <= day]
    if not ends:
        first = min(start for start, _ in spans)
        return Lead("coming", code, name, first, first)
    after = await versions.successors(database, code)
    called = await names(database, [other for other, _, _ in after])
    heirs = tuple(Heir(other, called.get(other, ""), when) for other, when, _ in after)
    last = max(ends)
    return Lead("ended", code, name, last, last - timedelta(days=1), heirs)
