"""Linked data as plain nodes, which are JSON-LD as they stand, and are written as Turtle.

A node is a dictionary with ``@id``, ``@type`` and properties by their prefixed names. Values are texts in a
language, typed literals, references, lists, whole numbers and flags: what the functions here make.
Everything is built for one procedure at a time, so that a whole catalogue is written in bounded memory.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

Node = dict[str, Any]

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dm": "urn:danhmuc:profile:",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
VIETNAMESE = "http://publications.europa.eu/resource/authority/language/VIE"
VIET_NAM = "http://publications.europa.eu/resource/authority/country/VNM"

_encode = msgspec.json.Encoder().encode
_PREFIXED = re.compile(r"([a-z]+):([A-Za-z][\w-]*)", re.ASCII)
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text(value: str, language: str = "vi") -> Node:
    return {"@language": language, "@value": value}


def typed(value: object, kind: str) -> Node:
    """A literal by the prefixed name of its type; dates and numbers are written as they print."""
    return {"@type": kind, "@value": str(value)}


def ref(iri: str) -> Node:
    return {"@id": iri}


def ordered(values: Iterable[Any]) -> Node:
    return {"@list": list(values)}


@lru_cache(maxsize=8192)
def concept(scheme: str, code: str) -> str:
    """The address of a coded term: the same in every registry."""
    return f"urn:danhmuc:{scheme}:{quote(code, safe='-._~')}"


def jsonld(nodes: Iterable[Node]) -> bytes:
    """Nodes as one JSON-LD document."""
    return opening() + b",".join(map(_encode, nodes)) + CLOSING


def opening() -> bytes:
    """What stands before the nodes of a document that is written piece by piece; between them stand commas."""
    return b'{"@context":' + _encode(PREFIXES) + b',"@graph":['


CLOSING = b"]}\n"


def lines(nodes: Iterable[Node]) -> bytes:
    """Nodes of a JSON-LD document, with commas between them."""
    return b",\n".join(map(_encode, nodes))


def prefixes() -> bytes:
    """The head of a Turtle document."""
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()).encode() + b"\n"


def turtle(nodes: Iterable[Node]) -> bytes:
    """Nodes as the body of a Turtle document."""
    return "".join(map(_subject, nodes)).encode()


def _subject(node: Node) -> str:
    return f"{_term(node['@id'])} {_properties(node)} .\n\n"


def _properties(node: Node) -> str:
    pairs = []
    for name, value in node.items():
        if name == "@id":
            continue
        values = value if isinstance(value, list) else [value]
        if name == "@type":
            pairs.append("a " + ", ".join(map(_term, values)))
        elif values:
            pairs.append(f"{name} " + ", ".join(map(_value, values)))
    return " ;\n    ".join(pairs)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if "@list" in value:
        return f"( {' '.join(map(_value, value['@list']))} )"
    if "@language" in value:
        return f"{_quoted(value['@value'])}@{value['@language']}"
    if "@value" in value:
        return f"{_quoted(value['@value'])}^^{_term(value['@type'])}"
    if value.keys() == {"@id"}:
        return _term(value["@id"])
    return f"[ {_properties(value)} ]"


def _term(name: str) -> str:
    found = _PREFIXED.fullmatch(name)
    return name if found and found[1] in PREFIXES else f"<{name}>"


def _quoted(value: str) -> str:
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return _ESCAPES.get(char) or f"\\u{ord(char):04X}"
