"""What a search answers with."""

from datetime import date
from typing import NamedTuple

import msgspec

from registry.api.folding import Folded
from registry.api.help import Help, did_you_mean, help_with
from registry.api.labels import Labels
from registry.indexing import Summary
from registry.procedure import Fee, ProcessingTime
from search.contract import Engine, FacetCount, Hit, Question
from search.understanding import Meaning, meanings

MOST_VALUES = 100

_encode = msgspec.json.Encoder().encode


class FoundProcedure(Summary, frozen=True, rename="camel", kw_only=True):
    """A procedure in a list. ``highlight`` is its name as HTML, with ``<mark>`` around what matched;
    ``copies`` are the codes of near-identical procedures of other provinces, folded into this one, that answer
    the question as well. ``processing_time`` and ``fees`` are those of the first channel that has any."""

    highlight: str
    copies: tuple[str, ...]
    processing_time: ProcessingTime | None
    fees: tuple[Fee, ...]


class Count(msgspec.Struct, frozen=True, gc=False):
    """A value of a facet, what people read for it, and how many procedures have it."""

    value: str
    label: str
    count: int


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """What a search found. Counts of a filtered facet are as if its own filter were absent; the most frequent
    100 values of each facet are given. ``total`` counts results, ``folded`` the copies folded into them; facets
    count every procedure. ``understood`` tells which words were not taken as they stand; ``did_you_mean`` is
    another spelling that finds more, where next to nothing was found; ``help`` is given where nothing was.
    ``revision`` is the change up to which the index had followed."""

    items: list[FoundProcedure]
    total: int
    folded: int
    understood: list[Meaning]
    did_you_mean: str | None
    help: Help | None
    facets: dict[str, list[Count]]
    as_of: date
    revision: int


class Aid(NamedTuple):
    """What is told beside the procedures found."""

    understood: list[Meaning]
    did_you_mean: str | None
    help: Help | None


class Spliced(msgspec.Struct, frozen=True, rename="camel"):
    """``Found`` with its items and counts spliced from what is kept of them, never decoded."""

    items: list[msgspec.Raw]
    total: int
    folded: int
    understood: list[Meaning]
    did_you_mean: str | None
    help: Help | None
    facets: dict[str, msgspec.Raw]
    as_of: date
    revision: int


EXAMPLE = {
    "items": [
        {
            "code": "9.000001",
            "name": "Đăng ký khai sinh",
            "highlight": "<mark>Đăng ký khai sinh</mark>",
            "copies": [],
        }
    ],
    "total": 1,
    "folded": 0,
    "understood": [{"text": "dang ki", "meaning": "đăng ký"}],
    "didYouMean": None,
    "help": None,
    "facets": {"level": [{"value": "commune", "label": "Cấp xã", "count": 1}]},
    "asOf": "2025-05-31",
    "revision": 1204,
}


async def aid(
    engine: Engine, question: Question, folded: Folded, fold: bool, labels: Labels, day: date, language: str
) -> Aid:
    """What is told beside what was found: little costs a few more questions."""
    total = folded.answer.total
    helped = None if total else await help_with(engine, question, fold, labels, day, language)
    return Aid(meanings(question.text), await did_you_mean(engine, question, total, fold), helped)


def found(folded: Folded, aided: Aid, day: date, labels: Labels, language: str) -> Spliced:
    answer = folded.answer
    facets = {name: _counts(name, counts, day, labels, language) for name, counts in answer.facets.items()}
    items = [_item(hit, copies) for hit, copies in zip(answer.hits, folded.copies, strict=True)]
    return Spliced(items, answer.total, folded.folded, *aided, facets, day, answer.revision)


def _counts(name: str, counts: list[FacetCount], day: date, labels: Labels, language: str) -> msgspec.Raw:
    """The most frequent values of a facet, spliced from how each begins: some hundred in every answer."""
    begun = labels.beginnings(name, day, language)
    return msgspec.Raw(
        b"[%b]" % b",".join([b"%b%d}" % (begun[one.value], one.count) for one in counts[:MOST_VALUES]])
    )


def _item(hit: Hit, copies: list[Hit]) -> msgspec.Raw:
    """The payload of a hit with its highlight and its copies put in front."""
    front = (
        b'{"highlight":' + _encode(hit.highlight) + b',"copies":' + _encode([copy.code for copy in copies]) + b","
    )
    return msgspec.Raw(front + hit.payload[1:])
