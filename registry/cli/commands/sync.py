"""``danhmuc sync``: bring the catalogue to where the national portal is."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json, count
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.store import Registry
    from registry.exchange.portal.runs import Run
    from registry.exchange.portal.source import Source
    from registry.exchange.portal.syncing import Options, Outcome
    from registry.exchange.portal.telling import Line
    from registry.intake.pipeline import Told
    from registry.settings import Settings

HELP = "bring the catalogue to where the National Public Service Portal is, politely and resumably"
SHOWN = 10
SHOWN_ENDS = 50
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PROVINCE = re.compile(r"H\d{2}")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        nargs="?",
        choices=("portal", "legacy"),
        default="portal",
        help="the portal (default), or a system that speaks its older interface",
    )
    parser.add_argument("--url", metavar="URL", help="the base of its interface (default: the portal's own)")
    parser.add_argument(
        "--province", metavar="CODE", type=province, help="only one province's catalogue, like H55"
    )
    parser.add_argument("--full", action="store_true", help="fetch every record, not only what may have changed")
    parser.add_argument(
        "--limit", type=count, metavar="N", help="fetch N records at most, or list N runs (default: all, 20)"
    )
    parser.add_argument(
        "--rate", type=rate, metavar="N", default=5.0, help="requests a second, 0 for no limit (default: 5)"
    )
    parser.add_argument(
        "--connections", type=count, metavar="N", default=4, help="connections at one time (default: 4)"
    )
    parser.add_argument("--every", type=duration, metavar="TIME", help="go on for ever, a run every TIME, like 1h")
    parser.add_argument(
        "--yes", action="store_true", help="take it in even if it ends more than 2 %% of what is in force"
    )
    parser.add_argument(
        "--allow-private", action="store_true", help="connect to private and loopback addresses too"
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="write the fate of every line to FILE as NDJSON"
    )
    parser.add_argument("--runs", action="store_true", help="list the last runs and what came of them")
    add_json(parser)


def province(text: str) -> str:
    """A province's code."""
    if not _PROVINCE.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no province's code; write it like H55")
    return text


def rate(text: str) -> float:
    """Requests a second; 0 for no limit."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text):
        raise ArgumentTypeError(f"{text!r} is no rate; write requests a second, like 5 or 0.5")
    return float(text)


def duration(text: str) -> float:
    """Seconds from a time like 90s, 15m, 1h or 1d."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found or not int(found[1]):
        raise ArgumentTypeError(f"{text!r} is no length of time; write it as 90s, 15m, 1h or 1d")
    return float(int(found[1]) * _UNITS[found[2]])


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened

    _check(args)
    async with opened(settings) as registry:
        if args.runs:
            return await _list(args, registry, screen)
        source, options = _asked(args, settings)
        if args.every is None:
            return await _once(args, registry, settings, screen, source, options)
        await _forever(args, registry, settings, screen, source, options)
    return Exit.DONE


def _check(args: Namespace) -> None:
    from registry.cli.failures import Refusal

    if args.source == "legacy" and not args.runs:
        if args.url is None:
            raise Refusal("the older interface has many addresses: give one with --url", Exit.USAGE)
        if args.province:
            raise Refusal("--province: the older interface has no provinces; leave it out", Exit.USAGE)
    if args.every and args.report:
        raise Refusal("--report holds one run: leave out --every, and list runs with --runs", Exit.USAGE)


def _asked(args: Namespace, settings: "Settings") -> tuple["Source", "Options"]:
    from registry.cli.failures import Refusal
    from registry.exchange.addresses import AddressRefused, parsed
    from registry.exchange.portal import modern
    from registry.exchange.portal.legacy import Legacy
    from registry.exchange.portal.manners import Manners
    from registry.exchange.portal.syncing import Options

    url = (args.url or modern.URL).rstrip("/")
    try:
        parsed(url)
    except AddressRefused as error:
        raise Refusal(f"--url: {error}", Exit.USAGE) from error
    if set("?#") & set(url):
        raise Refusal("--url is the base of an interface: leave out what begins with ? or #", Exit.USAGE)
    manners = Manners(rate=args.rate, connections=args.connections)
    options = Options(
        url=url,
        province=args.province or "",
        full=args.full,
        limit=args.limit,
        allow_ends=args.yes,
        allow_private=args.allow_private or settings.allow_private,
        manners=manners,
    )
    return Legacy() if args.source == "legacy" else modern.Modern(manners.page), options


async def _once(
    args: Namespace,
    registry: "Registry",
    settings: "Settings",
    screen: Screen,
    source: "Source",
    options: "Options",
) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.output import Output
    from registry.cli.progress import Meter
    from registry.exchange.portal.manners import LockLost, SourceFault, SyncRunning
    from registry.exchange.portal.syncing import Status, sync

    told = _Fates()
    try:
        with ExitStack() as stack:
            if args.report:
                told.file = stack.enter_context(Output(args.report))
            meter = stack.enter_context(Meter(screen))
            outcome = await sync(registry.database, source, options, settings.data, told, meter)
    except (SourceFault, SyncRunning, LockLost) as error:
        raise Refusal(str(error), Exit.UNAVAILABLE) from error
    if outcome.status is not Status.REFUSED:
        await registry.follower.catch_up()
    code = _code(outcome)
    if args.json:
        screen.json({"outcome": outcome, "complaints": told.complaints, "exit": int(code)})
    else:
        _print(screen, args, outcome, told)
    return code


async def _forever(
    args: Namespace,
    registry: "Registry",
    settings: "Settings",
    screen: Screen,
    source: "Source",
    options: "Options",
) -> None:
    from registry.cli.failures import explain
    from registry.exchange.portal.schedule import repeat

    async def turn() -> None:
        try:
            await _once(args, registry, settings, screen, source, options)
        except Exception as error:
            found = explain(error)
            if found is None or found[1] is not Exit.UNAVAILABLE:
                raise
            # What cannot be reached now may be there the next time.
            screen.remark(f"danhmuc sync: {found[0]}")
        screen.flush()

    await repeat(args.every, turn)


class _Fates:
    """Hears what becomes of every line: into the report, and what people have to look at."""

    def __init__(self) -> None:
        from registry.cli.output import Output

        self.file: Output | None = None
        self.complaints: list[Told | Line] = []

    def __call__(self, told: "Told | Line") -> None:
        import msgspec

        if told.fate in ("quarantined", "failed", "absent"):
            self.complaints.append(told)
        if self.file is not None:
            self.file.write(msgspec.json.encode(told) + b"\n")


def _code(outcome: "Outcome") -> Exit:
    from registry.exchange.portal.syncing import Status

    if outcome.status is Status.REFUSED:
        return Exit.REFUSED
    if outcome.status is Status.PARTIAL:
        return Exit.UNAVAILABLE
    return Exit.QUARANTINED if outcome.taken["quarantined"] else Exit.DONE


def _print(screen: Screen, args: Namespace, outcome: "Outcome", told: _Fates) -> None:
    from registry.exchange.portal.syncing import Status

    verbs = {
        Status.DONE: "done",
        Status.PARTIAL: "not everything could be had; the rest was taken in",
        Status.REFUSED: "refused: nothing was changed",
    }
    again = f", {outcome.again:,} of them again" if outcome.again else ""
    screen.say(f"{args.source}: {verbs[outcome.status]} (run {outcome.run}, {outcome.asked:,} requests{again})")
    screen.say(f"listed {outcome.listed:,} = {_sum(outcome.lines)}")
    if outcome.taken:
        read = sum(outcome.taken.values())
        screen.say(f"read {read:,} = {_sum(outcome.taken)}")
    _print_ends(screen, args, outcome)
    if outcome.status is not Status.REFUSED:
        screen.say(f"in force: {outcome.in_force:,}, at revision {outcome.revision:,}")
    for one in told.complaints[:SHOWN]:
        where = "" if one.origin in one.reason else f"{one.code or one.origin}: "
        screen.say(f"{one.fate}: {where}{one.reason}")
    if len(told.complaints) > SHOWN:
        screen.say(f"… and {len(told.complaints) - SHOWN:,} more")
    if args.report:
        screen.say(f"the fate of every line is in {args.report}")


def _sum(counts: dict[str, int]) -> str:
    return " + ".join(f"{number:,} {fate}" for fate, number in counts.items())


def _print_ends(screen: Screen, args: Namespace, outcome: "Outcome") -> None:
    from registry.exchange.portal.syncing import Status
    from registry.intake.pipeline import MOST_ENDED

    if outcome.fault:
        screen.say(f"{outcome.fault}; nothing ends by such a list, {outcome.kept:,} that it leaves out are kept")
    elif outcome.status is Status.REFUSED:
        screen.say(
            f"it would end {len(outcome.ends):,} of the {outcome.in_force:,} in force, "
            f"more than {MOST_ENDED:.0%}; these would go:"
        )
        screen.say(*(f"  {code}" for code in outcome.ends[:SHOWN_ENDS]))
        if len(outcome.ends) > SHOWN_ENDS:
            rest = "" if args.report else "; --report FILE lists all"
            screen.say(f"  … and {len(outcome.ends) - SHOWN_ENDS:,} more{rest}")
        screen.say("if that is right, run it again with --yes")
    elif outcome.ends:
        screen.say(f"{len(outcome.ends):,} ended, because the source lists them no more")


async def _list(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.exchange.portal import runs

    found = await runs.listed(registry.database, args.limit or 20)
    if args.json:
        screen.json(found)
        return Exit.DONE
    headings = ("run", "began", "took", "outcome", "source", "counts", "reason")
    screen.table(headings, [_row(one) for one in found], wide=6)
    return Exit.DONE


def _row(one: "Run") -> tuple[str, ...]:
    from registry.clock import VIETNAM

    took = f"{(one.finished_at - one.started_at).total_seconds():,.0f} s" if one.finished_at else "-"
    counts = ", ".join(f"{number:,} {fate}" for fate, number in one.counts.items() if number) or "-"
    ends = f", {len(one.ends):,} ended" if one.ends and one.outcome != "refused" else ""
    return (
        str(one.id),
        f"{one.started_at.astimezone(VIETNAM):%Y-%m-%d %H:%M}",
        took,
        one.outcome or "running",
        one.source + (f" {one.province}" if one.province else ""),
        counts + ends,
        one.reason or "-",
    )
