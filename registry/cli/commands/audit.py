"""``danhmuc audit``: who did what, and the proof that nobody changed the log of it."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json, count
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.access.audit import Entry
    from registry.engine import Database
    from registry.settings import Settings

HELP = "show, export or verify the log of who did what, when and from where"
SHOWN = 50


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--actor", metavar="ID", help="only what this key, person or user did")
    parser.add_argument("--subject", metavar="SUBJECT", help="only what was done to this")
    parser.add_argument(
        "--limit", type=count, default=SHOWN, metavar="N", help=f"the last N entries (default: {SHOWN})"
    )
    parser.add_argument("--verify", action="store_true", help="prove that no entry was changed or removed")
    parser.add_argument(
        "--head",
        type=_head,
        metavar="HEAD",
        help="with --verify: a head that was noted earlier, as it was printed",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the whole log to FILE as NDJSON")
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.store import opened

    if args.head and not args.verify:
        raise Refusal("--head goes with --verify", Exit.USAGE)
    async with opened(settings) as registry:
        if args.verify:
            return await _verify(args, registry.database, screen)
        if args.output:
            return await _export(args, registry.database, screen)
        found = await _last(args, registry.database)
    if args.json:
        screen.json(found)
        return Exit.DONE
    screen.table(
        ("number", "when", "who", "from", "did", "to"),
        [
            (str(one.number), one.at[:19], f"{one.kind} {one.name}", one.address, one.action, one.subject)
            for one in found
        ],
        wide=5,
    )
    if not found:
        screen.remark("nothing was done that fits")
    return Exit.DONE


async def _last(args: Namespace, database: "Database") -> "list[Entry]":
    from collections import deque

    from registry.access import audit

    found: deque[Entry] = deque(maxlen=args.limit)
    async for batch in audit.stream(database, actor=args.actor, subject=args.subject):
        found.extend(batch)
    return list(found)


async def _verify(args: Namespace, database: "Database", screen: Screen) -> Exit:
    from registry.access import audit

    async with database.snapshot():
        head = await audit.head(database)
        found = await audit.verify(database, args.head)
    if args.json:
        screen.json({"sound": not found, "head": str(head), "entries": head.number, "breaks": found})
    elif found:
        screen.say(*(f"entry {one.number} {one.message}" for one in found))
    else:
        screen.say(f"sound: {head.number:,} entries, head {head}")
    return Exit.FAULTY if found else Exit.DONE


async def _export(args: Namespace, database: "Database", screen: Screen) -> Exit:
    import msgspec

    from registry.access import audit
    from registry.cli.output import Output

    total = 0
    with Output(args.output) as file:
        async for batch in audit.stream(database, actor=args.actor, subject=args.subject):
            total += len(batch)
            file.write(b"".join(msgspec.json.encode(entry) + b"\n" for entry in batch))
    screen.remark(f"{total:,} entries written to {args.output}")
    return Exit.DONE


def _head(text: str) -> object:
    from registry.access.audit import Head

    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise ArgumentTypeError(f"{text[:80]!r} is no head; it is a number, a colon and 64 hexadecimal digits")
    return Head(int(number), digest)
