"""What is done to the same thing, told beside a procedure: read once, then followed change by change."""

from datetime import date

import msgspec
import pytest

from registry.api.related import Things, things
from registry.catalogue import versions
from registry.catalogue.ledger import Ledger, Origin, record
from registry.engine import Database
from registry.procedure import Procedure
from registry.vocabulary import Scope

pytestmark = pytest.mark.anyio

FROM, LATER = date(2025, 1, 1), date(2025, 6, 1)
HERE = Origin(source="test")
GRANT = Procedure("9.100001", "Cấp giấy phép lái xe", scope=Scope.NATIONAL)
OTHERS = (
    Procedure("9.100002", "Thủ tục gia hạn giấy phép lái xe", scope=Scope.PROVINCIAL),
    Procedure("9.100003", "Cấp lại giấy phép lái xe", scope=Scope.NATIONAL),
    Procedure("9.100004", "Đổi giấy phép lái xe", scope=Scope.NATIONAL, internal=True),
    Procedure("9.100005", "Cấp giấy phép lái tàu", scope=Scope.NATIONAL),
)


async def put(database: Database, *procedures: Procedure, day: date = FROM) -> None:
    async def work(book: Ledger) -> None:
        await book.load([one.code for one in procedures], [], [])
        for one in procedures:
            book.put(one, day, None, HERE)

    await record(database, work)


async def known(database: Database) -> Things:
    async with database.snapshot():
        return await things(database, await versions.revision(database))


async def beside(database: Database, procedure: Procedure, day: date = LATER) -> list[str]:
    return [one.code for one in (await known(database)).beside(procedure, day)]


async def test_variants_are_of_the_same_thing_national_ones_first(database: Database) -> None:
    await put(database, GRANT, *OTHERS)
    assert await beside(database, GRANT) == ["9.100003", "9.100002"]
    assert await beside(database, OTHERS[2]) == ["9.100001", "9.100003", "9.100002"]
    assert await beside(database, GRANT, date(2024, 12, 31)) == []


async def test_variants_follow_what_changes(database: Database) -> None:
    await put(database, GRANT, *OTHERS)
    first = await known(database)
    renamed = msgspec.structs.replace(OTHERS[1], name="Cấp lại giấy phép lái tàu")
    await put(database, renamed, Procedure("9.100006", "Thu hồi giấy phép lái xe"), day=LATER)
    assert await beside(database, GRANT) == ["9.100006", "9.100002"]
    assert await beside(database, GRANT, FROM) == ["9.100003", "9.100002"]
    assert await beside(database, OTHERS[3]) == ["9.100003"]
    assert await known(database) is first


async def test_the_same_name_is_no_variant(database: Database) -> None:
    twin = msgspec.structs.replace(GRANT, code="9.100009")
    await put(database, GRANT, twin)
    assert await beside(database, GRANT) == []
