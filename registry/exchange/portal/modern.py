"""The National Public Service Portal's interface of 2026: JSON by POST, a list with a cursor, records by id."""

from typing import Any

import msgspec

from registry.exchange.portal.client import Client
from registry.exchange.portal.manners import AnswerBroken, RecordAbsent
from registry.exchange.portal.source import LONGEST_ID, Answer, Item, Page, line_refused, mark, national
from registry.intake.cleaning import visible
from registry.intake.formats import portal
from registry.intake.record import Raw, Record, Rejection

URL = "https://dichvucong.gov.vn/api/v1"
LIST = "/submitting/formality/list-all-public-formality-by-citizen"
DETAIL = "/configuring/formality/get-formality-by-citizen"

LATEST = 253402300800_000  # the year 10000, in epoch milliseconds: beyond it is no moment

_JSON = {"content-type": "application/json"}
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Envelope(msgspec.Struct):
    code: Any = ""
    message: Any = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _List(msgspec.Struct, rename="camel"):
    items: list[msgspec.Raw]
    last_id: str | int | None = None


class _Line(msgspec.Struct):
    id: str
    code: str
    name: str = ""
    type: str | None = None


class _Known(msgspec.Struct, rename="camel"):
    """What has to be known of a record to tell whether it is the one that was asked for."""

    id: str
    code: str | None = None
    updated_at: Any = None


_envelope = msgspec.json.Decoder(_Envelope).decode
_list = msgspec.json.Decoder(_List).decode
_line = msgspec.json.Decoder(_Line).decode
_known = msgspec.json.Decoder(_Known).decode
_encode = msgspec.json.Encoder().encode


class Modern:
    """The portal."""

    name = "portal"
    format = portal.NAME
    alone = True

    def __init__(self, page: int) -> None:
        self._page = page

    def parse(self, raw: Raw) -> Record | Rejection:
        return portal.parse(raw)

    async def page(self, client: Client, cursor: str, department: str) -> Page:
        asked = {"limit": self._page, "lastId": cursor, "q": "", "categoryId": "", "departmentCode": department}
        return await client.ask(LIST, _encode(asked), _read_page, _JSON)

    async def detail(self, client: Client, item: Item) -> Answer:
        return await client.ask(DETAIL, _encode({"id": item.id}), lambda data: _read_detail(data, item.id), _JSON)


def _opened(data: bytes) -> msgspec.Raw | None:
    """What an answer holds; ``None`` where it holds nothing. Raises ``AnswerBroken``."""
    try:
        found = _envelope(data)
    except _BROKEN as error:
        raise _garbled(data, error) from error
    if found.code != "OK":
        raise AnswerBroken(f"answered {str(found.code)[:60]} {str(found.message or '')[:200]}".rstrip())
    return None if bytes(found.data) == b"null" else found.data


def _garbled(data: bytes, error: Exception) -> AnswerBroken:
    if data.lstrip()[:1] == b"<":
        return AnswerBroken("sent a page for people in the place of data")
    return AnswerBroken(f"sent what is not its JSON ({error})", data)


def _read_page(data: bytes) -> Page:
    inner = _opened(data)
    if inner is None:
        raise AnswerBroken("sent a page of the list with nothing in it, not even an end")
    try:
        found = _list(bytes(inner))
    except _BROKEN as error:
        raise _garbled(data, error) from error
    items: list[Item] = []
    unreadable: list[Rejection] = []
    for raw in found.items:
        line = _item(bytes(raw))
        if isinstance(line, Item):
            items.append(line)
        else:
            unreadable.append(line)
    return Page(items, unreadable, str(found.last_id) if found.last_id else None)


def _item(data: bytes) -> Item | Rejection:
    try:
        found, told = _line(data), mark(data)
    except _BROKEN as error:
        return line_refused(data, str(error))
    if not found.id.strip() or len(found.id) > LONGEST_ID or "\0" in found.id:
        return line_refused(data, "its id is empty, or none that could be asked for")
    code, name = visible(national(found.code)), visible(found.name.strip())
    return Item(found.id, code, name, told, found.type or "")


def _read_detail(data: bytes, asked: str) -> Answer:
    inner = _opened(data)
    if inner is None:
        raise RecordAbsent("answered that it has no such record")
    try:
        found = _known(bytes(inner))
    except _BROKEN as error:
        raise _garbled(data, error) from error
    if found.id != asked:
        raise AnswerBroken(f"sent the record {found.id[:60]} in the place of {asked}")
    updated = found.updated_at if isinstance(found.updated_at, int) and 0 < found.updated_at < LATEST else None
    return Answer(data, visible(national(found.code or "")), updated)
