"""Reading the command line. Imports little, so that ``--help`` is instant."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import date, datetime, time, timedelta

from registry import __version__
from registry.cli import commands, exits


def parser() -> ArgumentParser:
    """The parser of ``danhmuc`` with every command in it."""
    whole = ArgumentParser(
        prog="danhmuc",
        description="Danh Mục: the catalogue of administrative procedures, with its history and its search.",
        epilog=f"exit codes:\n{exits.table()}\n\n`danhmuc COMMAND --help` explains a command; settings are "
        "DANHMUC_* variables.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"danhmuc {__version__}")
    parts = whole.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name, command in commands.known().items():
        part = parts.add_parser(
            name,
            help=command.HELP,
            description=f"{command.HELP[:1].upper()}{command.HELP[1:]}.",
            allow_abbrev=False,
        )
        command.arguments(part)
        part.set_defaults(run=command.run, loop=getattr(command, "loop", None))
    return whole


def add_json(part: ArgumentParser) -> None:
    part.add_argument("--json", action="store_true", help="print one JSON document, for programs")


def add_day(part: ArgumentParser, option: str, meaning: str, *, required: bool = False) -> None:
    part.add_argument(option, type=day, metavar="DAY", required=required, help=meaning)


def add_known(part: ArgumentParser) -> None:
    part.add_argument(
        "--known-at", type=moment, metavar="MOMENT", help="as this registry knew it then, like 2025-05-31T08:00"
    )


def day(text: str) -> date:
    """A day as 2025-05-31."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day; write it as 2025-05-31") from error


def moment(text: str) -> datetime:
    """A moment as 2025-05-31T08:00, in Vietnam unless it names a zone; a day alone stands for its end."""
    from registry.clock import VIETNAM

    try:
        if len(text) == len("2025-05-31"):
            return datetime.combine(date.fromisoformat(text), time.min, VIETNAM) + timedelta(days=1)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no moment; write it as 2025-05-31 or 2025-05-31T08:00") from error
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def port(text: str) -> int:
    """A port, 0 for any that is free."""
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"{text!r} is no port; it must be a number from 0 to 65535")
    return int(text)
