"""A few procedures in which every kind of value occurs, in a store and served."""

import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from registry.app import create_app
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.catalogue.versions import Version
from registry.engine import Database, open_database
from registry.exchange.publication import Publication
from registry.procedure import (
    Agency,
    Announcement,
    Case,
    Fee,
    Form,
    Item,
    LegalBasis,
    Paper,
    Procedure,
    ProcessingTime,
    Step,
    Term,
    Way,
)
from registry.sections import digest
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

JUSTICE = Agency(Role.ISSUING, "Bộ Tư pháp", "G15")
DAY = date(2025, 8, 1)

RICH = Procedure(
    code="1.000001",
    name='Đăng ký khai sinh "có yếu tố nước ngoài"',
    local_code="1.000001.000.00.00.H55",
    scope=Scope.NATIONAL,
    sectors=(Term("G15-HT", "Hộ tịch"),),
    levels=(Level.PROVINCE, Level.COMMUNE),
    agencies=(
        JUSTICE,
        Agency(Role.EXECUTING, "Ủy ban nhân dân cấp xã"),
        Agency(Role.EXECUTING, "Sở Tư pháp tỉnh Thái Nguyên", "H55.17"),
        Agency(Role.COMPETENT, "Sở Tư pháp tỉnh Thái Nguyên", "H55.17"),
        Agency(Role.COORDINATING, "Công an tỉnh", "H55.20"),
    ),
    online_level=OnlineLevel.FULL,
    ways=(
        Way(
            Channel.ONLINE,
            ProcessingTime(TimeUnit.WORKING_DAY, 5, "kể từ ngày nhận đủ hồ sơ"),
            (
                Fee(FeeKind.FEE, FeeState.FREE, text="Miễn phí"),
                Fee(FeeKind.SERVICE_FEE, FeeState.AMOUNT, 50_000, text="50.000 đồng/trường hợp"),
                Fee(FeeKind.PRICE_LEVEL, FeeState.AMOUNT, 20, "USD"),
            ),
        ),
        Way(
            Channel.DIRECT,
            ProcessingTime(TimeUnit.DAY, 7.5),
            (Fee(FeeKind.FEE, FeeState.SCHEDULE, text="=Theo biểu phí"), Fee(FeeKind.FEE, FeeState.UNKNOWN)),
        ),
        Way(Channel.DIRECT, ProcessingTime(TimeUnit.OTHER, text="Theo mô tả\nhai dòng")),
        Way(Channel.POSTAL, ProcessingTime(TimeUnit.MONTH, 2)),
    ),
    steps=(Step("- Nộp hồ sơ\n- Nhận kết quả", "Bước 1"), Step("Chờ"), Step("")),
    cases=(
        Case((Paper("Tờ khai", 1, 2, "TK-01", forms=(Form("Mẫu.docx", "configuring/1/Mẫu.docx"),)),), "Trẻ em"),
        Case((Paper("Hộ chiếu", required=True, electronic=False),)),
    ),
    audiences=(Term(Audience.CITIZEN, "Công dân Việt Nam"), Term("khac", "Đối tượng khác")),
    outputs=(Term("KQ.1", "Giấy khai sinh"),),
    legal_bases=(LegalBasis("60/2014/QH13", "Luật Hộ tịch"), LegalBasis("07/2025/NĐ-CP")),
    requirements="Có mặt trực tiếp",
    keywords=("khai sinh", "trẻ em"),
    life_events=(Term("co-con-nho", "Có con nhỏ"),),
    addresses="Bộ phận một cửa",
    note="Ghi chú",
    e_result=True,
    online_payment=False,
    illustrative=True,
)
BARE = Procedure(code="1.000002", name="+84 thủ tục không có gì")
PROVINCIAL = Procedure(
    code="1.000003",
    name="Hỗ trợ đất đai",
    scope=Scope.PROVINCIAL,
    sectors=(Term("H55-DD", "Đất đai"),),
    levels=(Level.DISTRICT,),
    agencies=(Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55"),),
    online_level=OnlineLevel.LEVEL_4,
    internal=True,
)
OLD = Procedure(code="1.000004", name="Thủ tục cũ", agencies=(JUSTICE,), sectors=(Term("G15-HT", "Hộ tịch"),))
HEIR = msgspec.structs.replace(OLD, code="1.000005", name="Thủ tục thay thế")
GONE = msgspec.structs.replace(OLD, code="1.000006", name="Thủ tục bị bãi bỏ")
FIRST = Announcement(
    "12/QĐ-BTP|G15|2025-01-02",
    "12/QĐ-BTP",
    date(2025, 1, 2),
    date(2025, 1, 10),
    issuer=JUSTICE,
    items=(Item(Action.NEW, (), ("1.000002",)), Item(None, (), ("1.000003",))),
)
SECOND = Announcement(
    "30/QĐ-BTP|G15|2025-06-14",
    "30/QĐ-BTP",
    date(2025, 6, 14),
    date(2025, 7, 1),
    issuer=JUSTICE,
    items=(
        Item(Action.NEW, (), ("1.000001",)),
        Item(Action.AMENDED, ("1.000002",), ("1.000002",)),
        Item(Action.REPLACED, ("1.000004",), ("1.000005",)),
        Item(Action.ABOLISHED, ("1.000006",), ()),
    ),
)
HERE = Origin(source="test")


def version(procedure: Procedure, start: date = date(2025, 1, 10), end: date | None = None) -> Version:
    return Version(
        1,
        procedure.code,
        start,
        end,
        FIRST.id,
        None,
        digest(procedure),
        "test",
        "",
        msgspec.Raw(b"[]"),
        None,
        procedure,
    )


async def happen(book: Ledger) -> None:
    codes = [f"1.00000{number}" for number in range(1, 7)]
    await book.load(codes, [FIRST.id, SECOND.id], ["G15", "H55"])
    for term in (RICH.sectors[0], PROVINCIAL.sectors[0]):
        book.put_sector(term)
    book.put_agency("G15", AgencyState("Bộ Tư pháp", level="ministry"))
    book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên", level="province"))
    book.announce(FIRST)
    for procedure in (BARE, PROVINCIAL, OLD, GONE):
        book.put(procedure, date(2025, 1, 10), FIRST.id, HERE)
    book.announce(SECOND)
    day = date(2025, 7, 1)
    book.put(RICH, day, SECOND.id, HERE)
    book.put(msgspec.structs.replace(BARE, note="nay có ghi chú"), day, SECOND.id, HERE)
    for code in ("1.000004", "1.000006"):
        book.end(code, day, SECOND.id)
    book.put(HEIR, day, SECOND.id, HERE)


async def fill(database: Database) -> None:
    await record(database, happen)


@pytest.fixture(scope="session")
def scene() -> SimpleNamespace:
    """The procedures and announcements of the small catalogue."""
    return SimpleNamespace(
        RICH=RICH, BARE=BARE, PROVINCIAL=PROVINCIAL, HEIR=HEIR, OLD=OLD, GONE=GONE,
        HERE=HERE, FIRST=FIRST, SECOND=SECOND, DAY=DAY,
        version=version, fill=fill,
        publication=Publication("https://tthc.example.vn", "Sở Tư pháp", "https://example.vn/giay-phep", DAY),
    )  # fmt: skip


@pytest.fixture
async def filled(database: Database) -> Database:
    """A store that holds the small catalogue, on each database."""
    await fill(database)
    return database


@pytest.fixture
async def fresh(blank: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An open SQLite store, for what is the same on each database."""
    shutil.copytree(blank, tmp_path / "fresh")
    database = await open_database(Settings(data=tmp_path / "fresh"))
    yield database
    await database.close()


@pytest.fixture
async def local(fresh: Database) -> Database:
    """The same with the small catalogue in it."""
    await fill(fresh)
    return fresh


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small catalogue, served under a public address."""
    settings = Settings(data=tmp_path_factory.mktemp("served"), public_url="https://tthc.example.vn")
    database = await open_database(settings)
    await fill(database)
    await database.close()
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as found:
        yield found
