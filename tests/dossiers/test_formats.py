"""Formats of dossiers: NDJSON and CSV, plain and packed, whole and damaged."""

import gzip
from typing import Any

import pytest

from registry.dossiers.lines import LONGEST_LINE, Line, Splitter, Unpacker, lines_of
from registry.intake.record import SourceUnreadable

HEADER = (
    "Number;procedure;agency;channel;received;state;finished;fee_due;paidOnline;petitions;petitionsOnTime;"
    "suspendedDays"
)


def unpacked(data: bytes, size: int, most: int | None = None) -> bytes:
    unpacker = Unpacker("list", most)
    parts = [piece for n in range(0, len(data), size) for piece in unpacker.feed(data[n : n + size])]
    return b"".join([*parts, *unpacker.end()])


def split(data: bytes, size: int) -> list[tuple[int, bytes | int]]:
    splitter = Splitter()
    blocks = [block for n in range(0, len(data), size) for block in splitter.feed(data[n : n + size])]
    found = [line for block in [*blocks, *splitter.end()] for line in lines_of(*block)]
    return [(number, line.length if isinstance(line, Line) else line) for number, line in found]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_are_the_same_however_they_arrive(size: int) -> None:
    data = b"\xef\xbb\xbfone\r\n\n  \ntwo\nthree"
    assert [(number, line) for number, line in split(data, size)] == [(1, b"one\r"), (4, b"two"), (5, b"three")]
    assert split(b"one\n", size) == [(1, b"one")]
    assert split(b"", size) == []


@pytest.mark.parametrize("size", [100_000, 10**8])
def test_a_long_line_is_measured_and_not_kept(size: int) -> None:
    long = b"x" * (LONGEST_LINE + 5)
    assert split(b"a\n" + long + b"\nb\n" + long, size) == [(1, b"a"), (2, len(long)), (3, b"b"), (4, len(long))]
    splitter = Splitter()
    for _ in range(100):
        assert list(splitter.feed(b"x" * LONGEST_LINE)) == []
        assert len(splitter._rest) <= LONGEST_LINE


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_packed_and_plain_are_told_apart_by_their_first_bytes(size: int) -> None:
    text = b"line\n" * 1000
    assert unpacked(text, size) == text
    assert unpacked(gzip.compress(text), size) == text
    assert unpacked(gzip.compress(text) + gzip.compress(b"more") + b"\0" * 9, size) == text + b"more"
    assert unpacked(b"x", size) == b"x"
    with pytest.raises(SourceUnreadable, match="cut short"):
        unpacked(gzip.compress(text)[:-9], size)
    with pytest.raises(SourceUnreadable, match="damaged"):
        unpacked(gzip.compress(text)[:10] + b"\xff" * 50, size)


def test_a_bomb_is_given_up_before_it_goes_off() -> None:
    bomb = gzip.compress(bytes(100 * 2**20), 9)
    unpacker = Unpacker("bomb")
    with pytest.raises(SourceUnreadable, match="unpacks to more than 200 times its size"):
        list(unpacker.feed(bomb))
    assert unpacker.unpacked <= 33 * 2**20
    with pytest.raises(SourceUnreadable, match="more than 1 MB"):
        unpacked(b"x" * 2_000_000, 100_000, most=2**20)


@pytest.mark.anyio
async def test_a_list_is_read_like_ndjson(room: Any) -> None:
    lines = [
        HEADER,
        "A-1;9.000001;H55.17;direct;2025-05-12;finished;2025-05-14;25000;x;2;1;",
        'A-2;9000001;H55.17;online;"2025-05-12T08:30:00";processing;;;;;;3',
        "A-3;9.000001;H55.17;online;2025-05-12;processing;;;maybe;;;",
        "A-4;9.000001;H55.17;online",
        'A-5;"9.000001;H55.17;online;2025-05-12;processing;;;;;;',
        "A-6;9.000001;H55.17;online;2025-05-12;processing;;-5;;;;",
        "A-7;9.000001;H55.17;online;2025-05-12;processing;;;;1;2;",
    ]
    outcome = await room.take("\r\n".join(lines).encode("utf-8-sig"), size=50)
    assert outcome.format == "csv"
    assert (outcome.fates["new"], outcome.fates["rejected"]) == (2, 5)
    assert [(fault.line, fault.field) for fault in room.heard] == [
        (4, "paidOnline"),
        (5, ""),
        (6, ""),
        (7, "feeDue"),
        (8, "petitions"),
    ]
    one, two = await room.record("A-1"), await room.record("A-2")
    assert (one["fee"], one["petitions"], one["petitions_on_time"]) == (25_000, 2, 1)
    assert (two["channel"], two["suspended"]) == ("online", 3)
    same = await room.deliver(
        room.ended("A-1", feeDue=25_000, paidOnline=True, petitions={"count": 2, "onTime": 1})
    )
    assert same.fates["repeated"] == 1


@pytest.mark.anyio
async def test_what_is_no_list_of_dossiers_is_refused_as_a_whole(room: Any) -> None:
    for data, reason in (
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04\x00\x00rubbish", "none of the formats that are accepted"),
        (b"<html></html>", "none of the formats"),
        (b"number,procedure,agency,hoten\n", "the column hoten is no field; the fields are number"),
        (b"number,procedure,agency,number\n", "is there twice"),
        (b"number,procedure,agency\n", "the header lacks channel, received, state"),
        (gzip.compress(b"{}\n" * 99)[:-20], "cut short"),
    ):
        with pytest.raises(SourceUnreadable, match=reason):
            await room.take(data)
    assert await room.count("dossier_delivery") <= 1


@pytest.mark.anyio
async def test_what_came_before_the_damage_is_taken_in(room: Any) -> None:
    lines = room.written(*(room.dossier(f"A-{n}-{n * 7919 % 1000}") for n in range(2000)))
    outcome = await room.take(gzip.compress(lines)[:-50], size=1000)
    assert "cut short" in outcome.broken
    assert 1000 < outcome.fates["new"] < 2000
    assert (await room.rows("SELECT finished_at FROM dossier_delivery"))[0]["finished_at"] is None
    again = await room.take(gzip.compress(lines))
    assert again.broken is None
    assert again.fates["repeated"] == outcome.fates["new"]
    assert await room.count("dossier") == 2000
