"""The table that matters as CSV, for programs and spreadsheets: UTF-8 with a mark, days as 2025-05-31."""

import csv
import io
from datetime import date

from registry.metrics.exports.report import Cell, Kind, Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def delimited(report: Report) -> bytes:
    """The first table of a report. A text that a spreadsheet would take for a formula gets an apostrophe."""
    sheet = report.sheets[0]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in sheet.columns])
    kinds = [column.kind for column in sheet.columns]
    for row in sheet.rows:
        writer.writerow([_cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Cell, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(value) if kind is Kind.COUNT or isinstance(value, int) else f"{value:.15g}"
