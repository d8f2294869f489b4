"""Cursors: where a page ended, as text that is handed back unread."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from registry.metrics.ask import AskInvalid


def pack(*values: Any) -> str:
    """A cursor of these values."""
    return urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def unpack(cursor: str, *types: type) -> list[Any]:
    """The values of a cursor. Raises ``AskInvalid`` where it is none of this kind."""
    try:
        values = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Any])
        if len(values) != len(types):
            raise ValueError(cursor)
        return [msgspec.convert(value, kind) for value, kind in zip(values, types, strict=True)]
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise AskInvalid("cursor", "cursor: give the `next` of the page before, or leave it out") from error
