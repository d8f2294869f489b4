"""The way out: connections only to addresses that were checked."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from registry.exchange import addresses


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
