"""Our own NDJSON, read back: an equal registry, digest for digest."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from registry.catalogue import versions
from registry.catalogue.check import catalogue_digest, check
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.engine import Database, open_database
from registry.exchange.native import export
from registry.intake import pipeline
from registry.intake.compare import spans
from registry.intake.events import AnyEvent, Header, SuccessionEvent
from registry.intake.formats import detect
from registry.intake.record import Options, SourceUnreadable
from registry.procedure import Agency, Announcement, Item, Procedure, Term
from registry.settings import Settings
from registry.vocabulary import Action, Role

pytestmark = pytest.mark.anyio

A = Announcement("a", "1/QĐ-BTP", date(2024, 1, 1), items=(Item(Action.NEW, (), ("1.000001",)),))
B = Announcement("b", "2/QĐ-BTP", date(2024, 6, 1), date(2024, 7, 1), items=(Item(None, (), ("1.000001",)),))
UNDATED = Announcement("c", "3/QĐ-BTP", items=(Item(Action.REPLACED, ("1.000001",), ("1.000002", "1.000003")),))
_decode = msgspec.json.Decoder(AnyEvent).decode


def procedure(code: str, name: str) -> Procedure:
    return Procedure(
        code, name, sectors=(Term("S1", name),), agencies=(Agency(Role.ISSUING, "Bộ Tư pháp", "G04"),)
    )


async def exported(database: Database, path: Path, day: date | None = None, known: int | None = None) -> Path:
    return written(path, b"".join([chunk async for chunk in export(database, day, known)]))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def taken(path: Path, folder: Path) -> str:
    """The digest of a fresh store that read this file."""
    store = await open_database(Settings(data=folder))
    try:
        await pipeline.take(store, detect(path), Options(str(path), date(2025, 1, 1)), folder)
        assert await check(store) == []
        return await catalogue_digest(store)
    finally:
        await store.close()


async def peculiar(book: Ledger) -> None:
    """What cannot come about by putting one version after the other."""
    await book.load(["1.000001", "1.000002", "1.000003"], ["a", "b", "c"], ["G04", "H03", "H55"])
    for announcement in (A, B, UNDATED):
        book.announce(announcement)
    book.put_sector(Term("S1", "Hộ tịch"))
    book.put_agency("G04", AgencyState("Bộ Tư pháp", level="ministry"))
    book.put_agency("H03", AgencyState("UBND tỉnh Bắc Kạn", level="province"))
    book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên", level="province"), date(1997, 1, 1))
    book.end_agency("H03", date(2025, 7, 1), "202/2025/QH15")
    book.succeed("agency", "H03", "H55", date(2025, 7, 1), "b")
    book.succeed("agency", "H03", "H55", date(2025, 8, 1), None)
    same = procedure("1.000001", "Khai sinh")
    book.put(same, date(2024, 1, 1), "a", Origin(), until=date(2024, 3, 1), ended_by=None)
    book.put(same, date(2024, 3, 1), "a", Origin(), until=date(2024, 7, 1), ended_by="b")
    book.put(same, date(2024, 9, 1), "a", Origin())
    for code in ("1.000002", "1.000003"):
        book.put(procedure(code, "Trích lục"), date(2023, 5, 1), None, Origin())
    book.end("1.000003", date(2024, 2, 1), None)


async def test_what_came_about_oddly_comes_back_equal(database: Database, tmp_path: Path) -> None:
    await record(database, peculiar)
    path = await exported(database, tmp_path / "whole.ndjson")
    assert await taken(path, tmp_path / "copy") == await catalogue_digest(database)
    header = _decode(path.read_bytes().splitlines()[0])
    assert isinstance(header, Header)
    assert header.digest == await catalogue_digest(database)


async def test_reading_the_same_export_twice_changes_nothing(fresh: Database, tmp_path: Path) -> None:
    await record(fresh, peculiar)
    path, copy = await exported(fresh, tmp_path / "whole.ndjson"), tmp_path / "copy"
    first = await taken(path, copy)
    store = await open_database(Settings(data=copy))
    revision = await versions.revision(store)
    await store.close()
    assert await taken(path, copy) == first
    store = await open_database(Settings(data=copy))
    assert await versions.revision(store) == revision
    await store.close()


async def test_a_later_export_brings_an_earlier_copy_up_to_date(database: Database, tmp_path: Path) -> None:
    await record(database, peculiar)
    await taken(await exported(database, tmp_path / "first.ndjson"), tmp_path / "copy")

    async def later(book: Ledger) -> None:
        await book.load(["1.000001", "1.000002", "1.000004"], ["d"], ["H55"])
        book.announce(
            Announcement("d", "9/QĐ-BTP", date(2025, 2, 1), items=(Item(Action.ABOLISHED, ("1.000002",)),))
        )
        book.end("1.000002", date(2025, 3, 1), "d")
        book.put(procedure("1.000001", "Khai sinh lại"), date(2025, 3, 1), "d", Origin())
        book.put(procedure("1.000004", "Khai tử"), date(2025, 3, 1), "d", Origin())
        book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên mới", level="province"), date(2025, 7, 1))

    await record(database, later)
    path = await exported(database, tmp_path / "second.ndjson")
    assert await taken(path, tmp_path / "copy") == await catalogue_digest(database)


async def test_an_export_as_known_tells_nothing_that_was_learned_later(fresh: Database, tmp_path: Path) -> None:
    await record(fresh, peculiar)
    known, before = await versions.revision(fresh), await catalogue_digest(fresh)

    async def later(book: Ledger) -> None:
        await book.load(["1.000001"], ["a"], ["H55"])
        book.announce(msgspec.structs.replace(A, number="1a/QĐ-BTP", items=(Item(None, (), ("1.000009",)),)))
        book.put(procedure("1.000001", "Khai sinh lại"), date(2025, 3, 1), "a", Origin())
        book.put_sector(Term("S1", "Tên khác"))
        book.put_agency("H55", AgencyState("Tên khác"), date(2025, 7, 1))
        book.succeed("procedure", "1.000001", "1.000009", date(2025, 1, 1), None)

    await record(fresh, later)
    path = await exported(fresh, tmp_path / "known.ndjson", known=known)
    assert await taken(path, tmp_path / "copy") == before


async def test_an_export_of_a_day_holds_what_is_in_force_then(fresh: Database, tmp_path: Path) -> None:
    await record(fresh, peculiar)
    path = await exported(fresh, tmp_path / "day.ndjson", date(2024, 8, 1))
    told = [_decode(line) for line in path.read_bytes().splitlines()]
    assert [event.code for event in told if type(event).__name__ == "VersionEvent"] == ["1.000002"]
    assert isinstance(told[0], Header)
    assert told[0].as_of == date(2024, 8, 1)
    assert not told[0].digest


async def test_an_export_of_a_later_format_is_refused(fresh: Database, tmp_path: Path) -> None:
    path = await exported(fresh, tmp_path / "whole.ndjson")
    written(path, path.read_bytes().replace(b'"format":2', b'"format":3'))
    with pytest.raises(SourceUnreadable, match="format 3, this registry reads format 1 and 2"):
        await taken(path, tmp_path / "copy")


def test_successions_are_told_with_their_decision() -> None:
    line = b'{"kind":"succession","of":"agency","old":"H03","new":"H55","day":"2025-07-01","announcement":"b"}'
    assert _decode(line) == SuccessionEvent("agency", "H03", "H55", date(2025, 7, 1), "b")


DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 9))
Work = list[tuple[str, str, date, str | None]]


@st.composite
def works(draw: st.DrawFn) -> Work:
    """What happens to two procedures, in any order of days, by announcements that repeat."""
    kinds, names, by = (
        st.sampled_from(["put", "end"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from(["a", "b", None]),
    )
    return draw(st.lists(st.tuples(kinds, names, DAYS, by), min_size=1, max_size=7))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Work], None]]:
    """Lets something happen to a code in one store, takes an export of it into another, and compares the two."""
    folder = tmp_path_factory.mktemp("two")
    runner = asyncio.Runner()
    one, other = (runner.run(open_database(Settings(data=folder / name))) for name in ("one", "other"))

    async def compare(code: str, work: Work) -> None:
        async def happen(book: Ledger) -> None:
            await book.load([code], ["a", "b"])
            book.announce(A)
            book.announce(B)
            for kind, name, day, by in work:
                if kind == "put":
                    book.put(procedure(code, name), day, by, Origin())
                else:
                    book.end(code, day, by)

        await record(one, happen)
        path = await exported(one, folder / "whole.ndjson")
        await pipeline.take(other, detect(path), Options(str(path), date(2025, 1, 1)), folder)
        assert await spans(other, [code]) == await spans(one, [code])

    yield lambda code, work: runner.run(compare(code, work))
    runner.run(one.close())
    runner.run(other.close())
    runner.close()


_numbers = count(1)


@given(work=works())
@hypothesis_settings(max_examples=20, deadline=None)
def test_whatever_happened_comes_back_equal(two: Callable[[str, Work], None], work: Work) -> None:
    two(f"2.{next(_numbers):06}", work)
