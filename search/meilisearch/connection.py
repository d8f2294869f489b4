"""The kept connection that questions go through, and the names of what can go wrong on it."""

import asyncio
from typing import Any, TypeVar

import httpx
import msgspec

from search.contract import IndexUnavailable

REMEDY = "rebuild it with: danhmuc reindex"
_KEY_REFUSED = {401, 403}
# No index, or one that was made for something else and cannot be asked what ours can.
_MISSING = {"index_not_found", "invalid_search_filter", "invalid_search_facets", "invalid_document_filter"}

T = TypeVar("T")


class IndexMissing(IndexUnavailable):
    """The server has no such index."""


class Fault(msgspec.Struct):
    """How Meilisearch tells an error."""

    message: str = ""
    code: str = ""


class Connection:
    """Requests to one server, each within ``limit_seconds``; JSON goes out and comes back as msgspec types.

    Connections are kept open. They belong to the event loop that opened them: on another loop, others are
    opened. Answers are asked for uncompressed: compressed ones are sent in pieces, and the pause between them
    (Nagle's algorithm against delayed acknowledgements) costs 40 ms on every answer of more than one packet.
    """

    def __init__(
        self, url: str, key: str, limit_seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._limit = limit_seconds
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _opened(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx.AsyncClient(
                base_url=self.url,
                headers=self._headers,
                timeout=self._limit,
                transport=self._transport,
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
                trust_env=False,
            )
        return self._client

    async def post(self, path: str, body: Any, kind: type[T]) -> T:
        """Send ``body`` and read the answer as ``kind``. Raises ``IndexUnavailable``."""
        return await self._send("POST", path, msgspec.json.encode(body), kind)

    async def get(self, path: str, kind: type[T]) -> T:
        return await self._send("GET", path, None, kind)

    async def _send(self, method: str, path: str, content: bytes | None, kind: type[T]) -> T:
        try:
            async with asyncio.timeout(self._limit):
                response = await self._opened().request(method, path, content=content)
        except (httpx.TimeoutException, TimeoutError) as fault:
            raise IndexUnavailable(f"Meilisearch at {self.url} did not answer within {self._limit:g} s") from fault
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            raise unreachable(self.url, fault) from fault
        if response.status_code != httpx.codes.OK:
            raise refused(self.url, response.status_code, *_told(response.content))
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.DecodeError as fault:
            raise IndexUnavailable(
                f"{self.url} answers, but not as Meilisearch does ({fault}); check DANHMUC_SEARCH_URL"
            ) from fault

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()


def _told(content: bytes) -> tuple[str, str]:
    try:
        fault = msgspec.json.decode(content, type=Fault)
    except msgspec.DecodeError:
        return "", content[:200].decode("utf-8", "replace")
    return fault.code, fault.message


def unreachable(url: str, fault: object) -> IndexUnavailable:
    """The server cannot be reached at all."""
    return IndexUnavailable(
        f"Meilisearch at {url} cannot be reached ({fault}); start it, or check DANHMUC_SEARCH_URL"
    )


def refused(url: str, status: int, code: str, message: str) -> IndexUnavailable:
    """The error that Meilisearch answered with, by its name."""
    if status in _KEY_REFUSED:
        return IndexUnavailable(f"Meilisearch at {url} refuses the key ({message}); check DANHMUC_SEARCH_KEY")
    if code in _MISSING:
        return IndexMissing(f"Meilisearch at {url} has lost its index, or holds another ({message}); {REMEDY}")
    remedy = REMEDY if status < 500 else "look at its log"
    return IndexUnavailable(f"Meilisearch at {url} answered {status} {code}: {message}; {remedy}")
