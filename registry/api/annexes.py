"""The annex of an announcement as a file."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, Request, Response, get

from registry.api.announcements import Decided, Issuer
from registry.api.dataset import document
from registry.api.formats import told
from registry.api.parameters import one, optional_day
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import announcements
from registry.exchange.annex import Annex, annex_of
from registry.exchange.exports import EXPORTS

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = EXPORTS["xlsx"].media

Number = Annotated[str | None, one("number", "The decision's number or its id (required).", "4472/QĐ-BTC")]


class AnnexController(Controller):
    path = "/api"
    tags = ("announcements",)

    @get(
        "/annex.docx",
        summary="Take an announcement's annex in Word",
        responses=document(WORD, "A table for each kind of change.", 400, 404, 409),
    )
    async def word(
        self,
        request: Request[Any, Any, Any],
        number: Number = None,
        issuer: Issuer = None,
        decided: Decided = None,
    ) -> Response[Any]:
        """A4 across, ready to be appended to the decision; `danhmuc import` reads it back."""
        # What writes Word and Excel takes a tenth of a second to import, which no start should spend.
        from registry.exchange.annex_word import annex_word

        return await _sent(request, (number, issuer, decided), WORD, annex_word, "docx")

    @get(
        "/annex.xlsx",
        summary="Take an announcement's annex in Excel",
        responses=document(EXCEL, "A sheet for each kind of change.", 400, 404, 409),
    )
    async def excel(
        self,
        request: Request[Any, Any, Any],
        number: Number = None,
        issuer: Issuer = None,
        decided: Decided = None,
    ) -> Response[Any]:
        """As `/api/annex.docx`."""
        from registry.exchange.annex_excel import annex_excel

        return await _sent(request, (number, issuer, decided), EXCEL, annex_excel, "xlsx")


async def _sent(
    request: Request[Any, Any, Any],
    asked: tuple[str | None, str | None, str | None],
    media: str,
    write: Callable[[Annex], bytes],
    suffix: str,
) -> Response[Any]:
    number, issuer, decided = asked
    if not number:
        raise ParameterInvalid("number", "number: give the decision's number, like number=4472/QĐ-BTC")
    service, day = service_of(request), optional_day("decided", decided)

    async def make(_: int) -> bytes:
        async with service.database.snapshot():
            found = await announcements.find(service.database, number, issuer or None, day)
            annex = await annex_of(service.database, found)
        return await asyncio.to_thread(write, annex)

    filename = quote(f"phu-luc-{number.replace('/', '-')}.{suffix}")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{filename}"}
    return await told(request, service, media, make, headers)
