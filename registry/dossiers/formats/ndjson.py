"""One JSON object a line."""

import msgspec

from registry.dossiers.dossier import Delivered, Wrong, fault
from registry.dossiers.formats import Reader

NAME = "ndjson"
ACCEPTS = "NDJSON, one JSON object a line"
HEADED = False

_decode = msgspec.json.Decoder(Delivered).decode


def recognise(first: bytes) -> bool:
    return first.lstrip().startswith(b"{")


def reader(header: bytes) -> Reader:  # noqa: ARG001 - the lines name their own fields
    return read


def read(line: bytes) -> Delivered:
    """A dossier of its line. Raises ``Wrong``."""
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(line) from error


def at_once(block: bytes) -> list[Delivered] | None:
    """The dossiers of lines that are all sound and all there is of them, each an object alone; else ``None``."""
    if not block.endswith(b"\n"):
        return None
    lines = block.split(b"\n")
    del lines[-1]
    try:
        return list(map(_decode, lines))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _wrong(line: bytes) -> Wrong:
    try:
        return fault(msgspec.json.decode(line))
    except UnicodeDecodeError:
        return Wrong("", "is no text in UTF-8")
    except (msgspec.DecodeError, RecursionError):
        return Wrong("", "is no JSON")
