"""``danhmuc metrics``: indicators, computed now."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day
from registry.cli.exits import Exit
from registry.cli.reporting import add_files, add_period, period
from registry.cli.screen import Screen
from registry.vocabulary import Channel, Level

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.metrics import Answer, Ask
    from registry.metrics.observations import Observation
    from registry.settings import Settings

HELP = "compute indicators for an agency, sector, procedure and period: every number with both its sides"
DIMENSIONS = ("agency", "sector", "level", "procedure", "channel", "day", "month", "quarter", "year")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "indicator",
        metavar="INDICATOR",
        nargs="?",
        help="its id, like PAYMENT_DOSSIER (default: all)",
    )
    parser.add_argument("--agency", metavar="CODE", help="the agency and all below it (default: the country)")
    parser.add_argument("--sector", metavar="CODE", help="only procedures of this sector")
    parser.add_argument("--level", choices=[*Level], help="only agencies and procedures of this level")
    parser.add_argument("--procedure", metavar="CODE", help="only this procedure")
    parser.add_argument("--channel", choices=[*Channel], help="only dossiers that came by this channel")
    add_period(parser)
    parser.add_argument(
        "--group-by",
        metavar="DIMENSION",
        action="append",
        choices=DIMENSIONS,
        default=[],
        help=f"cut the number by {', '.join(DIMENSIONS)}; may be repeated",
    )
    parser.add_argument(
        "--boundaries",
        choices=("then", "today"),
        default="then",
        help="whose a dossier is after a reorganisation: as it was then, or by today's agencies (default: then)",
    )
    add_day(parser, "--as-of", "the day on which the catalogue and what is overdue are read (default: the last)")
    parser.add_argument("--compare", type=period, metavar="PERIOD", help="a period to compare with, like 2024")
    parser.add_argument("--rank", action="store_true", help="place the agency among its peers")
    add_files(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.reporting import asking, tell
    from registry.cli.store import opened
    from registry.metrics import definitions
    from registry.metrics.exports import answers

    if not args.indicator and (args.group_by or args.rank):
        raise Refusal("--group-by and --rank speak of one INDICATOR: name it", Exit.USAGE)
    if args.rank and not args.agency:
        raise Refusal("--rank places an agency among its peers: name it with --agency", Exit.USAGE)
    async with opened(settings) as registry:
        with asking():
            ask = _ask(args)
            names = [args.indicator] if args.indicator else [one.id for one in definitions(ask.end)]
            found = await _answers(registry.database, ask, names)
            told = await _observed(registry.database, ask, names)
    report = answers.report(found, told)
    return tell(screen, args, report, {"answers": found, "observed": told})


def _ask(args: Namespace) -> "Ask":
    from registry.cli.reporting import procedure_of, span_of
    from registry.metrics import Ask, Boundaries, Dimension

    start, end = span_of(args)
    return Ask(
        indicator=args.indicator or "",
        start=start,
        end=end,
        agency=args.agency,
        sector=args.sector,
        level=Level(args.level) if args.level else None,
        procedure=procedure_of(args),
        channel=Channel(args.channel) if args.channel else None,
        group_by=tuple(Dimension(one) for one in args.group_by),
        boundaries=Boundaries(args.boundaries),
        as_of=args.as_of,
        compare=args.compare,
        rank=args.rank,
    )


async def _answers(database: "Database", ask: "Ask", names: list[str]) -> list["Answer"]:
    import msgspec

    from registry.metrics import evaluate

    async with database.snapshot():
        return [await evaluate(database, msgspec.structs.replace(ask, indicator=name)) for name in names]


async def _observed(database: "Database", ask: "Ask", names: list[str]) -> list["Observation"]:
    """What others published of the same agency, where nothing narrows the question."""
    from registry.metrics.observations import observed

    if ask.agency is None or ask.sector or ask.level or ask.procedure or ask.channel:
        return []
    return await observed(database, names, ask.agency, ask.start, ask.end)
