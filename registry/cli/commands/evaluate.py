"""``danhmuc evaluate``: how good the search is, by judged queries."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings
    from search.contract import Engine
    from search.relevance import Figures, Judged, Report

HELP = "measure the search by judged queries: nDCG@10, MRR, recall@10, zero hits, by kind and overall"
WORST = 10


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "queries",
        metavar="QUERIES",
        type=Path,
        help='judged queries, one JSON object a line: "id", "kind", "query", "relevant": {code: grade 1-3}',
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened
    from search.failover import engines_of
    from search.relevance import load

    judged = load(args.queries)
    async with opened(settings) as registry:
        await registry.follower.catch_up()
        reports = {one.name: await _measured(one, judged) for one in engines_of(registry.engine)}
    if args.json:
        screen.json(reports)
        return Exit.DONE
    for name, found in reports.items():
        _print(screen, name, found)
    return Exit.DONE


async def _measured(engine: "Engine", judged: list["Judged"]) -> "Report":
    """What an engine finds today for each query, judged; without procedures between agencies, as people see it."""
    from registry import clock
    from registry.api.filters import INTERNAL
    from search.contract import Question
    from search.relevance import DEPTH, judge, report

    day, filters = clock.today().toordinal(), {"internal": INTERNAL["exclude"]}
    judgements = []
    for one in judged:
        answer = await engine.search(Question(day, text=one.query, filters=filters, limit=DEPTH))
        judgements.append(judge(one, [hit.code for hit in answer.hits]))
    return report(judgements)


def _print(screen: Screen, engine: str, found: "Report") -> None:
    headings = ("engine", "kind", "queries", "nDCG@10", "MRR", "recall@10", "zero hits")
    rows = [_row(engine, kind, figures) for kind, figures in found.kinds.items()]
    screen.table(headings, [*rows, _row(engine, "overall", found.overall)])
    screen.say("", f"the worst {min(WORST, len(found.judgements))}:")
    worst = [
        (one.id, one.kind, f"{one.ndcg:.3f}", one.query, " ".join(one.found[:3]) or "-")
        for one in found.judgements[:WORST]
    ]
    screen.table(("id", "kind", "nDCG@10", "query", "found"), worst, wide=3)


def _row(engine: str, kind: str, figures: "Figures") -> tuple[str, ...]:
    shares = (f"{figures.ndcg:.3f}", f"{figures.mrr:.3f}", f"{figures.recall:.3f}", f"{figures.zero:.1%}")
    return (engine, kind, str(figures.queries), *shares)
