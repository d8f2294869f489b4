"""``danhmuc reconcile``: the figures of the reports beside what their demonstrations' records give."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.exits import Exit
from registry.cli.reporting import add_files
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.settings import Settings

HELP = "compute what five reports publish, and set it beside what they say; 1 where a figure does not come out"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "reports", metavar="REPORT", nargs="*", help="which; none: all whose demonstration is loaded"
    )
    add_files(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.reporting import show, tell
    from registry.cli.store import opened
    from registry.reconciling import apart, reconcile, together
    from seeds.published import figures

    async with opened(settings) as registry:
        reports = await _reports(registry.database, tuple(dict.fromkeys(args.reports)))
        wanted = [figure for name in reports for figure in figures() if figure.report == name]
        found = [one async for one in reconcile(registry.database, wanted)]
    if args.json or args.csv or args.xlsx:
        tell(screen, args, together(found), found)
    else:
        for number, report in enumerate(apart(found)):
            screen.say(*[""] * bool(number))
            show(screen, report)
    come_out = sum(one.holds for one in found)
    screen.remark(f"{come_out:,} of {len(found):,} published figures come out; all data are illustrative")
    return Exit.DONE if come_out == len(found) else Exit.FAULTY


async def _reports(database: "Database", named: tuple[str, ...]) -> tuple[str, ...]:
    from registry.cli.failures import Refusal
    from registry.reconciling import loaded
    from seeds import NAMES

    there = await loaded(database)
    for name in named:
        if name not in NAMES:
            raise Refusal(f"there is no report {name!r}; there is {', '.join(NAMES)}", Exit.UNKNOWN)
        if name not in there:
            raise Refusal(f"{name} is not loaded: run `danhmuc seed {name}` first", Exit.UNKNOWN)
    if not there:
        raise Refusal("no demonstration is loaded: run `danhmuc seed NAME`, or `danhmuc seed all`", Exit.UNKNOWN)
    return named or tuple(there)
