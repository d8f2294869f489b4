"""A small country with everything that indicators meet: reorganisations, two catalogues, dossiers of all kinds."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from registry import clock
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.dossiers import intake
from registry.engine import Database
from registry.procedure import (
    Agency,
    Announcement,
    Case,
    Fee,
    Item,
    Paper,
    Procedure,
    ProcessingTime,
    Step,
    Term,
    Way,
)
from registry.vocabulary import (
    Action,
    Audience,
    Channel,
    FeeKind,
    FeeState,
    Level,
    OnlineLevel,
    Role,
    Scope,
    TimeUnit,
)

KEY = b"k" * 32
MERGER = date(2025, 7, 1)
MOVED, BACK = date(2025, 3, 15), date(2025, 8, 5)
FIRST, LAST = date(2024, 11, 1), date(2025, 9, 30)
ENDED = date(2025, 5, 5)  # of procedure 9.000003
TODAY = date(2025, 10, 10)

JUSTICE = Agency(Role.ISSUING, "Bộ Tư pháp", "G04")
THAI_NGUYEN = Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55")
BAC_KAN = Agency(Role.ISSUING, "UBND tỉnh Bắc Kạn", "H03")
CIVIL, LAND, LABOUR = Term("HT", "Hộ tịch"), Term("DD", "Đất đai"), Term("LD", "Lao động")

# code, name, level, parent, first day, day of end, successors
Body = tuple[str, str, Level | None, str | None, date | None, date | None, tuple[str, ...]]
BODIES: tuple[Body, ...] = (
    ("G04", "Bộ Tư pháp", Level.MINISTRY, None, None, None, ()),
    ("H55", "UBND tỉnh Thái Nguyên", Level.PROVINCE, None, None, None, ()),
    ("H03", "UBND tỉnh Bắc Kạn", Level.PROVINCE, None, None, MERGER, ("H55",)),
    ("H55.17", "Sở Tư pháp tỉnh Thái Nguyên", Level.PROVINCE, "H55", None, None, ()),
    ("H03.17", "Sở Tư pháp tỉnh Bắc Kạn", Level.PROVINCE, "H03", None, MERGER, ("H55.17",)),
    ("H55.21", "Huyện Đại Từ", Level.DISTRICT, "H55", None, MERGER, ()),
    ("H55.22", "Huyện Phú Lương", Level.DISTRICT, "H55", None, MERGER, ("H55.101", "H55.102")),
    ("H55.21.1", "Xã Cù Vân", Level.COMMUNE, "H55.21", None, MERGER, ("H55.101",)),
    ("H55.21.2", "Xã Hà Thượng", Level.COMMUNE, "H55.21", None, MERGER, ("H55.101", "H55.102")),
    ("H55.22.1", "Xã Động Đạt", Level.COMMUNE, "H55.22", None, MERGER, ()),
    ("H55.101", "Xã An Khánh", Level.COMMUNE, "H55", MERGER, None, ()),
    ("H55.102", "Xã Phú Lạc", Level.COMMUNE, "H55", MERGER, None, ()),
)
OFFICE = "H55.30"  # an office without a level, which moves from a department to the province and back


def agencies(book: Ledger) -> None:
    for code, name, level, parent, start, end, heirs in BODIES:
        book.put_agency(code, AgencyState(name, level=level, parent=parent), start or clock.ALWAYS)
        if end:
            book.end_agency(code, end, "202/2025/QH15")
        for heir in heirs:
            book.succeed("agency", code, heir, end or MERGER, None)
    book.put_agency(OFFICE, AgencyState("Phòng Một cửa", parent="H55.17"))
    book.put_agency(OFFICE, AgencyState("Phòng Một cửa", parent="H55"), MOVED)
    book.put_agency(OFFICE, AgencyState("Phòng Một cửa", parent="H55.17"), BACK)


def procedure(number: int, rng: random.Random) -> Procedure:
    """A procedure with traits that differ from one to the next."""
    issuer = (JUSTICE, THAI_NGUYEN, BAC_KAN)[number % 3]
    level = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)[number % 3]
    doer = Agency(Role.EXECUTING, "Sở Tư pháp") if level is Level.PROVINCE else Agency(Role.EXECUTING, "Ủy ban")
    fee = rng.choice((FeeState.AMOUNT, FeeState.SCHEDULE, FeeState.FREE, FeeState.UNKNOWN))
    ways = [Way(Channel.DIRECT, ProcessingTime(TimeUnit.WORKING_DAY, 5), (Fee(FeeKind.FEE, fee, 1000),))]
    online = rng.random() < 0.7
    if online:
        ways.append(Way(Channel.ONLINE))
    return Procedure(
        code=f"9.{number:06}",
        name=f"Thủ tục {number}",
        scope=Scope.NATIONAL if issuer is JUSTICE else Scope.PROVINCIAL,
        sectors=((CIVIL,), (LAND,), (CIVIL, LABOUR), ())[number % 4],
        levels=(level, Level.COMMUNE) if number % 5 == 0 else (level,),
        agencies=(issuer, doer) if rng.random() < 0.8 else (issuer,),
        online_level=rng.choice((OnlineLevel.FULL, OnlineLevel.PARTIAL)) if online else OnlineLevel.INFORMATION,
        ways=tuple(ways),
        steps=(Step("Nộp hồ sơ"),),
        cases=(Case((Paper("Tờ khai", originals=1),)),),
        audiences=rng.choice(
            ((Term(Audience.CITIZEN, "Công dân"),), (Term(Audience.COMPANY, "Doanh nghiệp"),), ())
        ),
        essential=rng.choice((True, False, None)),
        postal=rng.choice((True, False, None)),
        online_payment=rng.choice((True, False, None)),
        internal=number == 11,
    )


def announcement(number: int, rng: random.Random) -> Announcement:
    decided = date(2024, 10, 1) + timedelta(days=rng.randrange(330))
    effective = None if rng.random() < 0.2 else decided + timedelta(days=rng.randrange(25))
    published = None if rng.random() < 0.3 else decided + timedelta(days=rng.randrange(18))
    codes = [f"9.{rng.randrange(12):06}" for _ in range(rng.randrange(1, 4))]
    items = tuple(Item(Action.AMENDED, (code,), (code,)) for code in dict.fromkeys(codes))
    issuer = rng.choice((JUSTICE, THAI_NGUYEN, BAC_KAN))
    return Announcement(f"a{number}", f"{number}/QĐ", decided, effective, published, issuer, items=items)


Lived = tuple[Procedure, date, date | None]


async def fill_catalogue(book: Ledger, rng: random.Random) -> tuple[list[Announcement], list[Lived]]:
    """Returns the announcements, and each version of each procedure with its days."""
    announced = [announcement(number, rng) for number in range(14)]
    lived: list[Lived] = []
    codes = [f"9.{number:06}" for number in range(12)]
    await book.load(codes, [one.id for one in announced], [OFFICE, *(body[0] for body in BODIES)])
    agencies(book)
    for sector in (CIVIL, LAND, LABOUR):
        book.put_sector(sector)
    for one in announced:
        book.announce(one)
    changed = {number: date(2025, rng.randrange(1, 9), 10) for number in rng.sample(range(4, 12), 4)}
    for number in range(12):
        begin, change = date(2020, 1, 1), changed.get(number)
        first = procedure(number, rng)
        book.put(first, begin, None, Origin())
        lived.append((first, begin, ENDED if number == 3 else change))
        if change is not None:
            second = procedure(number, rng)
            book.put(second, change, None, Origin())
            lived.append((second, change, None))
    book.end("9.000003", ENDED, None)
    return announced, lived


def dossier(number: int, rng: random.Random) -> dict[str, Any]:
    """A dossier of an agency and a procedure that are there on its day."""
    received = FIRST + timedelta(days=rng.randrange((LAST - FIRST).days))
    there = [code for code, _, _, _, start, end, _ in BODIES if (not start or start <= received)]
    there = [code for code in there if next(b[5] or date.max for b in BODIES if b[0] == code) > received]
    codes = [n for n in range(12) if n != 3 or received < ENDED]
    finished = received + timedelta(days=rng.randrange(40)) if rng.random() < 0.8 else None
    needs, fee = rng.random() < 0.8, rng.choice((0, 0, 50_000))
    count = rng.choice((0, 0, 0, 1, 3))
    return {
        "number": f"H55-{number}",
        "procedure": f"9.{rng.choice(codes):06}",
        "agency": rng.choice([*there, OFFICE]),
        "channel": rng.choice(("online", "direct", "postal")),
        "received": received.isoformat(),
        "due": (received + timedelta(days=rng.randrange(5, 45))).isoformat(),
        "finished": finished.isoformat() if finished and finished <= TODAY else None,
        "state": "finished" if finished and finished <= TODAY else "processing",
        "supplements": rng.choice((0, 0, 1, 2)),
        "feeDue": fee,
        "paidOnline": bool(fee) and rng.random() < 0.5,
        "needsResult": needs,
        "eResult": needs and rng.random() < 0.6,
        "digitised": rng.random() < 0.5,
        "reused": rng.random() < 0.5,
        "shared": rng.random() < 0.3,
        "populationData": rng.random() < 0.3,
        "complained": rng.random() < 0.1,
        "petitions": {"count": count, "onTime": min(count, 1), "unsatisfied": count // 2},
        "place": rng.choice(("centre", "commune")),
    }


async def ingest(database: Database, lines: list[dict[str, Any]]) -> intake.Outcome:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"\n".join(msgspec.json.encode(line) for line in lines)

    return await intake.take(database, "test", chunks(), KEY)


class World(NamedTuple):
    """The store, and what was put into it."""

    database: Database
    dossiers: list[dict[str, Any]]
    announced: list[Announcement]
    lived: list[Lived]


async def filled(database: Database, seed: int, count: int = 250) -> World:
    """A store with the small country and random dossiers."""
    rng = random.Random(seed)

    async def work(book: Ledger) -> tuple[list[Announcement], list[Lived]]:
        return await fill_catalogue(book, rng)

    announced, lived = await record(database, work)
    dossiers = [dossier(number, rng) for number in range(count)]
    outcome = await ingest(database, dossiers)
    assert not outcome.faults
    assert not outcome.absences
    return World(database, dossiers, announced, lived)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """The day on which everything here is asked."""
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    return TODAY


@pytest.fixture
async def world(database: Database) -> World:
    return await filled(database, seed=7)


@pytest.fixture
def fill() -> Callable[[Database, int, int], Awaitable[World]]:
    """Fills a store: the small country, a seed of chance, and how many dossiers."""
    return filled


@pytest.fixture
def bodies() -> tuple[Body, ...]:
    """The agencies, but for the office that moves."""
    return BODIES


@pytest.fixture
def take() -> Callable[[Database, list[dict[str, Any]]], Awaitable[intake.Outcome]]:
    """Takes dossiers in."""
    return ingest
