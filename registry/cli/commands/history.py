"""``danhmuc history``: every version of a procedure."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json, add_known
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.catalogue.versions import Version
    from registry.settings import Settings

HELP = "list the versions of a procedure: from when, by which decision, and what changed"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="its code in any notation, like 1.001193")
    add_known(parser)
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.api.parameters import code_of
    from registry.catalogue import announcements, versions
    from registry.cli.page import cite, titled
    from registry.cli.store import known_at, opened

    code = code_of(args.code)
    async with opened(settings) as registry:
        database = registry.database
        async with database.snapshot():
            known = await known_at(database, args.known_at)
            found = await versions.history(database, code, known)
            before = await versions.predecessors(database, code)
            after = await versions.successors(database, code)
            keys = [key for one in found for key in (one.announcement, one.ended_by) if key]
            cited = await announcements.by_ids(database, keys)
    changed = _changed(found)
    if args.json:
        told = [{"version": one, "changed": sections} for one, sections in zip(found, changed, strict=True)]
        lines = {"predecessors": _lines(before), "successors": _lines(after)}
        screen.json({"code": code, "versions": told, "announcements": cited, **lines})
        return Exit.DONE
    rows = []
    for one, sections in zip(found, changed, strict=True):
        ends = f"{one.valid_to} by {cite(cited, one.ended_by)}" if one.ended_by else str(one.valid_to or "")
        what = "first known" if sections is None else ", ".join(sections) or "nothing but its announcement"
        name = titled(one.procedure.name, illustrative=one.procedure.illustrative)
        rows.append((str(one.valid_from), ends, cite(cited, one.announcement), what, name))
    screen.table(("from", "until", "by", "changed", "name"), rows, wide=4)
    for old, day, _ in before:
        screen.say(f"took the place of {old} on {day}")
    for new, day, _ in after:
        screen.say(f"gave way to {new} on {day}")
    return Exit.DONE


def _changed(found: list["Version"]) -> list[list[str] | None]:
    """For each version, the sections in which it differs from the one before; ``None`` for the first."""
    from registry.sections import differences

    changed: list[list[str] | None] = []
    earlier: Version | None = None
    for one in found:
        told = None
        if earlier is not None:
            told = [difference.section for difference in differences(earlier.procedure, one.procedure, "en")]
        changed.append(told)
        earlier = one
    return changed


def _lines(found: Sequence[tuple[str, date, str | None]]) -> list[dict[str, object]]:
    return [{"code": code, "day": day, "announcement": announcement} for code, day, announcement in found]
