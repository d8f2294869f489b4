"""Exports as files: written once for each revision, then sent from disk, however slowly somebody fetches them.

No transaction and no computing is held up by a client. What is kept is bounded by number and bytes, and requests
that wait for a file to be written are bounded too.
"""

import asyncio
import gzip
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from litestar import Request, Response
from litestar.exceptions import TooManyRequestsException
from litestar.response import Stream

from registry.api.caching import accepts_gzip, canonical, etag_of, headers_of, matches, unchanged
from registry.exchange.exports import Export

MOST_FILES = 12
MOST_BYTES = 512 * 2**20
MOST_WAITING = 8
STALE = 3600
PATIENCE = "30"
COMPRESSION = 3
_CHUNK = 2**18

Write = Callable[[], AsyncGenerator[bytes, None]]


class Prepared:
    """The files of one app."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = asyncio.Lock()
        self._waiting = 0

    async def open(self, name: str, write: Write, *, compressed: bool) -> BinaryIO:
        """The file of this name, written if it is not there; or its compressed form."""
        path = self.folder / (f"{name}.gz" if compressed else name)
        found = await asyncio.to_thread(_opened, path)
        if found is not None:
            return found
        if self._waiting >= MOST_WAITING:
            detail = "Many exports are being written now: try again later, or take a smaller part."
            raise TooManyRequestsException(detail, headers={"retry-after": PATIENCE})
        self._waiting += 1
        try:
            async with self._writing:
                found = await asyncio.to_thread(_opened, path)
                if found is None:
                    await self._write(self.folder / name, write)
                    if compressed:
                        await asyncio.to_thread(_compress, self.folder / name, path)
                    found = await asyncio.to_thread(path.open, "rb")
                    await asyncio.to_thread(self._tidy)
                return found
        finally:
            self._waiting -= 1

    async def _write(self, path: Path, write: Write) -> None:
        if await asyncio.to_thread(path.exists):
            return
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        handle, draft = await asyncio.to_thread(tempfile.mkstemp, dir=self.folder, prefix=".")
        try:
            with open(handle, "wb") as file:  # noqa: ASYNC230, PTH123 - a handle; writing is done in threads
                async with aclosing(write()) as chunks:
                    async for chunk in chunks:
                        await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(os.replace, draft, path)
        except BaseException:
            await asyncio.to_thread(Path(draft).unlink)
            raise

    def _tidy(self) -> None:
        """Remove what was used longest ago, and drafts that a kill left behind."""
        room, now = MOST_BYTES, time.time()
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process may be tidying too
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        kept = 0
        for used, size, path in sorted(found, reverse=True):
            if path.name.startswith("."):
                gone = now - used > STALE
            else:
                room -= size
                gone = kept >= MOST_FILES or (room < 0 and kept > 0)
                kept += not gone
            if gone:
                path.unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO | None:
    try:
        os.utime(path)
        return path.open("rb")
    except FileNotFoundError:
        return None


def _compress(path: Path, compressed: Path) -> None:
    draft = compressed.with_name(f".{compressed.name}.{os.getpid()}")
    with path.open("rb") as source, gzip.open(draft, "wb", COMPRESSION) as target:
        shutil.copyfileobj(source, target, _CHUNK)
    draft.replace(compressed)


def prepared_of(request: Request[Any, Any, Any]) -> Prepared:
    """The files of the app that this request came to."""
    state = request.app.state
    if "prepared" not in state:
        state.prepared = Prepared(state.settings.data / "exports")
    found: Prepared = state.prepared
    return found


async def sent(
    request: Request[Any, Any, Any], revision: int, export: Export, filename: str, write: Write
) -> Response[Any]:
    """An export as a file, compressed where the client takes it so; 304 where it has it already."""
    key = f"{export.media} {canonical(request, revision, 'vi')} {request.app.state.settings.address}"
    etag = etag_of(key)
    headers = headers_of(etag, "vi") | {"content-disposition": f'attachment; filename="{filename}"'}
    if matches(request, etag):
        return unchanged(etag, "vi")
    name = f"{blake2b(key.encode(), digest_size=16).hexdigest()}.{export.suffix}"
    compressed = export.suffix != "xlsx" and accepts_gzip(request)
    file = await prepared_of(request).open(name, write, compressed=compressed)
    if compressed:
        headers["content-encoding"] = "gzip"
    return Stream(_read(file), headers=headers, media_type=export.media)


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
