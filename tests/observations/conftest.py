"""A province with decisions to publish, procedures that lack something, and dossiers that will be late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from functools import partial

import msgspec
import pytest

from registry import clock
from registry.access import keys
from registry.access.actors import command
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.dossiers import intake
from registry.engine import Database, open_database
from registry.metrics.observations import Observation, Unit, observe
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
from registry.settings import Settings
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

TODAY = date(2025, 5, 26)  # a Monday
PROVINCE, OFFICE, MINISTRY = "H99", "H99.01", "G99"
COUNCIL = Agency(Role.ISSUING, "UBND tỉnh Ví Dụ", PROVINCE)
CENTRE = Agency(Role.ISSUING, "Bộ Ví Dụ", MINISTRY)
DOER = Agency(Role.EXECUTING, "Sở Ví Dụ tỉnh Ví Dụ", OFFICE)
FIVE = ProcessingTime(TimeUnit.WORKING_DAY, 5)
CODES = tuple(f"9.00000{number}" for number in range(1, 6))


def procedure(number: int, **other: object) -> Procedure:
    """A procedure that lacks nothing but what ``other`` takes from it."""
    fields: dict[str, object] = {
        "code": CODES[number - 1],
        "name": f"Thủ tục {number}",
        "scope": Scope.PROVINCIAL,
        "sectors": (Term("HT", "Hộ tịch"),),
        "levels": (Level.PROVINCE,),
        "agencies": (COUNCIL, DOER),
        "online_level": OnlineLevel.FULL,
        "ways": (
            Way(Channel.ONLINE, FIVE, (Fee(FeeKind.FEE, FeeState.AMOUNT, 5000),)),
            Way(Channel.DIRECT, FIVE),
        ),
        "steps": (Step("Nộp hồ sơ"),),
        "cases": (Case((Paper("Tờ khai", originals=1),)),),
        "audiences": (Term(Audience.CITIZEN, "Công dân Việt Nam"),),
        "online_payment": True,
    }
    return Procedure(**{**fields, **other})  # type: ignore[arg-type]  # by name


PROCEDURES = (
    procedure(1),
    procedure(2, online_payment=False, steps=()),
    procedure(3, online_payment=None, online_level=OnlineLevel.PARTIAL),
    procedure(4, online_level=OnlineLevel.INFORMATION, ways=(Way(Channel.DIRECT, FIVE),)),
    procedure(
        5, online_level=OnlineLevel.INFORMATION, ways=(Way(Channel.DIRECT, FIVE),), offline_only=True, cases=()
    ),
)


def decision(
    number: int, decided: date, published: date | None, *codes: str, issuer: Agency = COUNCIL
) -> Announcement:
    return Announcement(
        id=f"QD{number}",
        number=f"{number}/QĐ-UBND",
        decided=decided,
        effective=decided,
        published=published,
        issuer=issuer,
        items=tuple(Item(Action.AMENDED, (code,), (code,)) for code in codes),
    )


DECISIONS = (
    decision(1, date(2025, 5, 20), None, *CODES[:2]),  # five working days: until 27 May
    decision(2, date(2025, 5, 5), None, CODES[2]),  # until 12 May
    decision(3, date(2025, 4, 1), date(2025, 4, 2), *CODES[3:]),
    decision(4, date(2025, 5, 14), None, CODES[0], issuer=CENTRE),  # ten for a ministry: until 28 May
)


def dossier(number: int, due: date, **other: object) -> dict[str, object]:
    return {
        "number": f"N-{number}",
        "procedure": CODES[0],
        "agency": OFFICE,
        "channel": "online",
        "received": date(2025, 5, 12),
        "due": due,
        "state": "processing",
        **other,
    }


DOSSIERS = (
    dossier(1, date(2025, 5, 27)),
    dossier(2, date(2025, 5, 26)),
    dossier(3, date(2025, 5, 23)),  # overdue
    dossier(4, date(2025, 7, 1)),  # far
    dossier(5, date(2025, 5, 27), state="supplementing"),  # its time does not run
    dossier(6, date(2025, 5, 27), state="finished", finished=date(2025, 5, 20)),
    dossier(7, date(2025, 5, 30), received=date(2024, 12, 30)),
)

Send = Callable[..., Awaitable[None]]


async def take(database: Database, *sent: dict[str, object]) -> None:
    """Take dossiers in."""

    async def chunks() -> AsyncIterator[bytes]:
        for one in sent:
            yield msgspec.json.encode(one) + b"\n"

    outcome = await intake.take(database, "test", chunks(), b"k" * 32)
    assert not outcome.fates["rejected"]
    assert not outcome.fates["aside"]


async def fill(database: Database) -> None:
    """Put the scene into a store."""

    async def work(book: Ledger) -> None:
        await book.load(CODES, [one.id for one in DECISIONS], [PROVINCE, OFFICE, MINISTRY])
        book.put_agency(PROVINCE, AgencyState("UBND tỉnh Ví Dụ", level="province"))
        book.put_agency(OFFICE, AgencyState("Sở Ví Dụ tỉnh Ví Dụ", level="province", parent=PROVINCE))
        book.put_agency(MINISTRY, AgencyState("Bộ Ví Dụ", level="ministry"))
        for one in DECISIONS:
            book.announce(one)
        for each in PROCEDURES:
            book.put(each, date(2020, 1, 1), None, Origin("test"))

    await record(database, work)
    await take(database, *DOSSIERS)
    figure = Observation(
        name="ON_TIME",
        unit=Unit.POINTS,
        agency=PROVINCE,
        begins=date(2025, 1, 1),
        ends=date(2025, 12, 31),
        value=19.5,
        out_of=20,
        source="Cổng dịch vụ công",
        captured=TODAY,
    )
    earlier = msgspec.structs.replace(figure, value=19.1, captured=date(2025, 4, 30))
    await observe(database, [figure, earlier])


@pytest.fixture
def send(database: Database) -> Send:
    return partial(take, database)


@pytest.fixture
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


@pytest.fixture
async def scene(database: Database, on_the_day: None) -> Database:
    """The store of this scene, on its day, on each database."""
    await fill(database)
    return database


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A SQLite store of this scene, for tests that only read it; its key of the scope metrics is in ``key``."""
    settings = Settings(data=tmp_path_factory.mktemp("filled"))

    async def make() -> None:
        database = await open_database(settings)
        await fill(database)
        made = await keys.create(database, command(), "reader", ["metrics"])
        (settings.data / "key").write_text(made.secret)
        await database.close()

    asyncio.run(make())
    return settings
