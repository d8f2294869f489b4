"""What an index is asked and what it answers, whichever engine stands behind it.

A document is one version of one procedure, so that the past can be searched like the present: it is in force
on the days ``valid_from <= day < valid_to``, given as proleptic Gregorian ordinals (``date.toordinal()``).
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol

import msgspec

FOREVER = 3652059  # date.max.toordinal(): the end of a version that is still open

# The facets that every engine filters and counts, in the order in which they are shown. A document gives each
# a list of values; a value is a code or slug, never a label. ``twin`` is shared by what is near-identical.
FACETS = (
    "level",
    "sector",
    "agency",
    "onlineLevel",
    "channel",
    "audience",
    "lifeEvent",
    "fee",
    "onlinePayment",
    "eResult",
    "interlinked",
    "essential",
    "postal",
    "serviceCentre",
    "province",
    "internal",
    "twin",
)


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """One searchable version. ``payload`` is handed back with a hit, unread by the engine."""

    id: str
    code: str
    name: str
    valid_from: int
    valid_to: int
    digest: str
    facets: dict[str, list[str]]
    local_codes: list[str] = []
    keywords: list[str] = []
    sectors: list[str] = []
    agencies: list[str] = []
    outputs: list[str] = []
    papers: list[str] = []
    body: str = ""
    weight: float = 1.0
    payload: bytes = b"{}"


class Question(msgspec.Struct, frozen=True):
    """What is asked.

    ``filters`` holds, per facet, the values of which any must match; facets combine by AND. ``facets`` names the
    facets to count; the counts of a filtered facet are taken as if that one filter were absent. ``sort`` is
    ``relevance``, ``name``, ``code`` or ``-updated`` (latest in force first). ``as_of`` is a day's ordinal.
    """

    as_of: int
    text: str = ""
    filters: dict[str, list[str]] = {}
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    limit: int = 20
    offset: int = 0


class Hit(msgspec.Struct, frozen=True):
    """One document found. ``highlight`` is its name, HTML-escaped, with ``<mark>`` around what matched."""

    id: str
    code: str
    score: float
    highlight: str
    payload: bytes


class FacetCount(msgspec.Struct, frozen=True, gc=False):
    value: str
    count: int


class Answer(msgspec.Struct, frozen=True):
    """What is found. ``facets`` are sorted by count, then value; ``revision`` is what the index has applied."""

    hits: list[Hit]
    total: int
    facets: dict[str, list[FacetCount]]
    revision: int
    engine: str


class IndexState(msgspec.Struct, frozen=True):
    """Where the index stands: how many documents, up to which revision, and a digest over (id, digest) pairs."""

    documents: int
    revision: int
    digest: str


class Batch(msgspec.Struct, frozen=True):
    """A change to the index: every document of ``codes`` goes, ``documents`` come, and ``revision`` is reached.

    It says all that has changed after ``since``: an index that has not come so far would miss some of it.
    """

    revision: int
    codes: list[str]
    documents: list[Document]
    since: int = 0


class IndexUnavailable(Exception):
    """The engine cannot answer now; the message says which engine and why."""


class IndexBehind(Exception):
    """The index has not come as far as a change supposes, for it was built anew meanwhile: begin again."""


class Engine(Protocol):
    """An index. Methods are called off the event loop or are fast enough for it, as each engine documents."""

    name: str

    async def search(self, question: Question) -> Answer: ...

    async def suggest(self, text: str, as_of: int, limit: int) -> list[Hit]:
        """Names that complete ``text`` as it is typed, best first."""

    async def apply(self, batch: Batch) -> None:
        """Apply a change, durably, before returning. Applying it again changes nothing. ``IndexBehind`` when it
        supposes what the index does not have; then nothing has changed."""

    async def rebuild(self, documents: Iterable[Document], revision: int) -> None:
        """Build a fresh index beside the present one and swap it in; searching goes on meanwhile."""

    async def state(self) -> IndexState: ...

    async def close(self) -> None: ...


def combined_digest(pairs: Iterable[tuple[str, str]]) -> str:
    """One digest over (document id, document digest) pairs, whatever their order."""
    total = 0
    for key, digest in pairs:
        total ^= int.from_bytes(blake2b(f"{key}\0{digest}".encode(), digest_size=16).digest(), "big")
    return f"{total:032x}"
