"""The real time beside the legal one, of all agencies together; few dossiers tell nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import pytest

from registry import clock
from registry.catalogue import versions
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.dossiers.intake import take
from registry.engine import Database
from registry.exchange.portal.checked import Seen, seen
from registry.metrics.practice import overall
from registry.procedure import Procedure, ProcessingTime, Way
from registry.tables.syncing import Sync, Synced
from registry.vocabulary import Channel, TimeUnit
from registry.web.procedure.guidance import portal_page
from registry.web.procedure.practice import quarter, real

pytestmark = pytest.mark.anyio
FIVE = ProcessingTime(TimeUnit.DAY, 5)
BIRTH = Procedure(code="9.000001", name="Đăng ký khai sinh", ways=(Way(Channel.DIRECT, FIVE),))
OFFICES = ("H99.01", "H99.02")


async def deliver(database: Database, lengths: list[int]) -> date:
    """Dossiers that took so many days, by turns of two offices, in the last quarter. Returns its first day."""
    start, _ = quarter(clock.today())

    async def work(book: Ledger) -> None:
        await book.load([BIRTH.code], [], ["H99", *OFFICES])
        book.put_agency("H99", AgencyState("Tỉnh Ví Dụ", level="province"))
        for code in OFFICES:
            book.put_agency(code, AgencyState(f"Sở {code}", level="province", parent="H99"))
        book.put(BIRTH, date(2020, 1, 1), None, Origin("test"))

    async def chunks() -> AsyncIterator[bytes]:
        for number, length in enumerate(lengths):
            ended = start + timedelta(days=30)
            line = {
                "number": f"D-{number}",
                "agency": OFFICES[number % 2],
                "procedure": BIRTH.code,
                "channel": "direct",
                "received": ended - timedelta(days=length),
                "finished": ended,
                "due": ended - timedelta(days=length) + timedelta(days=5),
                "state": "finished",
            }
            yield msgspec.json.encode(line) + b"\n"

    await record(database, work)
    await take(database, "test", chunks(), b"k" * 32)
    return start


async def test_the_median_is_of_all_agencies_together(database: Database) -> None:
    start = await deliver(database, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4])
    found = await overall(database, BIRTH.code, *quarter(clock.today()))
    assert found is not None
    assert (found.count, found.on_time, found.times[0].median) == (10, 9, 3.0)
    version = await versions.find(database, BIRTH.code, clock.today())
    told = await real(database, version, "vi")
    assert [(one.median, one.unit, one.share, one.dossiers) for one in told] == [
        ("3", "ngày", "90,0\u202f%", "10")
    ]
    assert told[0].start == start
    assert told[0].period == f"{start.year}-Q{start.month // 3 + 1}"


async def test_few_dossiers_tell_nothing(database: Database) -> None:
    await deliver(database, [1, 2, 3])
    version = await versions.find(database, BIRTH.code, clock.today())
    assert await real(database, version, "vi") == []
    assert await overall(database, "9.999999", *quarter(clock.today())) is None


async def test_when_a_record_was_last_compared_with_the_portal_is_known(database: Database) -> None:
    assert await seen(database, BIRTH.code) == Seen(None, None)
    moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2)]

    async def write() -> None:
        runs = [(1, "a", "", "", moments[0], 0, ""), (2, "b", "", "", moments[1], 0, "")]
        await database.insert(Sync, ("id", "source", "url", "province", "started_at", "revision", "holder"), runs)
        kept = ("key", "source", "item", "code", "mark", "detail", "checked", "taken")
        rows = [
            ("1", "portal", "019d2bfd", BIRTH.code, "", "", 1, True),
            ("2", "portal", "", BIRTH.code, "", "", 2, False),
            ("3", "legacy", BIRTH.code, BIRTH.code, "", "", 1, True),
        ]
        await database.insert(Synced, kept, rows)

    await database.transact(write)
    assert await seen(database, BIRTH.code) == Seen(moments[0], "019d2bfd")


def test_the_portal_is_entered_at_the_procedure_or_at_the_search_for_its_name() -> None:
    found = msgspec.structs.replace(BIRTH, name="Đăng ký\nkhai sinh & nhận cha, mẹ, con")
    assert portal_page(found, "019d/2bfd").endswith("/thu-tuc-hanh-chinh/019d%2F2bfd")
    address = httpx.URL(portal_page(found))
    assert address.params["keyword"] == "Đăng ký khai sinh & nhận cha, mẹ, con"
