"""``danhmuc scorecard``: an agency's points, group by group."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day
from registry.cli.exits import Exit
from registry.cli.reporting import add_files, add_period
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "score an agency: its points by group and indicator, its place among its peers, and what is below it"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("agency", metavar="AGENCY", help="its code, like H55")
    add_period(parser)
    parser.add_argument(
        "--boundaries",
        choices=("then", "today"),
        default="then",
        help="whose a dossier is after a reorganisation: as it was then, or by today's agencies (default: then)",
    )
    add_day(parser, "--as-of", "the day on which the catalogue and what is overdue are read (default: the last)")
    add_files(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.reporting import asking, span_of, tell
    from registry.cli.store import opened
    from registry.metrics import Boundaries, scorecard
    from registry.metrics.exports import cards
    from registry.metrics.observations import observed

    start, end = span_of(args)
    async with opened(settings) as registry:
        database = registry.database
        with asking():
            async with database.snapshot():
                card = await scorecard(database, args.agency, start, end, Boundaries(args.boundaries), args.as_of)
                told = await observed(database, None, args.agency, start, end)
    return tell(screen, args, cards.report(card, told), {"scorecard": card, "observed": told})
