"""Sources are read as streams, within limits, to their end or not at all."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.intake import archive, unpacking
from registry.intake.archive import File, Folder, Member, Tarball, open_source
from registry.intake.record import Rejection, SourceUnreadable

RECORD = b'{"code": "7.000001"}'


def _tar(members: dict[str, bytes], *, extra: Callable[[tarfile.TarFile], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        if extra:
            extra(tar)
    return buffer.getvalue()


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _names(found: Iterator[Member | Rejection]) -> list[str]:
    return [each.name if isinstance(each, Member) else each.raw.origin for each in found]


MEMBERS = {"a/1.json": RECORD, "a/2.json": RECORD, "a/notes.txt": b"no record", "a/._1.json": b"of a file system"}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_an_archive_is_read_however_it_is_packed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    source = open_source(_write(tmp_path, "whatever.name", pack(_tar(MEMBERS))))
    assert isinstance(source, Tarball)
    assert _names(source.members()) == ["a/1.json", "a/2.json"]
    assert source.head() == RECORD


def test_xz_streams_in_a_row_are_one_file(tmp_path: Path) -> None:
    whole = b"one\n" * 1000
    packed = lzma.compress(whole[:2000]) + bytes(8) + lzma.compress(whole[2000:]) + bytes(4)
    source = File(_write(tmp_path, "list.xz", packed))
    assert source.content() == whole


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/9.JSON", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        _write(tmp_path, name, RECORD)
    source = open_source(tmp_path)
    assert isinstance(source, Folder)
    assert _names(source.members()) == ["a/9.JSON", "b/2.json"]


def test_lines_are_read_one_by_one_without_the_empty_ones(tmp_path: Path) -> None:
    source = File(_write(tmp_path, "list.ndjson", b'{"a":1}\r\n\n  \n{"a":2}'))
    assert [each.data for each in source.lines() if isinstance(each, Member)] == [b'{"a":1}', b'{"a":2}']
    assert _names(source.lines()) == ["list.ndjson, line 1", "list.ndjson, line 4"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
@pytest.mark.parametrize("kept", [0.5, 0.8, 0.95])
def test_a_truncated_archive_is_never_taken_for_a_whole_one(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: float
) -> None:
    records = {f"{number}.json": os.urandom(700) for number in range(40)}
    tar = _tar(records)[: 40 * 1536]  # without the padding at the end, where a cut would do no harm
    packed = pack(tar)
    path = _write(tmp_path, "cut.tar", packed[: int(len(packed) * kept)])
    with pytest.raises(SourceUnreadable, match=r"cut\.tar"):
        list(open_source(path).members())


def test_an_archive_cut_between_two_members_is_seen(tmp_path: Path) -> None:
    path = _write(tmp_path, "cut.tar", _tar(MEMBERS)[:1024])
    with pytest.raises(SourceUnreadable, match="damaged or cut short"):
        list(open_source(path).members())


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    tar = bytearray(_tar(MEMBERS))
    tar[1024 + 148 : 1024 + 156] = b"9999999\0"  # the checksum of the second header
    with pytest.raises(SourceUnreadable, match="damaged or cut short"):
        list(open_source(_write(tmp_path, "bad.tar", bytes(tar))).members())


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 2**20)
    path = _write(tmp_path, "bomb.json", pack(bytes(2**24)))
    assert path.stat().st_size < 2**18
    with pytest.raises(SourceUnreadable, match="unpacks to more than 1 MB"):
        File(path).content()


def test_xz_that_asks_for_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_DICTIONARY", 2**20)
    with pytest.raises(SourceUnreadable, match="Memory"):
        open_source(_write(tmp_path, "big.xz", lzma.compress(RECORD, preset=9)))


def test_a_member_that_is_too_large_is_rejected_and_the_rest_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_RECORD", 2**20)
    large = {"1.json": bytes(2**20 + 1), "2.json": RECORD}
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in large.items():
        _write(folder, name, data)
    for path in (_write(tmp_path, "large.tar", _tar(large)), folder):
        first, second = open_source(path).members()
        assert isinstance(first, Rejection)
        assert "larger than 1 MB" in first.reason
        assert len(first.raw.data) == archive.KEPT
        assert isinstance(second, Member)


def test_a_line_that_is_too_long_is_rejected_and_the_rest_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_RECORD", 1000)
    source = File(_write(tmp_path, "list.ndjson", b"x" * 3_000_000 + b"\n" + RECORD + b"\n"))
    first, second = source.lines()
    assert isinstance(first, Rejection)
    assert second == Member("list.ndjson, line 2", RECORD)


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(SourceUnreadable, match="more than 3 members"):
        list(open_source(_write(tmp_path, "many.tar", _tar(MEMBERS))).members())


def test_links_and_names_that_lead_out_are_rejected(tmp_path: Path) -> None:
    def links(tar: tarfile.TarFile) -> None:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("link.json")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)

    members = {"../out.json": RECORD, "/etc/out.json": RECORD, "in.json": RECORD}
    found = list(open_source(_write(tmp_path, "evil.tar", _tar(members, extra=links))).members())
    assert [each.name for each in found if isinstance(each, Member)] == ["in.json"]
    assert len([each for each in found if isinstance(each, Rejection)]) == 5


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    outside = _write(tmp_path, "outside.json", RECORD)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.json").symlink_to(outside)
    os.mkfifo(folder / "pipe.json")
    first, second = open_source(folder).members()
    assert isinstance(first, Rejection)
    assert isinstance(second, Rejection)


def test_an_unreadable_folder_stops_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "folder" / "inner"
    inner.mkdir(parents=True)
    _write(tmp_path / "folder", "1.json", RECORD)
    real = os.scandir

    def forbidding(path: str) -> object:
        if str(path) == str(inner):
            raise PermissionError(13, "Permission denied", str(inner))
        return real(path)

    monkeypatch.setattr(os, "scandir", forbidding)
    with pytest.raises(SourceUnreadable, match="inner: the folder cannot be read: Permission denied"):
        list(open_source(tmp_path / "folder").members())


def test_an_unreadable_file_stops_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidding(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    _write(tmp_path, "1.json", RECORD)
    monkeypatch.setattr(Path, "read_bytes", forbidding)
    with pytest.raises(SourceUnreadable, match=r"1\.json: Permission denied"):
        list(open_source(tmp_path).members())


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no such file"):
        open_source(tmp_path / "absent")
    with pytest.raises(SourceUnreadable, match="is empty"):
        open_source(_write(tmp_path, "empty.json", b""))
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SourceUnreadable, match=r"no \.json"):
        open_source(folder).head()
    with pytest.raises(SourceUnreadable, match=r"no \.json"):
        list(open_source(_write(tmp_path, "none.tar", _tar({"a.txt": b"x"}))).members())


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceUnreadable, match="neither a file nor a folder"):
        open_source(tmp_path / "pipe")


def test_a_header_of_absurd_size_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**40
    with pytest.raises(SourceUnreadable, match="absurd size"):
        list(open_source(_write(tmp_path, "long.tar", info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))).members())
