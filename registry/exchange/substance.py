"""What of a content is substance: a change of spaces, punctuation, case or order is none.

Order counts nowhere, not even of steps: what sources write down anew comes back in another order, and whoever is
called to review for nothing stops reviewing. Signs that change what a number means (%, /, <, +) are kept.
"""

import re
import unicodedata
from typing import Any

import msgspec

from registry.procedure import Procedure
from registry.sections import SECTIONS, digest

_KEPT = frozenset("%‰/&@#*")
_SPACE = re.compile(r"\s+")
_encode = msgspec.json.Encoder(order="deterministic").encode


def substance(procedure: Procedure) -> dict[str, str]:
    """A digest of the substance of each section."""
    return {name: digest(_bare(_plain(read(procedure)))) for name, read in SECTIONS.items()}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The sections whose substance differs, in the order of ``SECTIONS``."""
    return [name for name in SECTIONS if before.get(name) != after.get(name)]


def words(text: str) -> str:
    """A text without what is no substance of it."""
    marks = "".join(
        char if char in _KEPT or unicodedata.category(char)[0] not in "PCZ" else " "
        for char in unicodedata.normalize("NFC", text).casefold()
    )
    return _SPACE.sub(" ", marks).strip()


def _plain(value: object) -> Any:
    return msgspec.json.decode(_encode(value))


def _bare(value: Any) -> Any:
    """A value in which texts are bare, lists have no order, and what is empty is absent."""
    if isinstance(value, str):
        return words(value)
    if isinstance(value, list):
        # A pair is a list of two in JSON too: what is told of a channel stays with it, whatever the order.
        kept = [found for found in map(_bare, value) if found not in ("", [], {}, None)]
        return sorted(kept, key=_encode)
    if isinstance(value, dict):
        bare = {key: _bare(one) for key, one in value.items()}
        return {key: one for key, one in bare.items() if one not in ("", [], {}, None)}
    return value
