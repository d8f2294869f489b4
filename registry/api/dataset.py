"""The catalogue as a whole: as files, page by page, as a dataset, and what its words mean."""

import base64
import binascii
from datetime import date
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from registry import clock
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.formats import JSONLD, TURTLE, preferred, told
from registry.api.parameters import AsOf, KnownAt, day_of, language_of, moment_of, one
from registry.api.prepared import sent
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.exchange import dcat, graph, holdings, linked, profile
from registry.exchange.cpsv import Shared
from registry.exchange.dictionary import Described, described
from registry.exchange.exports import EXPORTS
from registry.exchange.holdings import Wanted
from registry.exchange.publication import Publication
from registry.exchange.table import NAMES

HEADINGS = ("name", "vi", "en")
MOST_PAGE = 500

Versions = Annotated[
    str | None, one("versions", "`all` for every version instead of those of one day.", "all", enum=["all"])
]
TableName = Annotated[
    str | None, one("table", "Which table; the procedures by default.", "fees", enum=list(NAMES))
]
Headings = Annotated[
    str | None,
    one("headings", "What the columns are called: by name, or in words.", "vi", enum=list(HEADINGS)),
]
Bom = Annotated[
    str | None,
    one("bom", "`true` for a mark that tells Excel that the file is UTF-8.", "true", enum=["true", "false"]),
]
PageLimit = Annotated[
    int | None,
    QueryParameter(description="One page of at most so many services.", ge=1, le=MOST_PAGE),
]
Cursor = Annotated[
    str | None,
    one(
        "cursor", "Where the page begins: as `next` of the page before gives it.", "WzEyMDQsIjIwMjUtMDUtMzEiLCIiXQ"
    ),
]


class Dictionary(msgspec.Struct, frozen=True, rename="camel"):
    """Every column of every table."""

    columns: list[Described]


class Place(NamedTuple):
    """Where a page begins: after a code, in the catalogue of a day, as known at a change. A set that is read page
    by page stays the same, whatever is written meanwhile."""

    known: int
    day: date
    after: str


_ENTRY = {
    "table": "fees",
    "name": "lineState",
    "type": "choice",
    "unit": "",
    "vi": "Tình trạng dòng phí",
    "en": "State of the line",
    "aboutVi": "",
    "aboutEn": "",
    "values": [{"value": "free", "vi": "Miễn phí", "en": "Free of charge"}],
}


def document(media: str, description: str, *statuses: int) -> dict[int, ResponseSpec]:
    """The documented answers of a route that gives a document."""
    linked = media == JSONLD
    return {
        200: ResponseSpec(
            dict[str, Any] if linked else str,
            media_type=media,
            description=description,
            generate_examples=False,
            examples=[Example(summary=description, value={"@graph": []} if linked else "")],
        ),
        **documented(*statuses),
    }


class CatalogueController(Controller):
    path = "/api"
    tags = ("exchange",)

    @get(
        "/catalogue.csv",
        summary="Take the catalogue as a CSV table",
        responses=document("text/csv", "One table, RFC 4180, UTF-8.", 400, 429),
    )
    async def csv(
        self,
        request: Request[Any, Any, Any],
        table: TableName = None,
        as_of: AsOf = None,
        versions: Versions = None,
        known_at: KnownAt = None,
        headings: Headings = None,
        bom: Bom = None,
    ) -> Response[Any]:
        """Lists have one value a line within their cell; what a spreadsheet would take for a formula has an
        apostrophe before it. `/api/dictionary` explains the columns."""
        wanted = await _wanted(request, as_of, known_at, versions)
        wanted = wanted._replace(
            table=_of("table", table, NAMES),
            headings=_of("headings", headings, HEADINGS),
            mark=_of("bom", bom, ("false", "true")) == "true",
        )
        return await _file(request, "csv", wanted)

    @get(
        "/catalogue.xlsx",
        summary="Take the catalogue as an Excel workbook",
        responses=document(EXPORTS["xlsx"].media, "A sheet for each table, and the data dictionary.", 400, 429),
    )
    async def xlsx(
        self,
        request: Request[Any, Any, Any],
        as_of: AsOf = None,
        versions: Versions = None,
        known_at: KnownAt = None,
        headings: Headings = None,
    ) -> Response[Any]:
        """Codes and texts are written as text, never as formulas; the last sheet is the data dictionary."""
        wanted = await _wanted(request, as_of, known_at, versions)
        return await _file(request, "xlsx", wanted._replace(headings=_of("headings", headings, HEADINGS)))

    @get(
        "/catalogue.ndjson",
        summary="Take the catalogue as our own NDJSON",
        responses=document("application/x-ndjson", "Lines that another registry reads back.", 400, 429),
    )
    async def ndjson(
        self, request: Request[Any, Any, Any], as_of: AsOf = None, known_at: KnownAt = None
    ) -> Response[Any]:
        """Everything with its history, or what is in force on `asOf`; `danhmuc import` reads it back to an equal
        registry."""
        wanted = await _wanted(request, as_of, known_at, None if as_of else "all")
        return await _file(request, "ndjson", wanted)

    @get(
        "/catalogue.jsonld",
        summary="Take the catalogue as CPSV-AP in JSON-LD",
        responses=document(JSONLD, "Public services with what they refer to.", 400, 429),
    )
    async def jsonld(
        self,
        request: Request[Any, Any, Any],
        as_of: AsOf = None,
        known_at: KnownAt = None,
        limit: PageLimit = None,
        cursor: Cursor = None,
    ) -> Response[Any]:
        """The whole of a day, or with `limit` page by page: `Link` and `hydra:next` lead to the next one. All
        pages are of the revision of the first."""
        return await _linked(request, "jsonld", as_of, known_at, limit, cursor)

    @get(
        "/catalogue.ttl",
        summary="Take the catalogue as CPSV-AP in Turtle",
        responses=document(TURTLE, "Public services with what they refer to.", 400, 429),
    )
    async def turtle(
        self,
        request: Request[Any, Any, Any],
        as_of: AsOf = None,
        known_at: KnownAt = None,
        limit: PageLimit = None,
        cursor: Cursor = None,
    ) -> Response[Any]:
        """As `/api/catalogue.jsonld`."""
        return await _linked(request, "turtle", as_of, known_at, limit, cursor)

    @get(
        "/dataset",
        summary="Describe the catalogue as a dataset",
        responses=document(JSONLD, "DCAT-AP: the dataset and its distributions.", 406),
    )
    async def dataset(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """In JSON-LD, or in Turtle where Accept prefers it: licence, publisher, period, and where to take it."""
        service = service_of(request)
        media = preferred(request, JSONLD, TURTLE)
        publication = publication_of(request, clock.today())

        async def make(_: int) -> bytes:
            return written(media, dcat.entry(publication, await dcat.facts(service.database)))

        return await told(request, service, media, make)

    @get(
        "/profile",
        summary="Describe our extensions of CPSV-AP",
        responses=document(TURTLE, "A vocabulary, its coded terms, and SHACL shapes.", 406),
    )
    async def profile(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """In Turtle, or in JSON-LD where Accept prefers it: levels, online levels with their schemes,
        announcements, validity, time limits in working days, electronic results, online payment, the four states
        of a fee."""
        media = preferred(request, TURTLE, JSONLD)

        async def make(_: int) -> bytes:
            return written(media, profile.document(request.app.state.settings.address))

        return await told(request, service_of(request), media, make)

    @get(
        "/dictionary",
        summary="Explain the columns of the tables",
        responses=responses(Dictionary, "Every column of every table.", {"columns": [_ENTRY]}),
    )
    async def dictionary(self, request: Request[Any, Any, Any]) -> Response[Dictionary]:
        """From the same declarations as the tables: type, unit, meaning in Vietnamese and English, values."""

        async def make(_: int) -> Dictionary:
            return Dictionary(described())

        return await service_of(request).stored(request, language_of(request), make)


def publication_of(request: Request[Any, Any, Any], day: date) -> Publication:
    return Publication.of(request.app.state.settings, day)


def written(media: str, nodes: list[graph.Node]) -> bytes:
    """Nodes in JSON-LD or Turtle."""
    return graph.jsonld(nodes) if media == JSONLD else graph.prefixes() + graph.turtle(nodes)


def _of(name: str, given: str | None, accepted: tuple[str, ...]) -> str:
    if not given:
        return accepted[0]
    if given not in accepted:
        raise ParameterInvalid(name, f"{name}: {given[:40]!r} is none of {', '.join(accepted)}", list(accepted))
    return given


async def _wanted(
    request: Request[Any, Any, Any], as_of: str | None, known_at: str | None, which: str | None = None
) -> Wanted:
    database, moment = service_of(request).database, moment_of("knownAt", known_at)
    whole = _of("versions", which, ("", "all")) == "all"
    if whole and as_of:
        raise ParameterInvalid(
            "versions", "versions: all and asOf exclude each other: every version, or one day's"
        )
    last = await versions.revision(database)
    known = last if moment is None else await versions.revision_at(database, moment)
    day = day_of("asOf", as_of)
    return Wanted(publication_of(request, day), None if whole else day, known)


async def _file(request: Request[Any, Any, Any], name: str, wanted: Wanted) -> Response[Any]:
    export, database = EXPORTS[name], service_of(request).database
    day = wanted.day.isoformat() if wanted.day else "all"
    table = f"-{wanted.table}" if name == "csv" else ""
    filename = f"danhmuc{table}-{day}.{export.suffix}"
    return await sent(request, wanted.known, export, filename, lambda: export.write(database, wanted))


async def _linked(
    request: Request[Any, Any, Any],
    name: str,
    as_of: str | None,
    known_at: str | None,
    limit: int | None,
    cursor: str | None,
) -> Response[Any]:
    if limit is None and not cursor:
        return await _file(request, name, await _wanted(request, as_of, known_at))
    if cursor and (as_of or known_at):
        raise ParameterInvalid(
            "cursor", "cursor: it tells the day and the moment itself: leave asOf and knownAt out"
        )
    database, limit = service_of(request).database, limit or MOST_PAGE
    if cursor:
        place = await _place(request, cursor)
    else:
        first = await _wanted(request, as_of, known_at)
        place = Place(first.known, first.publication.day, "")
    wanted = Wanted(publication_of(request, place.day), place.day, place.known)
    media = EXPORTS[name].media
    found = await holdings.page(database, wanted, place.after, limit + 1)
    more = len(found.versions) > limit
    batch = found._replace(versions=found.versions[:limit])
    following = _next(request, place._replace(after=batch.versions[-1].code), limit) if more else ""

    async def make(_: int) -> bytes:
        nodes = linked.nodes(batch, wanted, Shared())
        return written(media, [*nodes, _view(request, following)])

    links = {"link": f'<{following}>; rel="next"'} if following else {}
    return await told(request, service_of(request), media, make, links)


def _next(request: Request[Any, Any, Any], place: Place, limit: int) -> str:
    data = msgspec.json.encode([place.known, place.day, place.after])
    cursor = base64.urlsafe_b64encode(data).decode().rstrip("=")
    path = quote(request.scope["path"])
    return f"{request.app.state.settings.address}{path}?{urlencode({'limit': limit, 'cursor': cursor})}"


def _view(request: Request[Any, Any, Any], following: str) -> graph.Node:
    query = request.scope["query_string"].decode("latin-1")
    here = quote(f"{request.scope['path']}?{query}", safe="/?&=%-._~")
    found: graph.Node = {
        "@id": f"{request.app.state.settings.address}{here}",
        "@type": "hydra:PartialCollectionView",
    }
    return found | ({"hydra:next": graph.ref(following)} if following else {})


async def _place(request: Request[Any, Any, Any], cursor: str) -> Place:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = Place(*msgspec.json.decode(data, type=tuple[int, date, str]))
        if not 0 <= place.known <= await versions.revision(service_of(request).database) or "\0" in place.after:
            raise ValueError(cursor)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        detail = "cursor: this is none that this registry gave: begin again without it"
        raise ParameterInvalid("cursor", detail) from error
    return place
