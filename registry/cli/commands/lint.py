"""``danhmuc lint``: what keeps pages from being understood, and which to mend first."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json, count
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from datetime import date

    from registry.engine import Database
    from registry.lint import Findings
    from registry.lint.work import Summary, Work
    from registry.settings import Settings

HELP = "score the pages of procedures, say what to improve in them, and list what to mend first"
SHOWN = 20
EXCERPT = 60  # characters of the text in question


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", nargs="?", help="say what to improve in this procedure")
    parser.add_argument("--rule", metavar="RULE", default="", help="list only pages with faults of this rule")
    parser.add_argument("--agency", metavar="CODE", help="list only what this agency issues, or one below it")
    add_day(parser, "--as-of", "the day that is asked about (default: today)")
    parser.add_argument(
        "--limit", type=count, default=SHOWN, metavar="N", help=f"how many to list (default: {SHOWN})"
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.cli.failures import Refusal
    from registry.cli.store import opened
    from registry.lint import rules

    day = args.as_of or clock.today()
    if args.rule and args.rule not in rules():
        raise Refusal(f"there is no rule {args.rule!r}; there is {', '.join(rules())}", Exit.USAGE)
    if args.code and (args.rule or args.agency):
        raise Refusal("give a CODE, or --rule and --agency, not both", Exit.USAGE)
    async with opened(settings) as registry:
        if args.code:
            found = await _one(registry.database, args.code, day)
            screen.json(found) if args.json else _say_one(screen, found)
            return Exit.DONE
        total, listed = await _all(args, registry.database, day)
    if args.json:
        screen.json({"summary": total, "work": listed[: args.limit], "total": len(listed)})
    else:
        _say_summary(screen, total)
        _say_work(screen, listed, args.limit)
    return Exit.DONE


async def _one(database: "Database", given: str, day: "date") -> "Findings":
    from registry.api.parameters import code_of
    from registry.catalogue import versions
    from registry.lint import examine

    version = await versions.find(database, code_of(given), day)
    return examine(version.procedure, day)


async def _all(args: Namespace, database: "Database", day: "date") -> "tuple[Summary, list[Work]]":
    from registry.cli.failures import Refusal
    from registry.desk.standing import bodies
    from registry.lint.grades import Grades
    from registry.lint.work import summary, work

    grades = Grades()
    agencies = None
    if args.agency:
        known = await bodies(database)
        if args.agency not in known:
            raise Refusal(f"there is no agency {args.agency!r}", Exit.UNKNOWN)
        agencies = {code for code in known.codes() if known.below(code, args.agency, day)}
    pages = [one for one in await grades.on(database, day) if agencies is None or one.agency in agencies]
    return summary(pages, day), await work(database, grades, day, rule=args.rule, agencies=agencies)


def _say_one(screen: Screen, found: "Findings") -> None:
    from registry.lint import rules

    screen.say(f"{found.code} {found.name}", f"score {found.score} of 100")
    lost = [mark for mark in found.marks if mark.faults]
    screen.table(
        ("rule", "lost", "of", "faults", "among", "what it asks for"),
        [
            (one.rule, f"{one.lost:g}", str(one.weight), str(one.faults), str(one.among), rules()[one.rule].en)
            for one in lost
        ],
        wide=5,
        right=(1, 2, 3, 4),
    )
    for finding in found.findings:
        place, text = finding.field or finding.section, " ".join(finding.found.split())
        quoted = f" “{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}”" if text else ""
        screen.say(f"{place}: {finding.vi}{quoted}")


def _say_summary(screen: Screen, total: "Summary") -> None:
    from registry.lint import rules

    screen.say(
        f"{total.pages:,} pages in force on {total.day}: mean score {total.mean}, median {total.median} of 100"
    )
    screen.table(
        ("rule", "weight", "faults", "pages", "what it asks for"),
        [
            (one.rule, str(one.weight), f"{one.faults:,}", f"{one.pages:,}", rules()[one.rule].en)
            for one in total.rates
        ],
        wide=4,
        right=(1, 2, 3),
    )


def _say_work(screen: Screen, listed: "list[Work]", limit: int) -> None:
    screen.say("", f"{len(listed):,} pages to mend; what needs it most first:")
    screen.table(
        ("code", "score", "views", "not found", "faults", "name"),
        [
            (one.code, str(one.score), f"{one.views:,}", f"{one.no:,}", ", ".join(one.faults), one.name)
            for one in listed[:limit]
        ],
        wide=5,
        right=(1, 2, 3),
    )
