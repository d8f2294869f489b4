"""What a running app holds for other registries: its identity, its tree of digests, and who waits for a change."""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.response import Response, Stream

from registry.api.caching import accepts_gzip, canonical, etag_of, headers_of, matches, unchanged
from registry.api.problems import MEDIA_TYPE, STORE_FAULTS, Problem
from registry.catalogue import versions
from registry.engine import Database
from registry.exchange.delivering import Deliverer
from registry.exchange.digests import Tree
from registry.exchange.identity import identity
from registry.exchange.protocol import DigestRoot

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
LOOKING = 0.1
MOST_WAITING = 1000
COMPRESSION = 3


class Waiting:
    """Requests that wait for the next change: one task looks for all of them, while there are any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._revision = -1
        self._waiting = 0
        self._turned = asyncio.Event()
        self._over = False
        self._task: asyncio.Task[None] | None = None

    async def past(self, since: int, seconds: float) -> None:
        """Return once there is a change after ``since``, at the latest after so many seconds."""
        if self._waiting >= MOST_WAITING or self._over:
            return
        self._waiting += 1
        self._revision = min(self._revision, since)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="waiting")
        try:
            async with asyncio.timeout(seconds):
                while self._revision <= since and not self._over:
                    await self._turned.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1

    def release(self) -> None:
        """Let everybody go, now and from now on: a server that ends would wait for them."""
        self._over = True
        self._turned.set()

    async def stop(self) -> None:
        self.release()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        pause = LOOKING
        while self._waiting:
            try:
                revision = await versions.revision(self._database)
                pause = LOOKING
            except STORE_FAULTS as error:
                log.error("nobody can be told of changes: %s", error)
                pause = min(pause * 2, 5.0)
            else:
                if revision != self._revision:
                    self._revision = revision
                    turned, self._turned = self._turned, asyncio.Event()
                    turned.set()
            await asyncio.sleep(pause)


class Exchange:
    """One for each app, from its start to its end; found in ``app.state.exchange``."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tree = Tree()
        self.waiting = Waiting(database)
        self._identity = ""

    async def identity(self) -> str:
        """This registry's identity."""
        self._identity = self._identity or await identity(self.database)
        return self._identity

    async def root(self) -> DigestRoot:
        """The digests of this moment. Call ``identity`` first, and this inside ``Database.snapshot``."""
        await self.tree.refresh(self.database)
        return self.tree.root(self._identity)


@asynccontextmanager
async def exchanging(app: Litestar, database: Database, deliverer: Deliverer | None = None) -> AsyncIterator[None]:
    """Hold what others need of this app, until it ends; deliver to webhooks where a deliverer is given."""
    exchange = Exchange(database)
    app.state.exchange = exchange
    delivering = asyncio.create_task(deliverer.run(), name="webhooks") if deliverer else None
    try:
        yield
    finally:
        await exchange.waiting.stop()
        if delivering is not None:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)


def exchange_of(request: Request[Any, Any, Any]) -> Exchange:
    """What the app that this request came to holds for others."""
    found: Exchange = request.app.state.exchange
    return found


def streamed(
    request: Request[Any, Any, Any], revision: int, lines: Callable[[], AsyncIterator[bytes]]
) -> Response[Any]:
    """Lines of NDJSON as they come, compressed where the client takes it so; the same revision is never sent
    twice to one who has it."""
    etag = etag_of(canonical(request, revision, NDJSON))
    if matches(request, etag):
        return unchanged(etag, "vi")
    headers = headers_of(etag, "vi") | {"vary": "accept, accept-encoding"}
    if not accepts_gzip(request):
        return Stream(lines(), headers=headers, media_type=NDJSON)
    return Stream(_compressed(lines()), headers=headers | {"content-encoding": "gzip"}, media_type=NDJSON)


async def _compressed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(COMPRESSION, wbits=31)
    async for chunk in chunks:
        packed = await asyncio.to_thread(packer.compress, chunk)
        if packed:
            yield packed
    yield packer.flush()


def ndjson_asked(request: Request[Any, Any, Any], format_: str | None) -> bool:
    """Whether lines are asked for, by ``format`` or else by Accept."""
    return format_ == "ndjson" if format_ else NDJSON in request.headers.get("accept", "")


@dataclass
class LinesToo(Operation):
    """A route that answers in lines of NDJSON too, or only: its description says so."""

    def __post_init__(self) -> None:
        found = (self.responses or {}).get("200")
        if isinstance(found, OpenAPIResponse) and found.content is not None:
            found.content[NDJSON] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))


def ahead(detail: str) -> HTTPException:
    """409: what is asked for is beyond the last change."""
    return HTTPException(status_code=409, detail=detail)


AHEAD = {
    409: ResponseSpec(
        Problem,
        media_type=MEDIA_TYPE,
        generate_examples=False,
        description="The number is beyond the last change: it is another registry's, or this one was restored.",
    )
}
