"""A small catalogue to work on, made once and copied; every procedure in it is complete."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from registry.access.actors import Actor, KeyScope
from registry.app import create_app
from registry.catalogue import ledger
from registry.catalogue.ledger import AgencyState, Ledger, Origin
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.engine import open_database
from registry.procedure import Agency, Announcement, Case, Item, Paper, Procedure, ProcessingTime, Step, Term, Way
from registry.settings import Settings
from registry.vocabulary import Action, Channel, Level, Role, TimeUnit

JUSTICE = Agency(Role.ISSUING, "Bộ Tư pháp", "G15")
PROVINCE = Agency(Role.ISSUING, "UBND tỉnh Thái Nguyên", "H55")
COMMUNES = Agency(Role.EXECUTING, "Ủy ban nhân dân cấp xã")
CIVIL = Term("G15-HT", "Hộ tịch")
FIRST = Announcement(
    id="first",
    number="12/QĐ-BTP",
    decided=date(2025, 1, 2),
    effective=date(2025, 1, 10),
    issuer=JUSTICE,
    items=(Item(Action.NEW, (), ("9.000001", "9.000002", "9.000003", "9.000004")),),
)
ENDING = Announcement(
    id="ending",
    number="13/QĐ-BTP",
    decided=date(2025, 2, 1),
    effective=date(2025, 3, 1),
    issuer=JUSTICE,
    items=(Item(Action.ABOLISHED, ("9.000004",)),),
)


def whole(code: str, name: str = "Đăng ký khai sinh", issuer: Agency = JUSTICE, **changes: Any) -> Procedure:
    """A procedure with all of the seven parts."""
    made = Procedure(
        code=code,
        name=name,
        sectors=(CIVIL,),
        levels=(Level.COMMUNE,),
        agencies=(issuer, COMMUNES, msgspec.structs.replace(COMMUNES, role=Role.COMPETENT)),
        ways=(Way(Channel.DIRECT, ProcessingTime(TimeUnit.WORKING_DAY, 1)),),
        steps=(Step("Nộp hồ sơ tại Ủy ban nhân dân cấp xã"),),
        cases=(Case((Paper("Tờ khai", originals=1),)),),
        audiences=(Term("cong-dan-viet-nam", "Công dân Việt Nam"),),
    )
    return msgspec.structs.replace(made, **changes)


def draft(*items: ItemDraft, **changes: Any) -> AnnouncementDraft:
    """A draft of the ministry that takes effect on 2025-05-20."""
    made = AnnouncementDraft(
        number="77/QĐ-BTP", decided=date(2025, 5, 5), effective=date(2025, 5, 20), issuer="G15", items=items
    )
    return msgspec.structs.replace(made, **changes)


def amend(code: str, **changes: Any) -> ItemDraft:
    return ItemDraft(Action.AMENDED, (), (ContentDraft(code=code, changes=changes),))


def new(*procedures: Procedure) -> ItemDraft:
    return ItemDraft(Action.NEW, (), tuple(ContentDraft(procedure=one) for one in procedures))


def abolish(*codes: str) -> ItemDraft:
    return ItemDraft(Action.ABOLISHED, codes)


def replace(old: tuple[str, ...], *procedures: Procedure) -> ItemDraft:
    return ItemDraft(Action.REPLACED, old, tuple(ContentDraft(procedure=one) for one in procedures))


async def known(book: Ledger) -> None:
    """What is in the catalogue: three procedures in force, one that ended, and agencies."""
    codes = [f"9.00000{number}" for number in range(1, 5)]
    await book.load(
        codes, [FIRST.id, ENDING.id], ["G15", "H55", "H55.17", "H55.100", "H03", "uy-ban-nhan-dan-cap-xa"]
    )
    book.put_sector(CIVIL)
    book.put_agency("G15", AgencyState("Bộ Tư pháp", level="ministry"))
    book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên", level="province"))
    book.put_agency("H55.17", AgencyState("Sở Tư pháp tỉnh Thái Nguyên", level="province", parent="H55"))
    book.put_agency("H55.100", AgencyState("UBND xã Cù Vân", level="commune", parent="H55"))
    book.put_agency("H03", AgencyState("UBND tỉnh Bắc Kạn", level="province"))
    book.put_agency("uy-ban-nhan-dan-cap-xa", AgencyState("Ủy ban nhân dân cấp xã", kind="class"))
    book.announce(FIRST)
    book.announce(ENDING)
    day = date(2025, 1, 10)
    for code in codes[:2]:
        book.put(whole(code, f"Thủ tục {code}"), day, FIRST.id, Origin("test"))
    book.put(whole(codes[2], "Hỗ trợ của Thái Nguyên", PROVINCE), day, FIRST.id, Origin("test"))
    book.put(whole(codes[3], "Đã bãi bỏ"), day, FIRST.id, Origin("test"))
    book.end(codes[3], date(2025, 3, 1), ENDING.id)
    book.end_agency("H03", date(2025, 4, 1), "202/2025/QH15")


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small catalogue in SQLite."""
    folder = tmp_path_factory.mktemp("desk") / "var"
    asyncio.run(_fill(Settings(data=folder)))
    return folder


@pytest.fixture(scope="session")
def filled_name(cluster: Any, migrated: str) -> str:
    """The name of a database that holds the small catalogue."""
    url = cluster.create(migrated)
    asyncio.run(_fill(Settings(data=cluster.folder, database_url=url)))
    return str(url.rpartition("/")[2])


async def _fill(settings: Settings) -> None:
    database = await open_database(settings)
    try:
        await ledger.record(database, known)
    finally:
        await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a store of the test's own that holds the small catalogue, on each database."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("filled_file"), tmp_path / "var")
        return Settings(data=tmp_path / "var")
    cluster = request.getfixturevalue("cluster")
    url = cluster.create(request.getfixturevalue("filled_name"))
    return Settings(data=tmp_path / "var", database_url=url)


@pytest.fixture
def local(filled_file: Path, tmp_path: Path) -> Settings:
    """Settings of such a store in SQLite."""
    shutil.copytree(filled_file, tmp_path / "var")
    return Settings(data=tmp_path / "var")


@pytest.fixture
def somebody() -> Actor:
    """Whoever may do everything."""
    return Actor("command", "tester", "Tester", frozenset(KeyScope), None, "here")


@pytest.fixture
def commune() -> Actor:
    """A key that acts for one commune."""
    return Actor("key", "c0ffee", "Cù Vân", frozenset({KeyScope.ANNOUNCE}), "H55.100", "there")


@pytest.fixture
def words() -> Any:
    """What drafts are put together from."""
    from types import SimpleNamespace

    return SimpleNamespace(
        whole=whole,
        draft=draft,
        amend=amend,
        new=new,
        abolish=abolish,
        replace=replace,
        province=PROVINCE,
        justice=JUSTICE,
    )


@pytest.fixture
def serving() -> Callable[..., Any]:
    """The app on these settings, started, and a client of it."""

    @asynccontextmanager
    async def serve(settings: Settings) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
        app = create_app(settings)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield app, client

    return serve
