"""The index follows the catalogue, whoever else writes to it meanwhile."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from registry import indexing
from registry.catalogue import versions
from registry.catalogue.ledger import Ledger, Origin, record
from registry.engine import Database
from registry.indexing import Follower, prove
from registry.procedure import Procedure
from search.contract import Batch, Document, IndexBehind, IndexUnavailable
from search.embedded import Embedded

pytestmark = pytest.mark.anyio


async def put(database: Database, *places: int, name: str = "Cấp giấy phép") -> int:
    """Record procedures, one change each. Returns the revision reached."""

    async def work(ledger: Ledger) -> None:
        for place in places:
            procedure = Procedure(code=f"9.{place:06}", name=f"{name} số {place}")
            await ledger.load(codes=[procedure.code])
            ledger.put(procedure, date(2025, 1, 5), None, Origin("test", f"row {place}"))

    await record(database, work)
    return await versions.revision(database)


class Shared(Embedded):
    """An index that another process builds anew, as the catalogue was before, between two changes of this one."""

    def __init__(self, path: Path, old: Iterable[Document], revision: int, turns: Iterable[int]) -> None:
        super().__init__(path)
        self._old = list(old)
        self._revision = revision
        self._turns = set(turns)
        self._other = Embedded(path)
        self.applied = 0

    async def apply(self, batch: Batch) -> None:
        if self.applied in self._turns:
            await self._other.rebuild(self._old, self._revision)
        self.applied += 1
        await super().apply(batch)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
async def test_an_index_built_anew_while_it_follows_misses_no_change(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    monkeypatch.setattr(indexing, "MOST_CODES", 2)
    monkeypatch.setattr(indexing, "REBUILD_SHARE", 10)
    before = await put(database, *range(6))
    old = [one async for batch in indexing.documents(database) for one in batch]
    index = Shared(tmp_path / "index", old, before, [turn])
    follower = Follower(database, index)
    await follower.rebuild()
    await put(database, 1, 2, 6, name="Gia hạn giấy phép")
    if turn == 0:  # the index is further than what is built of it meanwhile
        await follower.catch_up()
        index.applied = 0
    last = await put(database, 2, 7, 8, 9, 3, name="Cấp lại giấy phép")
    assert await follower.catch_up() == last
    assert await prove(database, index) == []
    await index.close()


async def test_an_index_that_is_always_behind_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Embedded(tmp_path / "index")
    follower = Follower(database, index)
    await put(database, 1)
    await follower.rebuild()
    await put(database, 2)

    async def apply(_: Batch) -> None:
        raise IndexBehind("at revision 0")

    monkeypatch.setattr(index, "apply", apply)
    with pytest.raises(IndexUnavailable, match="again and again"):
        await follower.catch_up()
    await index.close()


async def test_changes_in_parts_are_resumed_after_the_last_part(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MOST_CODES", 2)
    monkeypatch.setattr(indexing, "REBUILD_SHARE", 10)
    index = Embedded(tmp_path / "index")
    follower = Follower(database, index)
    before = await put(database, *range(6))
    await follower.rebuild()
    last = await put(database, 5, 4, 3, 2, 1, name="Cấp lại giấy phép")
    applied: list[Batch] = []

    async def apply(batch: Batch) -> None:
        if len(applied) == 2:
            raise IndexUnavailable("killed")
        applied.append(batch)
        await Embedded.apply(index, batch)

    monkeypatch.setattr(index, "apply", apply)
    with pytest.raises(IndexUnavailable, match="killed"):
        await follower.catch_up()
    assert before < (await index.state()).revision == applied[-1].revision < last
    applied.clear()
    assert await follower.catch_up() == last
    assert sum(len(batch.codes) for batch in applied) == 1
    assert await prove(database, index) == []
    await index.close()
