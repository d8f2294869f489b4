"""``danhmuc export``: the catalogue as a file, in its own form or in open standards."""

from argparse import ArgumentParser, Namespace
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_known
from registry.cli.exits import Exit
from registry.cli.screen import Screen
from registry.exchange.exports import EXPORTS

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.exchange.holdings import Wanted
    from registry.settings import Settings

HELP = "write the catalogue: NDJSON that import reads back, tables, or open standards"
TABLES = ("procedures", "channels", "fees", "papers", "bases")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=tuple(EXPORTS),
        default="ndjson",
        help="ndjson: everything, which import reads back; csv, xlsx: tables; jsonld, turtle: CPSV-AP 3.2; dcat: "
        "the dataset's entry; profile: our extensions of CPSV-AP; dictionary: its columns (default: ndjson)",
    )
    add_day(
        parser,
        "--as-of",
        "only what is in force on this day (default: today, but for ndjson everything with its history)",
    )
    parser.add_argument("--all", action="store_true", help="csv, xlsx: every version instead of one day's")
    add_known(parser)
    parser.add_argument("--table", choices=TABLES, help="csv: which table (default: procedures)")
    parser.add_argument(
        "--headings", choices=("name", "vi", "en"), help="csv, xlsx: what columns are called (default: name)"
    )
    parser.add_argument("--bom", action="store_true", help="csv, dictionary: a mark that tells Excel it is UTF-8")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write to FILE, which appears when it is complete"
    )


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.output import Output
    from registry.cli.store import opened

    _check(args)
    if args.format == "xlsx" and args.output is None and screen.terminal:
        raise Refusal("a workbook is nothing for a terminal: name a file with -o FILE", Exit.USAGE)
    async with opened(settings) as registry:
        wanted = await _wanted(args, settings, registry.database)
        # Closed here and now, also when nobody reads on: it may hold a transaction.
        async with aclosing(EXPORTS[args.format].write(registry.database, wanted)) as chunks:
            if args.output is None:
                async for chunk in chunks:
                    screen.bytes(chunk)
                return Exit.DONE
            size = lines = 0
            with Output(args.output) as file:
                async for chunk in chunks:
                    size += len(chunk)
                    lines += chunk.count(b"\n")
                    file.write(chunk)
    told = f"{lines:,} lines" if args.format == "ndjson" else f"{size:,} bytes"
    screen.remark(f"{told} written to {args.output}")
    return Exit.DONE


def _check(args: Namespace) -> None:
    """Refuse options that say nothing about the format, so that nobody thinks they did."""
    from registry.cli.failures import Refusal

    fits = {
        "--all": (args.all, ("csv", "xlsx")),
        "--table": (args.table, ("csv",)),
        "--headings": (args.headings, ("csv", "xlsx")),
        "--bom": (args.bom, ("csv", "dictionary")),
        "--as-of": (args.as_of, ("ndjson", "csv", "xlsx", "jsonld", "turtle")),
        "--known-at": (args.known_at, ("ndjson", "csv", "xlsx", "jsonld", "turtle")),
    }
    for option, (given, formats) in fits.items():
        if given and args.format not in formats:
            raise Refusal(
                f"{option} says nothing about --format {args.format}, but of {', '.join(formats)}", Exit.USAGE
            )
    if args.all and args.as_of:
        raise Refusal("--all and --as-of exclude each other: every version, or those of one day", Exit.USAGE)


async def _wanted(args: Namespace, settings: "Settings", database: "Database") -> "Wanted":
    from registry import clock
    from registry.catalogue import versions
    from registry.cli.store import known_at
    from registry.exchange.holdings import Wanted
    from registry.exchange.publication import Publication

    known = await known_at(database, args.known_at)
    whole = args.all or (args.format == "ndjson" and args.as_of is None)
    day = args.as_of or clock.today()
    return Wanted(
        publication=Publication.of(settings, day),
        day=None if whole else day,
        known=await versions.revision(database) if known is None else known,
        table=args.table or "procedures",
        headings=args.headings or "name",
        mark=args.bom,
    )
