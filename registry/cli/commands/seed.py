"""``danhmuc seed``: the demonstrations."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.seeding import Loaded
    from registry.settings import Settings

HELP = "list the demonstrations, or load them: catalogue, dossiers and observations, all illustrative"
ALL = "all"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"which to load, or {ALL}; none lists them")
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.progress import Meter
    from registry.cli.seeding import load_all
    from registry.cli.store import opened
    from seeds import NAMES

    if not args.names:
        screen.json(NAMES) if args.json else screen.say(*NAMES)
        return Exit.DONE
    for name in args.names:
        if name not in (*NAMES, ALL):
            raise Refusal(f"there is no demonstration {name!r}; there is {', '.join((*NAMES, ALL))}", Exit.UNKNOWN)
    names = NAMES if ALL in args.names else tuple(dict.fromkeys(args.names))
    code, done = Exit.DONE, {}
    async with opened(settings) as registry:
        for name in names:
            with Meter(screen) as meter:
                loaded = await load_all(registry.database, settings, name, meter)
            done[name] = loaded
            if not args.json:
                screen.say(*_told(name, loaded))
            code = code if _whole(loaded) else Exit.QUARANTINED
        await registry.follower.catch_up()
    if args.json:
        screen.json(done)
    return code


def _told(name: str, loaded: "Loaded") -> list[str]:
    catalogue, dossiers, observed = loaded.catalogue, loaded.dossiers, loaded.observations
    figures = {"new": observed.new, "corrected": observed.corrected, "unchanged": observed.unchanged}
    return [
        f"{name} (illustrative)",
        f"  catalogue: read {catalogue.read:,} = {_parts(catalogue.fates)}",
        f"  dossiers: read {dossiers.read:,} = {_parts(dossiers.fates)}",
        f"  observations: {_parts(figures)}",
    ]


def _parts(fates: dict[str, int]) -> str:
    return " + ".join(f"{count:,} {fate}" for fate, count in fates.items() if count) or "nothing"


def _whole(loaded: "Loaded") -> bool:
    dossiers = loaded.dossiers
    return not loaded.catalogue.fates["quarantined"] and not dossiers.absences and not dossiers.faults
