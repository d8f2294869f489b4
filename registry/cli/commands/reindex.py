"""``danhmuc reindex``: build the search index anew."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "build a fresh search index from the catalogue and swap it in; searching goes on meanwhile"


def arguments(parser: ArgumentParser) -> None:
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened

    async with opened(settings) as registry:
        await registry.follower.rebuild()
        state = await registry.engine.state()
    if args.json:
        screen.json(state)
    else:
        screen.say(f"{state.documents:,} versions indexed, at revision {state.revision:,}")
    return Exit.DONE
