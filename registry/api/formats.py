"""Forms of an answer beside JSON: which one a client prefers, and sending it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType

from registry.api.caching import (
    LEAST_COMPRESSED,
    Encoded,
    accepts_gzip,
    canonical,
    etag_of,
    headers_of,
    matches,
    unchanged,
)
from registry.api.problems import NotAcceptable
from registry.api.service import Service
from registry.catalogue import versions

JSON, JSONLD, TURTLE = "application/json", "application/ld+json", "text/turtle"
_SERVICE = "https://tthc.example.vn/api/procedures/9.000001#service"
_EXAMPLES = {
    JSONLD: {"@graph": [{"@id": _SERVICE, "@type": "cpsv:PublicService"}]},
    TURTLE: f"<{_SERVICE}> a cpsv:PublicService .",
}
VARY = "accept, accept-encoding, accept-language"


@dataclass
class LinkedToo(Operation):
    """A route that answers in JSON-LD and Turtle too: its description says so."""

    def __post_init__(self) -> None:
        found = (self.responses or {}).get("200")
        if isinstance(found, OpenAPIResponse) and found.content is not None:
            for media in (JSONLD, TURTLE):
                example = Example(summary=f"CPSV-AP as {media}", value=_EXAMPLES[media])
                schema = Schema(type=OpenAPIType.OBJECT if media == JSONLD else OpenAPIType.STRING)
                found.content[media] = OpenAPIMediaType(schema=schema, examples={"example": example})


def preferred(request: Request[Any, Any, Any], *offered: str) -> str:
    """The media type that the client likes best of those offered, the first of equals (RFC 9110, 12.5.1).

    Raises ``NotAcceptable`` where it takes none of them.
    """
    ranges = [_range(part) for part in request.headers.get("accept", "").split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        raise NotAcceptable(list(offered))
    return best


def _range(part: str) -> tuple[str, float]:
    """A media range and its quality; what is no number counts as 0, parameters of the type are not looked at."""
    media, *parameters = (each.strip().lower() for each in part.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return media, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """The quality of the range that fits most closely."""
    for close in (media, f"{media.partition('/')[0]}/*", "*/*"):
        found = [quality for name, quality in ranges if name == close]
        if found:
            return max(found)
    return 0.0


async def told(
    request: Request[Any, Any, Any],
    service: Service,
    media: str,
    make: Callable[[int], Awaitable[bytes]],
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """Answer in ``media`` with the bytes that ``make`` gives for a revision, or from what is kept of it."""
    revision = await versions.revision(service.database)
    key = f"{media} {canonical(request, revision, 'vi')}"
    etag = etag_of(key)
    further = {"vary": VARY, **(headers or {})}
    if matches(request, etag):
        response = unchanged(etag, "vi")
        response.headers.update(further)
        return response
    answer = service.answers.get(key)
    if answer is None:
        answer = Encoded(await make(revision), etag)
        service.answers.put(key, answer)
    body, sent = answer.body, {**headers_of(etag, "vi"), **further}
    if len(body) >= LEAST_COMPRESSED and accepts_gzip(request):
        fresh = answer.compressed is None
        body = await answer.compress()
        if fresh:
            service.answers.put(key, answer)
        sent["content-encoding"] = "gzip"
    return Response(content=body, headers=sent, media_type=media)
