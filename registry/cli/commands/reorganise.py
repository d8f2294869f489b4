"""``danhmuc reorganise``: agencies merge, split, are renamed, move or end."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "publish a reorganisation of agencies from a JSON file, or say what it would touch"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="FILE", type=Path, help="the reorganisation as JSON")
    parser.add_argument(
        "--dry-run", action="store_true", help="list every agency, procedure and dossier count that it touches"
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.cli import drafting
    from registry.cli.store import opened
    from registry.desk import affected, reorganise
    from registry.desk.errors import Refused
    from registry.desk.reorganisation import ReorganisationDraft

    body, notes = drafting.read(args.path, ReorganisationDraft)
    drafting.say_cleaned(screen, notes)
    async with opened(settings) as registry:
        if args.dry_run:
            async with registry.database.snapshot():
                told = await affected.affected(registry.database, body, command())
            if args.json:
                screen.json(told)
            else:
                drafting.say_affected(screen, told)
            return Exit.DONE if told.publishable else Exit.REFUSED
        try:
            done = await reorganise.publish_body(registry.database, command(), body)
        except Refused as error:
            if args.json:
                screen.json({"reasons": error.reasons})
            else:
                drafting.say_reasons(screen, error.reasons)
            return Exit.REFUSED
        await registry.follower.catch_up()
    if args.json:
        screen.json(done)
    else:
        drafting.say_published(screen, done)
    return Exit.DONE
