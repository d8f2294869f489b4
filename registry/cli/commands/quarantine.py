"""``danhmuc quarantine``: what could not be accepted, and taking it in after a fix."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "list the records that could not be accepted, show one, or take them in after a fix"
SHORT = 12  # characters of an id that are shown; any unique beginning finds it


def arguments(parser: ArgumentParser) -> None:
    parts = parser.add_subparsers(title="what to do", metavar="ACTION", dest="action", required=True)
    listing = parts.add_parser("list", help="list what is held", allow_abbrev=False)
    listing.add_argument("--all", action="store_true", help="those too that were released since, or are gone")
    add_json(listing)
    showing = parts.add_parser("show", help="show a record with its reason and its raw bytes", allow_abbrev=False)
    showing.add_argument("id", metavar="ID", help="its id, or the beginning of it")
    showing.add_argument("--raw", action="store_true", help="print nothing but the raw bytes, as they were read")
    add_json(showing)
    retrying = parts.add_parser("retry", help="read records again and take them in", allow_abbrev=False)
    retrying.add_argument("id", metavar="ID", nargs="?", help="its id, or the beginning of it")
    retrying.add_argument("--all", action="store_true", help="every record that is held")
    retrying.add_argument("--code", metavar="CODE", help="the code that it is to have")
    retrying.add_argument("--raw", metavar="FILE", type=Path, help="read FILE instead of the bytes that were kept")
    add_json(retrying)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    actions = {"list": _list, "show": _show, "retry": _retry}
    return await actions[args.action](args, settings, screen)


async def _list(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened
    from registry.intake import quarantine

    async with opened(settings) as registry:
        found = await quarantine.listed(registry.database, None if args.all else "held")
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [(one.id[:SHORT], one.state, one.code or "-", one.origin, one.reason) for one in found]
    screen.table(("id", "state", "code", "origin", "reason"), rows, wide=4)
    if not found:
        screen.remark("nothing is in quarantine")
    return Exit.DONE


async def _show(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened
    from registry.clock import VIETNAM
    from registry.intake import quarantine

    async with opened(settings) as registry:
        entry, data = await quarantine.find(registry.database, args.id)
    if args.raw:
        screen.bytes(data)
        return Exit.DONE
    text = data.decode(errors="replace")
    if args.json:
        screen.json({"entry": entry, "raw": text})
        return Exit.DONE
    screen.pairs(
        [
            ("Id", entry.id),
            ("State", entry.state),
            ("Reason", entry.reason),
            ("Field", entry.field or "-"),
            ("Code", entry.code or "-"),
            ("Name", entry.name or "-"),
            ("Origin", entry.origin),
            ("Source", f"{entry.source} ({entry.format}), run {entry.run}"),
            ("Recorded", f"{entry.recorded_at.astimezone(VIETNAM):%Y-%m-%d %H:%M}"),
        ]
    )
    screen.say("", text)
    return Exit.DONE


async def _retry(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.cli.failures import Refusal
    from registry.cli.store import opened
    from registry.intake import quarantine, retrying

    if args.all == bool(args.id):
        raise Refusal("retry takes one ID, or --all", Exit.USAGE)
    if args.all and (args.code or args.raw):
        raise Refusal("--code and --raw speak of one record: give its ID instead of --all", Exit.USAGE)
    try:
        code = retrying.checked(args.code)
    except retrying.FixUnusable as error:
        raise Refusal(f"--code: {error}", Exit.USAGE) from error
    fix = retrying.Fix(code, args.raw.read_bytes() if args.raw else None)
    async with opened(settings) as registry:
        database = registry.database
        if args.all:
            entries = await quarantine.listed(database)
        else:
            entries = [(await quarantine.find(database, args.id))[0]]
        results = await retrying.retry(database, entries, fix, clock.today(), settings.data)
        await registry.follower.catch_up()
    if args.json:
        screen.json(results)
    else:
        for result in results:
            said = (
                f"still held: {result.reason}" if result.reason else f"taken in as {result.code} ({result.fate})"
            )
            screen.say(f"{result.id[:SHORT]}: {said}")
        if not results:
            screen.remark("nothing is in quarantine")
    return Exit.QUARANTINED if any(result.reason for result in results) else Exit.DONE
