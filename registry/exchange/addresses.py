"""Outgoing addresses: what this registry may connect to.

An address that someone gave us (a webhook's target, a registry to follow) must not lead into our own network.
The name is resolved once, every address behind it is checked, and the connection goes to what was checked: a
name that resolves differently a moment later changes nothing. Redirects are checked in the same way.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import msgspec

_GLOBAL6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_WAY_OUT = "allow it with --allow-private or DANHMUC_ALLOW_PRIVATE=1 if that is meant"


class AddressRefused(Exception):
    """An address must not be connected to; the message names it, says why, and the way out."""


class Destination(msgspec.Struct, frozen=True):
    """Where a URL leads: its host and port, and the numeric addresses behind the name."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]


def parsed(url: str) -> tuple[str, int]:
    """Host and port of an http(s) URL. Raises ``AddressRefused`` for anything else, passwords included."""
    import httpx

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise AddressRefused(f"{shown(url)} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused(f"{shown(url)} is no address: write it like https://host/path")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            f"{shown(url)} holds a name or password, which would be written to logs: leave it out"
        )
    return host, port or (443 if parts.scheme == "https" else 80)


def shown(url: str) -> str:
    """An address as it may be written to a log: without credentials and query, and of a bounded length."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "the address"
    return f"{parts.scheme}://{host}{parts.path}"[:200] if host else parts.path[:200]


def private(address: str) -> str:
    """What keeps a numeric address from being one of the open internet; empty where nothing does."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _embedded(found)
        if inner is None:
            return "" if found in _GLOBAL6 and found.is_global else _kind(found)
        found = inner
    return "" if found.is_global and not found.is_multicast else _kind(found)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, or through NAT64."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _kind(address: IPv4Address | IPv6Address) -> str:
    kinds = {
        "loopback": address.is_loopback,
        "link-local": address.is_link_local,
        "multicast": address.is_multicast,
        "private": address.is_private,
    }
    return next((name for name, holds in kinds.items() if holds), "not of the open internet")


async def resolve(host: str, port: int, allow_private: bool) -> tuple[str, ...]:
    """The numeric addresses of a host, each checked. Raises ``AddressRefused``, or ``OSError`` where there is
    no such host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    for address in addresses:
        fault = "" if allow_private else private(address)
        if fault:
            behind = "" if address == host else f" ({address})"
            raise AddressRefused(f"{host}{behind} is {fault}: {_WAY_OUT}")
    return addresses


async def permitted(url: str, allow_private: bool) -> Destination:
    """Where ``url`` leads, if this registry may connect to it.

    Raises ``AddressRefused`` for a private, loopback or link-local address (unless ``allow_private``), for what is
    no http(s) URL, and for a host that cannot be found.
    """
    host, port = parsed(url)
    try:
        addresses = await resolve(host, port, allow_private)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{host} cannot be found: {error}") from error
    return Destination(url, host, port, addresses)
