"""Tables as CSV (RFC 4180), in UTF-8.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets do not show.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import date

from registry.engine import Database
from registry.exchange.holdings import Batch, Wanted, batches
from registry.exchange.table import Table, Value, tables

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def export(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """One table with its headings, batch by batch."""
    table = tables()[wanted.table]
    yield ((MARK if wanted.mark else "") + line([one.heading(wanted.headings) for one in table.columns])).encode()
    async for batch in batches(database, wanted):
        yield await asyncio.to_thread(written, table, batch, wanted)


def written(table: Table, batch: Batch, wanted: Wanted) -> bytes:
    """A batch's rows, without the headings."""
    return "".join(map(line, table.rows(batch, wanted))).encode()


def line(cells: Iterable[Value]) -> str:
    """One row, with its line's end."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(_safe, cells))
    return buffer.getvalue()


def _safe(value: Value) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else str(value)
    return value.isoformat() if isinstance(value, date) else value
