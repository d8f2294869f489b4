"""``danhmuc show``: one procedure."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json, add_known
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "show a procedure: what to bring, where, how long, what it costs"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="its code in any notation, like 1.001193")
    add_day(parser, "--as-of", "as it is in force on this day (default: today)")
    add_known(parser)
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.api.parameters import code_of
    from registry.catalogue import announcements, versions
    from registry.cli import page
    from registry.cli.store import known_at, opened

    day = args.as_of or clock.today()
    async with opened(settings) as registry:
        database = registry.database
        async with database.snapshot():
            known = await known_at(database, args.known_at)
            version = await versions.find(database, code_of(args.code), day, known)
            ids = [key for key in (version.announcement, version.ended_by) if key]
            cited = await announcements.by_ids(database, ids)
    if args.json:
        screen.json(
            {
                "version": version,
                "announcement": cited.get(version.announcement or ""),
                "endedBy": cited.get(version.ended_by or ""),
            }
        )
        return Exit.DONE
    status = f"in force on {day}, {page.span(version.valid_from, version.valid_to)}"
    found = [("Status", status), ("By", page.cite(cited, version.announcement))]
    if version.ended_by:
        found.append(("Ended by", page.cite(cited, version.ended_by)))
    screen.pairs([*found, *page.rows(version.procedure)])
    return Exit.DONE
