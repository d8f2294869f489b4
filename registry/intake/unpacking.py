"""A file as a stream of bytes, unpacked where it is packed, and never more of them than is sane."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from registry.intake.record import SourceUnreadable

MAX_UNPACKED = 2 * 2**30
"""Bytes that one file may unpack to. The real archive unpacks to 101 MB."""
MAX_DICTIONARY = 192 * 2**20
"""Bytes of memory that unpacking xz may take; its strongest setting takes 65 MB."""
SNIFFED = 64 * 2**10
"""Bytes that are looked at to recognise a file."""

_CHUNK = 256 * 2**10
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\x00"


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes | None: ...


class _Xz(io.RawIOBase):
    """Unpacks xz with a limit on memory, which the standard library's file object does not offer."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = self._fresh()

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MAX_DICTIONARY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # io gives such
        while True:
            packed = b""
            if self._decoder.eof:
                packed = self._next_stream()
                if not packed:
                    return 0
                self._decoder = self._fresh()
            elif self._decoder.needs_input:
                packed = self._file.read(_CHUNK)
                if not packed:
                    raise EOFError("the file ends in the middle of its data")
            data = self._decoder.decompress(packed, max_length=len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _next_stream(self) -> bytes:
        """The beginning of the next stream: several in a row are one file, zeros between them are padding."""
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest and (packed := self._file.read(_CHUNK)):
            rest = packed.lstrip(b"\0")
        return rest


class _Limited(io.RawIOBase):
    """Counts what comes out, stops at the limit, and turns every fault into ``SourceUnreadable``."""

    def __init__(self, path: Path, stream: "_Readable", limit: int) -> None:
        self._path = path
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # io gives such
        try:
            data = self._stream.read(len(buffer)) or b""
        except lzma.LZMAError as error:
            raise SourceUnreadable(f"{self._path}: cannot be unpacked ({error}); fetch it again") from error
        except (EOFError, zlib.error) as error:
            raise SourceUnreadable(f"{self._path}: is cut short or damaged ({error}); fetch it again") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise SourceUnreadable(f"{self._path}: cannot be read ({reason})") from error
        self._left -= len(data)
        if self._left < 0:
            raise SourceUnreadable(
                f"{self._path}: unpacks to more than {MAX_UNPACKED // 2**20} MB, which no catalogue does; not read"
            )
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """The unpacked bytes of a file. Raises ``SourceUnreadable`` on opening and on reading."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceUnreadable(f"{path}: cannot be opened ({error.strerror})") from error
    with file:
        try:
            magic = file.peek(len(_XZ))[: len(_XZ)]
        except OSError as error:
            raise SourceUnreadable(f"{path}: cannot be read ({error.strerror})") from error
        yield io.BufferedReader(_Limited(path, _unpacked(file, magic), MAX_UNPACKED), _CHUNK)


def _unpacked(file: io.BufferedReader, magic: bytes) -> "_Readable":
    if magic == _XZ:
        return _Xz(file)
    if magic.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if magic.startswith(_BZIP2) else file
