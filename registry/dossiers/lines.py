"""Lines out of a stream of bytes: unpacked where it is packed, and never more of them in memory than is sane."""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from registry.intake.record import SourceUnreadable

LONGEST_LINE = 2**20
"""Bytes. A line of a dossier takes about 400."""
PIECE = 256 * 2**10
"""Bytes that are read, and unpacked, at once."""
MOST_UNPACKED = 200
"""How many times its size a packed source may unpack to, once that is more than ``UNSUSPECTED`` bytes. Real lists
of dossiers pack to a tenth, rarely to a fortieth; a bomb to a thousandth."""
UNSUSPECTED = 32 * 2**20

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"


class Unpacker:
    """Turns chunks of a stream, gzip or plain, into pieces of what it holds."""

    def __init__(self, source: str, most: int | None = None) -> None:
        self._source = source
        self._most = most
        self._inflater: zlib._Decompress | None = None
        self._head: bytes | None = b""
        self.packed = 0
        self.unpacked = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces that ``chunk`` completes. Raises ``SourceUnreadable`` on damage and on a bomb."""
        if self._head is not None:
            chunk = self._head + chunk
            if len(chunk) < len(_GZIP):
                self._head = chunk
                return
            self._head = None
            self._inflater = zlib.decompressobj(wbits=31) if chunk.startswith(_GZIP) else None
        self.packed += len(chunk)
        if self._inflater is None:
            yield self._counted(chunk)
            return
        while chunk:
            if self._inflater.eof:  # several packed streams in a row are one
                chunk = self._next_stream(chunk)
                continue
            try:
                piece = self._inflater.decompress(chunk, PIECE)
            except zlib.error as error:
                raise SourceUnreadable(
                    f"{self._source}: is damaged ({error}); pack it again, or send it unpacked"
                ) from error
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data
            if piece:
                yield self._counted(piece)
            elif not self._inflater.eof:
                break

    def end(self) -> Iterator[bytes]:
        """What is left at the end. Raises ``SourceUnreadable`` where a packed stream is cut short."""
        if self._head:
            yield self._counted(self._head)
        if self._inflater is not None and not self._inflater.eof:
            raise SourceUnreadable(f"{self._source}: is cut short; send it again")

    def _next_stream(self, chunk: bytes) -> bytes:
        rest = chunk.lstrip(b"\0")
        if rest:
            self._inflater = zlib.decompressobj(wbits=31)
        return rest

    def _counted(self, piece: bytes) -> bytes:
        self.unpacked += len(piece)
        if self._most is not None and self.unpacked > self._most:
            raise SourceUnreadable(
                f"{self._source}: holds more than {self._most // 2**20} MB; send it in several parts"
            )
        if self.unpacked > UNSUSPECTED and self.unpacked > MOST_UNPACKED * self.packed:
            raise SourceUnreadable(
                f"{self._source}: unpacks to more than {MOST_UNPACKED} times its size, which no list of dossiers "
                "does; send it unpacked"
            )
        return piece


class Line:
    """A line that is too long: all that is kept of it is how long it was."""

    __slots__ = ("length",)

    def __init__(self, length: int) -> None:
        self.length = length


class Splitter:
    """Cuts pieces into blocks of whole lines; lines are numbered from 1. A line that is too long is measured, not
    kept."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipped = 0
        self._next = 1

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes | Line]]:
        """The lines that ``piece`` completes: blocks of them with the number of the first, and long ones alone."""
        end = piece.rfind(b"\n") + 1
        if end:
            yield from self._block(piece[:end])
        self._keep(piece[end:])

    def end(self) -> Iterator[tuple[int, bytes | Line]]:
        """The last line, where no line feed ends it."""
        if self._rest or self._skipped:
            yield from self._block(b"")

    def _block(self, whole: bytes) -> Iterator[tuple[int, bytes | Line]]:
        first = whole.find(b"\n")
        length = self._skipped + len(self._rest) + (len(whole) if first < 0 else first)
        if self._skipped or length > LONGEST_LINE:
            yield self._next, Line(length)
            self._next += 1
            block = whole[first + 1 :]
        else:
            block = self._rest + whole
            if self._next == 1:
                block = block.removeprefix(_MARK)
        self._rest, self._skipped = b"", 0
        if block:
            yield self._next, block
            self._next += block.count(b"\n")

    def _keep(self, part: bytes) -> None:
        if self._skipped or len(self._rest) + len(part) > LONGEST_LINE:
            self._skipped += len(self._rest) + len(part)
            self._rest = b""
        else:
            self._rest += part


def lines_of(number: int, block: bytes | Line) -> Iterator[tuple[int, bytes | Line]]:
    """The lines of a block, whose first has this number; empty ones are counted, not given."""
    if isinstance(block, Line):
        yield number, block
        return
    for place, part in enumerate(block.split(b"\n"), number):
        if part and not part.isspace():
            yield place, part if len(part) <= LONGEST_LINE else Line(len(part))


def chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, in chunks. Raises ``SourceUnreadable``."""
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(PIECE):
                yield chunk
    except OSError as error:
        raise SourceUnreadable(f"{path}: cannot be read ({error.strerror})") from error


def blocks(source: str, stream: Iterable[bytes]) -> Iterator[tuple[int, bytes | Line]]:
    """The lines of a stream, gzip or plain, as ``Splitter`` gives them. Raises ``SourceUnreadable``."""
    unpacker, splitter = Unpacker(source), Splitter()
    for chunk in stream:
        for piece in unpacker.feed(chunk):
            yield from splitter.feed(piece)
    for piece in unpacker.end():
        yield from splitter.feed(piece)
    yield from splitter.end()


def headless(found: Iterable[tuple[int, bytes | Line]]) -> Iterator[tuple[int, bytes | Line]]:
    """All but the first line that is not empty."""
    left = iter(found)
    for number, block in left:
        for place, line in lines_of(number, block):
            if isinstance(block, bytes) and isinstance(line, bytes):
                yield place + 1, block.partition(line)[2].partition(b"\n")[2]
            yield from left
            return
