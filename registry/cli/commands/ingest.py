"""``danhmuc ingest``: take dossiers in."""

import gc
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.cli.progress import Meter
    from registry.dossiers.aside import Retried
    from registry.dossiers.batch import LineFault
    from registry.dossiers.intake import Outcome
    from registry.settings import Settings

SELDOM = 500_000
TURN = 0.0005
HELP = "take dossiers in: NDJSON or CSV, plain or packed with gzip; repeated and out-of-order states converge"
SHOWN = 10


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths", metavar="FILE", nargs="*", type=Path, help="files of dossiers, whatever their names"
    )
    parser.add_argument("--format", metavar="NAME", help="csv or ndjson (default: told by the first line)")
    parser.add_argument("--source", metavar="NAME", default="", help="what to call the source (default: its path)")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write to FILE why lines were not taken in")
    parser.add_argument(
        "--retry", action="store_true", help="try what is kept aside again, even if the catalogue is unchanged"
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.output import Output
    from registry.cli.progress import Meter

    _refuse(args)
    with ExitStack() as stack:
        stack.enter_context(_hurried())
        told = _Told(stack.enter_context(Output(args.report)) if args.report else None)
        outcomes, retried, waiting = await _take(args, settings, told, stack.enter_context(Meter(screen)))
    code = _code(outcomes)
    if args.json:
        screen.json({"outcomes": outcomes, "retried": retried, "aside": waiting, "exit": int(code)})
        return code
    if retried is not None:
        screen.say(f"tried again what was aside: {retried.taken:,} taken in, {retried.waiting:,} still wait")
    for outcome in outcomes:
        _print(screen, outcome)
    _print_faults(screen, told, args.report)
    if waiting:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in waiting.items())
        screen.say(f"aside until the catalogue has what they name: {sum(waiting.values()):,} ({reasons})")
    return code


def _refuse(args: Namespace) -> None:
    """Refuse what cannot be done before anything is changed."""
    from registry.cli.failures import Refusal
    from registry.dossiers.formats import known
    from registry.intake.record import SourceUnreadable

    if not args.paths and not args.retry:
        raise Refusal("name a FILE of dossiers, or --retry what is kept aside", Exit.USAGE)
    if args.format and args.format not in known():
        raise Refusal(f"--format must be one of {', '.join(known())}, not {args.format!r}", Exit.USAGE)
    for path in args.paths:
        if not path.exists():
            raise SourceUnreadable(f"{path}: there is no such file")


async def _take(
    args: Namespace, settings: "Settings", told: "_Told", meter: "Meter"
) -> "tuple[list[Outcome], Retried | None, dict[str, int]]":
    """What came of each file and of what was aside, and how many are aside now, by reason."""
    from registry.dossiers import aside, intake, keys
    from registry.engine import open_database

    database = await open_database(settings)
    try:
        key = await keys.secret(database, settings)
        retried = await aside.retry(database, key, always=True) if args.retry else None
        outcomes = []
        for path in args.paths:
            told.source = args.source or str(path)
            outcome = await intake.take(
                database, told.source, path, key, format_name=args.format, report=told, progress=meter
            )
            outcomes.append(outcome)
        return outcomes, retried, await aside.counts(database)
    finally:
        await database.close()


@contextmanager
def _hurried() -> Iterator[None]:
    """Rows come by the ten thousand, in no cycle: looking for cycles among them took a fifth of the time. And the
    thread that writes must not wait long for its turn."""
    collecting, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(SELDOM, *collecting[1:])
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        gc.set_threshold(*collecting)
        sys.setswitchinterval(turn)


class _Told:
    """Hears of every line that was not taken in as it is: into the report, and the first ones for people."""

    def __init__(self, file: "Output | None") -> None:
        self.file = file
        self.source = ""
        self.count = 0
        self.first: list[tuple[str, LineFault]] = []

    def __call__(self, fault: "LineFault") -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append((self.source, fault))
        if self.file is not None:
            import msgspec

            self.file.write(msgspec.json.encode({"source": self.source, **msgspec.to_builtins(fault)}) + b"\n")


def _code(outcomes: "list[Outcome]") -> Exit:
    unsound = any(one.fates["rejected"] or one.contradicted or one.broken for one in outcomes)
    return Exit.QUARANTINED if unsound else Exit.DONE


def _print(screen: Screen, outcome: "Outcome") -> None:
    changed = outcome.fates["new"] + outcome.fates["changed"]
    screen.say(f"{outcome.source} ({outcome.format}): {'taken in' if changed else 'nothing has changed'}")
    screen.say(
        f"read {outcome.read:,} = " + " + ".join(f"{count:,} {fate}" for fate, count in outcome.fates.items())
    )
    if outcome.contradicted:
        screen.say(f"{outcome.contradicted:,} say something else than another state of the same moment")
    if outcome.resolved:
        screen.say(f"{outcome.resolved:,} that were aside are taken in: the catalogue has what they name")
    if outcome.broken:
        screen.say(
            f"broken off: {outcome.broken}; what came before is taken in, and delivering it again finishes it"
        )
    screen.say(f"dossiers at revision {outcome.revision:,}")


def _print_faults(screen: Screen, told: _Told, report: Path | None) -> None:
    for source, fault in told.first:
        where = f"{source}: line {fault.line:,}"
        screen.say(f"{fault.fate}: {where}: {f'{fault.field}: ' if fault.field else ''}{fault.reason}")
    if told.count > len(told.first):
        rest = "" if report else "; --report FILE lists all"
        screen.say(f"… and {told.count - len(told.first):,} more{rest}")
    if report:
        screen.say(f"every line that was not taken in as it is stands in {report}")
