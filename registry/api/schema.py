"""The interface's description, and a page that shows it, served from our own files and a package's."""

import asyncio
import gzip
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, Tag
from litestar.params import FromPath
from litestar.serialization import encode_json

from registry import __version__
from registry.api.access import SCHEMES
from registry.api.caching import Encoded, accepts_gzip, etag_of, matches
from registry.api.parameters import check

SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
OWN = ("start.js",)
TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
# Swagger UI sets style attributes and draws its icons from data URLs; everything else is a file of ours.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
DESCRIPTION = (
    "The catalogue of administrative procedures: what is in force on a day, by which decision, and what changed. "
    "Dates are ISO 8601 and in Vietnam's time; a span of days ends on the day before `validTo`. "
    "`null` means that the source does not say, never no. Errors are problem details (RFC 9457). "
    "Answers carry an ETag and are answered with 304 while nothing has changed; every GET can be asked by HEAD."
)


class Page(OpenAPIRenderPlugin):
    """The page; it fetches the description itself."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page = _own("index.html").read_bytes()

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - Litestar's
        return self._page


class Description(JsonRenderPlugin):
    """The description, encoded once."""

    def __init__(self) -> None:
        super().__init__()
        self._body = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        self._body = self._body or encode_json(
            _any_of(msgspec.json.decode(super().render(request, openapi_schema)))
        )
        return self._body


def _any_of(found: Any) -> Any:
    """Unions as ``anyOf``: Litestar writes ``oneOf``, which no whole number meets that may also be a fraction."""
    if isinstance(found, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in found.items()}
    return [_any_of(one) for one in found] if isinstance(found, list) else found


def _own(name: str) -> Traversable:
    return files("registry.api") / "page" / name


def _file(name: str) -> Traversable:
    return _own(name) if name in OWN else files("swagger_ui") / "static" / name


async def _guard(request: Request[Any, Any, Any]) -> None:
    """Litestar answers unknown paths below its own with a page; here they are problems like all others."""
    if "path" in request.path_params:
        raise NotFoundException()
    await check(request)


async def _secure(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("content-security-policy", POLICY)
    response.headers.setdefault("cache-control", "no-cache")
    return response


def create_config() -> OpenAPIConfig:
    """The description's settings, with the routes that serve page, description and files."""
    kept: dict[str, Encoded] = {}

    @get("/files/{name:str}", opt={"compressed": True})
    async def file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        if name not in (*SWAGGER, *OWN):
            raise NotFoundException(f"there is no file {name}")
        if name not in kept:
            kept[name] = await asyncio.to_thread(_read, name)
        return await _sent(request, name, kept[name])

    return OpenAPIConfig(
        title="Danh Mục",
        version=__version__,
        description=DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        components=Components(security_schemes=dict(SCHEMES)),
        tags=[
            Tag("procedures", "Procedures: searched, shown as of a day, compared."),
            Tag("announcements", "The decisions by which procedures change."),
            Tag("agencies", "Agencies as they were and are."),
            Tag("sectors", "Sectors, and how much each holds."),
            Tag("indicators", "Numbers and what they are made of: indicators, scorecards, work, practice."),
            Tag("syncs", "What was fetched from the national portal, and when."),
            Tag("desk", "Announcements and reorganisations as work: drafts, their effect, publishing."),
            Tag("access", "Who may write, and what was done: keys, sign-in, the audit log."),
            Tag("exchange", "For other registries: changes, snapshots, digests, webhooks, local layers."),
            Tag("health", "For whoever runs this."),
        ],
        use_handler_docstrings=True,
        render_plugins=[Page(), Description()],
        openapi_router=Router(
            "/schema",
            route_handlers=[file],
            include_in_schema=False,
            before_request=_guard,
            after_request=_secure,
        ),
    )


def _read(name: str) -> Encoded:
    body = _file(name).read_bytes()
    found = Encoded(body, etag_of(f"{name} {len(body)} {version('swagger-ui-py')} {__version__}"))
    found.compressed = gzip.compress(body, 6, mtime=0)
    return found


async def _sent(request: Request[Any, Any, Any], name: str, answer: Encoded) -> Response[Any]:
    headers = {"etag": answer.etag, "vary": "accept-encoding"}
    if matches(request, answer.etag):
        return Response(content=None, status_code=304, headers=headers)
    body = answer.body
    if accepts_gzip(request):
        body = await answer.compress()
        headers["content-encoding"] = "gzip"
    return Response(content=body, headers=headers, media_type=TYPES[name[name.rindex(".") :]])
