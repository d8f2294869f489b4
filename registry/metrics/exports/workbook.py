"""A workbook that can be handed on: titled, frozen, printable on A4, with its formulas, sources and provenance."""

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from registry.metrics.exports.report import Cell, Kind, Report, Sheet, shown

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# In Vietnamese where the program that shows it heeds a format's language, else as the machine is set.
_VI = "[$-42A]"
FORMATS = {
    Kind.TEXT: "@",
    Kind.COUNT: f"{_VI}#,##0",
    Kind.PERCENT: f"{_VI}0.00%",
    Kind.POINTS: f"{_VI}#,##0.00",
    Kind.PRECISE: f"{_VI}#,##0.0000",
    Kind.CHANGE: f"{_VI}+#,##0.00;-#,##0.00;0",
    Kind.NUMBER: "General",
    Kind.DAY: f"{_VI}dd/mm/yyyy",
}
FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
NARROW, WIDE = 9, 58
PAGE, LEAST = 150, 16  # characters across a page, and in a column that gives way
MOST_NAME = 31  # characters that a sheet's name may have
LANDSCAPE_FROM = 5  # columns
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def workbook(report: Report) -> bytes:
    """The report as XLSX. Texts are always written as texts: none becomes a formula, a link or a number."""
    # Imported where a workbook is made: a server starts without it.
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": FORMATS[Kind.DAY],
    }
    book = xlsxwriter.Workbook(out, options)
    created = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC)
    book.set_properties({"title": report.title, "author": "Danh Mục", "created": created.replace(tzinfo=None)})
    styles = _Styles(book)
    for sheet in report.sheets:
        _sheet(book, styles, report, sheet)
    book.close()
    return out.getvalue()


class _Styles:
    """Formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}

    def get(self, **properties: Any) -> "Format":
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**FONT, **properties})
        return self._made[key]

    def cell(self, kind: Kind, *, strong: bool) -> "Format":
        align = {"align": "right"} if kind.right else {"text_wrap": True}
        bold = {"bold": True, "bg_color": "#F2F2F2"} if strong else {}
        return self.get(num_format=FORMATS[kind], border=1, border_color="#BFBFBF", **align, **bold)


def _sheet(book: Any, styles: _Styles, report: Report, sheet: Sheet) -> None:
    page: Worksheet = book.add_worksheet(sheet.name.translate(_FORBIDDEN)[:MOST_NAME])
    last = len(sheet.columns) - 1
    widths = _widths(sheet)
    row = _head(page, styles, report, sheet, int(sum(widths)))
    page.set_row(row, 15 * max(_lines(one.title, width) for one, width in zip(sheet.columns, widths, strict=True)))
    for place, column in enumerate(sheet.columns):
        style = styles.get(
            bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center", valign="vcenter"
        )
        page.write_string(row, place, column.title, style)
        page.set_column(place, place, widths[place])
    heading = row
    for number, cells in enumerate(sheet.rows):
        row += 1
        lines = [_lines(cell, width) for cell, width in zip(cells, widths, strict=True)]
        page.set_row(row, 15 * max(lines))
        for place, (value, column) in enumerate(zip(cells, sheet.columns, strict=True)):
            _write(page, row, place, value, column.kind, styles.cell(column.kind, strong=number in sheet.strong))
    if sheet.rows:
        page.autofilter(heading, 0, row, last)
    page.freeze_panes(heading + 1, 0)
    row += 1
    for note in sheet.notes:
        row += 1
        _line(page, row, last, note, styles.get(italic=True, text_wrap=True), int(sum(widths)))
    _print(page, heading, row, last)


def _head(page: "Worksheet", styles: _Styles, report: Report, sheet: Sheet, width: int) -> int:
    """The lines above the table, over ``width`` characters. Returns the row of the headings."""
    last = len(sheet.columns) - 1
    centred = {"bold": True, "text_wrap": True, "align": "center"}
    _line(page, 0, last, report.title, styles.get(font_size=14, **centred), width)
    row = 0
    if sheet.title != report.title:
        row += 1
        _line(page, row, last, sheet.title, styles.get(**centred), width)
    for label, value in report.about:
        row += 1
        _line(page, row, last, f"{label}: {value}", styles.get(text_wrap=True), width)
    return row + 2


def _line(page: "Worksheet", row: int, last: int, text: str, style: "Format", width: int) -> None:
    """A text over the whole width of the table, as high as it needs."""
    page.set_row(row, (20 if row == 0 else 15) * _lines(text, width))
    if last:
        page.merge_range(row, 0, row, last, "", style)
    page.write_string(row, 0, text, style)


def _write(page: "Worksheet", row: int, place: int, value: Cell, kind: Kind, style: "Format") -> None:
    if value is None:
        page.write_blank(row, place, None, style)
    elif isinstance(value, str):
        page.write_string(row, place, value, style)
    elif isinstance(value, date):
        page.write_datetime(row, place, datetime(value.year, value.month, value.day), style)
    else:
        page.write_number(row, place, round(value / 100, 6) if kind is Kind.PERCENT else value, style)


def _widths(sheet: Sheet) -> list[float]:
    """As wide as what the columns hold; where that is too much for a page, the widest are broken into lines."""
    found = []
    for place, column in enumerate(sheet.columns):
        texts = (len(shown(row[place], column.kind)) for row in sheet.rows[:500])
        heading = max(len(word) for word in column.title.split())
        found.append(min(WIDE, max(NARROW, heading + 2, len(column.title) / 2, *texts, 0) + 2))
    most = float(WIDE)
    while sum(found) > PAGE and most > LEAST:
        most -= 1
        found = [min(width, most) for width in found]
    return found


def _lines(cell: Cell, width: float) -> int:
    """How many lines a text is broken into: letters are narrower than the digits that widths are told in."""
    return max(1, -(-len(cell) // max(1, int(width * 1.2)))) if isinstance(cell, str) else 1


def _print(page: "Worksheet", heading: int, last_row: int, last: int) -> None:
    page.set_paper(9)  # A4
    if last + 1 >= LANDSCAPE_FROM:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.repeat_rows(heading)
    page.print_area(0, 0, last_row, last)
    page.set_footer("&L&A&RTrang &P/&N")
    page.hide_gridlines(2)
