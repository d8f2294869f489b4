"""``danhmuc key``: keys of programs."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.access.keys import Key
    from registry.settings import Settings

HELP = "make, list and revoke the keys by which programs write"


def arguments(parser: ArgumentParser) -> None:
    parts = parser.add_subparsers(title="what to do", metavar="ACTION", dest="action", required=True)
    making = parts.add_parser("create", help="make a key and show it, this once", allow_abbrev=False)
    making.add_argument("name", metavar="NAME", help="whose it is and what for")
    making.add_argument(
        "--scope",
        action="append",
        required=True,
        metavar="SCOPE",
        help="what it may do: announce, dossiers, metrics, follow or admin; may be repeated",
    )
    making.add_argument("--agency", metavar="CODE", help="it acts only for this agency and those below it")
    add_day(making, "--until", "its last good day (default: a year from today)")
    add_json(making)
    listing = parts.add_parser("list", help="list every key there is or was", allow_abbrev=False)
    add_json(listing)
    revoking = parts.add_parser("revoke", help="let a key be good no longer", allow_abbrev=False)
    revoking.add_argument("id", metavar="ID", help="its id, the part between its underscores")


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    return await actions[args.action](args, settings, screen)


async def _create(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import keys
    from registry.access.actors import command
    from registry.cli.store import opened

    async with opened(settings) as registry:
        made = await keys.create(
            registry.database, command(), args.name, args.scope, agency=args.agency, until=args.until
        )
    if args.json:
        screen.json({"key": made.key, "secret": made.secret})
        return Exit.DONE
    screen.say(made.secret)
    screen.remark(f"key {made.key.id} is good until {made.key.until}; it is shown this once, so keep it now")
    return Exit.DONE


async def _list(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import keys
    from registry.cli.store import opened

    async with opened(settings) as registry:
        found = await keys.listed(registry.database)
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (key.id, _state(key), ", ".join(key.scopes), key.agency or "any", str(key.last_used or "never"), key.name)
        for key in found
    ]
    screen.table(("id", "state", "scopes", "agency", "last used", "name"), rows, wide=5)
    if not found:
        screen.remark("there are no keys; make one with: danhmuc key create")
    return Exit.DONE


async def _revoke(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import keys
    from registry.access.actors import command
    from registry.cli.store import opened

    async with opened(settings) as registry:
        key = await keys.revoke(registry.database, command(), args.id)
    screen.say(f"key {key.id} ({key.name}) is good no longer")
    return Exit.DONE


def _state(key: "Key") -> str:
    from registry import clock

    if key.revoked_at is not None:
        return f"revoked {clock.day_of(key.revoked_at)}"
    return f"expired {key.until}" if key.until < clock.today() else f"good until {key.until}"
