"""The annex in Excel: a sheet for each kind of change, A4 across, its header on each page."""

import io
import math
from typing import Any

import xlsxwriter

from registry.exchange.annex import HEADINGS, SECTOR, SHEETS, Annex, Part

FONT = "Times New Roman"
WIDTHS = (6, 12, 34, 22, 24, 22, 46, 22)
LINE, TALLEST = 17.0, 409.0  # points; no row of Excel is taller
_LAST = len(HEADINGS) - 1


def annex_excel(annex: Annex) -> bytes:
    """The annex as a .xlsx file. Text is written as text, never as a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": f"Phụ lục {annex.announcement.number}".strip()})
    formats = _formats(book)
    for part in annex.parts:
        _sheet(book.add_worksheet(SHEETS[part.action]), annex, part, formats)
    if not annex.parts:
        book.add_worksheet(SHEETS[None])
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": 13, "text_wrap": True, "valign": "top"}
    centred = {**base, "align": "center", "valign": "vcenter"}
    return {
        "title": book.add_format({**centred, "bold": True}),
        "whose": book.add_format({**centred, "italic": True}),
        "heading": book.add_format({**centred, "bold": True, "border": 1}),
        "sector": book.add_format({**base, "bold": True, "border": 1}),
        "cell": book.add_format({**base, "border": 1}),
        "number": book.add_format({**base, "border": 1, "align": "center"}),
    }


def _sheet(sheet: Any, annex: Annex, part: Part, formats: dict[str, Any]) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    sheet.set_header("&C&P")
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    title, _, whose = annex.titles
    for row, (text, name) in enumerate(((title, "title"), (part.title.upper(), "title"), (whose, "whose"))):
        sheet.merge_range(row, 0, row, _LAST, "", formats[name])
        sheet.write_string(row, 0, text, formats[name])
    for place, heading in enumerate(HEADINGS):
        sheet.write_string(4, place, heading, formats["heading"])
    sheet.repeat_rows(4)
    sheet.freeze_panes(5, 0)
    _lines(sheet, part, formats)


def _height(cells: list[str]) -> float:
    """How tall a row must be to show all of its text, for programs that do not find out themselves."""
    lines = (
        sum(math.ceil(max(len(part), 1) / (width * 0.9)) for part in text.split("\n"))
        for text, width in zip(cells, WIDTHS, strict=True)
    )
    return min(max(lines) * LINE, TALLEST)


def _lines(sheet: Any, part: Part, formats: dict[str, Any]) -> None:
    row, number = 4, 0
    for sector, lines in part.sectors().items():
        if sector:
            row += 1
            sheet.merge_range(row, 0, row, _LAST, "", formats["sector"])
            sheet.write_string(row, 0, SECTOR + sector, formats["sector"])
        for line in lines:
            row, number = row + 1, number + 1
            cells = line.cells(number)
            sheet.set_row(row, _height(cells))
            for place, text in enumerate(cells):
                sheet.write_string(row, place, text[:32_767], formats["number" if place < 2 else "cell"])
