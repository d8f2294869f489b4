"""What to mend first: the pages that are worst, most read, and least often answer what people came for."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from registry.engine import Database
from registry.feedback import Usage, usage
from registry.lint.grades import Graded, Grades
from registry.lint.wording import WHOLE, rules

READ_WITHIN = timedelta(days=90)
"""How long back reading and answers count: what was mended before then is judged no more."""


class Work(msgspec.Struct, frozen=True, rename="camel"):
    """A page to mend. ``views`` and ``no`` (did not find what they needed) are those of the last 90 days; ``need``
    is what the list is ordered by."""

    code: str
    name: str
    agency: str
    score: int
    faults: dict[str, int]
    views: int
    yes: int
    no: int
    need: int


class Rate(msgspec.Struct, frozen=True, rename="camel"):
    """How a rule fares over all pages: ``faults`` found, on so many ``pages``."""

    rule: str
    weight: int
    faults: int
    pages: int


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """All pages in force on ``day``: how many, their scores in tens (``tens[9]`` are those from 90), mean and
    median, and each rule."""

    day: date
    pages: int
    mean: float
    median: int
    tens: list[int]
    rates: list[Rate]


def need(score: int, views: int, no: int) -> int:
    """What is missing to the whole × views × "not found". One is added to both counts, so that pages which nobody
    has read or judged yet are in the order of their scores, and not all at nothing."""
    return (WHOLE - score) * (views + 1) * (no + 1)


async def work(
    database: Database, grades: Grades, day: date, *, rule: str = "", agencies: Collection[str] | None = None
) -> list[Work]:
    """The pages with something to mend (by one ``rule``, issued by ``agencies``), what needs it most first."""
    graded = chosen(await grades.on(database, day), rule, agencies)
    return ordered(graded, await usage(database, day - READ_WITHIN, day))


def chosen(graded: Sequence[Graded], rule: str, agencies: Collection[str] | None) -> list[Graded]:
    """Those with faults of one rule (empty: of any), issued by one of ``agencies`` (``None``: by any)."""
    return [
        one
        for one in graded
        if (one.faults if not rule else rule in one.faults) and (agencies is None or one.agency in agencies)
    ]


def ordered(graded: Sequence[Graded], read: Mapping[str, Usage]) -> list[Work]:
    found = []
    for one in graded:
        used = read.get(one.code, Usage())
        found.append(
            Work(
                code=one.code,
                name=one.name,
                agency=one.agency,
                score=one.score,
                faults=one.faults,
                views=used.views,
                yes=used.yes,
                no=used.no,
                need=need(one.score, used.views, used.no),
            )
        )
    return sorted(found, key=lambda one: (-one.need, one.score, one.code))


def summary(graded: Sequence[Graded], day: date) -> Summary:
    """What there is to mend in all."""
    scores = sorted(one.score for one in graded)
    tens = Counter(min(score // 10, 9) for score in scores)
    return Summary(
        day=day,
        pages=len(scores),
        mean=round(sum(scores) / len(scores), 1) if scores else 0.0,
        median=scores[len(scores) // 2] if scores else 0,
        tens=[tens[place] for place in range(10)],
        rates=[_rate(name, graded) for name in rules()],
    )


def _rate(rule: str, graded: Sequence[Graded]) -> Rate:
    counts = [one.faults[rule] for one in graded if rule in one.faults]
    return Rate(rule, rules()[rule].weight, sum(counts), len(counts))
