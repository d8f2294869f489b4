"""``danhmuc announce``: drafting and publishing announcements."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.store import Registry
    from registry.desk.contents import AnnouncementDraft
    from registry.desk.publishing import Published
    from registry.settings import Settings

HELP = "draft an announcement from a JSON file, say what it would do, and publish it; alone it lists open drafts"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="FILE", type=Path, nargs="?", help="the announcement as JSON")
    parser.add_argument("--draft", metavar="ID", help="a draft that was kept, instead of a file")
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and keep nothing")
    parser.add_argument("--publish", action="store_true", help="publish it, if the publish gate lets it pass")
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.cli.store import opened

    if args.path and args.draft:
        raise Refusal("give a FILE or --draft ID, not both", Exit.USAGE)
    if args.dry_run and args.publish:
        raise Refusal("--dry-run and --publish exclude each other", Exit.USAGE)
    async with opened(settings) as registry:
        if args.draft:
            return await _kept(args, registry, screen)
        if args.path:
            return await _file(args, registry, screen)
        return await _list(args, registry, screen)


async def _list(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.cli import drafting
    from registry.desk import drafts
    from registry.desk.drafts import Kind

    found, _ = await drafts.listed(registry.database, command(), Kind.ANNOUNCEMENT, limit=1000)
    if args.json:
        screen.json(found)
    else:
        drafting.say_drafts(screen, found, "announce")
    return Exit.DONE


async def _file(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.cli import drafting
    from registry.desk import drafts, publish
    from registry.desk.contents import AnnouncementDraft
    from registry.desk.errors import Refused

    body, notes = drafting.read(args.path, AnnouncementDraft)
    drafting.say_cleaned(screen, notes)
    if args.publish:
        try:
            told = await publish.publish_body(registry.database, command(), body)
        except Refused:
            return await _tell(args, registry, screen, body)
        return await _published(args, registry, screen, told)
    if not args.dry_run:
        draft, _ = await drafts.create(registry.database, command(), body)
        screen.remark(f"kept as draft {draft.id}; publish it with: danhmuc announce --draft {draft.id} --publish")
        await _tell(args, registry, screen, body)
        return Exit.DONE
    return await _tell(args, registry, screen, body)


async def _kept(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.desk import drafts, publish
    from registry.desk.drafts import Kind
    from registry.desk.errors import Refused

    draft = await drafts.find(registry.database, command(), args.draft, Kind.ANNOUNCEMENT)
    if args.publish:
        try:
            told = await publish.publish(registry.database, command(), draft.id, draft.version)
        except Refused:
            return await _tell(args, registry, screen, draft.announcement())
        return await _published(args, registry, screen, told)
    return await _tell(args, registry, screen, draft.announcement())


async def _published(args: Namespace, registry: "Registry", screen: Screen, told: "Published") -> Exit:
    from registry.cli import drafting

    await registry.follower.catch_up()
    if args.json:
        screen.json(told)
    else:
        drafting.say_published(screen, told)
    return Exit.DONE


async def _tell(args: Namespace, registry: "Registry", screen: Screen, body: "AnnouncementDraft") -> Exit:
    from registry.access.actors import command
    from registry.cli import drafting
    from registry.desk import effect

    async with registry.database.snapshot():
        told = await effect.effect(registry.database, body, command(), "en")
    if args.json:
        screen.json(told)
    else:
        drafting.say_effect(screen, told)
    return Exit.DONE if told.publishable else Exit.REFUSED
