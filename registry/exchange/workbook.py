"""Tables as an Excel workbook: a sheet for each, and the data dictionary as the last.

Text is written as text, never as a formula or a link; codes keep their zeros.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

from registry.engine import Database
from registry.exchange import dictionary
from registry.exchange.holdings import Batch, Wanted, batches
from registry.exchange.table import Column, Value, tables

LONGEST = 32_767
"""Characters that Excel takes in a cell."""
CUT = " … [đã cắt; đọc toàn văn trong bản NDJSON]"
_CHUNK = 2**16
_WIDTHS = {"text": 50, "list": 36, "choices": 20, "code": 18, "date": 12}


async def export(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """The workbook, once it is complete."""
    with tempfile.TemporaryDirectory(prefix="danhmuc-") as folder:
        path = Path(folder) / "catalogue.xlsx"
        book = await asyncio.to_thread(Book, path, wanted)
        async for batch in batches(database, wanted):
            await asyncio.to_thread(book.add, batch)
        await asyncio.to_thread(book.close)
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk


class Book:
    """A workbook in the making; every row leaves memory once the next of its sheet begins."""

    def __init__(self, path: Path, wanted: Wanted) -> None:
        self._wanted = wanted
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": path.parent,
        }
        # Imported where a workbook is made: a server starts without it.
        import xlsxwriter

        self._book = xlsxwriter.Workbook(str(path), options)
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._plain = self._book.add_format({"valign": "top"})
        self._sheets = {
            table.name: self._sheet(table.words.en if wanted.headings == "en" else table.words.vi, table.columns)
            for table in tables().values()
        }
        self._rows = dict.fromkeys(self._sheets, 0)

    def add(self, batch: Batch) -> None:
        for table in tables().values():
            sheet = self._sheets[table.name]
            for cells in table.rows(batch, self._wanted):
                self._rows[table.name] += 1
                for place, value in enumerate(cells):
                    self._write(sheet, self._rows[table.name], place, value)

    def close(self) -> None:
        for table in tables().values():
            self._sheets[table.name].autofilter(0, 0, self._rows[table.name], len(table.columns) - 1)
        sheet = self._book.add_worksheet("Dictionary" if self._wanted.headings == "en" else "Từ điển dữ liệu")
        for number, cells in enumerate((dictionary.HEADINGS, *dictionary.rows())):
            for place, value in enumerate(cells):
                sheet.write_string(number, place, value, self._plain if number else self._bold)
        sheet.set_column(0, len(dictionary.HEADINGS) - 1, 24)
        sheet.freeze_panes(1, 2)
        self._book.close()

    def _sheet(self, name: str, columns: tuple[Column, ...]) -> Any:
        sheet = self._book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 12))
            sheet.write_string(0, place, column.heading(self._wanted.headings), self._bold)
        sheet.freeze_panes(1, 2)
        return sheet

    def _write(self, sheet: Any, row: int, place: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            text = value if len(value) <= LONGEST else value[: LONGEST - len(CUT)] + CUT
            sheet.write_string(row, place, text, self._plain)
        elif isinstance(value, date):
            self._date(sheet, row, place, value)
        else:
            sheet.write_number(row, place, value, self._plain)

    def _date(self, sheet: Any, row: int, place: int, value: date) -> None:
        """A day; Excel's calendar begins in 1900, so what is older is written as text."""
        if value.year < 1900:
            sheet.write_string(row, place, value.isoformat(), self._plain)
        else:
            sheet.write_datetime(row, place, value, self._day)
