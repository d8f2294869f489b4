"""``danhmuc follow``: keep this registry equal to another."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.cli.store import Registry
    from registry.exchange.following import Caught
    from registry.exchange.source import Source
    from registry.settings import Settings

HELP = "follow another registry: take its state in, then its changes as they come, and prove both equal"
SHOWN = 10


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", nargs="?", help="its address (default: the one followed last)")
    parser.add_argument("--once", action="store_true", help="catch up and stop")
    parser.add_argument(
        "--anew", action="store_true", help="take its whole state again, or follow another registry"
    )
    parser.add_argument(
        "--allow-private", action="store_true", help="let the address be a private one, like 127.0.0.1"
    )
    parser.add_argument(
        "--allow-ends", action="store_true", help="remove what it no longer has without having told that it ended"
    )
    parser.add_argument("--status", action="store_true", help="only say what is followed and how far it has come")
    parser.add_argument(
        "--reviews", action="store_true", help="only list local additions whose procedures changed under them"
    )
    parser.add_argument(
        "--resolve", metavar="CODE", help="only say that the additions to a procedure were reviewed"
    )
    parser.add_argument(
        "--identify", action="store_true", help="only give a store that was copied an identity of its own"
    )
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry.cli.store import opened

    async with opened(settings) as registry:
        if args.identify:
            from registry.exchange.identity import renew

            screen.say(f"this registry is now {await renew(registry.database)}")
            return Exit.DONE
        if args.reviews or args.resolve:
            return await _reviews(args, registry, screen)
        if args.status:
            return await _status(args, registry, screen)
        return await _follow(args, settings, registry, screen)


async def _status(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.clock import VIETNAM
    from registry.exchange.followed import followed

    state = await followed(registry.database)
    if args.json:
        screen.json(state)
    elif state is None:
        screen.say("no registry is followed")
    else:
        at = f"{state.caught_at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}" if state.caught_at else "never"
        far = f"change {state.cursor:,}" if state.phase == "changes" else f"its state at change {state.target:,}"
        screen.pairs(
            [
                ("registry", f"{state.url} ({state.registry})"),
                ("taken in", f"{far}{f', up to {state.position}' if state.position else ''}"),
                ("caught up", at),
                ("proven equal at", "never" if state.verified is None else f"change {state.verified:,}"),
                ("records repaired", f"{state.repaired:,}"),
                *([("failed last", state.fault)] if state.fault else []),
            ]
        )
    return Exit.DONE


async def _reviews(args: Namespace, registry: "Registry", screen: Screen) -> Exit:
    from registry.access.actors import command
    from registry.api.parameters import code_of
    from registry.exchange import layers

    if args.resolve:
        count = await layers.resolve(registry.database, command(), code_of(args.resolve))
        screen.say(f"{code_of(args.resolve)}: {count:,} additions reviewed")
        return Exit.DONE
    found = await layers.reviews(registry.database)
    if args.json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (one.code, one.agency or "-", ", ".join(one.sections) + (" (ended)" if one.ended else ""), one.name)
        for one in found
    ]
    screen.table(("code", "agency", "changed under it", "procedure"), rows, wide=3)
    return Exit.DONE


async def _follow(args: Namespace, settings: "Settings", registry: "Registry", screen: Screen) -> Exit:
    from registry.cli.failures import Refusal
    from registry.exchange import addresses, transport
    from registry.exchange.addresses import AddressRefused
    from registry.exchange.followed import FollowRefused, followed
    from registry.exchange.source import Source, SourceRefused, SourceUnavailable

    known = await followed(registry.database)
    url = args.url or (known.url if known else None)
    if url is None:
        raise Refusal("give the address of the registry to follow", Exit.USAGE)
    allowed = args.allow_private or settings.allow_private
    try:
        async with transport.client(allow_private=allowed, redirects=True) as client:
            await addresses.permitted(url, allowed)
            source = Source(url, client)
            if args.once:
                return await _once(args, registry, source, screen)
            await _keep(args, registry, source, screen)
    except AddressRefused as error:
        raise Refusal(str(error), Exit.USAGE) from error
    except (FollowRefused, SourceRefused) as error:
        raise Refusal(str(error), Exit.REFUSED) from error
    except SourceUnavailable as error:
        raise Refusal(str(error), Exit.UNAVAILABLE) from error
    return Exit.DONE


async def _once(args: Namespace, registry: "Registry", source: "Source", screen: Screen) -> Exit:
    from registry.cli.progress import Meter
    from registry.exchange import keeping
    from registry.exchange.following import Follower

    with Meter(screen) as meter:
        follower = Follower(registry.database, source, allow_ends=args.allow_ends, progress=meter)
        caught = await keeping.once(follower, anew=args.anew)
        await registry.follower.catch_up()
    _tell(args, screen, caught)
    return Exit.DONE if caught.equal else Exit.FAULTY


async def _keep(args: Namespace, registry: "Registry", source: "Source", screen: Screen) -> None:
    from registry.exchange import keeping
    from registry.exchange.following import Follower
    from search.contract import IndexUnavailable

    first = True

    async def told(caught: "Caught") -> None:
        nonlocal first
        try:
            await registry.follower.catch_up()
        except IndexUnavailable as error:  # what is served here from the same store catches it up too
            screen.remark(f"the index stays behind until the next change: {error}")
        if first or caught.taken or caught.applied or caught.repaired or not caught.equal:
            _tell(args, screen, caught)
            screen.flush()
        first = False

    def troubled(message: str, seconds: float) -> None:
        screen.remark(f"{message}; trying again in {seconds:.0f} s")

    follower = Follower(registry.database, source, allow_ends=args.allow_ends)
    await keeping.keep(follower, told, troubled, anew=args.anew)


def _tell(args: Namespace, screen: Screen, caught: "Caught") -> None:
    if args.json:
        import msgspec

        screen.bytes(msgspec.json.encode(caught) + b"\n")
        return
    done = [
        f"{count:,} {what}"
        for count, what in (
            (caught.taken, "records taken in"),
            (caught.applied, "changes applied"),
            (caught.repaired, "records repaired"),
        )
        if count
    ]
    proof = "proven equal" if caught.equal else "NOT equal"
    own = f", but for {caught.own:,} records of our own" if caught.own else ""
    screen.say(f"change {caught.revision:,}: {', '.join(done) or 'nothing new'}; {proof}{own}")
    if caught.differing:
        more = f" and {len(caught.differing) - SHOWN:,} more" if len(caught.differing) > SHOWN else ""
        screen.say(
            f"more is recorded here than there of {', '.join(caught.differing[:SHOWN])}{more}, and is not taken "
            "back; for an exact copy follow with an empty store"
        )
