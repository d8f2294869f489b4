"""``danhmuc export``: the catalogue as a file."""

from argparse import ArgumentParser, Namespace
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from registry.cli.arguments import add_day, add_known
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from registry.settings import Settings

HELP = "write the catalogue with its history as NDJSON, which import reads back"


def arguments(parser: ArgumentParser) -> None:
    add_day(parser, "--as-of", "only what is in force on this day (default: everything, with its history)")
    add_known(parser)
    parser.add_argument("--format", choices=("ndjson",), default="ndjson", help="the format (default: ndjson)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write to FILE, which appears when it is complete"
    )


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.output import Output
    from registry.cli.store import known_at, opened
    from registry.exchange.native import export

    async with opened(settings) as registry:
        # Closed here and now, also when nobody reads on: it holds a transaction.
        known = await known_at(registry.database, args.known_at)
        lines = cast("AsyncGenerator[bytes, None]", export(registry.database, args.as_of, known))
        async with aclosing(lines) as chunks:
            if args.output is None:
                async for chunk in chunks:
                    screen.bytes(chunk)
                return Exit.DONE
            count = 0
            with Output(args.output) as file:
                async for chunk in chunks:
                    count += chunk.count(b"\n")
                    file.write(chunk)
    screen.remark(f"{count:,} lines written to {args.output}")
    return Exit.DONE
