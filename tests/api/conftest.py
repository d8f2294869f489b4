"""A small catalogue with everything that the interface shows, served in this process."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar

from registry.app import create_app
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import Database, open_database
from registry.procedure import (
    Agency,
    Announcement,
    Case,
    Fee,
    Item,
    LegalBasis,
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
from search.contract import Answer, Engine, Hit, IndexUnavailable, Question
from search.embedded import Embedded

JUSTICE = Agency(Role.ISSUING, "Bộ Tư pháp", "G04")
THAI_NGUYEN = Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55")
BAC_KAN = Agency(Role.ISSUING, "UBND tỉnh Bắc Kạn", "H03")
DEPARTMENT = Agency(Role.EXECUTING, "Sở Tư pháp tỉnh Thái Nguyên", "H55.17")
COMMUNE = Agency(Role.EXECUTING, "Ủy ban nhân dân cấp xã")

CIVIL = Term("G04-HT", "Hộ tịch")
LAND = Term("G05-DD", "Đất đai")
LAND_TOO = Term("H03-DD", "Đất đai")
CHILD = Term("co-con-nho", "Có con nhỏ")
CITIZEN = Term(Audience.CITIZEN, "Công dân Việt Nam")

FIRST = Announcement(
    id="12/QĐ-BTP|G04|2025-01-02",
    number="12/QĐ-BTP",
    decided=date(2025, 1, 2),
    effective=date(2025, 1, 10),
    issuer=JUSTICE,
    items=(Item(Action.NEW, (), ("9.000001", "9.000002")), Item(None, (), ("9.000004",))),
)
SECOND = Announcement(
    id="30/QĐ-BTP|G04|2025-03-14",
    number="30/QĐ-BTP",
    decided=date(2025, 3, 14),
    effective=date(2025, 4, 1),
    issuer=JUSTICE,
    items=(
        Item(Action.AMENDED, ("9.000001",), ("9.000001",)),
        Item(Action.REPLACED, ("9.000002",), ("9.000003",)),
    ),
)
ENDING = Announcement(
    id="99/QĐ-BTP|G04|2025-06-20",
    number="99/QĐ-BTP",
    decided=date(2025, 6, 20),
    effective=date(2025, 7, 1),
    issuer=JUSTICE,
    items=(Item(Action.ABOLISHED, ("9.000004",), ()),),
)
SAME_HERE = Announcement(
    id="7/QĐ-UBND|H55|2025-01-06",
    number="7/QĐ-UBND",
    decided=date(2025, 1, 6),
    issuer=THAI_NGUYEN,
    items=(Item(Action.NEW, (), ("9.000005",)),),
)
SAME_THERE = Announcement(
    id="7/QĐ-UBND|H03|2025-02-06",
    number="7/QĐ-UBND",
    decided=date(2025, 2, 6),
    effective=date(2025, 2, 10),
    issuer=BAC_KAN,
    items=(Item(Action.NEW, (), ("9.000006",)),),
)

BIRTH = Procedure(
    code="9.000001",
    name="Đăng ký khai sinh tại xã",
    scope=Scope.NATIONAL,
    sectors=(CIVIL,),
    levels=(Level.COMMUNE,),
    agencies=(JUSTICE, COMMUNE),
    online_level=OnlineLevel.FULL,
    ways=(
        Way(Channel.ONLINE, ProcessingTime(TimeUnit.WORKING_DAY, 1), (Fee(FeeKind.FEE, FeeState.UNKNOWN),)),
        Way(Channel.DIRECT, ProcessingTime(TimeUnit.WORKING_DAY, 1)),
    ),
    steps=(Step("Nộp hồ sơ tại Ủy ban nhân dân cấp xã"),),
    cases=(Case((Paper("Tờ khai đăng ký khai sinh", originals=1),)),),
    audiences=(CITIZEN,),
    legal_bases=(LegalBasis("60/2014/QH13", "Luật Hộ tịch"),),
    life_events=(CHILD,),
    online_payment=True,
    essential=True,
)
BIRTH_AMENDED = msgspec.structs.replace(
    BIRTH,
    name="Đăng ký khai sinh",
    ways=(
        Way(
            Channel.ONLINE,
            ProcessingTime(TimeUnit.WORKING_DAY, 1),
            (Fee(FeeKind.FEE, FeeState.FREE, text="Miễn phí"),),
        ),
        Way(Channel.DIRECT, ProcessingTime(TimeUnit.WORKING_DAY, 1)),
    ),
    online_payment=False,
)
EXTRACT = Procedure(
    code="9.000002",
    name="Cấp bản sao trích lục",
    scope=Scope.NATIONAL,
    sectors=(CIVIL,),
    levels=(Level.PROVINCE,),
    agencies=(JUSTICE, DEPARTMENT),
    ways=(Way(Channel.DIRECT),),
)
EXTRACT_NEW = msgspec.structs.replace(
    EXTRACT,
    code="9.000003",
    name="Cấp bản sao trích lục hộ tịch",
    levels=(Level.PROVINCE, Level.COMMUNE),
    online_level=OnlineLevel.PARTIAL,
    ways=(Way(Channel.DIRECT), Way(Channel.POSTAL)),
)
DISTRICT = Procedure(
    code="9.000004",
    name="Thay đổi hộ tịch tại huyện",
    scope=Scope.NATIONAL,
    sectors=(CIVIL,),
    levels=(Level.DISTRICT,),
    agencies=(JUSTICE,),
)
SUPPORT = Procedure(
    code="9.000005",
    name="Hỗ trợ cải tạo đất của Thái Nguyên",
    local_code="9.000005.000.00.00.H55",
    scope=Scope.PROVINCIAL,
    sectors=(LAND,),
    levels=(Level.PROVINCE,),
    agencies=(THAI_NGUYEN, DEPARTMENT),
    ways=(Way(Channel.ONLINE, None, (Fee(FeeKind.FEE, FeeState.AMOUNT, 50_000),)),),
    illustrative=True,
)
FOREST = Procedure(
    code="9.000006",
    name="Giao đất của Bắc Kạn",
    scope=Scope.PROVINCIAL,
    sectors=(LAND_TOO,),
    levels=(Level.PROVINCE,),
    agencies=(BAC_KAN,),
)
BETWEEN = Procedure(
    code="9.000007",
    name="Báo cáo hộ tịch giữa các cơ quan",
    scope=Scope.INTERNAL,
    sectors=(CIVIL,),
    levels=(Level.MINISTRY,),
    agencies=(JUSTICE,),
    internal=True,
)
CENTRAL = Procedure(
    code="9.000008",
    name="Công nhận việc quốc tịch",
    scope=Scope.NATIONAL,
    sectors=(CIVIL,),
    levels=(Level.MINISTRY,),
    agencies=(JUSTICE,),
)
HERE = Origin(source="test", cleaning='[{"field":"name","rule":"nfc","before":"a","after":"b"}]')


async def known_first(book: Ledger) -> None:
    """What was known at first: everything as announced in January and February."""
    codes = [f"9.00000{number}" for number in range(1, 9)]
    announced = (FIRST, SAME_HERE, SAME_THERE)
    agencies = ["G04", "H55", "H55.17", "H03", "uy-ban-nhan-dan-cap-xa"]
    await book.load(codes, [one.id for one in announced], agencies)
    for sector in (CIVIL, LAND, LAND_TOO):
        book.put_sector(sector)
    book.put_agency("G04", AgencyState("Bộ Tư pháp", level="ministry"))
    book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên", level="province"))
    book.put_agency("H55.17", AgencyState("Sở Tư pháp tỉnh Thái Nguyên", level="province", parent="H55"))
    book.put_agency("H03", AgencyState("UBND tỉnh Bắc Kạn", level="province"))
    book.put_agency("uy-ban-nhan-dan-cap-xa", AgencyState("Ủy ban nhân dân cấp xã", kind="class"))
    for one in announced:
        book.announce(one)
    day = date(2025, 1, 10)
    for procedure in (BIRTH, EXTRACT, DISTRICT):
        book.put(procedure, day, FIRST.id, HERE)
    book.put(SUPPORT, date(2025, 1, 6), SAME_HERE.id, HERE)
    book.put(FOREST, date(2025, 2, 10), SAME_THERE.id, HERE)
    for procedure in (BETWEEN, CENTRAL):
        book.put(procedure, date(2020, 1, 1), None, HERE)


async def known_later(book: Ledger) -> None:
    """What was learned afterwards: an amendment, a replacement, an end, and a province that joins another."""
    await book.load(["9.000001", "9.000002", "9.000003", "9.000004"], [SECOND.id, ENDING.id], ["H03", "H55"])
    book.announce(SECOND)
    book.announce(ENDING)
    book.put(BIRTH_AMENDED, date(2025, 4, 1), SECOND.id, HERE)
    book.end("9.000002", date(2025, 4, 1), SECOND.id)
    book.put(EXTRACT_NEW, date(2025, 4, 1), SECOND.id, HERE)
    book.end("9.000004", date(2025, 7, 1), ENDING.id)
    book.end_agency("H03", date(2025, 7, 1), "Nghị quyết số 202/2025/QH15")
    book.succeed("agency", "H03", "H55", date(2025, 7, 1), None)


async def fill(database: Database) -> None:
    """Record the whole small catalogue, in two steps."""
    await record(database, known_first)
    await record(database, known_later)


class Fickle:
    """The embedded engine, which can be told to be down."""

    name = "fickle"

    def __init__(self, path: Path) -> None:
        self.inner = Embedded(path)
        self.down = False
        self.searches = 0

    def check(self) -> None:
        if self.down:
            raise IndexUnavailable("fickle: is down")

    async def search(self, question: Question) -> Answer:
        self.check()
        self.searches += 1
        return await self.inner.search(question)

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        self.check()
        return await self.inner.suggest(text, as_of, limit)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@asynccontextmanager
async def serving(
    settings: Settings, engine: Engine | None = None
) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient]]:
    """The app on these settings, started, and a client of it."""
    app = create_app(settings, engine=engine)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield app, client


async def stored(settings: Settings) -> Settings:
    """The small catalogue in the store of these settings."""
    database = await open_database(settings)
    try:
        await fill(database)
    finally:
        await database.close()
    return settings


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractAsyncContextManager[tuple[Litestar, httpx.AsyncClient]]]:
    """``serving``, for tests that start and end apps themselves."""
    return serving


@pytest.fixture(scope="session")
def fill_store() -> Callable[[Settings], Awaitable[Settings]]:
    """``stored``, for tests that run loops of their own."""
    return stored


@pytest.fixture
def fickle(settings: Settings) -> Fickle:
    """An engine that can be told to be down."""
    return Fickle(settings.index_path)


@pytest.fixture
async def stocked(settings: Settings) -> Settings:
    """Settings of a store of the test's own that holds the small catalogue."""
    return await stored(settings)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a store for tests that only read, on each database."""
    data = tmp_path_factory.mktemp("var")
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("blank"), data, dirs_exist_ok=True)
        return Settings(data=data)
    cluster = request.getfixturevalue("cluster")
    return Settings(data=data, database_url=cluster.create(request.getfixturevalue("migrated")))


@pytest.fixture(scope="module")
async def client(filled: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small catalogue, for tests that only read."""
    async with serving(await stored(filled)) as (_, client):
        yield client


@pytest.fixture
async def own(stocked: Settings, fickle: Fickle) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient, Fickle]]:
    """An app of the test's own, with an engine that can be told to be down."""
    async with serving(stocked, fickle) as (app, client):  # type: ignore[arg-type]  # the rest is passed on
        yield app, client, fickle
