"""The annex in Word: A4 across, Times New Roman, a table for each kind of change, its header on each page."""

import io
import re

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from registry.exchange.annex import HEADINGS, SECTOR, Annex, Part

FONT = "Times New Roman"
TEXT, CELL = Pt(13), Pt(12)
# STT, Mã, Tên, Thời hạn, Địa điểm, Phí, Căn cứ, Cơ quan: together the 25.7 cm between the margins.
WIDTHS = (1.4, 2.2, 5.0, 3.1, 3.6, 3.1, 4.4, 2.9)
_ROMAN = ("I", "II", "III", "IV", "V")
_CENTRED = (0, 1)
# What XML 1.0 cannot hold; cleaning leaves none, but a draft may bring one.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def annex_word(annex: Annex) -> bytes:
    """The annex as a .docx file."""
    document = Document()
    _page(document)
    _properties(document, annex)
    title, what, whose = annex.titles
    _title(document, title, bold=True)
    _title(document, what.upper(), bold=True)
    _title(document, whose, italic=True)
    for number, part in enumerate(annex.parts):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(12)
        # One part alone has its title above already.
        if len(annex.parts) > 1:
            paragraph.add_run(f"{_ROMAN[number]}. {part.title.upper()}").bold = True
        _table(document, part)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _properties(document: WordDocument, annex: Annex) -> None:
    """Nothing of a template's author and days."""
    properties = document.core_properties
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.title = _written(f"Phụ lục {annex.announcement.number}".strip())
    properties.language = "vi-VN"


def _page(document: WordDocument) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, TEXT
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    _numbered(section.header.paragraphs[0])
    # Decree 30/2020: the first page has no number.
    section.different_first_page_header_footer = True


def _numbered(paragraph: Paragraph) -> None:
    """The number of the page, in the middle of its head."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _title(document: WordDocument, text: str, *, bold: bool = False, italic: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(_written(text))
    run.bold, run.italic = bold, italic


def _table(document: WordDocument, part: Part) -> None:
    table = document.add_table(rows=1, cols=len(HEADINGS))
    table.style = "Table Grid"
    table.autofit = False
    for place, width in enumerate(WIDTHS):
        table.columns[place].width = Cm(width)
    _fill(table, 0, list(HEADINGS), bold=True)
    _repeat(table)
    number = 0
    for sector, lines in part.sectors().items():
        if sector:
            cells = table.add_row().cells
            cells[0].merge(cells[-1])
            _put(cells[0], SECTOR + sector, bold=True)
        for line in lines:
            number += 1
            table.add_row()
            _fill(table, len(table.rows) - 1, line.cells(number))


def _fill(table: Table, row: int, texts: list[str], *, bold: bool = False) -> None:
    for place, (cell, text) in enumerate(zip(table.rows[row].cells, texts, strict=True)):
        cell.width = Cm(WIDTHS[place])
        _put(cell, text, bold=bold, centred=bold or place in _CENTRED)


def _put(cell: _Cell, text: str, *, bold: bool = False, centred: bool = False) -> None:
    for number, part in enumerate(_written(text).split("\n")):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
        run = paragraph.add_run(part)
        run.font.size, run.bold = CELL, bold


def _repeat(table: Table) -> None:
    """The first row stands on top of each page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def _written(text: str) -> str:
    return _UNWRITABLE.sub("", text)
