"""``danhmuc reconcile``: the figures of the reports beside what their demonstrations' records give."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.reconciling import Reconciled
    from registry.engine import Database
    from registry.settings import Settings

HELP = "compute what five reports publish, and show it beside what they say; 1 where a figure does not come out"
HEADINGS = ("figure", "published", "computed", "of", "difference", "holds", "sentence")
_HOW = {"exactly": "", "over": "over ", "nearly": "nearly "}
_UNIT = {"percent": " %", "points": " points", "places": " places"}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "reports", metavar="REPORT", nargs="*", help="which; none: all whose demonstration is loaded"
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the table to a file")
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.reconciling import reconcile
    from registry.cli.store import opened
    from seeds.published import figures

    async with opened(settings) as registry:
        reports = await _reports(registry.database, tuple(dict.fromkeys(args.reports)))
        wanted = [figure for name in reports for figure in figures() if figure.report == name]
        found = [one async for one in reconcile(registry.database, wanted)]
    if args.csv:
        _write(args.csv, found)
    if args.json:
        screen.json(found)
    elif not args.csv or screen.terminal:
        _show(screen, reports, found)
    wrong = [one for one in found if not one.holds]
    screen.remark(f"{len(found) - len(wrong):,} of {len(found):,} published figures come out; illustrative data")
    return Exit.FAULTY if wrong else Exit.DONE


async def _reports(database: "Database", named: tuple[str, ...]) -> tuple[str, ...]:
    from registry.cli.failures import Refusal
    from registry.cli.reconciling import loaded
    from seeds import NAMES

    there = await loaded(database)
    for name in named:
        if name not in NAMES:
            raise Refusal(f"there is no report {name!r}; there is {', '.join(NAMES)}", Exit.UNKNOWN)
        if name not in there:
            raise Refusal(f"{name} is not loaded: run `danhmuc seed {name}` first", Exit.UNKNOWN)
    if not there:
        raise Refusal("no demonstration is loaded: run `danhmuc seed NAME`, or `danhmuc seed all`", Exit.UNKNOWN)
    return named or tuple(there)


def _show(screen: Screen, reports: tuple[str, ...], found: "list[Reconciled]") -> None:
    for name in reports:
        own = [one for one in found if one.report == name]
        before = [None, *(one.sentence for one in own)]
        rows = [
            _row(one, screen.terminal and one.sentence == said) for one, said in zip(own, before, strict=False)
        ]
        screen.say(f"{name}: {sum(one.holds for one in own)} of {len(own)} (illustrative)")
        screen.table(HEADINGS, rows, wide=len(HEADINGS) - 1)
        for one in own:
            if one.note and screen.terminal:
                screen.say(f"{one.figure}: {one.note}")


def _row(one: "Reconciled", repeated: bool) -> tuple[str, ...]:
    """A line of the table; a sentence that is ``repeated`` is not said again."""
    unit = _UNIT.get(one.unit, "")
    parts = "" if one.denominator is None else f"{one.numerator:,} / {one.denominator:,}"
    return (
        one.figure,
        f"{_HOW[one.how]}{_number(one.published)}{unit}",
        "nothing" if one.computed is None else f"{_number(one.computed)}{unit}",
        "reported" if one.reported else parts,
        "" if one.difference is None else f"{_number(one.difference, sign='+')}",
        "yes" if one.holds else "NO",
        "″" if repeated else one.sentence,
    )


def _number(number: float, sign: str = "") -> str:
    return format(int(number), f"{sign},") if number == int(number) else format(round(number, 4), f"{sign},")


def _write(path: Path, found: "list[Reconciled]") -> None:
    import csv
    import io

    from registry.cli.output import Output
    from registry.cli.reconciling import Reconciled

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Reconciled.__struct_encode_fields__)
    for one in found:
        writer.writerow([getattr(one, field) for field in Reconciled.__struct_fields__])
    with Output(path) as output:
        output.write(text.getvalue().encode("utf-8-sig"))
