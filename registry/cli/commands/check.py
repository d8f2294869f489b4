"""``danhmuc check``: prove the store sound."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from registry.cli.arguments import add_json
from registry.cli.exits import Exit
from registry.cli.screen import Screen

if TYPE_CHECKING:
    from registry.settings import Settings

HELP = "prove the store sound: versions, the index, the log of deeds, and tallies equal to the dossiers' records"


def arguments(parser: ArgumentParser) -> None:
    add_json(parser)


async def run(args: Namespace, settings: "Settings", screen: Screen) -> Exit:
    from registry import indexing
    from registry.access import audit
    from registry.catalogue.check import Area, Finding, check
    from registry.cli.store import opened
    from registry.dossiers import proof
    from registry.metrics.observations import proof as observed

    async with opened(settings) as registry:
        findings = await check(registry.database)
        broken = await audit.verify(registry.database)
        findings += [Finding(Area.AUDIT, f"entry {one.number}", one.message) for one in broken]
        async with registry.database.snapshot():
            findings += [
                Finding(Area.INDEX, *one) for one in await indexing.prove(registry.database, registry.engine)
            ]
            findings += [Finding(Area.DOSSIERS, *one) for one in await proof.prove(registry.database)]
            findings += [Finding(Area.OBSERVATIONS, *one) for one in await observed.prove(registry.database)]
    if args.json:
        screen.json({"sound": not findings, "findings": findings})
    else:
        for finding in findings:
            screen.say(f"{finding.area} {finding.subject}: {finding.message}")
        screen.say(f"{len(findings):,} faults found" if findings else "sound: nothing found wrong")
    return Exit.FAULTY if findings else Exit.DONE
