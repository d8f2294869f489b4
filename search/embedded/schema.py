"""How a document lies in the index."""

from collections.abc import Iterable
from itertools import pairwise

import tantivy

from search import codes
from search.contract import Document
from search.embedded.profiles import profile
from search.ranking import FIELDS
from search.text import collate, exact, syllables, tokens

# Raised whenever what follows or what documents are made of changes: an index of before is built anew by itself.
FORMAT = 3

# Longer words are cut, here and in queries alike.
WORD_LENGTH = 40
_SORT_LENGTH = 200
# A name that says a word twice is no better an answer, but one that says two words together twice is.
_ONCE = ("name", "exact", "strict", "wide")
_COUNTED = ("pairs", *(field.name for field in FIELDS if field.name != "name"))
# The sort key of each sort; the last one orders what answers an empty question.
SORTS = {"name": "by_name", "code": "by_code", "-updated": "by_updated", "relevance": "by_weight"}


def build() -> tantivy.Schema:
    """Words carry no positions: neighbours in a name are terms of their own, which is smaller and faster.

    ``strict`` and ``wide`` hold the words of all strict fields and of all fields, each once: they decide what
    is found, the others how it is ordered. ``facet`` holds "facet=value" for all facets together: one
    aggregation counts them all; ``profile`` is a number for all values of a document, and ``profiles`` says
    which they are (see ``search.embedded.profiles``). ``proof`` holds id and digest, so that
    the index can be compared with the catalogue. The ``by_`` fields are sort keys that end in the code, so that
    no two are equal; ``order`` is the beginning of the code as a number.
    """
    builder = tantivy.SchemaBuilder()
    for field in ("id", "code"):
        builder.add_text_field(field, stored=True, tokenizer_name="raw", index_option="basic")
    for field in (*_ONCE, *_COUNTED):
        option = "freq" if field in _COUNTED else "basic"
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=option)
    for field in ("local", "proof", "profiles"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("facet", *SORTS.values()):
        builder.add_text_field(field, fast=True, tokenizer_name="raw", index_option="basic")
    for field in ("valid_from", "valid_to"):
        builder.add_unsigned_field(field, fast=True)
    for field in ("order", "profile"):
        builder.add_unsigned_field(field, fast=True)
    builder.add_float_field("weight", fast=True)
    for field in ("title", "payload"):
        builder.add_bytes_field(field, stored=True)
    return builder.build()


def proof(identity: str, digest: str) -> str:
    """The term that says: this document, in this form, is in the index."""
    return f"{identity}\0{digest}"


def unproof(term: str) -> tuple[str, str]:
    """Id and digest of a ``proof`` term."""
    identity, _, digest = term.rpartition("\0")
    return identity, digest


def encode(document: Document) -> tantivy.Document:
    """One document as the index holds it."""
    entry = tantivy.Document()
    entry.add_text("id", document.id)
    entry.add_text("code", document.code)
    entry.add_bytes("title", document.name.encode())
    entry.add_text("proof", proof(document.id, document.digest))
    _add_words(entry, document)
    for code in document.local_codes:
        entry.add_text("local", codes.key(code))
    terms = dict.fromkeys(facet(key, value) for key, some in document.facets.items() for value in some)
    for term in terms:
        entry.add_text("facet", term)
    number, told = profile(list(terms))
    entry.add_unsigned("profile", number)
    entry.add_text("profiles", told)
    _add_keys(entry, document)
    entry.add_unsigned("valid_from", document.valid_from)
    entry.add_unsigned("valid_to", document.valid_to)
    entry.add_float("weight", document.weight)
    entry.add_bytes("payload", document.payload)
    return entry


def _add_words(entry: tantivy.Document, document: Document) -> None:
    name = _folded([document.name])
    entry.add_text("exact", " ".join(exact(word)[:WORD_LENGTH] for word in tokens(document.name)))
    entry.add_text("pairs", " ".join(pair(one, two) for one, two in pairwise(name)))
    strict: dict[str, None] = {}
    wide: dict[str, None] = {}
    for field in FIELDS:
        value = getattr(document, field.name)
        found = _folded([value] if isinstance(value, str) else value)
        entry.add_text(field.name, " ".join(found))
        (strict if field.strict else wide).update(dict.fromkeys(found))
    entry.add_text("strict", " ".join(strict))
    entry.add_text("wide", " ".join(strict | wide))


def _add_keys(entry: tantivy.Document, document: Document) -> None:
    name = collate(document.name[: _SORT_LENGTH * 2])[:_SORT_LENGTH]
    tail = f"\t{document.code}\t{document.valid_from:07d}"
    entry.add_text("by_name", name + tail)
    entry.add_text("by_code", tail)
    entry.add_text("by_updated", f"{9_999_999 - document.valid_from:07d}{tail}")
    entry.add_text("by_weight", f"{1_000_000 - min(document.weight, 1e6):015.6f}{tail}")
    entry.add_unsigned("order", order(document.code))


def order(code: str) -> int:
    """A number that grows with the code, by its first eight characters but the point."""
    return int.from_bytes(code.replace(".", "").encode()[:8].ljust(8, b"\0"), "big")


def facet(name: str, value: str) -> str:
    return f"{name}={value}"


def pair(left: str, right: str) -> str:
    return f"{left}_{right}"


def _folded(texts: Iterable[str]) -> list[str]:
    return [word[:WORD_LENGTH] for text in texts for word in syllables(text)]
