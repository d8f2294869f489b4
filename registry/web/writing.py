"""Numbers, days and money as people read them, in the manner of either language."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from registry.clock import VIETNAM

_NARROW = "\u202f"
# Vietnamese writes 12.345,67 where English writes 12,345.67.
_SWAPPED = str.maketrans(",.", ".,")


def number(language: str, value: int) -> str:
    """``12.345``"""
    return _written(language, f"{value:,}")


def decimal(language: str, value: float | Decimal | Fraction, places: int = 2) -> str:
    """``53,13``: rounded half up, as tables of officials are."""
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return _written(language, f"{rounded:,}")


def percent(language: str, value: float | Decimal | Fraction, places: int = 2) -> str:
    """A share of one as ``53,13 %``."""
    exact = value * 100 if isinstance(value, Fraction) else Decimal(str(value)) * 100
    return f"{decimal(language, exact, places)}{_NARROW}%"


def money(language: str, dong: int) -> str:
    """``50.000 đồng``"""
    return f"{number(language, dong)} {'đồng' if language == 'vi' else 'VND'}"


def day(language: str, value: date) -> str:
    """``31/05/2025``, in both languages: there it is Vietnam's day."""
    del language
    return f"{value:%d/%m/}{value.year:04d}"


def moment(language: str, value: datetime) -> str:
    """``14:05 31/05/2025``, in Vietnam's time."""
    local = value.astimezone(VIETNAM)
    return f"{local:%H:%M} {day(language, local.date())}"


def _written(language: str, text: str) -> str:
    return text.translate(_SWAPPED) if language == "vi" else text
