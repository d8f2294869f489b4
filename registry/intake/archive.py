"""Opening what is to be read: a folder, an archive, a file; packed or not; as a stream, within limits.

Nothing is ever written to disk, and no more than one record is held at a time. A source that cannot be read
to its end raises ``SourceUnreadable``, even after records have come out of it: they are not the whole.
"""

import io
import os
import stat
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from registry.intake.record import Raw, Rejection, SourceUnreadable
from registry.intake.unpacking import SNIFFED, opened

MAX_RECORD = 16 * 2**20
"""Bytes of one JSON record. The largest real one has 199 kB."""
MAX_DOCUMENT = 256 * 2**20
"""Bytes of one JSON file that holds many records and has to be read as a whole."""
MAX_MEMBERS = 500_000
"""Files and folders in one archive. The real one has 17,003."""
KEPT = 64 * 2**10
"""Bytes kept of a record that is too large to read."""


class Member(NamedTuple):
    """One JSON file of a source; ``name`` tells people where it is."""

    name: str
    data: bytes


class Source(ABC):
    """What a path holds, before any format has looked at it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def members(self) -> Iterator[Member | Rejection]:
        """The JSON files in it, one at a time."""

    def head(self) -> bytes:
        """The first bytes of its first member, unpacked; enough to recognise a format by."""
        for member in self.members():
            if isinstance(member, Member):
                return member.data[:SNIFFED]
        raise SourceUnreadable(f"{self.path}: none of its files can be read")


class Folder(Source):
    """A folder with JSON files in it and below it, in the order of their paths. Links are not followed."""

    def members(self) -> Iterator[Member | Rejection]:
        empty = True
        for path in self._paths():
            empty = False
            name = str(path.relative_to(self.path))
            try:
                found = path.lstat()
                if not stat.S_ISREG(found.st_mode):
                    yield _refused(name, "is a link or a device, which is not followed; put the file itself there")
                elif found.st_size > MAX_RECORD:
                    with path.open("rb") as file:
                        yield _too_large(name, file.read(KEPT))
                else:
                    yield Member(name, path.read_bytes())
            except OSError as error:
                raise SourceUnreadable(f"{path}: {error.strerror}; make it readable, or take it out") from error
        if empty:
            raise SourceUnreadable(f"{self.path}: the folder holds no .json file")

    def _paths(self) -> Iterator[Path]:
        def fail(error: OSError) -> None:
            raise SourceUnreadable(f"{error.filename}: the folder cannot be read: {error.strerror}") from error

        for folder, names, files in os.walk(self.path, onerror=fail):
            names.sort()
            yield from (Path(folder, file) for file in sorted(files) if _is_json(file))


class Tarball(Source):
    """A tar archive, packed with gzip, xz, bzip2 or not at all, read as a stream."""

    def members(self) -> Iterator[Member | Rejection]:
        empty = True
        with opened(self.path) as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r|", bufsize=2**18, tarinfo=_Header) as archive:
                    for info in _headers(archive, self.path):
                        empty = False
                        yield _member(archive, info)
            except (tarfile.TarError, ValueError) as error:
                raise SourceUnreadable(
                    f"{self.path}: the archive is damaged or cut short ({error}); fetch it again"
                ) from error
            while stream.read(2**20):  # to the end, so that a cut or a wrong checksum is seen
                pass
        if empty:
            raise SourceUnreadable(f"{self.path}: the archive holds no .json file")


class File(Source):
    """A single file, packed or not."""

    def members(self) -> Iterator[Member | Rejection]:
        yield Member(self.path.name, self.content())

    def head(self) -> bytes:
        with opened(self.path) as stream:
            return stream.read(SNIFFED)

    def content(self, limit: int = MAX_DOCUMENT) -> bytes:
        """The whole file, unpacked."""
        with opened(self.path) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            size = f"more than {limit // 2**20} MB in one document"
            raise SourceUnreadable(f"{self.path}: {size}; split it, or write one record a line (NDJSON)")
        return data

    def lines(self) -> Iterator[Member | Rejection]:
        """Line by line, without the line breaks; empty lines are left out."""
        with opened(self.path) as stream:
            for number, line in enumerate(iter(lambda: stream.readline(MAX_RECORD + 1), b""), 1):
                name = f"{self.path.name}, line {number}"
                if len(line) > MAX_RECORD:
                    _skip_line(stream, line)
                    yield _too_large(name, line[:KEPT])
                elif stripped := line.strip():
                    yield Member(name, stripped)


class _Header(tarfile.TarInfo):
    """A header that is never skipped in silence: the standard reader takes a damaged one for the end."""

    _EXTENDED = (*tarfile.GNU_TYPES[:2], tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        if len(buf) == tarfile.BLOCKSIZE and not any(buf):
            return super().frombuf(buf, encoding, errors)  # raises the end of the archive
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None
        if info.size < 0 or (info.type in cls._EXTENDED and info.size > KEPT):
            raise tarfile.ReadError("a header with an absurd size")
        return info


def _headers(archive: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """The headers of JSON files and of links named like one."""
    count = 0
    while (info := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # or a long archive fills the memory
        count += 1
        if count > MAX_MEMBERS:
            raise SourceUnreadable(f"{path}: more than {MAX_MEMBERS:,} members; split the archive")
        if not info.isdir() and _is_json(info.name.rpartition("/")[2]):
            yield info


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member | Rejection:
    name = info.name
    if not info.isreg() or info.issparse():
        return _refused(name, "is a link or a device, which is not followed; put the file itself there")
    if name.startswith("/") or ".." in name.split("/"):
        return _refused(name, "has a name that leads out of the archive")
    file = archive.extractfile(info)
    if file is None:
        return _refused(name, "is no file")
    if info.size > MAX_RECORD:
        return _too_large(name, file.read(KEPT))
    data = file.read(info.size)
    if len(data) < info.size:
        raise tarfile.ReadError("unexpected end of data")
    return Member(name, data)


def open_source(path: Path) -> Source:
    """Look at a path and choose how to read it, by its content. Raises ``SourceUnreadable``."""
    try:
        if path.is_dir():
            return Folder(path)
        if not path.exists():
            raise SourceUnreadable(f"{path}: there is no such file or folder")
        if not path.is_file():
            raise SourceUnreadable(f"{path}: is neither a file nor a folder")
    except OSError as error:
        raise SourceUnreadable(f"{path}: {error.strerror}") from error
    head = File(path).head()
    if not head:
        raise SourceUnreadable(f"{path}: the file is empty")
    return Tarball(path) if head[257:262] == b"ustar" else File(path)


def _skip_line(stream: io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(2**20)


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json") and not name.startswith(".")


def _refused(name: str, reason: str) -> Rejection:
    return Rejection(Raw(name, b""), f"{name} {reason}")


def _too_large(name: str, data: bytes) -> Rejection:
    reason = f"{name} is larger than {MAX_RECORD // 2**20} MB; only its beginning is kept"
    return Rejection(Raw(name, data), reason)
