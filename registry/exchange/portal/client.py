"""Asking a portal politely: at a rate, again after growing pauses, and never without end."""

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import TypeVar

import httpx

from registry import clock
from registry.exchange import transport
from registry.exchange.addresses import AddressRefused, shown
from registry.exchange.portal.manners import AnswerBroken, Manners, RecordAbsent, RequestFailed, SourceFault
from registry.exchange.transport import AnswerTooLarge

T = TypeVar("T")

_ABSENT = (404, 410)
_AGAIN = (408, 425, 429)
_DENIED = (401, 407)


class _Again(Exception):
    """This attempt failed; another may not. ``wait`` is how long the portal asked us to stay away."""

    def __init__(self, reason: str, body: bytes = b"", wait: float | None = None) -> None:
        super().__init__(reason)
        self.body = body
        self.wait = wait


class Client:
    """Requests to one source. Use as a context manager; ``asked`` counts requests, ``again`` those repeated."""

    def __init__(self, url: str, manners: Manners, *, allow_private: bool) -> None:
        self.url = url.rstrip("/")
        self.manners = manners
        self.asked = 0
        self.again = 0
        self._failed = 0  # requests in a row
        self._next = 0.0
        self._closed_until = 0.0
        self._http = transport.client(
            allow_private=allow_private,
            connecting=manners.connecting,
            answering=manners.answering,
            connections=manners.connections,
            context=_certificates(),
            headers={"accept": "application/json", "user-agent": "danhmuc-sync"},
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(
        self, path: str, body: bytes, read: Callable[[bytes], T], headers: Mapping[str, str] | None = None
    ) -> T:
        """POST ``body`` and give what ``read`` makes of the answer; ``AnswerBroken`` from it means to ask again.

        Raises ``RecordAbsent``, ``RequestFailed`` when all tries are used up or none would help, and
        ``SourceFault`` when no request to this source would succeed.
        """
        for attempt in range(1, self.manners.tries + 1):
            await self._turn()
            self.again += attempt > 1
            try:
                found = await self._read(path, body, read, headers)
            except RecordAbsent:
                self._failed = 0
                raise
            except AnswerTooLarge as error:
                raise self._given_up(str(error)) from error
            except _Again as fault:
                if attempt == self.manners.tries:
                    raise self._given_up(f"{fault}, {attempt} times", fault.body) from fault
                await self._pause(attempt, fault)
            else:
                self._failed = 0
                return found
        raise AssertionError("unreachable")

    async def _read(
        self, path: str, body: bytes, read: Callable[[bytes], T], headers: Mapping[str, str] | None
    ) -> T:
        answer = await self._send(path, body, headers)
        try:
            return read(answer)
        except AnswerBroken as error:
            raise _Again(str(error), error.body) from error

    def _given_up(self, reason: str, body: bytes = b"") -> RequestFailed | SourceFault:
        self._failed += 1
        if self._failed >= self.manners.giving_up:
            return SourceFault(
                f"{shown(self.url)} fails at everything, {self._failed} requests in a row: {reason}; run it again "
                "later, what was fetched is kept"
            )
        return RequestFailed(reason, body)

    async def _send(self, path: str, body: bytes, headers: Mapping[str, str] | None) -> bytes:
        self.asked += 1
        try:
            async with (
                asyncio.timeout(self.manners.whole),
                self._http.stream("POST", self.url + path, content=body, headers=headers) as response,
            ):
                self._judge(response)
                return await transport.bounded(response, self.manners.most_bytes)
        except AddressRefused as error:
            raise SourceFault(str(error)) from error
        except TimeoutError as error:
            raise _Again(f"its answer took longer than {self.manners.whole:g} s") from error
        except httpx.HTTPError as error:
            reason = transport.reason(error)
            if _untrusted(error):
                raise SourceFault(f"{shown(self.url)}: {reason}") from error
            raise _Again(reason) from error

    def _judge(self, response: httpx.Response) -> None:
        """Whether the answer is worth reading, by its status."""
        status = response.status_code
        if response.is_success:
            return
        if 300 <= status < 400:
            there = shown(response.headers.get("location", ""))
            raise SourceFault(
                f"{shown(self.url)} redirects to {there or 'nowhere'}, which is not followed; if that is where it "
                "has moved, give its address with --url"
            )
        if status in _ABSENT:
            raise RecordAbsent(f"answered {status}")
        if status in _DENIED:
            raise SourceFault(f"{shown(self.url)} does not let us in: it answered {status}")
        if status in _AGAIN or status >= 500:
            raise _Again(f"answered {status}", wait=_asked_to_wait(response.headers.get("retry-after", "")))
        raise self._given_up(f"answered {status}")

    async def _turn(self) -> None:
        """Wait for this request's turn: by the rate, unevenly, and while the portal wants to be left alone."""
        now = asyncio.get_running_loop().time()
        if self.manners.rate:
            mine = max(now, self._next)
            self._next = mine + random.uniform(0.5, 1.5) / self.manners.rate  # noqa: S311 - no secret
            if mine > now:
                await asyncio.sleep(mine - now)
        # While one waits, another may be told to stay away for longer.
        while (left := self._closed_until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 - it sleeps till then
            await asyncio.sleep(left)

    async def _pause(self, attempt: int, fault: _Again) -> None:
        """Stay away for a while, longer after each failure; all of us, where the portal asked for that."""
        if fault.wait is not None and fault.wait > self.manners.longest:
            raise SourceFault(
                f"{shown(self.url)} asks to be left alone for {fault.wait:,.0f} s ({fault}); run it again after "
                "that, what was fetched is kept"
            ) from fault
        if fault.wait is not None:
            until = asyncio.get_running_loop().time() + fault.wait
            self._closed_until = max(self._closed_until, until)
        backed_off = min(self.manners.pause * 2 ** (attempt - 1), self.manners.longest)
        await asyncio.sleep(random.uniform(0.5, 1.0) * backed_off)  # noqa: S311 - no secret


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom to trust, read once."""
    return httpx.create_ssl_context()


def _asked_to_wait(told: str) -> float | None:
    """Seconds from a ``Retry-After``: a number, or a date (RFC 9110 10.2.3)."""
    if told.isdecimal():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - clock.now()).total_seconds())


def _untrusted(error: BaseException | None) -> bool:
    """Whether a certificate is at fault, which no further try would change."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
