"""Our profile of CPSV-AP: terms for what Vietnam's procedures have and CPSV-AP lacks, and shapes that hold them.

Everything is made from one table of properties and from ``registry.vocabulary``. The names are URNs, so that two
registries say the same thing in the same words wherever they are reached.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from registry.engine import Database
from registry.exchange import graph
from registry.exchange.graph import PREFIXES, Node, concept, ordered, ref, text, typed
from registry.exchange.holdings import Wanted
from registry.vocabulary import (
    LABELS,
    LEVEL_VALIDITY,
    Audience,
    Channel,
    FeeKind,
    FeeState,
    Label,
    Level,
    OnlineLevel,
    OnlineScheme,
    Role,
    Scope,
    TimeUnit,
)

PROFILE = PREFIXES["dm"].rstrip(":")


class Status(StrEnum):
    """Whether a version is in force on the day of the export."""

    COMING = "coming"
    IN_FORCE = "in-force"
    ENDED = "ended"


class Scheme(NamedTuple):
    """A closed list of coded terms: the values, and their words."""

    label: Label
    values: type[StrEnum]
    words: dict[str, Label]


_STATUS = {
    Status.COMING: Label("Chưa có hiệu lực", "Not yet in force"),
    Status.IN_FORCE: Label("Đang có hiệu lực", "In force"),
    Status.ENDED: Label("Hết hiệu lực", "No longer in force"),
}
SCHEMES: dict[str, Scheme] = {
    "level": Scheme(Label("Cấp thực hiện", "Level of government"), Level, LABELS["level"]),
    "online-level": Scheme(Label("Mức độ trực tuyến", "Online level"), OnlineLevel, LABELS["onlineLevel"]),
    "channel": Scheme(Label("Cách thức thực hiện", "Channel"), Channel, LABELS["channel"]),
    "fee-state": Scheme(Label("Nguồn nói gì về phí", "What the source says of the cost"), FeeState, LABELS["fee"]),
    "fee-kind": Scheme(Label("Loại phí", "Kind of fee"), FeeKind, LABELS["feeKind"]),
    "time-unit": Scheme(Label("Đơn vị thời hạn", "Unit of time"), TimeUnit, LABELS["timeUnit"]),
    "scope": Scheme(Label("Phạm vi", "Scope"), Scope, LABELS["scope"]),
    "role": Scheme(Label("Vai trò của cơ quan", "Role of an agency"), Role, LABELS["role"]),
    "audience": Scheme(Label("Đối tượng thực hiện", "Audience"), Audience, LABELS["audience"]),
    "status": Scheme(Label("Hiệu lực", "Validity"), Status, {key.value: value for key, value in _STATUS.items()}),
}
ONLINE_SCHEMES = {
    OnlineScheme.LEVELS: Label("Bốn mức độ, đến Nghị định 42/2022/NĐ-CP", "Four levels, until Decree 42/2022"),
    OnlineScheme.FULL_PARTIAL: Label("Toàn trình, một phần, thông tin", "Full, partial, information only"),
}


class Property(msgspec.Struct, frozen=True):
    """A property: of which class, to what, how often. ``range`` is a datatype, a class, or ``scheme:`` and the
    name of a closed list."""

    name: str
    domain: str
    range: str
    vi: str
    en: str
    comment: str
    least: int = 0
    most: int | None = None


class Class(msgspec.Struct, frozen=True):
    """A kind of thing that CPSV-AP lacks."""

    name: str
    vi: str
    en: str
    comment: str


class _Table(msgspec.Struct, frozen=True, rename={"classes": "class", "properties": "property"}):
    classes: tuple[Class, ...]
    properties: tuple[Property, ...]


SERVICE, COST, LIMIT = "cpsv:PublicService", "cv:Cost", "dm:TimeLimit"
TRAITS = {name: re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in LABELS["trait"]}
"""What a procedure is and offers: the property by the field."""


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = msgspec.toml.decode(files(__package__).joinpath("profile.toml").read_bytes(), type=_Table)
    flags = tuple(
        Property(
            TRAITS[name],
            SERVICE,
            "xsd:boolean",
            words.vi,
            words.en,
            "True or false; absent where the source does not say.",
            most=1,
        )
        for name, words in LABELS["trait"].items()
    )
    return _Table(table.classes, (*table.properties, *flags))


def properties() -> tuple[Property, ...]:
    """Every property of the profile."""
    return _table().properties


async def export(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:  # noqa: ARG001 - as every export
    """The profile as Turtle."""
    yield graph.prefixes() + graph.turtle(document(wanted.publication.address))


def document(address: str) -> list[Node]:
    """The whole profile: the vocabulary, its coded terms and the shapes."""
    return [_head(address), *_vocabulary(), *concepts(), *shapes()]


def _head(address: str) -> Node:
    about = (
        "What Vietnam's procedures have beyond CPSV-AP 3.2: dated levels of government, online levels in their "
        "schemes, announcements, validity, time limits in working days, electronic results, online payment, and "
        "the four states of a fee."
    )
    return {
        "@id": PROFILE,
        "@type": "owl:Ontology",
        "dct:title": [text("Hồ sơ áp dụng CPSV-AP cho thủ tục hành chính Việt Nam"),
                      text("A profile of CPSV-AP for Vietnam's administrative procedures", "en")],
        "dct:description": text(about, "en"),
        "dct:conformsTo": ref("https://semiceu.github.io/CPSV-AP/releases/3.2.0/"),
        "rdfs:seeAlso": ref(f"{address}/api/profile"),
    }  # fmt: skip


def _vocabulary() -> Iterator[Node]:
    for kind in _table().classes:
        yield _described(kind.name, "owl:Class", kind)
    for one in properties():
        kind_of = "owl:DatatypeProperty" if one.range.startswith(("xsd:", "rdf:")) else "owl:ObjectProperty"
        reach = "skos:Concept" if one.range.startswith("scheme:") else one.range
        yield _described(f"dm:{one.name}", kind_of, one) | {
            "rdfs:domain": ref(one.domain),
            "rdfs:range": ref(reach),
        }


def _described(name: str, kind: str, one: Class | Property) -> Node:
    return {
        "@id": name,
        "@type": kind,
        "rdfs:label": both(Label(one.vi, one.en)),
        "rdfs:comment": text(one.comment, "en"),
        "rdfs:isDefinedBy": ref(PROFILE),
    }


def both(label: Label) -> list[Node]:
    """A label in both languages."""
    return [text(label.vi), text(label.en, "en")]


def concepts() -> Iterator[Node]:
    """The closed lists with their terms."""
    for name, scheme in SCHEMES.items():
        yield {"@id": f"urn:danhmuc:{name}", "@type": "skos:ConceptScheme", "skos:prefLabel": both(scheme.label)}
        for value in scheme.values:
            yield term(name, value)
    for online, label in ONLINE_SCHEMES.items():
        yield {"@id": online_scheme(online), "@type": "skos:ConceptScheme", "skos:prefLabel": both(label)}


def online_scheme(scheme: OnlineScheme) -> str:
    return concept("online-scheme", scheme.value)


@lru_cache(maxsize=256)
def term(scheme: str, value: StrEnum) -> Node:
    """A term of a closed list. An online level is in the scheme that it was graded by, and only in that."""
    within = online_scheme(value.scheme) if isinstance(value, OnlineLevel) else f"urn:danhmuc:{scheme}"
    found: Node = {
        "@id": concept(scheme, value),
        "@type": "skos:Concept",
        "skos:prefLabel": both(SCHEMES[scheme].words[value]),
        "skos:notation": value.value,
        "skos:inScheme": ref(within),
    }
    if isinstance(value, Level):
        start, end, source = LEVEL_VALIDITY[value]
        found |= {"dm:validFrom": typed(start, "xsd:date")} if start else {}
        found |= {"dm:validTo": typed(end, "xsd:date"), "dct:source": text(source)} if end else {}
    return found


def shapes() -> Iterator[Node]:
    """SHACL: what must hold of the profile's properties, and of what they say together."""
    for domain in dict.fromkeys(one.domain for one in properties()):
        mine = [one for one in properties() if one.domain == domain]
        yield {
            "@id": _shape(domain),
            "@type": "sh:NodeShape",
            "sh:targetClass": ref(domain),
            "sh:property": [ref(_shape(domain, one.name)) for one in mine],
            **_together(domain),
        }
        yield from (_constraint(one) for one in mine)
    yield from _rules()


def _shape(domain: str, name: str = "") -> str:
    return "urn:danhmuc:shape:" + ":".join([domain.partition(":")[2], *([name] if name else [])])


def _constraint(one: Property) -> Node:
    found: Node = {
        "@id": _shape(one.domain, one.name),
        "@type": "sh:PropertyShape",
        "sh:path": ref(f"dm:{one.name}"),
    }
    if one.least:
        found["sh:minCount"] = one.least
    if one.most is not None:
        found["sh:maxCount"] = one.most
    kind, _, rest = one.range.partition(":")
    if kind == "scheme":
        found["sh:in"] = ordered(ref(concept(rest, value)) for value in SCHEMES[rest].values)
    elif kind in ("xsd", "rdf"):
        found["sh:datatype"] = ref(one.range)
    else:
        found["sh:class"] = ref(one.range)
    if one.range == "xsd:integer":
        found["sh:minInclusive"] = 0
    if one.name == "validFrom":
        found["sh:lessThan"] = ref("dm:validTo")
    return found


def _together(domain: str) -> Node:
    """Rules over several properties: a value belongs to what is free or has an amount, and to nothing else; a
    number of unknown days is no time limit."""
    if domain == COST:
        priced = [_shape(COST, name) for name in ("amount", "free", "unpriced")]
        return {"sh:or": ordered(map(ref, priced))}
    if domain == LIMIT:
        return {"sh:or": ordered(map(ref, [_shape(LIMIT, "counted"), _shape(LIMIT, "told")]))}
    return {}


def _rules() -> Iterator[Node]:
    states = [concept("fee-state", state) for state in (FeeState.SCHEDULE, FeeState.UNKNOWN)]
    for name, allowed, value in (
        ("amount", [concept("fee-state", FeeState.AMOUNT)], {"sh:minCount": 1}),
        ("free", [concept("fee-state", FeeState.FREE)], {"sh:hasValue": typed(0, "xsd:double")}),
        ("unpriced", states, {"sh:maxCount": 0}),
    ):
        yield _both(
            _shape(COST, name),
            {"sh:path": ref("dm:lineState"), "sh:in": ordered(map(ref, allowed))},
            {"sh:path": ref("cv:hasValue"), **value},
        )
    units = [concept("time-unit", unit) for unit in TimeUnit if unit is not TimeUnit.OTHER]
    yield _both(
        _shape(LIMIT, "counted"),
        {"sh:path": ref("dm:unit"), "sh:in": ordered(map(ref, units))},
        {"sh:path": ref("dm:value"), "sh:minCount": 1},
    )
    yield _both(_shape(LIMIT, "told"), {"sh:path": ref("dm:value"), "sh:maxCount": 0})


def _both(name: str, *properties: Node) -> Node:
    return {"@id": name, "@type": "sh:NodeShape", "sh:property": list(properties)}


def terms(scheme: str, values: Iterable[StrEnum]) -> list[Node]:
    """References to terms of a closed list."""
    return [ref(concept(scheme, value)) for value in values]
