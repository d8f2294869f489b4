"""Days, from the shapes in which sources write them. All days are those of Vietnam."""

import re
from datetime import UTC, date, datetime, timedelta

from registry.clock import VIETNAM
from registry.intake.checking import Unacceptable

FIRST_YEAR = 1945
LAST_YEAR = 2100

_DAY_FIRST = re.compile(r"(?:ngày )?(\d{1,2})(?:[-/.]| tháng )(\d{1,2})(?:[-/.]| năm )(\d{4})", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
_MILLISECONDS = re.compile(r"-?\d{11,}")
_EXCEL_EPOCH = date(1899, 12, 30)
_SHOWN = 40


def from_milliseconds(value: float, field: str) -> date:
    """The day in Vietnam of a moment in milliseconds since 1970: 17:00Z is already the next day there."""
    try:
        moment = datetime.fromtimestamp(value / 1000, UTC).astimezone(VIETNAM)
    except (ValueError, OverflowError, OSError):
        raise Unacceptable(field, f"{_short(value)} milliseconds is no moment in time") from None
    return _within(moment.date(), field)


def from_serial(value: float, field: str) -> date:
    """The day of a spreadsheet's serial number (1900 system: 45000 is 2023-03-15)."""
    try:
        return _within(_EXCEL_EPOCH + timedelta(days=int(value)), field)
    except (OverflowError, ValueError):
        raise Unacceptable(field, f"{_short(value)} is no spreadsheet date") from None


def from_text(text: str, field: str) -> date:
    """The day of "14-10-2024", "09/01/2018" (day first), "2024-10-14" or a moment in ISO 8601."""
    written = " ".join(text.split())
    if found := _DAY_FIRST.fullmatch(written):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(written):
        year, month, day = found.groups()
    elif _MOMENT.fullmatch(written):
        return _within(_moment(written, field), field)
    elif _MILLISECONDS.fullmatch(written):
        return from_milliseconds(int(written[:20]), field)
    else:
        raise Unacceptable(field, f"“{_short(text)}” is no date; write it as 14-10-2024 or 2024-10-14")
    try:
        return _within(date(int(year), int(month), int(day)), field)
    except ValueError:
        raise Unacceptable(field, f"“{_short(text)}” does not exist in the calendar") from None


def from_any(value: float | str | date | None, field: str) -> date | None:
    """The day of whatever a source wrote; ``None`` where it wrote nothing. Numbers are milliseconds."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _within((value.astimezone(VIETNAM) if value.tzinfo else value).date(), field)
    if isinstance(value, date):
        return _within(value, field)
    return from_text(value, field) if isinstance(value, str) else from_milliseconds(value, field)


def _moment(text: str, field: str) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unacceptable(field, f"“{_short(text)}” does not exist in the calendar") from None
    return (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()


def _within(day: date, field: str) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unacceptable(field, f"{day} is outside {FIRST_YEAR}–{LAST_YEAR}")
    return day


def _short(value: object) -> str:
    return str(value)[:_SHOWN]
