"""Another registry, as this one asks it: bounded answers, each failure by its name."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec

from registry.exchange import addresses
from registry.exchange.addresses import AddressRefused, shown
from registry.exchange.protocol import (
    PROTOCOL,
    AnyState,
    DigestGroups,
    DigestProcedure,
    DigestRecords,
    DigestRoot,
    FeedPage,
    SnapshotEnd,
    SnapshotHead,
    SnapshotLine,
)
from registry.exchange.transport import AnswerTooLarge, bounded, reason

PAGE = 1000
MOST_ANSWER = 64 * 2**20
MOST_LINE = 32 * 2**20
MOST_SNAPSHOT = 2**30
LONGEST = 3600.0
LONGEST_ANSWER = 120.0
PER_REQUEST = 50
T = TypeVar("T")
_line = msgspec.json.Decoder(SnapshotLine).decode


class SourceUnavailable(Exception):
    """The other registry cannot be reached or cannot answer now; trying again may help. ``wait`` is the number of
    seconds that it asks for."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class SourceRefused(Exception):
    """What answers there is no registry that this one can follow; trying again does not help."""


class _Greeting(msgspec.Struct):
    protocol: int


class _Problem(msgspec.Struct):
    detail: str = ""


class Source:
    """The registry at ``url``. ``received`` counts the bytes of its answers as they came over the wire."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        addresses.parsed(url)
        self.url = url.rstrip("/")
        self.received = 0
        self._client = client

    async def root(self) -> DigestRoot:
        return await self._get("/api/digest", DigestRoot)

    async def groups(self, part: str) -> DigestGroups:
        return await self._get(f"/api/digest/{part}", DigestGroups)

    async def records(self, part: str, groups: Sequence[str]) -> DigestRecords:
        """The records of these groups."""
        found: dict[str, dict[str, str]] = {}
        revision = None
        for start in range(0, len(groups), PER_REQUEST):
            wanted = [("group", group) for group in groups[start : start + PER_REQUEST]]
            answer = await self._get(f"/api/digest/records/{part}", DigestRecords, wanted)
            if revision not in (None, answer.revision):
                raise SourceUnavailable(f"{shown(self.url)} changes while it is compared", wait=0.2)
            revision = answer.revision
            found |= answer.groups
        return DigestRecords(revision or 0, part, found)

    async def procedure(self, code: str) -> DigestProcedure:
        return await self._get(f"/api/digest/sections/{quote(code, safe='')}", DigestProcedure)

    async def page(self, since: int, wait: float = 0) -> FeedPage:
        """The changes after ``since``; waits up to ``wait`` seconds for one where there is none yet."""
        params = [("since", str(since)), ("limit", str(PAGE))]
        if wait:
            params.append(("wait", str(int(wait))))
        return await self._get("/api/changes", FeedPage, params, extra=wait)

    async def states(self, part: str, keys: Sequence[str]) -> tuple[SnapshotHead, list[AnyState]]:
        """These records as they are now, and when that is."""
        params = [("part", part), *(("key", key) for key in keys)]
        lines = [line async for line in self._lines(params)]
        head = lines[0]
        assert isinstance(head, SnapshotHead)
        return head, [line for line in lines if not isinstance(line, SnapshotHead | SnapshotEnd)]

    async def snapshot(self, revision: int, after: str) -> AsyncIterator[SnapshotLine]:
        """Everything at change ``revision``, after position ``after``: a head, states, an end that adds up."""
        params = [("revision", str(revision))]
        if after:
            params.append(("after", after))
        async for line in self._lines(params):
            yield line

    async def _lines(self, params: list[tuple[str, str]]) -> AsyncIterator[SnapshotLine]:
        where, records, last = f"{shown(self.url)}/api/snapshot", 0, None
        async for text in self._stream("/api/snapshot", params):
            try:
                line = _line(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise self._unreadable(text, where, error) from error
            if isinstance(line, SnapshotHead):
                _speaks(line.protocol, where)
            elif last is None:
                raise SourceRefused(f"{where} does not begin with the line that says what it is")
            elif isinstance(line, SnapshotEnd):
                if line.records != records:
                    raise SourceRefused(f"{where} says it has {line.records} records, but sent {records}")
            else:
                records += 1
            last = line
            yield line
        if not isinstance(last, SnapshotEnd):
            raise SourceUnavailable(f"{where} was cut off after {records} records")

    async def _stream(self, path: str, params: list[tuple[str, str]]) -> AsyncIterator[bytes]:
        """The lines of an answer, none longer than ``MOST_LINE``, all together no more than ``MOST_SNAPSHOT``."""
        where, size, rest, begun = f"{shown(self.url)}{path}", 0, b"", time.monotonic()
        try:
            async with self._client.stream("GET", f"{self.url}{path}?{urlencode(params)}") as response:
                await self._check(response, where)
                async for part in response.aiter_bytes():
                    size += len(part)
                    if size > MOST_SNAPSHOT or len(rest) > MOST_LINE or time.monotonic() - begun > LONGEST:
                        raise AnswerTooLarge(f"{where} sends more than can be taken: it was cut off")
                    *lines, rest = (rest + part).split(b"\n")
                    for line in lines:
                        if line:
                            yield line
                self.received += response.num_bytes_downloaded
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"{where}: {reason(error)}") from error
        except (AddressRefused, AnswerTooLarge) as error:
            raise SourceRefused(str(error)) from error
        if rest:
            raise SourceUnavailable(f"{where} was cut off in the middle of a line")

    async def _get(self, path: str, kind: type[T], params: Sequence[tuple[str, str]] = (), extra: float = 0) -> T:
        where = f"{shown(self.url)}{path}"
        limits = self._client.timeout
        timeout = httpx.Timeout(
            connect=limits.connect, read=(limits.read or 0) + extra, write=limits.write, pool=limits.pool
        )
        query = f"?{urlencode(params)}" if params else ""
        request = self._client.build_request("GET", self.url + path + query, timeout=timeout)
        try:
            response = await self._client.send(request, stream=True)
            try:
                await self._check(response, where)
                body = await bounded(response, MOST_ANSWER, LONGEST_ANSWER)
            finally:
                await response.aclose()
                self.received += response.num_bytes_downloaded
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"{where}: {reason(error)}") from error
        except (AddressRefused, AnswerTooLarge) as error:
            raise SourceRefused(str(error)) from error
        try:
            found = msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._unreadable(body, where, error) from error
        _speaks(getattr(found, "protocol", PROTOCOL), where)
        return found

    async def _check(self, response: httpx.Response, where: str) -> None:
        if response.status_code == 200:
            return
        problem = await _problem(response)
        told = f"{where} answers {response.status_code}" + (f": {problem}" if problem else "")
        if response.status_code in (408, 425, 429) or response.status_code >= 500:
            wait = response.headers.get("retry-after", "")
            raise SourceUnavailable(told, float(wait) if wait.isdecimal() else None)
        raise SourceRefused(told)

    def _unreadable(self, body: bytes, where: str, error: Exception) -> SourceRefused:
        """Why an answer cannot be read: another version speaks otherwise, anything else not at all."""
        try:
            _speaks(msgspec.json.decode(body, type=_Greeting).protocol, where)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return SourceRefused(f"{where} is no registry of this kind: {error}")
        except SourceRefused as refused:
            return refused
        return SourceRefused(f"{where} cannot be understood: {error}")


def _speaks(protocol: int, where: str) -> None:
    if protocol != PROTOCOL:
        newer = "this one" if protocol > PROTOCOL else "that one"
        raise SourceRefused(
            f"{where} is a registry of another version: it speaks protocol {protocol}, this one {PROTOCOL}; "
            f"bring {newer} up to date"
        )


async def _problem(response: httpx.Response) -> str:
    """What a problem answer says of itself, where it says anything."""
    try:
        body = await bounded(response, 2**16, 10.0)
        return msgspec.json.decode(body, type=_Problem).detail[:500]
    except (AnswerTooLarge, msgspec.DecodeError, UnicodeDecodeError):
        return ""
