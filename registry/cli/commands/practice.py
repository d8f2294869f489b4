"""``danhmuc practice``: the legal time beside the real one."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import count
from registry.cli.exits import Exit
from registry.cli.reporting import add_files, add_period
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "set the legal time of procedures beside what agencies really take, down to the dossiers"
SORTS = ("count", "late", "over", "procedure")
WHOLE = 100_000  # pairs of procedure and agency in a file


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--agency", metavar="CODE", help="the agency and all below it (default: the country)")
    parser.add_argument("--procedure", metavar="CODE", help="only this procedure")
    add_period(parser)
    parser.add_argument(
        "--sort",
        choices=SORTS,
        default="count",
        help="most dossiers first, least on time, longest over the legal time, or by code (default: count)",
    )
    parser.add_argument("--limit", type=count, metavar="N", help="how many to list (default: 30; in files: all)")
    parser.add_argument(
        "--records", action="store_true", help="list the dossiers behind one --procedure with one --agency"
    )
    add_files(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.reporting import asking, procedure_of, span_of, tell
    from registry.cli.store import opened
    from registry.metrics.exports import practices
    from registry.metrics.practice import Sort, finished, practice

    start, end = span_of(args)
    procedure = procedure_of(args)
    limit = args.limit or (WHOLE if args.csv or args.xlsx else 30)
    if args.records and not (procedure and args.agency):
        raise Refusal("--records needs one --procedure and one --agency", Exit.USAGE)
    async with opened(settings) as registry:
        database = registry.database
        with asking():
            found = await practice(
                database, start, end, agency=args.agency, procedure=procedure, sort=Sort(args.sort), limit=limit
            )
            report = practices.report(found)
            if args.records and procedure:
                page = await finished(database, procedure, args.agency, start, end, limit)
                report = practices.with_records(report, page)
                return tell(screen, args, report, {"practice": found, "records": page})
    return tell(screen, args, report, found)
