"""The portal's JSON: a file of the data set, a bare procedure, an answer of the interface, a list; NDJSON too."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from registry.intake.archive import KEPT, MAX_RECORD, File, Member, Source
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, visible
from registry.intake.portal import detail, rows
from registry.intake.portal.shapes import Detail, Row
from registry.intake.record import Raw, Record, Rejection, SourceUnreadable

NAME = "portal"
ACCEPTS = "JSON of the national portal: a folder, a .tar.xz, a file or NDJSON"
RANK = 50

_BOM = b"\xef\xbb\xbf"
_OPENING = re.compile(rb"^(?:\xef\xbb\xbf)?\s*[\[{]")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Envelope(msgspec.Struct):
    """What may stand around a record. Values are left undecoded."""

    detail: msgspec.Raw | UnsetType = UNSET
    data: msgspec.Raw | UnsetType = UNSET
    items: list[msgspec.Raw] | UnsetType = UNSET
    categories: msgspec.Raw | UnsetType = UNSET
    departmentPromulgate: msgspec.Raw | UnsetType = UNSET
    executionMethods: msgspec.Raw | UnsetType = UNSET


class _Identity(msgspec.Struct):
    code: Any = ""
    name: Any = ""


_envelope = msgspec.json.Decoder(_Envelope)
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_detail = msgspec.json.Decoder(Detail)
_row = msgspec.json.Decoder(Row)
_identity = msgspec.json.Decoder(_Identity)


class Portal:
    """A source in the portal's JSON."""

    name = NAME

    def __init__(self, source: Source) -> None:
        self.source = source

    def raws(self) -> Iterator[Raw | Rejection]:
        for member in _members(self.source):
            if isinstance(member, Rejection):
                yield member
            else:
                yield from split(member)

    def parse(self, raw: Raw) -> Record | Rejection:
        return parse(raw)


def recognise(source: Source, head: bytes) -> Portal | None:
    """By the first byte that is no space: an object or an array."""
    return Portal(source) if _OPENING.match(head) else None


def _members(source: Source) -> Iterator[Member | Rejection]:
    if isinstance(source, File) and _is_ndjson(source.head()):
        return source.lines()
    return source.members()


def _is_ndjson(head: bytes) -> bool:
    """Whether the first line is a whole object and something follows."""
    first, _, rest = head.removeprefix(_BOM).partition(b"\n")
    if not rest.strip() or not first.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
    except _BROKEN:
        return False
    return True


def split(member: Member) -> Iterator[Raw | Rejection]:
    """One raw record for each in a document; what cannot be split is handed on whole, to be rejected by name."""
    try:
        parts = _parts(member.data.removeprefix(_BOM))
    except _BROKEN:
        parts = None
    if parts is None:
        yield _sized(Raw(member.name, member.data))
        return
    if not parts:
        raise SourceUnreadable(f"{member.name}: holds an empty list; nothing to read")
    for number, part in enumerate(parts, 1):
        yield _sized(Raw(f"{member.name}, item {number}", bytes(part)))


def _parts(data: bytes) -> list[msgspec.Raw] | None:
    """The records of a list in any of its wrappings; ``None`` where there is one record only."""
    if data.lstrip()[:1] == b"[":
        return _elements.decode(data)
    found = _envelope.decode(data)
    if found.items is UNSET and found.data is not UNSET and bytes(found.data)[:1] in (b"{", b"["):
        return _parts(bytes(found.data))
    return None if found.items is UNSET else found.items


def _sized(raw: Raw) -> Raw | Rejection:
    if len(raw.data) <= MAX_RECORD:
        return raw
    reason = f"{raw.origin} is larger than {MAX_RECORD // 2**20} MB; only its beginning is kept"
    return Rejection(Raw(raw.origin, raw.data[:KEPT]), reason)


def parse(raw: Raw) -> Record | Rejection:
    """Decode, clean and check one record. Whatever is wrong with it comes back as a ``Rejection``."""
    notes = Notes()
    body, prefix = raw.data, ""
    if body.startswith(_BOM):
        notes.add("", "byte-order-mark")
        body = body.removeprefix(_BOM)
    try:
        body, prefix, listed = _unwrapped(body)
        if listed:
            return rows.record(raw, _row.decode(body), notes)
        return detail.record(raw, _detail.decode(body), notes)
    except Unacceptable as error:
        return _rejected(raw, body, prefix + error.field, error.reason)
    except RecursionError:
        return _rejected(raw, b"", "", "the JSON is nested too deeply to be a procedure")
    except UnicodeDecodeError as error:
        return _rejected(raw, b"", "", f"is not UTF-8: byte {error.object[error.start]:#04x}")
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        return _rejected(raw, body, prefix + (place[1] if place else ""), _PLACE.sub("", message))
    except msgspec.DecodeError as error:
        return _rejected(raw, b"", "", f"is not JSON: {error}")


def _unwrapped(body: bytes) -> tuple[bytes, str, bool]:
    """The record itself, the path to it, and whether it is a line of a list."""
    found = _envelope.decode(body)
    for name, inner in (("detail", found.detail), ("data", found.data)):
        if inner is not UNSET:
            data = bytes(inner)
            if data == b"null":
                raise Unacceptable(name, "is empty: the source had nothing to say about this procedure")
            if name == "detail":
                return data, "detail.", False
            return data, "data.", _is_listed(_envelope.decode(data))
    return body, "", _is_listed(found)


def _is_listed(found: _Envelope) -> bool:
    listed = found.categories is not UNSET or found.departmentPromulgate is not UNSET
    return listed and found.executionMethods is UNSET


def _rejected(raw: Raw, body: bytes, field: str, reason: str) -> Rejection:
    code, name = _known(body)
    where = f"{raw.origin}: {field}: {reason}" if field else f"{raw.origin}: {reason}"
    return Rejection(raw, visible(where), visible(field), visible(code), visible(name))


def _known(body: bytes) -> tuple[str, str]:
    """Code and name as far as they can be read, so that people know which record it was."""
    try:
        found = _identity.decode(body)
    except _BROKEN:
        return "", ""
    return _shown(found.code), _shown(found.name)


def _shown(value: object) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""
