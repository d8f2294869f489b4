"""``danhmuc diff``: what differs in a procedure between two days."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from difflib import ndiff
from typing import TYPE_CHECKING, Any

from registry.cli.arguments import add_day, add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "say what differs in a procedure between two days, section by section, and by which decision"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="its code in any notation, like 1.001193")
    add_day(parser, "--from", "the first day", required=True)
    add_day(parser, "--to", "the other day", required=True)
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.api.parameters import code_of
    from registry.catalogue import announcements, versions
    from registry.cli.page import UNKNOWN, cite, span
    from registry.cli.store import opened

    code, first, last = code_of(args.code), getattr(args, "from"), args.to
    async with opened(settings) as registry:
        database = registry.database
        async with database.snapshot():
            spans = await versions.days(database, code)
            found = await versions.compare(database, code, first, last, "en")
            cited = await announcements.by_ids(database, [key for one in found for key in one.announcements])
    if args.json:
        screen.json({"code": code, "from": first, "to": last, "changes": found, "announcements": cited})
        return Exit.DONE
    for one in found:
        by = "; ".join(cite(cited, key) for key in one.announcements) or UNKNOWN
        screen.say(f"{one.label} (by {by})")
        screen.say(*(f"  {line}" for line in changed(one.before, one.after)))
    if not found and any(start <= first and (end is None or first < end) for start, end in spans):
        screen.say(f"{code} is the same on {first} and {last}")
    elif not found:
        screen.say(f"{code} is in force on neither day; it is {', '.join(span(*one) for one in spans)}")
    return Exit.DONE


def changed(before: Any, after: Any) -> Iterator[str]:
    """The lines that went, after ``-``, and those that came, after ``+``."""
    for line in ndiff(list(_lines(before)), list(_lines(after))):
        if line[0] in "-+":
            yield line


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """A value as lines that can be compared: one for each text or number, after where it stands."""
    if value is None or value in ("", [], {}):
        return
    if isinstance(value, dict) and path and not any(isinstance(one, dict | list) for one in value.values()):
        yield f"{path} " + ", ".join(f"{name}: {one}" for name, one in value.items())
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _lines(one, f"{path} {name}:".lstrip())
    elif isinstance(value, list):
        for one in value:
            yield from _lines(one, f"{path} ·".lstrip())
    else:
        yield from (f"{path} {line}".lstrip() for line in str(value).splitlines())
