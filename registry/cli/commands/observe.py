"""``danhmuc observe``: take in figures that others publish."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.metrics.observations import Outcome
    from registry.metrics.observations.formats import Reading
    from registry.settings import Settings

HELP = "take in figures that others publish: the portal's reporting answers, or a list as CSV or NDJSON"
SHOWN = 10


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, packed or not")
    parser.add_argument(
        "--source", metavar="NAME", default="", help="who published it (default: as the file says)"
    )
    parser.add_argument("--format", metavar="NAME", help="portal or list (default: told by the content)")
    parser.add_argument(
        "--period", type=_period, metavar="PERIOD", help="of when it speaks, like 2025-Q1 (default: as it says)"
    )
    add_day(parser, "--captured", "the day on which its source said so (default: as it says, else today)")
    parser.add_argument("--dry-run", action="store_true", help="say what was understood, and record nothing")
    add_json(parser)


def _period(text: str) -> tuple[date, date]:
    from registry.metrics.observations import ObservationRejected, period_of

    try:
        return period_of(text)
    except ObservationRejected as error:
        raise ArgumentTypeError(str(error)) from error


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.access import audit
    from registry.access.actors import command
    from registry.cli.store import opened
    from registry.metrics.observations import observe
    from registry.metrics.observations.formats import Document, reader
    from registry.metrics.observations.formats import opened as content

    readings = []
    for path in args.files:
        data = content(path)
        document = Document(path.name, data, clock.today(), args.source, args.period, args.captured)
        readings.append((path, reader(path, data, args.format).read(document)))
    outcome = None
    if not args.dry_run:
        async with opened(settings) as registry:
            found = [one for _, reading in readings for one in reading.observations]
            outcome = await observe(registry.database, found)
            counts = {"new": outcome.new, "corrected": outcome.corrected, "unchanged": outcome.unchanged}
            names = ", ".join(path.name for path in args.files)
            await audit.note(registry.database, command(), "observations.take", names, counts)
    if args.json:
        files = [{"file": str(path), "reading": reading} for path, reading in readings]
        screen.json({"files": files, "outcome": outcome})
        return Exit.DONE
    for path, reading in readings:
        _tell(screen, path, reading)
    _end(screen, outcome)
    return Exit.DONE


def _tell(screen: Screen, path: Path, reading: "Reading") -> None:
    total = reading.numbers + len(reading.left)
    screen.say(
        f"{path}: {total:,} numbers = {reading.numbers:,} in {len(reading.observations):,} observations "
        f"+ {len(reading.left):,} left out"
    )
    for left in reading.left[:SHOWN]:
        screen.say(f"  left out: {left.where} = {left.value:g}: {left.reason}")
    if len(reading.left) > SHOWN:
        screen.say(f"  … and {len(reading.left) - SHOWN:,} more; --json lists all")
    doubtful = [one for one in reading.observations if one.doubts or (one.note and one.quality)]
    for one in doubtful[:SHOWN]:
        said = ", ".join([*one.doubts, *([one.quality] if one.quality else [])])
        screen.say(f"  to be read with care: {one.agency} {one.name} ({one.unit}): {said}{_why(one.note)}")
    if len(doubtful) > SHOWN:
        screen.say(f"  … and {len(doubtful) - SHOWN:,} more; --json lists all")


def _why(note: str) -> str:
    return f" ({note})" if note else ""


def _end(screen: Screen, outcome: "Outcome | None") -> None:
    if outcome is None:
        screen.say("dry run: nothing was recorded")
        return
    screen.say(f"{outcome.new:,} new, {outcome.corrected:,} corrected, {outcome.unchanged:,} unchanged")
    if outcome.unknown:
        shown = ", ".join(outcome.unknown[:SHOWN])
        more = f" and {len(outcome.unknown) - SHOWN:,} more" if len(outcome.unknown) > SHOWN else ""
        screen.say(f"of agencies that this registry does not have: {shown}{more}")
