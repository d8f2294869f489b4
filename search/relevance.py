"""How good a ranking is, against queries that people have judged (JSON lines: see ``Judged``)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum, log2
from pathlib import Path

import msgspec

DEPTH = 10


class Judged(msgspec.Struct, frozen=True):
    """One query and the codes that answer it: 3 just what is wanted, 2 a variant, 1 the same topic."""

    id: str
    kind: str
    query: str
    relevant: dict[str, int]


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """Means over ``queries``; each lies between 0 and 1, and for ``zero`` less is better."""

    queries: int
    ndcg: float
    mrr: float
    recall: float
    zero: float


class Judgement(msgspec.Struct, frozen=True):
    """One query's result: its figures and the first codes found."""

    id: str
    kind: str
    query: str
    ndcg: float
    mrr: float
    recall: float
    found: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """Figures per kind of query and overall, and the judgements from worst to best."""

    overall: Figures
    kinds: dict[str, Figures]
    judgements: tuple[Judgement, ...]


class JudgedUnreadable(ValueError):
    """A file of judged queries cannot be read; the message names file, line and fault."""


def gain(grade: int) -> int:
    """What a document of this grade is worth: 1, 3, 7 for grades 1, 2, 3 (Burges et al. 2005)."""
    return (1 << max(grade, 0)) - 1


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain of the first ``depth``; a code found twice counts once."""
    best = sorted(relevant.values(), reverse=True)[:depth]
    ideal = fsum(gain(grade) / log2(place + 2) for place, grade in enumerate(best))
    if ideal == 0:
        return 0.0
    seen: set[str] = set()
    total = 0.0
    for place, code in enumerate(ranked[:depth]):
        if code not in seen:
            total += gain(relevant.get(code, 0)) / log2(place + 2)
            seen.add(code)
    return min(total / ideal, 1.0)


def mrr(ranked: Sequence[str], relevant: Mapping[str, int]) -> float:
    """One over the place of the first relevant code; 0 when there is none."""
    for place, code in enumerate(ranked, 1):
        if relevant.get(code, 0) > 0:
            return 1 / place
    return 0.0


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Share of the relevant codes among the first ``depth``, of as many as could stand there."""
    wanted = {code for code, grade in relevant.items() if grade > 0}
    if not wanted:
        return 0.0
    return len(wanted & set(ranked[:depth])) / min(len(wanted), depth)


def judge(query: Judged, ranked: Sequence[str]) -> Judgement:
    """The figures of one query."""
    return Judgement(
        id=query.id,
        kind=query.kind,
        query=query.query,
        ndcg=ndcg(ranked, query.relevant),
        mrr=mrr(ranked, query.relevant),
        recall=recall(ranked, query.relevant),
        found=tuple(ranked[:DEPTH]),
    )


def report(judgements: Iterable[Judgement]) -> Report:
    """Sum up judgements per kind and overall; every query weighs the same."""
    every = sorted(judgements, key=lambda one: (one.ndcg, one.id))
    kinds: dict[str, list[Judgement]] = defaultdict(list)
    for one in every:
        kinds[one.kind].append(one)
    return Report(
        overall=_figures(every),
        kinds={kind: _figures(some) for kind, some in sorted(kinds.items())},
        judgements=tuple(every),
    )


def _figures(judgements: Sequence[Judgement]) -> Figures:
    count = len(judgements)

    def mean(of: Callable[[Judgement], float]) -> float:
        return fsum(of(one) for one in judgements) / count if count else 0.0

    return Figures(
        queries=count,
        ndcg=mean(lambda one: one.ndcg),
        mrr=mean(lambda one: one.mrr),
        recall=mean(lambda one: one.recall),
        zero=mean(lambda one: float(not one.found)),
    )


def load(path: Path) -> list[Judged]:
    """The judged queries of a file, one JSON object a line; blank lines are passed over."""
    queries: list[Judged] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                queries.append(msgspec.json.decode(line, type=Judged))
            except (msgspec.DecodeError, UnicodeDecodeError) as fault:
                raise JudgedUnreadable(f"{path}, line {number}: {fault}") from fault
    return queries
