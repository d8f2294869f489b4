"""What to try where nothing, or next to nothing, is found: another spelling, fewer words, no filters, sectors.

It takes a few more questions to the engine, and only where an answer has so little to show.
"""

from collections import Counter
from datetime import date

import msgspec

from registry.api import folding
from registry.api.labels import Labels
from registry.procedure import Term
from search import codes
from search.contract import Answer, Engine, Question
from search.text import repair, words
from search.understanding import corrected

# So few are little.
LITTLE = 2
# In longer questions words are not left out one by one; of any, so many words are tried alone.
MOST_WORDS = 8
MOST_PARTS = 2
MOST_SECTORS = 5
MOST_LOOKED_AT = 20


class _Sectored(msgspec.Struct):
    """What the payload of a hit says of its sectors."""

    sectors: tuple[Term, ...]


_sectored = msgspec.json.Decoder(_Sectored).decode


class Broader(msgspec.Struct, frozen=True):
    """A question with fewer words, and how much it finds."""

    q: str
    total: int


class Likely(msgspec.Struct, frozen=True):
    """A sector in which what is looked for may be, and how many procedures there answer in part."""

    value: str
    label: str
    count: int


class Help(msgspec.Struct, frozen=True, rename="camel"):
    """What may help where nothing was found. ``broader`` leaves out as few words as possible; ``without_filters``
    is how much the same words find without filters, ``None`` where there were none."""

    broader: Broader | None
    sectors: list[Likely]
    without_filters: int | None


async def did_you_mean(engine: Engine, question: Question, total: int, fold: bool) -> str | None:
    """The question as it may have been meant, when little was found and that finds more."""
    if total > LITTLE or not question.text:
        return None
    other = corrected(question.text)
    if other is None or (await _ask(engine, question, fold, text=other)).total <= total:
        return None
    return other


async def help_with(
    engine: Engine, question: Question, fold: bool, labels: Labels, day: date, language: str
) -> Help:
    """What may help with a question that nothing answers."""
    hidden = {name: values for name, values in question.filters.items() if name == "internal"}
    shown: dict[str, object] = {"facets": ("sector",), "limit": MOST_LOOKED_AT}
    free = None
    if question.filters != hidden:
        free = await _ask(engine, question, fold, filters=hidden, **shown)
    broader = await _broader(engine, question, fold)
    near = free if free is not None and free.total else None
    if near is None and broader is not None:
        near = await _ask(engine, question, fold, text=f"{broader.q} ", **shown)
    likely = [
        Likely(value, labels.label("sector", value, day, language), count) for value, count in _sectors(near)
    ]
    return Help(broader, likely, free.total if free is not None else None)


def _sectors(answer: Answer | None) -> list[tuple[str, int]]:
    """The sectors of what answers best, those of most of it first, each with how many procedures it has there."""
    if answer is None:
        return []
    first = Counter(term.code for hit in answer.hits for term in _sectored(hit.payload).sectors)
    counts = {one.value: one.count for one in answer.facets["sector"]}
    return [(value, counts[value]) for value, _ in first.most_common(MOST_SECTORS)]


async def _broader(engine: Engine, question: Question, fold: bool) -> Broader | None:
    """The question with the one word left out without which it finds most; failing that, a part of it."""
    _, typed = codes.find(repair(question.text))
    places = [(one.start, one.end) for one in words(typed)]
    if len(places) < 2:
        return None
    half = places[len(places) // 2][0]
    longest = sorted(places, key=lambda one: one[0] - one[1])[:MOST_PARTS]
    fewer = [f"{typed[:start]} {typed[end:]}" for start, end in places] if len(places) <= MOST_WORDS else []
    parts = [typed[:half], typed[half:], *(typed[start:end] for start, end in longest)]
    for some in (fewer, *([part] for part in parts)):
        found = [await _counted(engine, question, fold, repair(text)) for text in some]
        best = max(found, key=lambda one: one.total, default=None)
        if best is not None and best.total:
            return best
    return None


async def _counted(engine: Engine, question: Question, fold: bool, text: str) -> Broader:
    return Broader(text, (await _ask(engine, question, fold, text=f"{text} ")).total)


async def _ask(engine: Engine, question: Question, fold: bool, **changes: object) -> Answer:
    asked = {"facets": (), "limit": 0, "offset": 0, **changes}
    return (await folding.search(engine, msgspec.structs.replace(question, **asked), fold)).answer
