"""``danhmuc annex``: the tables that are appended to a decision."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_day
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.engine import Database
    from registry.exchange.annex import Annex
    from registry.settings import Settings

HELP = "write the annex of an announcement, or of a draft of one, in Word and Excel"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="the decision's number, its id, or the id of a draft")
    parser.add_argument("--issuer", metavar="CODE", help="which agency's, where several use the number")
    add_day(parser, "--decided", "which day's, where the number repeats")
    parser.add_argument("--word", metavar="FILE", type=Path, help="write a .docx file")
    parser.add_argument("--excel", metavar="FILE", type=Path, help="write a .xlsx file")


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.output import Output
    from registry.cli.store import opened
    from registry.exchange.annex_excel import annex_excel
    from registry.exchange.annex_word import annex_word

    if args.word is None and args.excel is None:
        raise Refusal("name what to write: --word FILE, --excel FILE, or both", Exit.USAGE)
    async with opened(settings) as registry:
        annex = await _annex(registry.database, args)
    if not annex.parts:
        raise Refusal(f"{args.number} has no items: there is nothing to append to it", Exit.UNKNOWN)
    for path, write in ((args.word, annex_word), (args.excel, annex_excel)):
        if path is not None:
            with Output(path) as file:
                file.write(write(annex))
    parts = ", ".join(f"{len(part.lines):,} {part.action or 'of unknown kind'}" for part in annex.parts)
    files = " and ".join(str(path) for path in (args.word, args.excel) if path is not None)
    screen.say(f"{annex.announcement.number or args.number}: {parts}; written to {files}")
    return Exit.DONE


async def _annex(database: "Database", args: Namespace) -> "Annex":
    from registry.catalogue import announcements
    from registry.catalogue.errors import AnnouncementNotFound
    from registry.desk.errors import DraftNotFound
    from registry.exchange.annex import annex_of

    try:
        found = await announcements.find(database, args.number, args.issuer, args.decided)
    except AnnouncementNotFound as missing:
        try:
            return await _drafted(database, args.number)
        except DraftNotFound:
            raise missing from None
    return await annex_of(database, found)


async def _drafted(database: "Database", draft: str) -> "Annex":
    """The annex of a draft, with the contents that it will bring."""
    from registry import clock
    from registry.access.actors import command
    from registry.desk import drafts
    from registry.desk.contents import changed
    from registry.exchange.annex import compose, contents_on
    from registry.procedure import Agency, Announcement, Item
    from registry.vocabulary import Role

    found = await drafts.find(database, command(), draft, drafts.Kind.ANNOUNCEMENT)
    body = found.announcement()
    day = body.effective or body.decided or clock.today()
    contents = await contents_on(database, body.codes(), day)
    for item in body.items:
        for one in item.new:
            if one.procedure is not None:
                contents[one.subject] = one.procedure
            elif one.subject in contents:
                contents[one.subject] = changed(contents[one.subject], one.changes)
    items = tuple(Item(item.action, item.old, tuple(one.subject for one in item.new)) for item in body.items)
    issuer = Agency(Role.ISSUING, await _named(database, body.issuer), body.issuer) if body.issuer else None
    announcement = Announcement(draft, body.number, body.decided, body.effective, issuer=issuer, items=items)
    return compose(announcement, contents)


async def _named(database: "Database", code: str) -> str:
    from registry.catalogue import agencies
    from registry.catalogue.errors import AgencyNotFound

    try:
        return (await agencies.history(database, code))[-1].name
    except AgencyNotFound:
        return code
