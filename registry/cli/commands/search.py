"""``danhmuc search``: find procedures."""

import re
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json, count
from registry.cli.exits import Exit
from registry.cli.screen import Screen
from registry.vocabulary import Channel, FeeState, Level, OnlineLevel

if TYPE_CHECKING:
    from registry.api.labels import Labels
    from registry.indexing import Summary
    from registry.settings import Settings
    from search.contract import Answer, Question

HELP = "find procedures by words, with or without marks, or by code"
TRUTH = ("true", "false", "unknown")

# Each facet with what its values mean; those with a fixed vocabulary list it.
FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "level": ("level of government", tuple(Level)),
    "sector": ("code or name of a sector", ()),
    "agency": ("code or name of an agency; a code also stands for those below it", ()),
    "onlineLevel": ("level of the online service", tuple(OnlineLevel)),
    "channel": ("how a dossier is handed in", tuple(Channel)),
    "audience": ("for whom: a value or its words, like “Doanh nghiệp”", ()),
    "lifeEvent": ("a life event: a value or its words, like “Có con nhỏ”", ()),
    "fee": ("what a source says of the cost", tuple(FeeState)),
    "onlinePayment": ("whether fees can be paid online", TRUTH),
    "eResult": ("whether the result is electronic", TRUTH),
    "interlinked": ("whether several agencies carry it out in one go", TRUTH),
    "essential": ("whether it is one of the essential services", TRUTH),
    "postal": ("whether the public post takes it", TRUTH),
    "serviceCentre": ("whether a service centre receives it", TRUTH),
    "province": ("a province's catalogue, like H55", ()),
}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORDS", nargs="*", help="what is looked for; nothing finds everything")
    for facet, (meaning, values) in FILTERS.items():
        accepted = f"; one of {', '.join(values)}" if values else ""
        parser.add_argument(
            option(facet),
            dest=facet,
            action="append",
            default=[],
            metavar="VALUE",
            choices=values or None,
            help=f"{meaning}{accepted}; may be repeated, any will do",
        )
    parser.add_argument(
        "--internal",
        choices=("exclude", "include", "only"),
        default="exclude",
        help="procedures between agencies (default: exclude)",
    )
    add_day(parser, "--as-of", "what is in force on this day (default: today)")
    parser.add_argument(
        "--sort",
        choices=("relevance", "name", "code", "updated"),
        default="relevance",
        help="the order; updated is latest in force first (default: relevance)",
    )
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="how many at most (default: 20)")
    parser.add_argument("--offset", type=int, default=0, metavar="N", help="how many to skip (default: 0)")
    add_json(parser)


def option(facet: str) -> str:
    """The option of a facet: ``--online-level`` of ``onlineLevel``."""
    return "--" + re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", facet)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.api import labels
    from registry.catalogue import versions
    from registry.cli.failures import Refusal
    from registry.cli.store import opened

    if args.offset < 0:
        raise Refusal("--offset must not be negative", Exit.USAGE)
    async with opened(settings) as registry:
        known = await labels.load(registry.database)
        question = _question(args, known)
        await registry.follower.catch_up()
        answer = await registry.engine.search(question)
        empty = not await versions.revision(registry.database)
    if args.json:
        screen.json(_found(question, answer, known))
        return Exit.DONE
    _print(screen, answer)
    if empty:
        screen.remark("the catalogue is empty: fill it with `danhmuc import PATH` or `danhmuc seed NAME`")
    return Exit.DONE


def _question(args: Namespace, known: "Labels") -> "Question":
    """The question, read as the HTTP interface reads it."""
    from registry import clock
    from registry.api.filters import Filters

    return Filters(
        text=" ".join(args.words),
        day=args.as_of or clock.today(),
        sort="-updated" if args.sort == "updated" else args.sort,
        limit=args.limit,
        offset=args.offset,
        internal=args.internal,
        lang=None,
        chosen={facet: tuple(getattr(args, facet)) for facet in FILTERS},
    ).question(known)


def _found(question: "Question", answer: "Answer", known: "Labels") -> dict[str, object]:
    """The answer in the shape in which ``GET /api/procedures`` gives it."""
    from datetime import date

    import msgspec

    day = date.fromordinal(question.as_of)
    items = [{**msgspec.json.decode(hit.payload), "highlight": hit.highlight} for hit in answer.hits]
    facets = {
        facet: [
            {"value": one.value, "label": known.label(facet, one.value, day, "vi"), "count": one.count}
            for one in counts
        ]
        for facet, counts in answer.facets.items()
    }
    return {"items": items, "total": answer.total, "facets": facets, "asOf": day, "revision": answer.revision}


def _print(screen: Screen, answer: "Answer") -> None:
    import msgspec

    from registry.indexing import Summary

    found = [msgspec.json.decode(hit.payload, type=Summary) for hit in answer.hits]
    headings = ("code", "name", "level", "sector", "agency")
    screen.table(headings, [_row(one) for one in found], wide=1)
    screen.remark(f"{len(found):,} of {answer.total:,}")


def _row(one: "Summary") -> tuple[str, ...]:
    from registry.cli.page import UNKNOWN, titled
    from registry.vocabulary import label

    agency = one.agency or (one.agencies[0] if one.agencies else None)
    return (
        one.code,
        titled(one.name, illustrative=one.illustrative),
        ", ".join(label("level", level, "en") for level in one.levels) or UNKNOWN,
        "; ".join(term.name for term in one.sectors) or UNKNOWN,
        agency.name if agency else UNKNOWN,
    )
