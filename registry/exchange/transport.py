"""The way out: connections only to addresses that were checked, and how what comes back is read.

Whoever serves imports this where something is sent: with what it brings along it takes as long as all of our
tables, and a server starts without it.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from registry.exchange import addresses
from registry.exchange.addresses import AddressRefused, permitted, shown

CONNECTING = 10.0
ANSWERING = 30.0
HOPS = 5

# It logs every address in full, with what may be a secret in its query.
logging.getLogger("httpx").setLevel(logging.WARNING)


class AnswerTooLarge(Exception):
    """An answer is longer, or takes longer, than was allowed; what came was thrown away."""


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever the name resolves to later."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.wait_for(addresses.resolve(host, port, self._allow_private), timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not found in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be found: {error}") from error
        fault: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in found:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Transport(httpx.AsyncHTTPTransport):
    """The way out. Certificates are checked against the host's name, also where a redirect leads."""

    def __init__(self, allow_private: bool, connections: int, context: ssl.SSLContext | None = None) -> None:
        # Made once: reading all certificates that are trusted takes a twentieth of a second.
        context = context or httpx.create_ssl_context()
        super().__init__(verify=context)
        # httpx offers no way to choose how its pool connects, so the pool is ours.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            network_backend=_Checked(allow_private),
        )


def client(
    *,
    allow_private: bool,
    redirects: bool = False,
    connecting: float = CONNECTING,
    answering: float = ANSWERING,
    connections: int = 8,
    headers: dict[str, str] | None = None,
    context: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A client for one purpose: bounded in time and connections, and unable to reach what is not permitted.

    ``connecting`` and ``answering`` are seconds to connect and between two pieces of an answer. Redirects are
    followed only where asked for, at most ``HOPS``, never from https to http. Proxies of the environment are not
    used: they would resolve names on their own. Requests raise ``AddressRefused`` beside httpx's errors.
    """

    async def hop(response: httpx.Response) -> None:
        if response.has_redirect_location and redirects:
            await _next(response, allow_private)

    return httpx.AsyncClient(
        transport=Transport(allow_private, connections, context),
        timeout=httpx.Timeout(answering, connect=connecting),
        follow_redirects=redirects,
        max_redirects=HOPS,
        headers={"user-agent": "danhmuc", **(headers or {})},
        event_hooks={"response": [hop]},
        trust_env=False,
    )


async def _next(response: httpx.Response, allow_private: bool) -> None:
    """Check where a redirect leads before it is followed."""
    here = str(response.url)
    try:
        there = str(response.url.join(response.headers["location"]))
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(f"{shown(here)} redirects to what is no address: {error}") from error
    if here.startswith("https:") and not there.startswith("https:"):
        raise AddressRefused(f"{shown(here)} redirects to {shown(there)}, which is not encrypted")
    try:
        await permitted(there, allow_private)
    except AddressRefused as error:
        raise AddressRefused(f"{shown(here)} redirects to {shown(there)}: {error}") from error


async def bounded(response: httpx.Response, most: int, seconds: float | None = None) -> bytes:
    """The body of a streamed answer, unpacked. Raises ``AnswerTooLarge`` beyond ``most`` bytes or ``seconds``."""
    where = shown(str(response.url))
    told = response.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise AnswerTooLarge(f"{where} sends {int(told):,} bytes; {most:,} are the most that is taken")
    begun = time.monotonic()
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise AnswerTooLarge(f"{where} sends more than {most:,} bytes; no more is taken")
        if seconds is not None and time.monotonic() - begun > seconds:
            raise AnswerTooLarge(f"{where} is not done after {seconds:.0f} s; no longer is waited")
        parts.append(part)
    return b"".join(parts)


def reason(error: BaseException) -> str:
    """Why a request failed, in words: a certificate that is not trusted, a host that hangs, a refusal."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message or cause}"
        if isinstance(cause, ssl.SSLError):
            return f"no encrypted connection can be made: {cause.reason or cause}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectTimeout):
        return "it does not accept a connection in time"
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, httpx.TooManyRedirects):
        return f"it redirects more than {HOPS} times"
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError):
        return f"its answer was cut off or is garbled: {error}"
    return str(error) or type(error).__name__
