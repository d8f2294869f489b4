"""The portal's older interface, which provincial systems still speak: one form POST that names its ``service``."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from registry.exchange.portal.client import Client
from registry.exchange.portal.manners import AnswerBroken, RecordAbsent
from registry.exchange.portal.source import LONGEST_ID, Answer, Item, Page, line_refused, mark, national
from registry.intake.cleaning import visible
from registry.intake.formats import legacy
from registry.intake.record import Raw, Record, Rejection

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_FINE = (None, 0, "0", "")
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Envelope(msgspec.Struct):
    result: list[msgspec.Raw] | None
    error_code: Any = None
    message: Any = ""


class _Line(msgspec.Struct):
    code: str = msgspec.field(name="MATTHC")
    name: str | None = msgspec.field(name="TENTTHC", default=None)


class _Known(msgspec.Struct):
    name: str | None = msgspec.field(name="TENTTHC")
    code: str | None = msgspec.field(name="MATTHC", default=None)


_envelope = msgspec.json.Decoder(_Envelope).decode
_line = msgspec.json.Decoder(_Line).decode
_known = msgspec.json.Decoder(_Known).decode


class Legacy:
    """A system that speaks it. It tells the whole list in one answer, and records by their codes."""

    name = "legacy"
    format = legacy.NAME
    alone = False

    def parse(self, raw: Raw) -> Record | Rejection:
        return legacy.parse(raw)

    async def page(self, client: Client, cursor: str, department: str) -> Page:  # noqa: ARG002 - there is one page
        return await client.ask("", _form(service="LayDanhSachTTHC"), _read_page, _FORM)

    async def detail(self, client: Client, item: Item) -> Answer:
        asked = _form(service="LayThuTuc", MATTHC=item.id)
        return await client.ask("", asked, lambda data: _read_detail(data, item.id), _FORM)


def _form(**values: str) -> bytes:
    return urlencode(values).encode()


def _opened(data: bytes) -> list[msgspec.Raw]:
    try:
        found = _envelope(data)
    except _BROKEN as error:
        page = data.lstrip()[:1] == b"<"
        reason = "a page for people in the place of data" if page else f"what is not its JSON ({error})"
        raise AnswerBroken(f"sent {reason}", b"" if page else data) from error
    if found.error_code not in _FINE:
        raise AnswerBroken(f"answered {str(found.error_code)[:60]} {str(found.message or '')[:200]}".rstrip())
    return found.result or []


def _read_page(data: bytes) -> Page:
    items: list[Item] = []
    unreadable: list[Rejection] = []
    for raw in _opened(data):
        written = bytes(raw)
        try:
            found, told = _line(written), mark(written)
        except _BROKEN as error:
            unreadable.append(line_refused(written, str(error)))
            continue
        if not found.code.strip() or len(found.code) > LONGEST_ID or "\0" in found.code:
            unreadable.append(line_refused(written, "its MATTHC is empty, or none that could be asked for"))
            continue
        name = visible((found.name or "").strip())
        items.append(Item(found.code, visible(national(found.code)), name, told))
    return Page(items, unreadable, None)


def _read_detail(data: bytes, asked: str) -> Answer:
    parts = _opened(data)
    if not parts:
        raise RecordAbsent("answered that it has no such record")
    try:
        found = _known(bytes(parts[0]))
    except _BROKEN as error:
        raise AnswerBroken(f"sent what is no record ({error})", data) from error
    if found.code is not None and national(found.code) != national(asked):
        raise AnswerBroken(f"sent the record {found.code[:60]} in the place of {asked}")
    if found.code is None:
        # The answer does not repeat the code that was asked for; without it nobody could tell whose it is.
        data = b'{"MATTHC":' + msgspec.json.encode(asked) + b',"result":' + bytes(parts[0]) + b"}"
    return Answer(data, visible(national(asked)))
