"""``danhmuc webhook``: targets that are told of changes."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.settings import Settings

HELP = "register, list, try, pause and remove targets that are told of changes, and send again what they missed"


def arguments(parser: ArgumentParser) -> None:
    parts = parser.add_subparsers(title="what to do", metavar="ACTION", dest="action", required=True)
    adding = parts.add_parser("add", help="register a target, and show its secret this once", allow_abbrev=False)
    adding.add_argument("url", metavar="URL", help="where changes are posted to")
    adding.add_argument(
        "--part",
        action="append",
        default=[],
        metavar="PART",
        help="only what concerns procedures, announcements, agencies or sectors; may be repeated",
    )
    adding.add_argument(
        "--secret-file", type=Path, metavar="FILE", help="sign with what this file holds (default: one is made)"
    )
    adding.add_argument("--since", type=int, metavar="N", help="begin after this change (default: from now on)")
    adding.add_argument(
        "--allow-private", action="store_true", help="let the target be a private address, like 127.0.0.1"
    )
    add_json(adding)
    listing = parts.add_parser("list", help="list the targets, and how far each has come", allow_abbrev=False)
    listing.add_argument("--dead", metavar="ID", help="list what was given up for this target")
    add_json(listing)
    replaying = parts.add_parser("replay", help="send again what was given up", allow_abbrev=False)
    replaying.add_argument("id", metavar="ID", help="the target's id")
    replaying.add_argument("--letter", metavar="ID", help="only this dead letter (default: all)")
    for action, meaning in (
        ("try", "send a message without changes, and tell what the target answers"),
        ("pause", "keep back what a target is to be sent"),
        ("resume", "send a target what was kept back"),
        ("rotate", "give a target a new secret, and show it this once"),
    ):
        parts.add_parser(action, help=meaning, allow_abbrev=False).add_argument(
            "id", metavar="ID", help="the target's id"
        )
    removing = parts.add_parser("remove", help="tell a target of nothing more", allow_abbrev=False)
    removing.add_argument("id", metavar="ID", help="the target's id")


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.engine import open_database
    from registry.exchange.addresses import AddressRefused
    from registry.exchange.webhooks import WebhookInvalid, WebhookNotFound

    actions = {
        "add": _add,
        "list": _list,
        "replay": _replay,
        "try": _try,
        "pause": _pause,
        "resume": _pause,
        "rotate": _rotate,
        "remove": _remove,
    }
    database = await open_database(settings)
    try:
        return await actions[args.action](args, settings, database, screen)
    except (AddressRefused, WebhookInvalid) as error:
        raise Refusal(str(error), Exit.USAGE) from error
    except WebhookNotFound as error:
        raise Refusal(str(error), Exit.UNKNOWN) from error
    finally:
        await database.close()


async def _add(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.exchange import webhooks

    made = await webhooks.create(
        database,
        command(),
        args.url,
        parts=args.part,
        secret=args.secret_file.read_text("utf-8").strip() if args.secret_file else "",
        since=args.since,
        allow_private=args.allow_private,
        everywhere=settings.allow_private,
    )
    if args.json:
        screen.json({"webhook": made.webhook, "secret": made.secret})
        return Exit.DONE
    screen.say(made.webhook.id)
    if not args.secret_file:
        screen.say(made.secret)
        screen.remark("the second line is its secret; it is shown this once, so keep it now")
    return Exit.DONE


async def _list(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:  # noqa: ARG001 - as all
    from registry.exchange import webhooks

    if args.dead:
        await webhooks.find(database, args.dead)
        letters = await webhooks.letters(database, args.dead)
        if args.json:
            screen.json(letters)
            return Exit.DONE
        dead = [
            (one.id, f"{one.since + 1:,} to {one.until:,}", str(one.attempts), one.fault or "-") for one in letters
        ]
        screen.table(("letter", "changes", "attempts", "why"), dead, wide=3)
        return Exit.DONE
    found = await webhooks.listed(database)
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (
            one.id,
            one.url,
            ", ".join(one.parts) or "all",
            f"{one.cursor:,}",
            f"{one.delivered:,} delivered, {one.waiting:,} waiting, {one.dead:,} dead"
            + (", paused" if one.paused_at else ""),
            one.fault or "-",
        )
        for one in found
    ]
    screen.table(("id", "target", "parts", "told up to", "dispatches", "last fault"), rows, wide=5)
    if not found:
        screen.remark("there are no targets; register one with: danhmuc webhook add")
    return Exit.DONE


async def _replay(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:  # noqa: ARG001 - as all
    from registry.access.actors import command
    from registry.exchange import webhooks

    count = await webhooks.replay(database, command(), args.id, args.letter)
    screen.say(f"{count:,} dispatches will be sent again while danhmuc serve runs")
    return Exit.DONE


async def _try(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.exchange import posting

    answered = await posting.trial(database, command(), args.id, allow_private=settings.allow_private)
    screen.say(answered.fault or f"it answered {answered.status}")
    return Exit.UNAVAILABLE if answered.fault else Exit.DONE


async def _pause(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:  # noqa: ARG001 - as every action
    from registry.access.actors import command
    from registry.exchange import webhooks

    on = args.action == "pause"
    await webhooks.pause(database, command(), args.id, on=on)
    screen.say(f"what {args.id} is to be sent {'waits' if on else 'is sent again while danhmuc serve runs'}")
    return Exit.DONE


async def _rotate(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:  # noqa: ARG001 - as every action
    from registry.access.actors import command
    from registry.exchange import webhooks

    screen.say((await webhooks.rotate(database, command(), args.id)).secret)
    screen.remark("this is its secret from now on; it is shown this once, so keep it now")
    return Exit.DONE


async def _remove(args: Namespace, settings: "Settings", database: "Database", screen: Screen) -> Exit:  # noqa: ARG001 - as all
    from registry.access.actors import command
    from registry.exchange import webhooks

    await webhooks.remove(database, command(), args.id)
    screen.say(f"{args.id} is told of nothing more")
    return Exit.DONE
