"""A file that a browser sends: written to disk as it comes, and no more of it than may be."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from litestar import Request
from litestar.exceptions import ClientException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from registry.intake.uploads import RECEIVING

MEGABYTE = 2**20
_MOST_FIELD = 2**12
_MOST_PARTS = 32
_SLACK = 2**16  # what a form holds beside its file
_PIECE = MEGABYTE


class FileTooLarge(Exception):
    """The file has more than ``most`` megabytes."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"the file has more than {most} MB")


class Received(NamedTuple):
    """A form with its file, which lies at ``path`` until it is moved or removed. ``path`` is ``None`` where no
    file was chosen; ``name`` is what its owner calls it."""

    fields: dict[str, str]
    name: str
    size: int
    path: Path | None


async def receive(
    request: Request[Any, Any, Any],
    folder: Path,
    most: int,
    ready: Callable[[dict[str, str]], Awaitable[None]],
) -> Received:
    """Read a form with one file of at most ``most`` megabytes.

    ``ready`` hears the fields that stand before the file, before anything of it is read, and raises where it is
    not to be. Raises ``FileTooLarge``, as early as that is known, and 400 for what is no such form; then nothing
    is kept.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ClientException("This is no form with a file, as browsers send it.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most * MEGABYTE + _SLACK:
        raise FileTooLarge(most)
    form = _Form(folder, most, ready)
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=_MOST_PARTS) as parser:
            async for event in _events(request, parser):
                await form.take(event)
    except MultipartError as error:
        form.drop()
        raise ClientException(f"This form is damaged: {error}.") from error
    except BaseException:
        form.drop()
        raise
    return await form.end()


async def _events(
    request: Request[Any, Any, Any], parser: PushMultipartParser
) -> AsyncIterator[MultipartSegment | bytes | None]:
    async for chunk in request.stream():
        for event in parser.parse(chunk):
            yield bytes(event) if isinstance(event, bytearray | memoryview) else event


class _Form:
    """A form while it is read."""

    def __init__(self, folder: Path, most: int, ready: Callable[[dict[str, str]], Awaitable[None]]) -> None:
        self._folder = folder
        self._most = most * MEGABYTE
        self._ready = ready
        self._fields: dict[str, str] = {}
        self._name = ""
        self._field = ""
        self._piece = bytearray()
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0

    async def take(self, event: MultipartSegment | bytes | None) -> None:
        if isinstance(event, MultipartSegment):
            await self._begin(event)
        elif event is None:
            await self._close()
        else:
            await self._add(event)

    async def _begin(self, segment: MultipartSegment) -> None:
        self._field = segment.name or ""
        self._piece.clear()
        if segment.filename and self._path is None:
            await self._ready(dict(self._fields))
            self._name = segment.filename
            self._path = self._folder / f"{RECEIVING}{secrets.token_hex(8)}"
            self._file = await asyncio.to_thread(_opened, self._path)

    async def _add(self, data: bytes) -> None:
        self._piece += data
        if self._file is None:
            if len(self._piece) > _MOST_FIELD:
                raise ClientException(f"The field {self._field[:40]} is too long.")
            return
        self._size += len(data)
        if self._size > self._most:
            raise FileTooLarge(self._most // MEGABYTE)
        if len(self._piece) >= _PIECE:
            await self._write()

    async def _write(self) -> None:
        if self._file is not None and self._piece:
            await asyncio.to_thread(self._file.write, bytes(self._piece))
            self._piece.clear()

    async def _close(self) -> None:
        if self._file is not None:
            await self._write()
            await asyncio.to_thread(self._file.close)
            self._file = None
        elif self._field:
            self._fields[self._field] = self._piece.decode(errors="replace").replace("\0", "").strip()

    async def end(self) -> Received:
        return Received(self._fields, self._name, self._size, self._path)

    def drop(self) -> None:
        """Take away what was written."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")
