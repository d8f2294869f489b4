"""Answers as they go out: encoded once, compressed once, kept while nothing changes, and never sent twice.

An answer depends on the revision it was made from, on today's day (the default of ``asOf``), the language, the
path and the query, and on nothing else. Its ETag is made of these, so a 304 costs no work on the answer.
"""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from litestar import Request, Response

from registry import clock

MOST_ANSWERS = 256
MOST_BYTES = 16 * 2**20
LEAST_COMPRESSED = 500
COMPRESSION = 3
OFF_LOOP = 64 * 2**10  # above this, compressing would hold up other requests

_encode = msgspec.json.Encoder().encode

Make = Callable[[], Awaitable[tuple[Any, int]]]


class Form(NamedTuple):
    """In what an answer goes out: its media type, and how its content becomes bytes."""

    media: str
    encode: Callable[[Any], bytes]


JSON = Form("application/json", _encode)


class Encoded:
    """One answer in bytes, and compressed once somebody asks for it so."""

    __slots__ = ("body", "compressed", "etag")

    def __init__(self, body: bytes, etag: str) -> None:
        self.body = body
        self.compressed: bytes | None = None
        self.etag = etag

    @property
    def size(self) -> int:
        return len(self.body) + len(self.compressed or b"")

    async def compress(self) -> bytes:
        if self.compressed is None:
            if len(self.body) > OFF_LOOP:
                self.compressed = await asyncio.to_thread(_compress, self.body)
            else:
                self.compressed = _compress(self.body)
        return self.compressed


def _compress(body: bytes) -> bytes:
    return gzip.compress(body, COMPRESSION, mtime=0)


class Answers:
    """The answers sent last, bounded by number and bytes."""

    def __init__(self, most: int = MOST_ANSWERS, room: int = MOST_BYTES) -> None:
        self._most = most
        self._room = room
        self._kept: OrderedDict[str, tuple[Encoded, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Encoded | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str, answer: Encoded) -> None:
        """Keep an answer, or count it anew after it was compressed. What is larger than all room is not kept."""
        old = self._kept.pop(key, None)
        self.size -= old[1] if old else 0
        if answer.size > self._room:
            return
        self._kept[key] = (answer, answer.size)
        self.size += answer.size
        while len(self._kept) > self._most or self.size > self._room:
            _, (_, size) = self._kept.popitem(last=False)
            self.size -= size


def canonical(request: Request[Any, Any, Any], revision: int, language: str) -> str:
    """What an answer depends on, as a key."""
    query = "&".join(sorted(f"{name}={value}" for name, value in request.query_params.multi_items() if value))
    return f"{revision} {clock.today()} {language} {request.scope['path']}?{query}"


def etag_of(key: str) -> str:
    """The weak ETag of an answer by its key: weak, since its compressed form has the same."""
    return f'W/"{blake2b(key.encode(), digest_size=12).hexdigest()}"'


def matches(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the client holds what ``etag`` stands for (weak comparison, RFC 9110 13.1.2)."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    opaque = etag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") == opaque for one in given.split(","))


def accepts_gzip(request: Request[Any, Any, Any]) -> bool:
    """Whether the client takes gzip, by its own word or by ``*``; a quality of 0 is a no."""
    qualities: dict[str, float] = {}
    for one in request.headers.get("accept-encoding", "").split(","):
        coding, *parameters = one.replace(" ", "").lower().split(";")
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            qualities[coding] = float(quality)
        except ValueError:
            qualities[coding] = 0.0
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def headers_of(etag: str, language: str) -> dict[str, str]:
    return {
        "etag": etag,
        "cache-control": "no-cache",
        "vary": "accept-encoding, accept-language",
        "content-language": language,
    }


async def respond(
    request: Request[Any, Any, Any],
    answers: Answers,
    revision: int,
    language: str,
    make: Make,
    form: Form = JSON,
) -> Response[Any]:
    """Answer from what is kept, or with what ``make`` gives: a content, and the revision it was made from."""
    key = canonical(request, revision, language)
    etag = etag_of(key)
    if matches(request, etag):
        return unchanged(etag, language)
    answer = answers.get(key)
    if answer is None:
        content, made = await make()
        if made != revision:
            key = canonical(request, made, language)
            etag = etag_of(key)
        answer = Encoded(form.encode(content), etag)
        answers.put(key, answer)
    if "*" in request.headers.get("if-none-match", ""):
        return unchanged(etag, language)
    body, headers = answer.body, headers_of(answer.etag, language)
    if len(body) >= LEAST_COMPRESSED and accepts_gzip(request):
        fresh = answer.compressed is None
        body = await answer.compress()
        if fresh:
            answers.put(key, answer)
        headers["content-encoding"] = "gzip"
    return Response(content=body, headers=headers, media_type=form.media)


def unchanged(etag: str, language: str) -> Response[Any]:
    """304: the client has it already."""
    return Response(content=None, status_code=304, headers=headers_of(etag, language))
