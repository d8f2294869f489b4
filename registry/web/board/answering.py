"""A page of the board as it goes out: as HTML, as a file, or as what is wrong with the question."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, Response

from registry.api.access import scopes
from registry.api.numbers import sees_all
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue.errors import AgencyNotFound
from registry.metrics import AskInvalid, IndicatorNotFound
from registry.metrics.exports import Report, delimited, period_text, workbook
from registry.metrics.reading import reading
from registry.web import pages
from registry.web.board.asking import COUNTRY, FILES, Given, settle
from registry.web.board.choosing import choices
from registry.web.board.counting import Board
from registry.web.board.saying import Says

REFRESH = 300  # seconds after which a screen on a wall looks again
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
REFUSED = (ParameterInvalid, AskInvalid, AgencyNotFound, IndicatorNotFound)
# What questions to the metrics call what the address of a page calls otherwise.
NAMES = {
    "from": "tu",
    "to": "den",
    "agency": "co-quan",
    "cursor": "tiep",
    "kind": "loai",
    "days": "trong",
    "sort": "xep",
    "side": "ben",
    "period": "ky",
    "asOf": "den",
}
TOLD = (
    "co-quan",
    "ky",
    "tu",
    "den",
    "dia-gioi",
    "tiep",
    "chi-so",
    "cap",
    "dang",
    "trong",
    "loai",
    "xep",
    "thu-tuc",
)


class Made(msgspec.Struct, frozen=True):
    """What a page shows: the data of its template, and the same as a report; ``name`` is that of its file."""

    data: Mapping[str, Any]
    report: Callable[[], Report]
    name: str


Make = Callable[[Board], Awaitable[Made]]


async def answered(request: Request[Any, Any, Any], given: Given, template: str, make: Make) -> Response[Any]:
    """The page, or with ``dang`` the file of it. What is wrong with the question is told with the way on."""
    spoken = pages.language(request)
    try:
        if given.file:
            return await _file(request, given, make)

        async def page(held: frozenset[str]) -> Mapping[str, Any]:
            board, made = await _made(request, given, held, make)
            return {**common(board), **made.data}

        response = await pages.numbered(request, template, page)
    except REFUSED as error:
        return await _refused(request, spoken, error)
    if given.screen:
        response.headers["refresh"] = str(REFRESH)
    return response


async def _made(
    request: Request[Any, Any, Any], given: Given, held: frozenset[str], make: Make
) -> tuple[Board, Made]:
    database = service_of(request).database
    async with reading(database) as (found, now):
        view = await settle(database, found, given)
        board = Board(database, found, now, view, sees_all(held), held, Says(pages.language(request)))
        return board, await make(board)


def common(board: Board) -> dict[str, Any]:
    """What every page of the board shows."""
    view, says = board.view, board.says
    name = board.name_of(view.agency)
    return {
        "wide": True,
        "view": view,
        "query": view.query,
        "says": says,
        "agency": name,
        "period": says.period(view.span),
        "form": choices(board),
        "now": board.now,
        "full": board.full,
    }


async def _file(request: Request[Any, Any, Any], given: Given, make: Make) -> Response[Any]:
    form = str(given.file)
    if form not in FILES:
        raise ParameterInvalid("dang", f"dang: {form[:40]!r} is no form of file", list(FILES))
    held = await scopes(request)
    board, made = await _made(request, given, held, make)
    report, write = made.report(), workbook if form == "xlsx" else delimited
    illustrative = await pages.illustrative(request, board.now.catalogue)
    if illustrative:
        label, meaning = board.says.t("site.illustrative"), board.says.t("site.illustrative.meaning")
        report = msgspec.structs.replace(report, about=((label, meaning), *report.about))
    body = await asyncio.to_thread(write, report)
    whose = ("minh-hoa-" if illustrative else "") + (board.view.agency or COUNTRY)
    days = f"{board.view.span.start:%Y%m%d}-{board.view.span.end:%Y%m%d}"
    return Response(
        content=body,
        media_type=MEDIA[form],
        headers={
            "cache-control": "no-store" if held else "no-cache",
            "content-disposition": f'attachment; filename="{made.name}-{whose}-{days}.{form}"',
        },
    )


async def _refused(request: Request[Any, Any, Any], spoken: str, error: Exception) -> Response[Any]:
    """What cannot be answered, said in words, over the form with what can."""
    name = _name(error)
    says = Says(spoken)
    key = f"board.wrong.{name}" if name in TOLD else "board.wrong.any"
    database = service_of(request).database
    async with reading(database) as (found, now):
        view = await settle(database, found, Given())
        board = Board(database, found, now, view, False, frozenset(), says)
        absent = isinstance(error, AgencyNotFound | IndicatorNotFound)
        accepted = getattr(error, "accepted", None) or ()
        data = {**common(board), "wrong": says.t(key), "accepted": accepted if len(accepted) < 40 else ()}
    return await pages.shown(request, "board/refused.html", data, status=404 if absent else 400)


def _name(error: Exception) -> str:
    match error:
        case ParameterInvalid():
            name = error.name
        case AskInvalid():
            name = error.field
        case AgencyNotFound():
            name = "co-quan"
        case _:
            name = "chi-so"
    return NAMES.get(name, name)


def about(board: Board) -> tuple[tuple[str, str], ...]:
    """Of whom and of when a report speaks."""
    view, says = board.view, board.says
    name = board.name_of(view.agency) or says.t("board.country")
    drawn = says.t(f"board.drawn.{view.drawn.value}")
    return (
        (says.t("board.agency"), f"{name} ({view.agency})" if view.agency else name),
        (says.t("board.period"), period_text(view.span.start, view.span.end)),
        (says.t("board.as-of"), f"{view.as_of:%d/%m/%Y}"),
        (says.t("board.drawn"), drawn),
    )
