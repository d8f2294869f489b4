"""A plain list of figures, as CSV (, ; or tab) or NDJSON: PAR index, SIPAS, ranks, one-stop coverage.

Columns: ``name, agency, period`` and ``value`` or ``numerator, denominator`` are needed; ``unit, outOf, procedure,
called, quality, source, captured, note`` may be given.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from registry.intake.record import SourceUnreadable
from registry.metrics.observations.formats import Document, Reading
from registry.metrics.observations.record import Observation, ObservationRejected, Unit, checked, period_of

NAME = "list"
ACCEPTS = "a list of figures as CSV or NDJSON with name, agency, period and value"
RANK = 90
MOST_TOLD = 10

COLUMNS = (
    *("name", "agency", "period", "value", "numerator", "denominator"),
    *("unit", "outOf", "procedure", "called", "quality", "source", "captured", "note"),
)
NEEDED = ("name", "agency", "period")
NUMBERS = ("value", "numerator", "denominator", "outOf")
_DECIMAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def recognise(data: bytes) -> bool:
    """Whether the first line names what is needed."""
    try:
        first = _text(data).lstrip().partition("\n")[0]
    except SourceUnreadable:
        return False
    if first.startswith("{"):
        return all(f'"{name}"' in first for name in NEEDED)
    return set(NEEDED) <= set(next(csv.reader([first], delimiter=_delimiter(first)), []))


def read(document: Document) -> Reading:
    """Every row as an observation. Raises ``SourceUnreadable``, which names each row that is none: a list is taken
    as a whole or not at all."""
    found, numbers, faults = [], 0, []
    for number, row in _rows(document):
        try:
            found.append(_observation(row, document, number))
            numbers += sum(1 for name in NUMBERS if row.get(name) not in (None, ""))
        except ObservationRejected as error:
            faults.append(f"{document.name}, row {number}: {error}")
    if faults:
        more = f"; and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        raise SourceUnreadable("; ".join(faults[:MOST_TOLD]) + more)
    return Reading(found, numbers, [])


def _rows(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their line, counted from 1."""
    text = _text(document.data)
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _object(document, number, line)
        return
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.lstrip().partition("\n")[0]))
    try:
        heads = [cell.strip() for cell in next(lines)]
        unknown = sorted(set(heads) - set(COLUMNS))
        if unknown or len(set(heads)) < len(heads):
            told = f"unknown columns {', '.join(map(repr, unknown))}" if unknown else "a column stands there twice"
            raise SourceUnreadable(f"{document.name}, row 1: {told}; there are {', '.join(COLUMNS)}")
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(heads):
                said = f"{len(cells)} cells under {len(heads)} headings; quote a text that holds the separator"
                raise SourceUnreadable(f"{document.name}, row {lines.line_num}: {said}")
            yield lines.line_num, dict(zip(heads, (cell.strip() for cell in cells), strict=True))
    except (csv.Error, StopIteration) as error:
        raise SourceUnreadable(f"{document.name}, row {lines.line_num}: {error or 'is empty'}") from error


def _object(document: Document, number: int, line: str) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line, type=dict[str, str | int | float | None])
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceUnreadable(f"{document.name}, row {number}: is no flat JSON object: {error}") from error
    if unknown := sorted(set(row) - set(COLUMNS)):
        said = f"unknown fields {', '.join(map(repr, unknown))}; there are {', '.join(COLUMNS)}"
        raise SourceUnreadable(f"{document.name}, row {number}: {said}")
    return row


def _observation(row: dict[str, Any], document: Document, number: int) -> Observation:
    texts = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    for name in NEEDED:
        if not texts[name] and not (name == "period" and document.period):
            raise ObservationRejected(name, "is empty; give it")
    begins, ends = period_of(texts["period"]) if texts["period"] else document.period or period_of("")
    source = document.source or texts["source"]
    if not source:
        raise ObservationRejected("source", "nobody is named who published it; fill the column, or give --source")
    return checked(
        Observation(
            name=texts["name"],
            unit=_unit(texts["unit"]),
            agency=texts["agency"],
            called=texts["called"],
            procedure=texts["procedure"],
            begins=begins,
            ends=ends,
            source=source,
            captured=document.captured or _captured(texts["captured"], document.today),
            value=_decimal("value", row.get("value")),
            numerator=_count("numerator", row.get("numerator")),
            denominator=_count("denominator", row.get("denominator")),
            out_of=_decimal("outOf", row.get("outOf")),
            quality=texts["quality"],
            origin=f"{document.name}, row {number}",
            note=texts["note"],
        )
    )


def _unit(text: str) -> Unit:
    try:
        return Unit(text or Unit.PERCENT)
    except ValueError as error:
        units = ", ".join(Unit)
        raise ObservationRejected("unit", f"{text[:40]!r} is none of {units}") from error


def _captured(text: str, today: date) -> date:
    try:
        return date.fromisoformat(text) if text else today
    except ValueError as error:
        raise ObservationRejected("captured", f"{text[:40]!r} is no day; write it as 2025-05-31") from error


def _decimal(name: str, value: Any) -> float | None:
    """A number with a decimal point or comma, a percent sign allowed. With both it is refused: which is which?"""
    if value is None or value == "" or isinstance(value, int | float):
        return float(value) if isinstance(value, int | float) else None
    text = value.removesuffix("%").strip()
    if not _DECIMAL.fullmatch(text):
        raise ObservationRejected(name, f"{value[:40]!r} is no number; write it as 92.8, without thousands")
    return float(text.replace(",", "."))


def _count(name: str, value: Any) -> int | None:
    """A whole number; a separator of thousands looks like a decimal point and is refused."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdecimal()):
        return int(value) if len(str(value)) < 17 else 2**60
    raise ObservationRejected(name, f"{str(value)[:40]!r} is no count; write it as 1232, without separators")


def _delimiter(line: str) -> str:
    return max((",", ";", "\t"), key=line.count)


def _text(data: bytes) -> str:
    """UTF-8 with or without a mark, or UTF-16 with one."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceUnreadable(f"the list is no UTF-8 text; save it as CSV UTF-8 ({error})") from error
