"""Lists as text: one dossier a line, under a line that names the fields; separated by commas, semicolons or tabs.

The columns have the names of the fields; petitions take three, ``petitions``, ``petitionsOnTime`` and
``petitionsUnsatisfied``. An empty cell is an absent field.
"""

import csv
from typing import Any

import msgspec

from registry.dossiers.dossier import FIELDS, Delivered, Wrong, expected, fault, shown
from registry.dossiers.formats import Reader
from registry.intake.record import SourceUnreadable

NAME = "csv"
ACCEPTS = "CSV in UTF-8 with a header, separated by , ; or tabs"
HEADED = True

_DELIMITERS = (",", ";", "\t")
_PETITIONS = {"petitions": "count", "petitionsOnTime": "onTime", "petitionsUnsatisfied": "unsatisfied"}
_COLUMNS = {name.lower(): name for name in (*FIELDS, *_PETITIONS)}
_FLAGS = {
    **dict.fromkeys(("true", "1", "x", "yes", "có"), True),
    **dict.fromkeys(("false", "0", "no", "không"), False),
}
_ARE_FLAGS = {name for name, field in FIELDS.items() if field.type is bool}
_ARE_NUMBERS = {"supplements", "suspendedDays", "feeDue", *_PETITIONS}


def recognise(first: bytes) -> bool:
    """Whether it names at least the fields that no dossier can be without."""
    found = {_COLUMNS.get(cell) for cell in _header(first)[1]}
    return {"number", "procedure", "agency"} <= found


def reader(header: bytes) -> Reader:
    """Raises ``SourceUnreadable`` on a header that names what no dossier has, or twice the same."""
    delimiter, cells = _header(header)
    columns = []
    for cell in cells:
        column = _COLUMNS.get(cell)
        if column is None or column in columns:
            what = "is there twice" if column else f"is no field; the fields are {', '.join(_COLUMNS.values())}"
            raise SourceUnreadable(f"the column {shown(cell)} {what}")
        columns.append(column)
    missing = [name for name, field in FIELDS.items() if field.required and name not in columns]
    if missing:
        raise SourceUnreadable(f"the header lacks {', '.join(missing)}")

    def read(line: bytes) -> Delivered:
        try:
            rows = list(csv.reader([line.decode("utf-8")], delimiter=delimiter, strict=True))
        except UnicodeDecodeError as error:
            raise Wrong("", "is no text in UTF-8") from error
        except csv.Error as error:
            raise Wrong("", "cannot be read as a list; check its quotes") from error
        cells = rows[0] if rows else []
        if len(cells) != len(columns):
            raise Wrong("", f"has {len(cells)} cells, but the header has {len(columns)}")
        return _dossier(dict(zip(columns, cells, strict=True)))

    return read


def at_once(block: bytes) -> list[Delivered] | None:  # noqa: ARG001 - its columns are told by the header
    return None


def _header(first: bytes) -> tuple[str, list[str]]:
    """The delimiter under which most fields are known, and the cells, folded."""
    text = first.decode("utf-8", errors="replace").strip().lower()
    splits = []
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        cells = [cell.strip().replace("_", "") for cell in rows[0]] if rows else []
        splits.append((sum(cell in _COLUMNS for cell in cells), delimiter, cells))
    _, delimiter, cells = max(splits, key=lambda split: split[0], default=(0, ",", []))
    return delimiter, cells


def _dossier(cells: dict[str, str]) -> Delivered:
    data: dict[str, Any] = {}
    petitions: dict[str, int] = {}
    for name, text in cells.items():
        text = text.strip()
        if not text:
            continue
        if name in _ARE_NUMBERS:
            if not (text.isascii() and text.isdigit() and len(text) <= 18):
                raise Wrong(name, expected(name), cells)
            if name in _PETITIONS:
                petitions[_PETITIONS[name]] = int(text)
            else:
                data[name] = int(text)
        elif name in _ARE_FLAGS:
            if text.lower() not in _FLAGS:
                raise Wrong(name, expected(name), cells)
            data[name] = _FLAGS[text.lower()]
        else:
            data[name] = text
    if petitions:
        data["petitions"] = {"count": 0, **petitions}
    try:
        return msgspec.convert(data, Delivered)
    except msgspec.ValidationError as error:
        raise fault(data) from error
