"""DCAT-AP: the catalogue as a dataset, so that open-data portals find it and know what they may do with it."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import NamedTuple

from piccolo.querystring import QueryString

from registry import clock
from registry.catalogue import versions
from registry.engine import Database
from registry.exchange import graph
from registry.exchange.graph import VIET_NAM, VIETNAMESE, Node, ref, text, typed
from registry.exchange.holdings import Wanted
from registry.exchange.profile import PROFILE, both
from registry.exchange.publication import Publication
from registry.vocabulary import Label

TITLE = Label("Danh mục thủ tục hành chính", "Catalogue of administrative procedures")
DESCRIPTION = Label(
    "Các thủ tục hành chính của Việt Nam: nội dung đã công bố, quyết định công bố và ngày có hiệu lực của từng "
    "phiên bản, kể cả các phiên bản đã hết hiệu lực.",
    "Viet Nam's administrative procedures: their announced content, and for each version the decision and the "
    "days on which it is in force, those that have ended included.",
)
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_IANA = "https://www.iana.org/assignments/media-types"
_KEYWORDS = ("thủ tục hành chính", "dịch vụ công", "quyết định công bố")


class Facts(NamedTuple):
    """What the store says of itself: its revision, when that was recorded, and the first day of any version."""

    revision: int
    modified: datetime | None
    first: date | None


class Distribution(NamedTuple):
    """One form in which the catalogue is to be had: its name in the address, type, EU file type, and words."""

    name: str
    media: str
    file_type: str
    label: Label
    standard: str = ""


CPSV = "https://semiceu.github.io/CPSV-AP/releases/3.2.0/"
DISTRIBUTIONS = (
    Distribution("csv", "text/csv", "CSV", Label("Bảng CSV", "Table, CSV")),
    Distribution(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "XLSX",
        Label("Bảng Excel kèm từ điển dữ liệu", "Excel workbook with the data dictionary"),
    ),
    Distribution("jsonld", "application/ld+json", "JSON_LD", Label("CPSV-AP, JSON-LD", "CPSV-AP, JSON-LD"), CPSV),
    Distribution("ttl", "text/turtle", "RDF_TURTLE", Label("CPSV-AP, Turtle", "CPSV-AP, Turtle"), CPSV),
    Distribution(
        "ndjson", "application/x-ndjson", "JSON", Label("Toàn bộ lịch sử, NDJSON", "The whole history, NDJSON")
    ),
)


async def facts(database: Database) -> Facts:
    """What the entry tells of the store."""
    revision = await versions.revision(database)
    moment = await database.rows(QueryString("SELECT recorded_at FROM change WHERE seq = {}", revision))
    first = await database.rows(
        QueryString(
            "SELECT MIN(valid_from) AS day FROM version WHERE recorded_to IS NULL AND valid_from > {}",
            clock.ALWAYS,
        )
    )
    day = first[0]["day"]
    # SQLite knows no type of an aggregate.
    begun = date.fromisoformat(day) if isinstance(day, str) else day
    return Facts(revision, moment[0]["recorded_at"] if moment else None, begun)


async def export(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """The entry as JSON-LD."""
    yield graph.jsonld(entry(wanted.publication, await facts(database)))


def entry(publication: Publication, known: Facts) -> list[Node]:
    """The catalogue of this registry with its one dataset, the dataset's distributions, and who publishes it."""
    address = publication.address
    forms = list(_distributions(publication, known))
    return [
        {
            "@id": f"{address}/api/dataset#catalogue",
            "@type": "dcat:Catalog",
            "dct:title": both(TITLE),
            "dct:description": both(DESCRIPTION),
            "dct:publisher": ref(publisher_iri(publication)),
            "dct:language": ref(VIETNAMESE),
            "dct:license": ref(publication.licence),
            "dct:spatial": ref(VIET_NAM),
            "foaf:homepage": ref(f"{address}/"),
            "dcat:dataset": ref(dataset_iri(publication)),
            **_modified(known),
        },
        {
            **dataset(publication),
            "dct:identifier": dataset_iri(publication),
            "dct:language": ref(VIETNAMESE),
            "dct:spatial": ref(VIET_NAM),
            "dct:temporal": ref(f"{address}/api/dataset#period"),
            "dct:accrualPeriodicity": ref(f"{_AUTHORITY}/frequency/IRREG"),
            "dct:conformsTo": [ref(CPSV), ref(PROFILE)],
            "dcat:theme": ref(f"{_AUTHORITY}/data-theme/GOVE"),
            "dcat:keyword": [text(word) for word in _KEYWORDS],
            "dcat:landingPage": ref(f"{address}/schema"),
            "dcat:version": str(known.revision),
            "dcat:distribution": [ref(form["@id"]) for form in forms],
            **_modified(known),
        },
        *forms,
        _period(publication, known),
        publisher(publication),
        *_named(publication),
    ]


def dataset_iri(publication: Publication) -> str:
    return f"{publication.address}/api/dataset#dataset"


def dataset(publication: Publication) -> Node:
    """The dataset as far as each of its services names it."""
    return {
        "@id": dataset_iri(publication),
        "@type": "dcat:Dataset",
        "dct:title": both(TITLE),
        "dct:description": both(DESCRIPTION),
        "dct:publisher": ref(publisher_iri(publication)),
    }


def publisher_iri(publication: Publication) -> str:
    return f"{publication.address}/api/dataset#publisher"


def publisher(publication: Publication) -> Node:
    return {
        "@id": publisher_iri(publication),
        "@type": ["foaf:Agent", "org:Organization"],
        "dct:identifier": publisher_iri(publication),
        "dct:title": text(publication.publisher),
        "foaf:name": text(publication.publisher),
    }


def _distributions(publication: Publication, known: Facts) -> Iterator[Node]:
    for form in DISTRIBUTIONS:
        where = f"{publication.address}/api/catalogue.{form.name}"
        standard = {"dct:conformsTo": [ref(form.standard), ref(PROFILE)]} if form.standard else {}
        yield {
            "@id": f"{publication.address}/api/dataset#{form.name}",
            "@type": "dcat:Distribution",
            "dct:title": both(form.label),
            "dcat:accessURL": ref(where),
            "dcat:downloadURL": ref(where),
            "dcat:mediaType": ref(f"{_IANA}/{form.media}"),
            "dct:format": ref(f"{_AUTHORITY}/file-type/{form.file_type}"),
            "dct:license": ref(publication.licence),
            "dct:language": ref(VIETNAMESE),
            **standard,
            **_modified(known),
        }


def _modified(known: Facts) -> Node:
    return {"dct:modified": typed(known.modified.isoformat(), "xsd:dateTime")} if known.modified else {}


def _period(publication: Publication, known: Facts) -> Node:
    begun = {"dcat:startDate": typed(known.first, "xsd:date")} if known.first else {}
    return {"@id": f"{publication.address}/api/dataset#period", "@type": "dct:PeriodOfTime", **begun}


def _named(publication: Publication) -> Iterator[Node]:
    """What DCAT-AP wants to be told the kind of, where only its address is known."""
    yield {"@id": VIET_NAM, "@type": "dct:Location"}
    yield {"@id": VIETNAMESE, "@type": "dct:LinguisticSystem"}
    yield {"@id": publication.licence, "@type": "dct:LicenseDocument"}
    yield {"@id": f"{_AUTHORITY}/frequency/IRREG", "@type": "dct:Frequency"}
    yield {"@id": CPSV, "@type": "dct:Standard"}
    yield {"@id": PROFILE, "@type": "dct:Standard"}
    yield {"@id": f"{publication.address}/schema", "@type": "foaf:Document"}
    yield {"@id": f"{publication.address}/", "@type": "foaf:Document"}
    yield {"@id": f"{_AUTHORITY}/data-theme/GOVE", "@type": "skos:Concept"}
    for form in DISTRIBUTIONS:
        yield {"@id": f"{_AUTHORITY}/file-type/{form.file_type}", "@type": "dct:MediaTypeOrExtent"}
        yield {"@id": f"{_IANA}/{form.media}", "@type": "dct:MediaType"}
