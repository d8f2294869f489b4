"""The official Excel export: a title over the whole width, a header, one procedure a row."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from registry.intake.archive import File, Source
from registry.intake.formats import listing
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable

NAME = "excel"
ACCEPTS = "the official export as .xlsx"
RANK = 10

MAX_UNPACKED = 256 * 2**20
"""Bytes that a workbook may unpack to. The real exports unpack to less than 1 MB."""
MAX_CELLS = 4_000_000
"""Cells between the first and the last that are filled: the reader takes memory for all of them."""

_ZIP = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_CHUNK = 2**18
# What the standard library raises on a damaged or locked archive, besides what it documents.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError
)  # fmt: skip
_LONGEST_REFERENCE = 16


class Excel:
    """A list in a workbook."""

    name = NAME

    def __init__(self, source: File) -> None:
        self.source = source

    def raws(self) -> Iterator[Raw | Rejection]:
        path = self.source.path
        inspect(path)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
        except (CalamineError, OSError, ValueError) as error:
            raise SourceUnreadable(f"{path}: is no workbook that can be read ({error})") from error
        with_header = [sheet for sheet in sheets if any(map(listing.recognised, _head(sheet)))]
        if len(with_header) > 1:
            names = ", ".join(f"“{sheet.name}”" for sheet in with_header)
            raise SourceUnreadable(f"{path}: more than one sheet holds a list ({names}); keep one in the file")
        if not sheets:
            raise SourceUnreadable(f"{path}: the workbook has no sheet")
        return listing.raws(path, _lines((with_header or sheets)[0]))

    def parse(self, raw: Raw) -> Record | Rejection:
        return parse(raw)


parse = listing.parse


def recognise(source: Source, head: bytes) -> Excel | None:
    """A zip archive with a workbook in it."""
    if not isinstance(source, File) or not head.startswith(_ZIP):
        return None
    try:
        with zipfile.ZipFile(source.path) as archive:
            return Excel(source) if _WORKBOOK in archive.namelist() else None
    except _DAMAGED as error:
        reason = f"the file is damaged or cut short ({error}); fetch it again"
        raise SourceUnreadable(f"{source.path}: {reason}") from error


def _head(sheet: CalamineSheet) -> Sequence[Sequence[listing.Cell]]:
    return sheet.to_python(skip_empty_area=False, nrows=listing.HEADER_WITHIN)


def _lines(sheet: CalamineSheet) -> Iterator[listing.Line]:
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        yield listing.Line(number, cells)


def inspect(path: Path) -> None:
    """Unpack the whole workbook once, keeping nothing, so that no bomb reaches the reader."""
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                left -= entry.file_size
                if left < 0:
                    raise SourceUnreadable(
                        f"{path}: unpacks to more than {MAX_UNPACKED // 2**20} MB, which no list does; not read"
                    )
                _measure(path, archive, entry)
    except _DAMAGED as error:
        raise SourceUnreadable(f"{path}: the file is damaged or locked ({error}); save it again") from error


def _measure(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Read one part to its end, which also compares its size and checksum, and see how far its cells reach."""
    rows = columns = 0
    rest = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            for letters, digits in _CELL.findall(rest + chunk):
                rows = max(rows, int(digits))
                columns = max(columns, _column(letters))
            rest = chunk[-_LONGEST_REFERENCE:]
    if rows * columns > MAX_CELLS:
        raise SourceUnreadable(
            f"{path}: a sheet reaches over {rows:,} rows and {columns:,} columns; delete what is far from the list"
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
