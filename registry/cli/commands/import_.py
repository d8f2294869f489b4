"""``danhmuc import``: take a source into the catalogue."""

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day, add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.intake.pipeline import Outcome, Told
    from registry.settings import Settings

HELP = "take a source into the catalogue: JSON of the portal, the official Excel list, CSV, an export of ours"
SHOWN = 10
SHOWN_ENDS = 50


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "path", metavar="PATH", type=Path, help="a file, an archive or a folder, whatever its name"
    )
    parser.add_argument(
        "--cover",
        choices=("catalogue", "agency", "loose"),
        default="loose",
        help="what the source is complete for; what it covers and leaves out is ended (default: loose, nothing)",
    )
    parser.add_argument("--agency", metavar="CODE", default="", help="the agency of --cover agency, like H55")
    add_day(parser, "--on", "the day on which the source says what it says (default: today)")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write every row's fate to FILE as NDJSON")
    parser.add_argument(
        "--allow-ends",
        action="store_true",
        help="take it in even if it ends more than 2 %% of what is in force",
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import clock
    from registry.cli.failures import Refusal
    from registry.cli.output import Output
    from registry.cli.progress import Meter
    from registry.cli.store import opened
    from registry.intake import pipeline
    from registry.intake.formats import detect
    from registry.intake.record import Cover, Options

    if (args.cover == "agency") != bool(args.agency):
        raise Refusal("--cover agency and --agency CODE go together: name the agency", Exit.USAGE)
    options = Options(
        source=str(args.path),
        day=args.on or clock.today(),
        cover=Cover(args.cover),
        agency=args.agency,
        dry_run=args.dry_run,
        allow_ends=args.allow_ends,
    )
    source = detect(args.path)
    told = _Fates()
    async with opened(settings) as registry:
        with ExitStack() as stack:
            if args.report:
                told.file = stack.enter_context(Output(args.report))
            meter = stack.enter_context(Meter(screen))
            outcome = await pipeline.take(registry.database, source, options, settings.data, told, meter)
        if outcome.status is pipeline.Status.DONE:
            await registry.follower.catch_up()
    code = _code(outcome)
    if args.json:
        screen.json({"outcome": outcome, "quarantined": told.quarantined, "exit": int(code)})
    else:
        _print(screen, args, source.name, outcome, told)
    return code


class _Fates:
    """Hears every record's fate: into the report, and what people have to look at."""

    def __init__(self) -> None:
        from registry.cli.output import Output

        self.file: Output | None = None
        self.quarantined: list[Told] = []

    def __call__(self, told: "Told") -> None:
        import msgspec

        from registry.intake.compare import Fate

        if told.fate is Fate.QUARANTINED:
            self.quarantined.append(told)
        if self.file is not None:
            self.file.write(msgspec.json.encode(told) + b"\n")


def _code(outcome: "Outcome") -> Exit:
    from registry.intake.pipeline import Status

    if outcome.status is Status.REFUSED:
        return Exit.REFUSED
    return Exit.QUARANTINED if outcome.fates["quarantined"] else Exit.DONE


def _print(screen: Screen, args: Namespace, name: str, outcome: "Outcome", told: _Fates) -> None:
    from registry.intake.pipeline import Status

    verbs = {
        Status.DONE: "taken in",
        Status.DRY: "dry run: this would happen, nothing was changed",
        Status.REFUSED: "refused: nothing was changed",
    }
    changed = outcome.read - sum(outcome.fates[fate] for fate in ("unchanged", "repeated", "quarantined"))
    idle = outcome.status is Status.DONE and not changed + outcome.fates["ended"]
    screen.say(f"{args.path} ({name}): {'nothing has changed' if idle else verbs[outcome.status]}")
    parts = [f"{count:,} {fate}" for fate, count in outcome.fates.items() if fate != "ended"]
    screen.say(f"read {outcome.read:,} = {' + '.join(parts)}")
    _print_ends(screen, args, outcome)
    if outcome.status is not Status.REFUSED:
        screen.say(f"in force: {outcome.in_force:,}, at revision {outcome.revision:,}")
    for one in told.quarantined[:SHOWN]:
        where = "" if one.origin in one.reason else f"{one.origin}: "
        screen.say(f"quarantined: {where}{one.reason}")
    if len(told.quarantined) > SHOWN:
        screen.say(f"… and {len(told.quarantined) - SHOWN:,} more")
    if told.quarantined and outcome.status is Status.DONE:
        screen.say("list them with: danhmuc quarantine list")
    if args.report:
        screen.say(f"every row's fate is in {args.report}")


def _print_ends(screen: Screen, args: Namespace, outcome: "Outcome") -> None:
    from registry.intake.pipeline import MOST_ENDED, Status

    if outcome.kept:
        screen.say(
            f"{outcome.kept:,} that the source leaves out are kept: it has records whose code cannot be read, "
            "which may be these"
        )
    elif outcome.status is Status.REFUSED:
        screen.say(
            f"it would end {len(outcome.ends):,} of the {outcome.in_force:,} in force, "
            f"more than {MOST_ENDED:.0%}; these would go:"
        )
        screen.say(*(f"  {code}" for code in outcome.ends[:SHOWN_ENDS]))
        if len(outcome.ends) > SHOWN_ENDS:
            rest = "" if args.report else "; --report FILE lists all"
            screen.say(f"  … and {len(outcome.ends) - SHOWN_ENDS:,} more{rest}")
        screen.say("if that is right, run it again with --allow-ends")
    elif outcome.ends:
        screen.say(f"{len(outcome.ends):,} ended, because the source covers them and leaves them out")
