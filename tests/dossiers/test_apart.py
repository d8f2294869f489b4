"""A long source is read in a process of its own, and nobody can tell by what comes of it."""

import asyncio
import gzip
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from registry.dossiers import intake, recording
from registry.dossiers.apart import Apart
from registry.dossiers.batch import LineFault
from registry.dossiers.formats import ndjson
from registry.intake.record import SourceUnreadable

LINES = 120


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process takes over after a few lines, and batches are small."""
    monkeypatch.setattr(intake, "APART", 20)
    monkeypatch.setattr(intake, "BATCH", 25)


def lines(make: Any) -> list[Any]:
    """Sound dossiers, later states, contradictions, and what is aside or rejected; new codes come late."""
    found: list[Any] = [make.dossier(f"A-{n}", agency="H55.17" if n < 60 else "H55.18") for n in range(LINES)]
    found[40] = make.dossier("A-3", channel="online")
    found[50] = make.ended("A-4", updated="2025-05-14T08:00:00Z")
    found[70] = make.dossier("B-1", procedure="9.777777")
    found[80] = make.dossier("B-2", feeDue=-1)
    found[81] = b"no json"
    found[90] = make.ended("A-7", procedure="9.000003")
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("headed", [False, True])
async def test_it_comes_to_the_same_in_one_process_and_in_two(
    room: Any, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, headed: bool
) -> None:
    """Whether one tells the other what to read, or that reads a file itself."""
    monkeypatch.setattr(intake, "LONG", 0)
    data = b"\n \n" + (_listed(make) if headed else make.written(*lines(make)))
    ends = []
    for apart, batch, form in ((10**9, 10**9, None), (20, 25, None), (20, 25, "plain"), (20, 25, "packed")):
        monkeypatch.setattr(intake, "APART", apart)
        monkeypatch.setattr(intake, "BATCH", batch)
        for table in ("dossier", "dossier_aside", "dossier_rejected", "dossier_delivery", *await _tables(room)):
            await room.rows(f"DELETE FROM {table}")
        if form is None:
            outcome = await room.take(data, 700)
        else:
            outcome = await room.take(_filed(tmp_path, data, packed=form == "packed"))
        told = sorted(room.heard, key=lambda fault: (fault.line, fault.fate))
        ends.append(
            (
                (outcome.read, outcome.fates, outcome.contradicted, outcome.absences, outcome.faults),
                told,
                await room.records(),
                await room.tallies(),
                await room.count("dossier_aside"),
                await room.rows("SELECT line, field, reason, kept FROM dossier_rejected ORDER BY line"),
            )
        )
    assert ends[0][0][0] == LINES
    for end in ends[1:]:
        assert end == ends[0]


def _filed(folder: Path, data: bytes, *, packed: bool = False) -> Path:
    path = folder / "dossiers"
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


async def _tables(room: Any) -> list[str]:
    return list(await room.tallies())


def _listed(make: Any) -> bytes:
    rows = [make.dossier(f"A-{n}") for n in range(LINES)]
    text = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\n".join(text).encode()


@pytest.mark.anyio
@pytest.mark.usefixtures("early")
async def test_where_the_reading_process_is_killed_what_came_before_is_taken_in(
    room: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    sift = Apart.sift

    async def watched(apart: Apart, *block: Any) -> None:
        await sift(apart, *block)
        if block[0] > 60 and not killed:
            killed.append(apart._process.pid)
            os.kill(apart._process.pid, signal.SIGKILL)

    monkeypatch.setattr(Apart, "sift", watched)
    data = make.written(*lines(make))
    outcome = await room.take(data, 700)
    assert outcome.broken is not None
    assert "delivering it again" in outcome.broken
    assert 20 <= outcome.read < LINES
    monkeypatch.undo()
    again = await room.take(data)
    assert again.broken is None
    assert again.read == LINES
    assert await room.count("dossier") == LINES - 6


@pytest.mark.anyio
@pytest.mark.usefixtures("early")
async def test_a_file_that_breaks_off_is_taken_in_as_far_as_it_goes(
    room: Any, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the other process reads it; what nothing can be read of changes nothing."""
    monkeypatch.setattr(intake, "LONG", 0)
    packed = gzip.compress(make.written(*(make.dossier(f"A-{n}") for n in range(3_000))))
    path = tmp_path / "cut"
    path.write_bytes(packed[:-1_000])
    outcome = await room.take(path)
    assert outcome.broken == "test: is cut short; send it again"
    assert 0 < outcome.read == await room.count("dossier") < 3_000
    for rubbish, told in (
        (packed[:12], "cut short"),
        (b"\n\n", "is empty"),
        (b"rubbish\n", "none of the formats"),
    ):
        path.write_bytes(rubbish)
        with pytest.raises(SourceUnreadable, match=told):
            await room.take(path)
    assert await room.count("dossier_delivery") == 1


@pytest.mark.anyio
@pytest.mark.usefixtures("early")
async def test_a_failure_to_write_ends_the_reading_process_too(
    room: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is at, nothing waits for it and nothing of it is left running."""
    processes: list[int] = []
    start = Apart.start.__func__  # type: ignore[attr-defined]

    async def noted(cls: type[Apart], *arguments: Any) -> Apart:
        apart: Apart = await start(cls, *arguments)
        processes.append(apart._process.pid)
        return apart

    async def refused(*arguments: Any) -> Any:
        if processes:
            raise OSError("no room on the disk")
        return await write(*arguments)

    write = recording.write
    monkeypatch.setattr(Apart, "start", classmethod(noted))
    monkeypatch.setattr(intake, "write", refused)
    with pytest.raises(OSError, match="no room"):
        await asyncio.wait_for(room.take(make.written(*lines(make)), 700), 30)
    assert processes
    with pytest.raises(ProcessLookupError):
        os.kill(processes[0], 0)
    assert await room.proof() == []


@pytest.mark.anyio
@pytest.mark.usefixtures("early")
async def test_a_procedure_that_comes_while_it_is_read_is_known_to_the_rest(room: Any, make: Any) -> None:
    wanted = [make.dossier(f"C-{n}", procedure="9.777777") for n in range(200)]
    data = make.written(*wanted)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1_000):
            if 9_000 <= start < 10_000:
                await room.catalogue(make_procedure("9.777777"), agencies=[])
            yield data[start : start + 1_000]
            await asyncio.sleep(0.01)

    heard: list[LineFault] = []
    outcome = await intake.take(room.database, "late", pieces(), b"k" * 32, report=heard.append)
    assert outcome.fates["aside"] == len(heard) > 0
    assert outcome.fates["new"] > 0
    assert (await room.deliver(make.dossier())).resolved == outcome.fates["aside"]
    assert await room.count("dossier") == 201


def make_procedure(code: str) -> Any:
    from registry.procedure import Procedure

    return Procedure(code=code, name="Mới")


@pytest.mark.parametrize(
    "block",
    [
        b'{"number":"1"}{"number":"2"}\n',
        b'{"number":"1"}\n{"number":"2"}{"number":"3"}\n\n',
        b'{"number":\n"1"}\n',
        b'{"number":"1"},{"number":"2"}\n',
        b"\n\n",
        b"",
        b"[]\n",
    ],
)
def test_lines_that_are_not_an_object_each_are_read_one_by_one(block: bytes) -> None:
    """However they might be taken together."""
    rest = b'"procedure":"1","agency":"A","channel":"direct","received":"2025-01-01","state":"received"}'
    whole = block.replace(b'"}', b'",' + rest)
    assert ndjson.at_once(whole) is None
    line = b'{"number":"1",' + rest + b"\n"
    assert len(ndjson.at_once(line * 3) or ()) == 3
    assert ndjson.at_once(line + whole) is None or not whole
    assert ndjson.at_once(line.strip()) is None
