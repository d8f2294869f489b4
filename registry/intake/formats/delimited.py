"""Lists as text: separated by commas, semicolons or tabs, in UTF-8 with or without a mark, or UTF-16."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from registry.intake.archive import MAX_RECORD, File, Source
from registry.intake.formats import listing
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable

NAME = "delimited"
ACCEPTS = "a list as CSV, in UTF-8, separated by , ; or tabs"
RANK = 90

MAX_LIST = 64 * 2**20
"""Bytes of one list. All 5,665 procedures with every column take 2 MB."""

_DELIMITERS = ",;\t"
_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Delimited:
    """A list in a text file."""

    name = NAME

    def __init__(self, source: File) -> None:
        self.source = source

    def raws(self) -> Iterator[Raw | Rejection]:
        text = _decoded(self.source)
        return listing.raws(self.source.path, _lines(self.source.path, text, _delimiter(text)))

    def parse(self, raw: Raw) -> Record | Rejection:
        return parse(raw)


parse = listing.parse


def recognise(source: Source, head: bytes) -> Delimited | None:
    """Text with a header that is known; or whatever calls itself a list, so that it is told what it lacks."""
    if not isinstance(source, File) or (b"\0" in head and not head.startswith(_UTF16)):
        return None
    text = head.decode("utf-16" if head.startswith(_UTF16) else "utf-8-sig", errors="replace")
    if source.path.suffix.lower() in _SUFFIXES or _best(text)[0]:
        return Delimited(source)
    return None


def _decoded(source: File) -> str:
    data = source.content(MAX_LIST)
    if data.startswith(_UTF16):
        return _strictly(source, data, "utf-16")
    return _strictly(source, data, "utf-8-sig")


def _strictly(source: File, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise SourceUnreadable(
            f"{source.path}: line {row} is not {encoding.removesuffix('-sig').upper()} (byte {error.start}, "
            f"{data[error.start : error.start + 4].hex(' ')}); save the list as “CSV UTF-8”"
        ) from error


def _best(text: str) -> tuple[int, str]:
    """How many headings are known with the delimiter that finds most, and that delimiter."""
    scores = []
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            found = max(map(listing.recognised, islice(rows, listing.HEADER_WITHIN)), default=0)
        except csv.Error:
            found = 0
        scores.append((found, delimiter))
    return max(scores, key=lambda score: score[0])


def _delimiter(text: str) -> str:
    return _best(text[: 2**16])[1]


def _lines(path: Path, text: str, delimiter: str) -> Iterator[listing.Line]:
    """The rows with the number of the line on which each ends."""
    csv.field_size_limit(MAX_RECORD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in rows:
            yield listing.Line(rows.line_num, row)
    except csv.Error as error:
        where = f"{path}: line {rows.line_num}"
        raise SourceUnreadable(f"{where} cannot be read ({error}); check its quotes") from error
