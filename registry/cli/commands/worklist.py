"""``danhmuc worklist``: what is about to cost points."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, count
from registry.cli.exits import Exit
from registry.cli.reporting import add_files
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "list what is about to cost points: announcements, dossiers and procedures, with deadlines and worth"
WHOLE = 100_000  # pieces of work in a file


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--agency", metavar="CODE", help="the agency and all below it (default: the country)")
    parser.add_argument(
        "--kind",
        metavar="KIND",
        action="append",
        default=[],
        help="publish, update, dossier, online, payment or content; may be repeated (default: all)",
    )
    parser.add_argument("--days", type=count, default=10, metavar="N", help="working days ahead (default: 10)")
    add_day(parser, "--as-of", "the day from which it looks ahead (default: today)")
    parser.add_argument("--limit", type=count, metavar="N", help="how many to list (default: 30; in files: all)")
    add_files(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.cli.reporting import asking, tell
    from registry.cli.store import opened
    from registry.metrics.exports import works
    from registry.metrics.worklist import worklist

    limit = args.limit or (WHOLE if args.csv or args.xlsx else 30)
    day = args.as_of or clock.today()
    async with opened(settings) as registry:
        with asking():
            found = await worklist(
                registry.database, args.agency, day, kinds=args.kind, days=args.days, limit=limit
            )
    return tell(screen, args, works.report(found), found)
