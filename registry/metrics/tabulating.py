"""Records as lines: NDJSON, and CSV with a header."""

import csv
import io
from collections.abc import Sequence

import msgspec

from registry.metrics.answer import AnyRecord

EXPORTS = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
_encode = msgspec.json.Encoder().encode


def rows_of(records: Sequence[AnyRecord], form: str, *, header: bool = False) -> bytes:
    """Records in one of ``EXPORTS``; ``header`` puts the names of the columns first where the form has any."""
    if form == "ndjson":
        return b"".join(_encode(record) + b"\n" for record in records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    plain = [msgspec.to_builtins(record) for record in records]
    if header and plain:
        text.write("\ufeff")  # without it spreadsheets take the text for another encoding
        writer.writerow(plain[0])
    writer.writerows([_cell(value) for value in row.values()] for row in plain)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else value
