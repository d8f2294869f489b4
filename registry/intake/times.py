"""How long an agency may take: a number in a unit, or a text where no number says it."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.procedure import ProcessingTime
from registry.vocabulary import TimeUnit
from search.text import fold

_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,6})?")
LONGEST = 1_000_000
"""In any unit. More is a slip of the keyboard."""


@lru_cache(maxsize=1)
def _empty() -> frozenset[str]:
    known = tomllib.loads(files(__package__).joinpath("times.toml").read_text("utf-8"))
    return frozenset(fold(entry["text"]) for entry in known["empty"])


def processing_time(
    value: float | str | None, unit: TimeUnit, text: str, notes: Notes, field: str
) -> ProcessingTime | None:
    """The time from a source's number or words, its unit and its cleaned description; ``None`` if unknown.

    A zero is a default, not a promise, and a number without a unit says nothing: both leave the text alone to
    speak. ``value`` as words must be clean. Raises ``Unacceptable`` on a negative or absurd number.
    """
    number, words = _read(value)
    if number is not None and not 0 <= number <= LONGEST:
        raise Unacceptable(field, f"{number} is no processing time")
    if isinstance(value, str) and number is not None:
        notes.add(field, "number-as-text", value, number)
    if number and unit is not TimeUnit.OTHER:
        return ProcessingTime(unit, number, text)
    if number:
        notes.add(field, "number-without-unit", number)
    elif number == 0 and unit is not TimeUnit.OTHER:
        notes.add(field, "zero-time", f"0 {unit}")
    told = words if not text or text in words else text if words in text else f"{words}\n{text}"
    return ProcessingTime(TimeUnit.OTHER, None, told) if told else None


def _read(value: float | str | None) -> tuple[int | float | None, str]:
    """The number and the words that stand in the place of a time; at most one of them."""
    if value is None:
        return None, ""
    if isinstance(value, str):
        bare = value.strip(" .")
        if not _NUMBER.fullmatch(bare):
            return None, "" if fold(bare) in _empty() else value
        value = float(bare.replace(",", "."))
    return (int(value) if value == int(value) else value), ""
