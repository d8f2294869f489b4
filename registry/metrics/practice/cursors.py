"""Cursors: where a page ended, as a text that callers hand back and need not understand."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

T = TypeVar("T")


class CursorInvalid(ValueError):
    """A cursor that was not given out here."""

    def __init__(self) -> None:
        super().__init__("the cursor is none that was given out here; leave it out to begin at the first page")


def written(place: object) -> str:
    """The cursor of a place: numbers and texts."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str, shape: type[T]) -> T:
    """The place of a cursor. Raises ``CursorInvalid`` where it has not this ``shape``."""
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=shape)
    except (ValueError, msgspec.DecodeError) as error:
        raise CursorInvalid from error
