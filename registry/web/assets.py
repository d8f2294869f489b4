"""Style sheets, scripts and pictures: our own files, under addresses that tell their content and never expire."""

import asyncio
import gzip
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from registry.api.caching import accepts_gzip

PREFIX = "/tep"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """A file as it is sent."""

    digest: str
    media: str
    body: bytes
    compressed: bytes


@lru_cache(maxsize=64)
def read(name: str) -> Asset | None:
    """The file of this name; ``None`` where there is none."""
    folder = files("registry.web") / "static"
    if name not in {one.name for one in folder.iterdir()}:
        return None
    body = (folder / name).read_bytes()
    digest = blake2b(body, digest_size=6).hexdigest()
    return Asset(digest, TYPES[name[name.rindex(".") :]], body, gzip.compress(body, 9, mtime=0))


def asset(name: str) -> str:
    """The address of a file of ours. Raises ``KeyError`` where a template names one that is not there."""
    found = read(name)
    if found is None:
        raise KeyError(f"there is no file {name} in registry/web/static")
    return f"{PREFIX}/{found.digest}/{name}"


@get(PREFIX + "/{digest:str}/{name:str}")
async def static(request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A file of ours. Under an address of another release it is sent too, but not to be kept."""
    found = await asyncio.to_thread(read, name)
    if found is None:
        raise NotFoundException(f"there is no file {name}")
    return _sent(request, found, FOREVER if digest == found.digest else "no-cache")


@get("/favicon.ico")
async def icon(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Browsers ask for it without being told to."""
    found = await asyncio.to_thread(read, "icon.svg")
    if found is None:
        raise NotFoundException("there is no icon")
    return _sent(request, found, "public, max-age=86400")


def _sent(request: Request[Any, Any, Any], found: Asset, kept: str) -> Response[bytes]:
    headers = {"cache-control": kept, "vary": "accept-encoding"}
    body = found.body
    if accepts_gzip(request):
        body = found.compressed
        headers["content-encoding"] = "gzip"
    return Response(content=body, headers=headers, media_type=found.media)
