"""Records that could not be accepted: listed with their reasons, shown as they came, mended and tried again."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from registry import clock
from registry.api.access import database_of
from registry.api.parameters import Limit, Offset
from registry.api.problems import ParameterInvalid
from registry.dossiers import aside, rejected
from registry.intake import quarantine, retrying
from registry.intake.quarantine import Entry, QuarantineNotFound
from registry.intake.retrying import Fix, FixUnusable, NothingToRetry
from registry.web.desk import reasons
from registry.web.desk.entry import page, signed_in, unbound
from registry.web.desk.imports import settings_of
from registry.web.forms import done, read, text
from registry.web.pages import language

ADDRESS = "/bien-tap/cach-ly"
MOST = 2**21
SHOWN = 2**16  # characters of a raw record that are shown
MENDABLE = 2**18  # bytes of a raw record that can be mended in a form
MOST_CELLS = 60
CELL = "o."
MANY = 100  # records that are tried again at once
STATES = ("held", "released")
FromSource = Annotated[str | None, QueryParameter(name="nguon")]
OfReason = Annotated[str | None, QueryParameter(name="ly-do")]
InState = Annotated[str | None, QueryParameter(name="trang-thai")]
Count = Annotated[int | None, QueryParameter(name="nhan", ge=0)]
Left = Annotated[int | None, QueryParameter(name="giu", ge=0)]


class QuarantinePages(Controller):
    path = ADDRESS
    guards = (signed_in("announce"),)
    opt = {"most": MOST}  # noqa: RUF012 - Litestar's way of telling guards

    @get()
    async def entries(
        self,
        request: Request[Any, Any, Any],
        source: FromSource = None,
        reason: OfReason = None,
        held: InState = None,
        taken: Count = None,
        left: Left = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Response[Any]:
        """What is held, by source and by reason."""
        await unbound(request)
        database, spoken = database_of(request), language(request)
        if held and held not in STATES:
            raise ParameterInvalid("trang-thai", f"trang-thai: {held[:40]!r} is none", list(STATES))
        wanted = held or "held"
        found = await quarantine.listed(database, wanted)
        rows = _filtered(found, source, reason)
        kinds = Counter(reasons.kind(one.reason) for one in found)
        data = {
            "rows": rows[offset : offset + limit],
            "total": len(rows),
            "limit": limit,
            "offset": offset,
            "state": wanted,
            "states": STATES,
            "source": source,
            "reason": reason,
            "sources": sorted(Counter(one.source for one in found).items()),
            "kinds": [(kind, reasons.title(kind, spoken), count) for kind, count in kinds.most_common()],
            "why": lambda one: reasons.told(one.reason, spoken, one.origin, one.field),
            "taken": taken,
            "left": left,
            "many": min(MANY, len(rows)),
            "lines": await rejected.count(database),
        }
        return await page(request, "desk/quarantine.html", data)

    @post()
    async def retry_many(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Read the records of a filter again, as they are: what kept them out may be mended elsewhere."""
        actor, form, database = await unbound(request), await read(request, MOST), database_of(request)
        source, reason = text(form, "nguon") or None, text(form, "ly-do") or None
        wanted = _filtered(await quarantine.listed(database), source, reason)[:MANY]
        folder = settings_of(request).data
        results = await retrying.retry(database, wanted, Fix(), clock.today(), folder, actor)
        left = sum(bool(result.reason) for result in results)
        query = {"nguon": source, "ly-do": reason}
        return done(request, ADDRESS, **query, nhan=len(results) - left, giu=left)

    @get("/ho-so")
    async def dossiers(
        self, request: Request[Any, Any, Any], limit: Limit = 50, offset: Offset = 0
    ) -> Response[Any]:
        """Lines of dossiers that were rejected, and sound ones that wait for the catalogue."""
        await unbound(request)
        database, spoken = database_of(request), language(request)
        rows, total = await rejected.listed(database, limit, offset)
        data = {
            "rows": rows,
            "total": total,
            "limit": limit,
            "offset": offset,
            "aside": await aside.counts(database),
            "why": lambda one: reasons.told(one.reason, spoken),
        }
        return await page(request, "desk/quarantine_dossiers.html", data)

    @get("/{key:str}")
    async def show(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """A record as it came, beside what is wrong with it."""
        await unbound(request)
        entry, data = await _find(request, key)
        return await _record(request, entry, data, {}, "")

    @get("/{key:str}/goc")
    async def raw(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[bytes]:
        """The bytes as they were read; never anything that a browser would show or run."""
        await unbound(request)
        entry, data = await _find(request, key)
        headers = {
            "content-disposition": f'attachment; filename="{entry.id[:12]}.bin"',
            "cache-control": "no-store",
        }
        return Response(content=data, media_type="application/octet-stream", headers=headers)

    @post("/{key:str}")
    async def retry(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Try it again, with the code or the content that was given."""
        actor, form, database = await unbound(request), await read(request, MOST), database_of(request)
        entry, data = await _find(request, key)
        try:
            fix = Fix(retrying.checked(text(form, "code", 100) or None), _mended(form, data))
            results = await retrying.retry(database, [entry], fix, clock.today(), settings_of(request).data, actor)
        except FixUnusable as error:
            return await _record(request, entry, data, form, str(error), "code", status=422)
        except ValueError as error:
            return await _record(request, entry, data, form, str(error), "raw", status=422)
        except NothingToRetry:
            return done(request, f"{ADDRESS}/{entry.id}")
        if results[0].reason:
            return await _record(request, entry, data, form, results[0].reason, status=422)
        return done(request, f"{ADDRESS}/{entry.id}")


def _filtered(found: list[Entry], source: str | None, reason: str | None) -> list[Entry]:
    return [
        one
        for one in found
        if source in (None, "", one.source) and (not reason or reasons.kind(one.reason) == reason)
    ]


async def _find(request: Request[Any, Any, Any], key: str) -> tuple[Entry, bytes]:
    """Raises 404."""
    try:
        return await quarantine.find(database_of(request), key)
    except QuarantineNotFound as error:
        raise NotFoundException(str(error)) from error


def cells_of(data: bytes) -> dict[str, str] | None:
    """A record that is a row: its cells by their headings; ``None`` for whatever else it is."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(value, dict) or len(value) > MOST_CELLS or len(data) > MENDABLE:
        return None
    return value if all(isinstance(one, str) for one in value.values()) else None


def readable(data: bytes) -> str:
    """A record for people: JSON laid out, other text as it is, what is no text as the values of its bytes."""
    try:
        return msgspec.json.format(data, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data[: SHOWN // 3].hex(" ")


def _mended(form: Mapping[str, Any], data: bytes) -> bytes | None:
    """The bytes that were typed in the place of ``data``; ``None`` where nothing was changed. Raises
    ``ValueError`` for what is no JSON while the record is."""
    cells = cells_of(data)
    if cells is not None:
        changed = {
            name: str(form.get(f"{CELL}{place}", value)).replace("\r\n", "\n")
            for place, (name, value) in enumerate(cells.items())
        }
        return None if changed == cells else msgspec.json.encode(changed)
    given = form.get("raw")
    if not isinstance(given, str) or len(data) > MENDABLE:
        return None
    typed_in = given.replace("\r\n", "\n").strip()
    if not typed_in or typed_in == readable(data).replace("\r\n", "\n").strip():
        return None
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return typed_in.encode()
    try:
        return msgspec.json.encode(msgspec.json.decode(typed_in))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


async def _record(
    request: Request[Any, Any, Any],
    entry: Entry,
    data: bytes,
    form: Mapping[str, Any],
    fault: str,
    where: str = "",
    *,
    status: int = 200,
) -> Response[Any]:
    spoken = language(request)
    shown = readable(data)
    text_ = _is_text(data)
    told = {
        "entry": entry,
        "why": reasons.told(entry.reason, spoken, entry.origin, entry.field),
        "cells": cells_of(data),
        "prefix": CELL,
        "shown": shown[:SHOWN],
        "cut": len(shown) > SHOWN,
        "size": len(data),
        "mendable": text_ and len(data) <= MENDABLE,
        "form": form,
        "fault": reasons.told(fault, spoken, entry.origin, entry.field) if fault else "",
        "where": where,
        "is_text": text_,
    }
    return await page(request, "desk/quarantine_record.html", told, status=status)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
