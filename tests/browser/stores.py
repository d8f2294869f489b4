"""Stores that pages are read over, made by a process of their own: ``python stores.py KIND FOLDER``.

``demonstration`` is a part of the demonstration with its history, some dossiers and somebody who may sign in;
``real`` the whole real catalogue; ``hostile`` one procedure whose every text tries to break out of its page.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import msgspec

import seeds
from registry.access import people
from registry.access.actors import KeyScope, command
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.cli import main
from registry.cli.seeding import lines, source_of
from registry.dossiers import intake, keys
from registry.dossiers.dossier import Delivered
from registry.engine import Database, open_database
from registry.intake import pipeline
from registry.intake.events import AnnouncementEvent, AnyEvent, SuccessionEvent, Trailer, VersionEvent
from registry.intake.formats import native
from registry.intake.record import Options
from registry.metrics import observations
from registry.procedure import Agency, Announcement, Case, Item, LegalBasis, Paper, Procedure, Step, Term, Way
from registry.settings import Settings
from registry.vocabulary import Action, Channel, Level, Role, Scope

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
QUESTIONS = ROOT / "tests" / "questions"
LOGIN, PASSWORD = "lan", "một mật khẩu đủ dài 2025"
DEMONSTRATION = seeds.NAMES[0]
DEMONSTRATED, DOSSIERS, LOOKED_AT = 500, 3_000, 15_000
REAL_DAY = "2026-07-17"
ATTACK = (
    "\"><img src=x onerror=window.broken=1><script>window.broken=1</script>' javascript:window.broken=1 {{7*7}}"
)


def asked(name: str) -> set[str]:
    """The codes that questions are asked about."""
    lines = (QUESTIONS / name).read_text("utf-8").splitlines()
    return {json.loads(line)["code"] for line in lines if line}


def part(events: list[AnyEvent], codes: set[str]) -> Iterator[AnyEvent]:
    """The events that concern these procedures, and all that they name."""
    count = 0
    for event in events:
        told: AnyEvent = event
        if isinstance(event, VersionEvent) and event.code not in codes:
            continue
        if isinstance(event, SuccessionEvent) and event.of == "procedure" and not {event.old, event.new} <= codes:
            continue
        if isinstance(event, AnnouncementEvent):
            items = tuple(item for item in event.announcement.items if {*item.old, *item.new} <= codes)
            if not items:
                continue
            told = AnnouncementEvent(msgspec.structs.replace(event.announcement, items=items))
        if isinstance(event, Trailer):
            told = Trailer(count - 1)
        count += 1
        yield told


def chosen(events: list[AnyEvent]) -> set[str]:
    """Codes of a part of the demonstration: what questions are about, what was replaced, and others evenly."""
    codes = list(dict.fromkeys(event.code for event in events if isinstance(event, VersionEvent)))
    found = asked("demonstration.jsonl") | set(codes[:: len(codes) // DEMONSTRATED])
    for event in events:
        if isinstance(event, AnnouncementEvent):
            for item in event.announcement.items:
                if item.action is Action.REPLACED:
                    found |= {*item.old, *item.new}
    return found


async def demonstrate(database: Database, settings: Settings) -> None:
    events = list(seeds.load(DEMONSTRATION))
    codes = chosen(events)
    source = source_of(DEMONSTRATION)
    told = native.from_events(part(events, codes), source)
    outcome = await pipeline.take(database, told, Options(source=source, day=date(2025, 7, 1)), settings.data)
    assert not outcome.fates.get("quarantined"), outcome
    await observations.observe(database, seeds.observations(DEMONSTRATION, events))
    found: Iterator[Delivered] = (
        one for one in islice(seeds.dossiers(DEMONSTRATION, events), LOOKED_AT) if one.procedure in codes
    )
    key = await keys.secret(database, settings)
    await intake.take(database, source, lines(islice(found, DOSSIERS)), key, format_name="ndjson")
    await people.create(database, command(), LOGIN, "Nguyễn Thị Lan", PASSWORD, KeyScope)


async def attack(database: Database, settings: Settings) -> None:
    del settings
    issuer = Agency(Role.ISSUING, ATTACK, "H55")
    act = Announcement(
        f"1/QĐ{ATTACK}",
        f"1/QĐ{ATTACK}",
        date(2025, 1, 2),
        date(2025, 1, 10),
        issuer=issuer,
        items=(Item(Action.NEW, (), ("9.000001",)),),
    )
    hostile = Procedure(
        code="9.000001",
        name=f"Đăng ký {ATTACK}",
        scope=Scope.NATIONAL,
        sectors=(Term("X", ATTACK),),
        levels=(Level.COMMUNE,),
        agencies=(issuer, Agency(Role.EXECUTING, ATTACK)),
        ways=(Way(Channel.ONLINE), Way(Channel.DIRECT)),
        steps=(Step(f"Bước 1: {ATTACK}\nBước 2: {ATTACK}"),),
        cases=(Case((Paper(ATTACK),), ATTACK), Case((Paper("Tờ khai"),), "Khác")),
        audiences=(Term("khac", ATTACK),),
        outputs=(Term("KQ", ATTACK),),
        legal_bases=(LegalBasis(ATTACK, ATTACK),),
        requirements=ATTACK,
        keywords=(ATTACK,),
        note=ATTACK,
    )

    async def happen(book: Ledger) -> None:
        await book.load([hostile.code], [act.id], ["H55"])
        book.put_sector(hostile.sectors[0])
        book.put_agency("H55", AgencyState(ATTACK, level="province"))
        book.announce(act)
        book.put(hostile, date(2025, 1, 10), act.id, Origin(source="test"))
        amended = msgspec.structs.replace(hostile, note="", requirements=f"{ATTACK}!")
        book.put(amended, date(2025, 2, 10), act.id, Origin(source="test"))

    await record(database, happen)
    await people.create(database, command(), LOGIN, "Lan", PASSWORD, KeyScope)


def real(settings: Settings) -> None:
    os.environ["DANHMUC_DATA"] = str(settings.data)
    assert main(["import", str(ARCHIVE), "--on", REAL_DAY, "--cover", "loose"]) in (0, 3)


def make(kind: str, folder: Path) -> None:
    settings = Settings(data=folder)
    if kind == "real":
        real(settings)
        return
    work = {"demonstration": demonstrate, "hostile": attack}[kind]

    async def filled() -> None:
        database = await open_database(settings)
        try:
            await work(database, settings)
        finally:
            await database.close()

    asyncio.run(filled())
    os.environ["DANHMUC_DATA"] = str(folder)
    assert main(["reindex"]) == 0


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))
