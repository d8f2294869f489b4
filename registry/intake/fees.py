"""What a procedure costs, in four states: free as the source says, an amount, by a schedule, unknown.

The portal writes zero where nobody typed an amount. A zero therefore never means free: with a text, the text
decides; without one, the cost is unknown.
"""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes
from registry.procedure import Fee
from registry.vocabulary import FeeKind, FeeState
from search.text import fold

MAX_AMOUNT = 10**15
"""In any currency. The highest real fee is 17.5 thousand million đồng."""

_ANSWER_LENGTH = 200  # longer texts are not looked up; none of them answers by itself
_LIST_MARK = re.compile(r"^[\s\-–+*•.]+")
_REFERENCE = re.compile(
    r"\s*\((?:theo |quy dinh tai |can cu )?(?:thong tu|nghi dinh|luat|nghi quyet|quyet dinh)[^()]*\)[\s.;]*$"
)
_CLOSING = " .;:,!"


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, FeeState], re.Pattern[str], dict[str, str]]:
    known = tomllib.loads(files(__package__).joinpath("fees.toml").read_text("utf-8"))
    answers = {fold(entry["text"]): state for state in _ANSWERED for entry in known[state.value]}
    labels = "|".join(re.escape(fold(entry["text"])) for entry in known["label"])
    currencies = {fold(written): code for written, code in known["currency"].items()}
    return answers, re.compile(rf"^(?:{labels})\s*:\s*"), currencies


_ANSWERED = (FeeState.FREE, FeeState.UNKNOWN)


@lru_cache(maxsize=16384)
def answer(text: str) -> FeeState:
    """What a text says beside an amount of zero: free, unknown, or a schedule that has to be read."""
    if not text:
        return FeeState.UNKNOWN
    if len(text) > _ANSWER_LENGTH:
        return FeeState.SCHEDULE
    answers, label, _ = _tables()
    bare = _REFERENCE.sub("", _LIST_MARK.sub("", fold(text))).rstrip(_CLOSING)
    state = answers.get(bare) or answers.get(label.sub("", bare))
    return state or FeeState.SCHEDULE


def currency_code(name: str | None) -> str:
    """The code of a currency by what the source calls it; its own word where it is not known. No word is VND."""
    if not name:
        return "VND"
    return _tables()[2].get(fold(name), name)


def fee(
    kind: FeeKind,
    value: float | None,
    text: str,
    currency: str | None,
    notes: Notes,
    field: str,
    *,
    attached: bool = False,
) -> Fee:
    """One fee line from its amount, its cleaned text and whether a file is attached to it.

    Raises ``Unacceptable`` where the amount is negative, or is no whole number of đồng.
    """
    code = currency_code(currency)
    if value is not None and value < 0:
        raise Unacceptable(field, f"a fee cannot be negative: {value}")
    if value is not None and value > MAX_AMOUNT:
        raise Unacceptable(field, f"{value} is no fee that anybody pays")
    if value and value == int(value):
        return Fee(kind, FeeState.AMOUNT, int(value), code, text)
    if value and code == "VND":
        raise Unacceptable(field, f"{value} is no whole number of đồng")
    if value:
        notes.add(field, "fraction", value)
        return Fee(kind, FeeState.SCHEDULE, None, code, f"{value} {code}. {text}".rstrip(". "))
    state = FeeState.SCHEDULE if attached and not text else answer(text)
    return Fee(kind, state, None, code, text)
