"""Labels are those of the catalogue as it is, read anew only where a name has changed."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from registry.api import labels
from registry.catalogue import versions
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import Database, open_database
from registry.procedure import Procedure, Term
from registry.settings import Settings

pytestmark = pytest.mark.anyio

DAY = date(2025, 5, 1)
CODE = "9.000001"


def renamed(ledger: Ledger, procedure: Procedure) -> None:
    ledger.put(msgspec.structs.replace(procedure, name="Khai sinh cho trẻ em"), DAY, None, Origin("test"))


def bearing(ledger: Ledger, procedure: Procedure) -> None:
    events = (*procedure.life_events, Term("ket-hon", "Kết hôn"))
    ledger.put(msgspec.structs.replace(procedure, life_events=events), DAY, None, Origin("test"))


def calling(ledger: Ledger, procedure: Procedure) -> None:
    events = [msgspec.structs.replace(one, name="Sinh con") for one in procedure.life_events]
    ledger.put(msgspec.structs.replace(procedure, life_events=tuple(events)), DAY, None, Origin("test"))


def governing(ledger: Ledger, _: Procedure) -> None:
    ledger.put_agency("H99", AgencyState("UBND tỉnh Mới", "body"))


def sorting(ledger: Ledger, _: Procedure) -> None:
    ledger.put_sector(Term("G04-HT", "Hộ tịch, quốc tịch"))


async def change(database: Database, put: Callable[[Ledger, Procedure], None]) -> None:
    procedure = (await versions.find(database, CODE, DAY)).procedure

    async def work(ledger: Ledger) -> None:
        await ledger.load([CODE], agencies=["H99"])
        put(ledger, procedure)

    await record(database, work)


def told(some: labels.Labels) -> tuple[object, ...]:
    return (some.revision, some.sectors, some.events, some.provinces, sorted(some.topics), some.agency("H99", DAY))


async def test_a_change_without_a_name_leaves_the_labels(stocked: Settings) -> None:
    database = await open_database(stocked)
    before = await labels.load(database)
    await change(database, renamed)
    after = await labels.renewed(database, before)
    assert after is before
    assert told(after) == told(await labels.load(database))
    await database.close()


@pytest.mark.parametrize("put", [bearing, calling, governing, sorting])
async def test_a_name_that_comes_or_changes_is_read(
    stocked: Settings, put: Callable[[Ledger, Procedure], None]
) -> None:
    database = await open_database(stocked)
    before = await labels.load(database)
    held = told(before)
    await change(database, put)
    after = await labels.renewed(database, before)
    assert told(after)[1:] != held[1:]
    assert told(after) == told(await labels.load(database))
    await database.close()


async def test_labels_of_a_later_store_are_read_anew(stocked: Settings) -> None:
    database = await open_database(stocked)
    later = labels.Labels(1_000_000, [], [])
    assert told(await labels.renewed(database, later)) == told(await labels.load(database))
    await database.close()


def test_names_are_kept_and_what_has_none_is_not() -> None:
    known = labels.Labels(1, [Term("ho-tich", "Hộ tịch")], [])
    names = known.names("sector", DAY, "vi")
    assert names["ho-tich"] == "Hộ tịch"
    assert names["whatever somebody typed"] == "whatever somebody typed"
    assert dict(names) == {"ho-tich": "Hộ tịch"}
    assert known.names("sector", DAY, "vi") is names
