"""``danhmuc seed``: the demonstration catalogues."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "list the demonstration catalogues, or load them"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="which to load; none lists them")


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.progress import Meter
    from registry.cli.seeding import load
    from registry.cli.store import opened
    from seeds import NAMES

    if not args.names:
        screen.say(*NAMES)
        return Exit.DONE
    for name in args.names:
        if name not in NAMES:
            raise Refusal(
                f"there is no demonstration catalogue {name!r}; there is {', '.join(NAMES)}", Exit.UNKNOWN
            )
    code = Exit.DONE
    async with opened(settings) as registry:
        for name in args.names:
            with Meter(screen) as meter:
                outcome = await load(registry.database, settings, name, meter)
            parts = [f"{count:,} {fate}" for fate, count in outcome.fates.items() if count]
            screen.say(f"{name}: read {outcome.read:,} = {' + '.join(parts)}; in force: {outcome.in_force:,}")
            code = Exit.QUARANTINED if outcome.fates["quarantined"] else code
        await registry.follower.catch_up()
    return code
