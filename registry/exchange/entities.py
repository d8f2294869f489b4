"""What a service refers to, as nodes: agencies, announcements, places, terms of open lists, time limits."""

from collections.abc import Iterator
from urllib.parse import quote

from registry.exchange.graph import VIET_NAM, Node, concept, ref, text, typed
from registry.exchange.profile import both, term
from registry.exchange.publication import Publication
from registry.procedure import Agency, Announcement, ProcessingTime, Term
from registry.vocabulary import Audience, Label, TimeUnit
from search.text import slug

_AUDIENCES = frozenset(Audience)


def duration(time: ProcessingTime | None) -> str | None:
    """A time limit as an ``xsd:duration``; ``None`` where none can say it: working days, a month and a half."""
    if time is None or time.value is None or time.value < 0:
        return None
    value = time.value
    minutes = value * {TimeUnit.HOUR: 60, TimeUnit.DAY: 24 * 60}.get(time.unit, 0)
    if minutes and minutes == int(minutes):
        hours, rest = divmod(int(minutes), 60)
        days, hours = divmod(hours, 24) if time.unit is TimeUnit.DAY else (0, hours)
        clock = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
        return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    letter = {TimeUnit.MONTH: "M", TimeUnit.YEAR: "Y"}.get(time.unit)
    return f"P{int(value)}{letter}" if letter and value and value == int(value) else None


def time_limit(iri: str, time: ProcessingTime) -> Node:
    found: Node = {"@id": iri, "@type": "dm:TimeLimit", "dm:unit": ref(concept("time-unit", time.unit))}
    found |= {"dm:value": typed(time.value, "xsd:decimal")} if time.value is not None else {}
    return found | ({"dm:wording": text(time.text)} if time.text else {})


def _agency_key(agency: Agency) -> str:
    return slug(agency.name) if agency.code is None else agency.code


def agency_iri(agency: Agency, publication: Publication) -> str:
    return f"{publication.address}/api/agencies/{quote(_agency_key(agency), safe='')}#agency"


def organisation(agency: Agency, publication: Publication) -> Iterator[Node]:
    where = place(agency)
    yield {
        "@id": agency_iri(agency, publication),
        "@type": ["cv:PublicOrganisation", "org:Organization", "foaf:Agent"],
        "dct:identifier": _agency_key(agency),
        "dct:title": text(agency.name),
        "skos:prefLabel": text(agency.name),
        "dct:spatial": ref(where),
    }
    yield location(where)


def place(agency: Agency | None) -> str:
    """The province of an agency by its code, else the country."""
    root = (agency.code or "").partition(".")[0] if agency else ""
    province = len(root) == 3 and root[0] == "H" and root[1:].isdigit()
    return concept("province", root) if province else VIET_NAM


def location(iri: str) -> Node:
    found: Node = {"@id": iri, "@type": "dct:Location"}
    if iri == VIET_NAM:
        return found | {"skos:prefLabel": both(Label("Việt Nam", "Viet Nam"))}
    return found | {"dct:identifier": iri.rpartition(":")[2]}


def entity(iri: str, kind: str, identifier: str, name: str) -> Node:
    return {"@id": iri, "@type": kind, "dct:identifier": identifier, "dct:title": text(name)}


def coded(scheme: str, one: Term) -> Node:
    return {
        "@id": concept(scheme, one.code),
        "@type": "skos:Concept",
        "skos:prefLabel": text(one.name),
        "skos:notation": one.code,
        "skos:inScheme": ref(f"urn:danhmuc:{scheme}"),
    }


def announcement_iri(key: str, publication: Publication) -> str:
    return f"{publication.address}/api/announcements/{quote(key, safe='/')}#announcement"


def announcement(key: str, found: Announcement | None, publication: Publication) -> Iterator[Node]:
    node: Node = {"@id": announcement_iri(key, publication), "@type": "dm:Announcement", "dm:number": key}
    if found is None:
        yield node
        return
    node |= {"dm:number": found.number, "dct:title": text(found.title) if found.title else []}
    days = {"decided": found.decided, "effective": found.effective, "published": found.published}
    node |= {f"dm:{name}": typed(day, "xsd:date") for name, day in days.items() if day}
    if found.issuer:
        node["dm:issuer"] = ref(agency_iri(found.issuer, publication))
        yield from organisation(found.issuer, publication)
    yield filled(node)


def filled(node: Node) -> Node:
    """A node without properties that say nothing."""
    return {name: value for name, value in node.items() if value != []}


def audience(one: Term) -> Node:
    """An audience: a term of our own list in both languages, or one that the source added."""
    return term("audience", Audience(one.code)) if one.code in _AUDIENCES else coded("audience", one)
