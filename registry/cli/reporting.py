"""Numbers on a terminal, and as files: what every command that reports has in common."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.metrics.exports import Report, Sheet

UNTOLD = ("Công thức", "Nguồn gốc số liệu")
"""Tables that are in a workbook, but not on a terminal."""


def add_period(part: ArgumentParser) -> None:
    part.add_argument(
        "--period", type=period, metavar="PERIOD", help="a year, half, quarter, month or day, like 2025-Q1"
    )
    add_day(part, "--from", "the first day, in the place of --period")
    add_day(part, "--to", "the last day (default: today)")


def add_files(part: ArgumentParser) -> None:
    add_json(part)
    part.add_argument("--csv", metavar="FILE", type=Path, help="write the table to FILE as CSV")
    part.add_argument("--xlsx", metavar="FILE", type=Path, help="write a workbook to FILE")


def period(text: str) -> tuple[date, date]:
    """A period as its first and last day."""
    from registry.metrics.observations import ObservationRejected, period_of

    try:
        return period_of(text)
    except ObservationRejected as error:
        raise ArgumentTypeError(str(error)) from error


def procedure_of(args: Namespace) -> str | None:
    """The procedure that was asked for, in the national notation of its code."""
    if not args.procedure:
        return None
    from registry.api.parameters import code_of

    return code_of(args.procedure)


def span_of(args: Namespace) -> tuple[date, date]:
    """The period that was asked for; by default this year."""
    from registry import clock
    from registry.cli.failures import Refusal

    first, last = getattr(args, "from"), args.to
    if args.period and (first or last):
        raise Refusal("give --period, or --from and --to, not both", Exit.USAGE)
    if args.period:
        found: tuple[date, date] = args.period
        return found
    if last and not first:
        raise Refusal("--to needs --from", Exit.USAGE)
    today = clock.today()
    return (first, last or today) if first else (date(today.year, 1, 1), date(today.year, 12, 31))


@contextmanager
def asking() -> Iterator[None]:
    """What cannot be asked is told in one line."""
    from registry.cli.failures import Refusal
    from registry.metrics import AskInvalid, IndicatorNotFound

    try:
        yield
    except AskInvalid as error:
        accepted = f"; it may be {', '.join(error.accepted)}" if error.accepted else ""
        raise Refusal(f"{error}{accepted}", Exit.USAGE) from error
    except IndicatorNotFound as error:
        raise Refusal(f"{error}; there are {', '.join(error.known)}", Exit.UNKNOWN) from error


def tell(screen: Screen, args: Namespace, report: "Report", answer: object) -> Exit:
    """Write the files that were asked for; then print the answer as JSON, or the report as tables."""
    from registry.cli.output import Output
    from registry.metrics.exports import delimited, workbook

    for path, write in ((args.csv, delimited), (args.xlsx, workbook)):
        if path is not None:
            with Output(path) as file:
                file.write(write(report))
            screen.remark(f"written to {path}")
    if args.json:
        screen.json(answer)
    elif args.csv is None and args.xlsx is None:
        show(screen, report)
    return Exit.DONE


def show(screen: Screen, report: "Report") -> None:
    """The report on a terminal: its title, what it is about, and its tables."""
    screen.say(report.title)
    screen.pairs(report.about)
    for number, sheet in enumerate(report.sheets):
        if sheet.name in UNTOLD:
            continue
        screen.say("")
        if number and sheet.title != report.title:
            screen.say(sheet.title)
        _table(screen, sheet)
        screen.say(*sheet.notes)


def _table(screen: Screen, sheet: "Sheet") -> None:
    from registry.metrics.exports import Kind, shown

    columns = sheet.columns
    rows = [
        tuple(shown(cell, column.kind) for cell, column in zip(row, columns, strict=True)) for row in sheet.rows
    ]
    lengths = [max((len(row[place]) for row in rows), default=0) for place in range(len(columns))]
    texts = [place for place, column in enumerate(columns) if column.kind is Kind.TEXT and place]
    wide = max(texts, key=lambda place: lengths[place], default=None)
    right = [place for place, column in enumerate(columns) if column.kind.right]
    screen.table([column.title for column in columns], rows, wide=wide, right=right)
