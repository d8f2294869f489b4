"""What was fetched and not yet taken in: a file that outlives a kill, so that nothing is fetched twice.

Pieces are appended, each with its length and digest in front; a torn one at the end is cut off.
"""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

import msgspec

from registry.exchange.portal.source import digest

_SIZES = 8
_CHECK = 16


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a piece: whose it is, the mark of its line at that time, and when that was (epoch)."""

    id: str
    mark: str
    at: float
    code: str
    updated: int | None


class Piece(msgspec.Struct, frozen=True):
    """Where a piece lies."""

    head: Head
    start: int
    length: int
    digest: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Head).decode


class Kept:
    """Pieces by id, the last of each. Use as a context manager; ``discard`` when they have been taken in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pieces: dict[str, Piece] = {}
        self._handle = -1
        self._end = 0

    def __enter__(self) -> "Kept":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for piece in self._found():
            self.pieces[piece.head.id] = piece
            self._end = piece.start + piece.length
        os.ftruncate(self._handle, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)

    def add(self, head: Head, data: bytes) -> None:
        written = _encode(head)
        check = blake2b(written + data, digest_size=_CHECK).digest()
        sizes = len(written).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        left = memoryview(sizes + check + written + data)
        offset, start = self._end, self._end + _SIZES + _CHECK + len(written)
        while left:
            count = os.pwrite(self._handle, left, offset)
            offset, left = offset + count, left[count:]
        self._end = start + len(data)
        self.pieces[head.id] = Piece(head, start, len(data), digest(data))

    def get(self, piece: Piece) -> bytes:
        return os.pread(self._handle, piece.length, piece.start)

    def discard(self) -> None:
        """Everything has been taken in: begin anew."""
        os.ftruncate(self._handle, 0)
        self._end = 0
        self.pieces.clear()

    def _found(self) -> Iterator[Piece]:
        end, size = 0, os.fstat(self._handle).st_size
        while end + _SIZES + _CHECK <= size:
            front = os.pread(self._handle, _SIZES + _CHECK, end)
            first, second = int.from_bytes(front[:4], "big"), int.from_bytes(front[4:8], "big")
            start = end + _SIZES + _CHECK + first
            if start + second > size:
                return
            body = os.pread(self._handle, first + second, end + _SIZES + _CHECK)
            if blake2b(body, digest_size=_CHECK).digest() != front[_SIZES:]:
                return
            yield Piece(_decode(body[:first]), start, second, digest(body[first:]))
            end = start + second
