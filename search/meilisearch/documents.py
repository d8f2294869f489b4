"""How a document lies in Meilisearch, and the settings of the index that holds it."""

import tomllib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import pairwise
from typing import Any
from uuid import uuid4

import msgspec

from search import codes
from search.contract import Document
from search.highlight import allowance
from search.meilisearch.values import encode as written
from search.meilisearch.values import identity
from search.ranking import FIELDS
from search.text import collate, syllables

# Raised whenever documents are written otherwise, so that an index built before is rebuilt.
VERSION = 1
# The key of the one document that is no version of a procedure: it says up to where the index has come.
STATE = "state"

WORD_LENGTH = 40
_SORT_LENGTH = 200
_START_LENGTHS = range(3, 13)
# The sort key of each sort; the last one orders what answers an empty question.
SORTS = {"name": "byName", "code": "byCode", "-updated": "byUpdated", "relevance": "byWeight"}


class State(msgspec.Struct, frozen=True):
    """Up to where an index has come. ``stamp`` differs with every change, so that readers notice."""

    format: str
    revision: int
    stamp: str

    def __str__(self) -> str:
        return f"{self.format}:{self.revision}:{self.stamp}"


def read_state(text: str) -> State | None:
    """A state as it was written; ``None`` when it was not written by this program."""
    parts = text.split(":")
    if len(parts) != 3 or not parts[1].isdecimal():
        return None
    return State(parts[0], int(parts[1]), parts[2])


def fresh_state(revision: int) -> State:
    return State(index_format(), revision, uuid4().hex[:12])


@cache
def index_settings() -> dict[str, Any]:
    """What the index is told, as Meilisearch expects it."""
    data = tomllib.loads(files("search.meilisearch").joinpath("settings.toml").read_text("utf-8"))

    def filterable(patterns: list[str], comparison: bool) -> dict[str, Any]:
        features = {"facetSearch": False, "filter": {"equality": True, "comparison": comparison}}
        return {"attributePatterns": patterns, "features": features}

    return {
        "searchableAttributes": [field.name for field in FIELDS if field.strict],
        "filterableAttributes": [filterable(data["lookup"], False), filterable(data["compared"], True)],
        "sortableAttributes": data["sorted"],
        "displayedAttributes": data["displayed"],
        "rankingRules": data["ranking"],
        "typoTolerance": {"enabled": data["typos"], "minWordSizeForTypos": _typo_sizes()},
        "faceting": {"maxValuesPerFacet": data["most_values"]},
        "pagination": {"maxTotalHits": data["most_hits"]},
        "searchCutoffMs": data["cutoff"],
        "facetSearch": False,
    }


def _typo_sizes() -> dict[str, int]:
    """From how many letters one and two typos are forgiven."""
    sizes = range(1, 20)
    return {
        name: next(size for size in sizes if allowance("x" * size) >= count)
        for name, count in (("oneTypo", 1), ("twoTypos", 2))
    }


@cache
def index_format() -> str:
    """Changes with whatever an index depends on but its documents."""
    content = msgspec.json.encode([VERSION, index_settings()], order="deterministic")
    return blake2b(content, digest_size=6).hexdigest()


def encode(document: Document) -> dict[str, object]:
    """One document as the index holds it.

    ``strict`` holds the folded words of the strict fields, ``wide`` those of all fields: filters on them decide
    what is found, as in the embedded index. ``words`` holds those of each strict field,
    so that Meilisearch can tell how rare they are there. The ``by`` attributes are sort keys that
    end in the code, so that no two are equal.
    """
    name = folded_words(document.name)
    held = {field.name: dict.fromkeys(folded_words(getattr(document, field.name))) for field in FIELDS}
    strict = {word: None for field in FIELDS if field.strict for word in held[field.name]}
    wide = {word: None for field in FIELDS for word in held[field.name]}
    tail = f"{document.code}\t{document.valid_from:07d}"
    return {
        "key": identity(document.id),
        "id": document.id,
        "digest": document.digest,
        "code": document.code,
        "codeKey": written(document.code),
        "codeStarts": [written(document.code[:size]) for size in _START_LENGTHS if size <= len(document.code)],
        "localKeys": [codes.key(code) for code in document.local_codes],
        "name": document.name,
        "keywords": document.keywords,
        "outputs": document.outputs,
        "sectors": document.sectors,
        "agencies": document.agencies,
        "strict": list(strict),
        "wide": list(wide),
        "words": {field.name: list(held[field.name]) for field in FIELDS if field.strict},
        "pairs": list(dict.fromkeys(pair(one, two)[:_SORT_LENGTH] for one, two in pairwise(name))),
        "facets": {name: [written(value) for value in values] for name, values in document.facets.items()},
        "validFrom": document.valid_from,
        "validTo": document.valid_to,
        "weight": document.weight,
        "length": len(name),
        "byName": f"{collate(document.name[: _SORT_LENGTH * 2])[:_SORT_LENGTH]}\t{tail}",
        "byCode": tail,
        "byUpdated": f"{9_999_999 - document.valid_from:07d}\t{tail}",
        "byWeight": f"{1_000_000 - min(document.weight, 1e6):015.6f}\t{tail}",
        "payload": b64encode(document.payload).decode(),
    }


def payload(text: str) -> bytes:
    """The payload of a document as it was given."""
    return b64decode(text)


def tombstone(key: str) -> dict[str, object]:
    """What takes the place of a document that goes, in the same step in which others come; nothing finds it."""
    return {"key": key}


def state_document(state: State) -> dict[str, object]:
    return {"key": STATE, "state": [str(state)]}


def pair(left: str, right: str) -> str:
    return f"{left}_{right}"


def folded_words(value: str | Iterable[str]) -> list[str]:
    """The folded words of a text or of several, as they are looked up."""
    texts = [value] if isinstance(value, str) else value
    return [word[:WORD_LENGTH] for text in texts for word in syllables(text)]
