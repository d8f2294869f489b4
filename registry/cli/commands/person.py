"""``danhmuc person``: people of portal teams and managers, who sign in with a browser."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "open, list and close the accounts of people who sign in; a password is asked for, or read from a pipe"


def arguments(parser: ArgumentParser) -> None:
    parts = parser.add_subparsers(title="what to do", metavar="ACTION", dest="action", required=True)
    making = parts.add_parser("create", help="open an account", allow_abbrev=False)
    making.add_argument("login", metavar="LOGIN", help="what they sign in as")
    making.add_argument("--name", required=True, metavar="NAME", help="who they are")
    making.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help="what they may do: announce, dossiers, metrics, follow or admin; may be repeated",
    )
    making.add_argument("--agency", metavar="CODE", help="they act only for this agency and those below it")
    granting = parts.add_parser("grant", help="say anew what someone may do", allow_abbrev=False)
    granting.add_argument("login", metavar="LOGIN", help="what they sign in as")
    granting.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help="what they may do from now on, and nothing else; may be repeated",
    )
    granting.add_argument("--agency", metavar="CODE", help="they act only for this agency and those below it")
    listing = parts.add_parser("list", help="list every account there is or was", allow_abbrev=False)
    add_json(listing)
    renewing = parts.add_parser(
        "password", help="give someone a new password, and sign them out everywhere", allow_abbrev=False
    )
    renewing.add_argument("login", metavar="LOGIN", help="what they sign in as")
    closing = parts.add_parser("close", help="let someone sign in no more", allow_abbrev=False)
    closing.add_argument("login", metavar="LOGIN", help="what they sign in as")


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    actions = {"create": _create, "grant": _grant, "list": _list, "password": _password, "close": _close}
    return await actions[args.action](args, settings, screen)


async def _create(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import people
    from registry.access.actors import command
    from registry.cli.store import opened

    password = _asked()
    async with opened(settings) as registry:
        made = await people.create(
            registry.database, command(), args.login, args.name, password, args.scope, args.agency
        )
    screen.say(f"{made.name} can sign in as {made.login}")
    return Exit.DONE


async def _grant(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import people
    from registry.access.actors import command
    from registry.cli.store import opened

    async with opened(settings) as registry:
        await people.grant(registry.database, command(), args.login, args.scope, args.agency)
    screen.say(f"{args.login} may {', '.join(args.scope) or 'do nothing'} for {args.agency or 'any agency'}")
    return Exit.DONE


async def _list(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import people
    from registry.cli.store import opened

    async with opened(settings) as registry:
        found = await people.listed(registry.database)
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (
            one.login,
            "closed" if one.closed else "open",
            ", ".join(one.scopes),
            one.agency or "any",
            one.id,
            one.name,
        )
        for one in found
    ]
    screen.table(("login", "state", "scopes", "agency", "id", "name"), rows, wide=5)
    if not found:
        screen.remark("nobody has an account; open one with: danhmuc person create")
    return Exit.DONE


async def _password(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import people
    from registry.access.actors import command
    from registry.cli.store import opened

    password = _asked()
    async with opened(settings) as registry:
        await people.set_password(registry.database, command(), args.login, password)
    screen.say(f"{args.login} has a new password and is signed out everywhere")
    return Exit.DONE


async def _close(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.access import people
    from registry.access.actors import command
    from registry.cli.store import opened

    async with opened(settings) as registry:
        await people.close(registry.database, command(), args.login)
    screen.say(f"{args.login} can sign in no more and is signed out everywhere")
    return Exit.DONE


def _asked() -> str:
    """A password, asked for twice on a terminal, or the first line of what is piped in."""
    from getpass import getpass

    from registry.cli.failures import Refusal

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass("password: ")
    if first != getpass("once more: "):
        raise Refusal("the two are not the same; nothing was changed", Exit.USAGE)
    return first
