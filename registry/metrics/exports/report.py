"""What is exported: tables with their titles, units, notes and sources, whatever the format."""

from calendar import monthrange
from datetime import date
from enum import StrEnum

import msgspec

Cell = str | int | float | date | None


class Kind(StrEnum):
    """What a column holds, which is how it is written and aligned."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"  # 53.0 is 53 %
    POINTS = "points"
    PRECISE = "precise"  # parts of a point, with four decimals
    CHANGE = "change"  # with its sign
    NUMBER = "number"
    DAY = "day"

    @property
    def right(self) -> bool:
        """Whether it is aligned to the right."""
        return self not in (Kind.TEXT, Kind.DAY)


class Column(msgspec.Struct, frozen=True):
    """A column: its name for programs, its heading for people with the unit in it, what it holds."""

    name: str
    title: str
    kind: Kind = Kind.TEXT


class Sheet(msgspec.Struct, frozen=True):
    """One table. ``strong`` are the numbers of rows (from 0) that sum up or head others."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    strong: frozenset[int] = frozenset()


class Report(msgspec.Struct, frozen=True):
    """A title, what it is about as pairs of label and value, and tables; the first is the one that matters.

    ``as_of`` is the day it speaks of. It goes into files as their date, so that the same question gives the same
    bytes.
    """

    title: str
    about: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...]
    as_of: date


HIDDEN = "dưới 5"
"""What stands in the place of a number that is too small to be shown."""


_SEPARATORS = str.maketrans(",.", ".,")


def shown(value: Cell, kind: Kind) -> str:
    """A cell as people in Vietnam read it: 1.234 · 99,43 % · 31/05/2025."""
    if value is None:
        return "–"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, str):
        return value
    if kind is Kind.COUNT:
        return f"{value:,}".replace(",", ".")
    text = f"{value:,.{4 if kind is Kind.PRECISE else 2}f}".translate(_SEPARATORS)
    if kind is Kind.NUMBER:
        text = text.rstrip("0").rstrip(",")
    sign = "+" if kind is Kind.CHANGE and value > 0 else ""
    return f"{text} %" if kind is Kind.PERCENT else sign + text


def period_text(start: date, end: date) -> str:
    """A period in words: năm 2025, quý 1/2025, tháng 5/2025, or its first and last day."""
    whole = start.day == 1 and end.day == monthrange(end.year, end.month)[1]
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if start == end:
        return f"ngày {start:%d/%m/%Y}"
    if whole and months == 12 and start.month == 1:
        return f"năm {start.year}"
    if whole and months == 6 and start.month in (1, 7):
        return f"6 tháng {'đầu' if start.month == 1 else 'cuối'} năm {start.year}"
    if whole and months == 3 and start.month % 3 == 1:
        return f"quý {(start.month + 2) // 3}/{start.year}"
    if whole and months == 1:
        return f"tháng {start.month}/{start.year}"
    return f"từ {start:%d/%m/%Y} đến {end:%d/%m/%Y}"
