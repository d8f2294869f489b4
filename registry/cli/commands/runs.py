"""``danhmuc runs``: the last intakes."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json, count
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "list the last intakes: what was read, and what came of it"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="how many at most (default: 20)")
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened
    from registry.clock import VIETNAM
    from registry.intake import runs

    async with opened(settings) as registry:
        found = await runs.listed(registry.database, args.limit)
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (
            str(one.id),
            f"{one.started_at.astimezone(VIETNAM):%Y-%m-%d %H:%M}",
            one.outcome or "unfinished",
            one.format,
            one.cover + (f" {one.agency}" if one.agency else ""),
            ", ".join(f"{number:,} {fate}" for fate, number in one.counts.items() if number) or "-",
            one.source,
        )
        for one in found
    ]
    screen.table(("run", "began", "outcome", "format", "cover", "counts", "source"), rows, wide=6)
    return Exit.DONE
