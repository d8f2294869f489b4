"""The work list: what is about to cost points, and what it is worth."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry.api.parameters import many, one
from registry.api.problems import ParameterInvalid
from registry.metrics.exports import Kind, works
from registry.metrics.worklist import Pile, Work, worklist
from registry.web.addresses import link
from registry.web.board.answering import Made, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from registry.web.charts import Bar, Chart, bars

PAGE, FILE = 50, 5000
AHEAD = ("5", "10", "20", "60")  # working days


class WorkPages(Controller):
    path = "/viec-can-lam"

    @get()
    async def work(
        self,
        request: Request[Any, Any, Any],
        given: NamedDependency[Given],
        kinds: Annotated[list[str] | None, many("loai", "Only work of this kind.", "update")] = None,
        ahead: Annotated[str | None, one("trong", "How many working days to look ahead.", "10")] = None,
        cursor: Annotated[str | None, one("tiep", "Where the page before ended.", "WyJIMDMiXQ")] = None,
    ) -> Response[Any]:
        """What is due, what is past, what is open, each with its points."""

        async def make(board: Board) -> Made:
            chosen = [kind for kind in kinds or [] if kind]
            most = FILE if given.file else PAGE
            return await _make(board, chosen, _days(ahead), cursor or None, most)

        return await answered(request, given, "board/work.html", make)


def _days(text: str | None) -> int:
    if not text:
        return 10
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ParameterInvalid("trong", f"trong: {text[:40]!r} is no number of working days", list(AHEAD))
    return int(text)


async def _make(board: Board, kinds: list[str], days: int, cursor: str | None, most: int) -> Made:
    view, says = board.view, board.says
    found = await worklist(
        board.database,
        view.agency,
        view.as_of,
        kinds=kinds,
        days=days,
        limit=most,
        cursor=cursor,
        scopes=board.scopes,
    )
    whole = (
        found
        if not kinds
        else await worklist(board.database, view.agency, view.as_of, days=days, limit=1, scopes=board.scopes)
    )
    ahead = sorted({*AHEAD, str(days)}, key=int)
    data = {
        "days": days,
        "chart": _chart(board, whole.piles),
        "piles": [_pile(board, pile, kinds) for pile in whole.piles],
        "items": [_item(board, item) for item in found.items],
        "next": found.next,
        "first": cursor is None,
        "withheld": bool(found.withheld),
        "ahead": [(each, says.t("board.work.days", n=each)) for each in ahead],
        "kinds": kinds,
    }
    return Made(data, lambda: works.report(found), "viec-can-lam")


def _chart(board: Board, piles: tuple[Pile, ...]) -> Chart | None:
    """What each kind of work is worth together; kinds that are worth nothing now are in the table."""
    says = board.says
    worth = sorted((pile for pile in piles if pile.points), key=lambda pile: -(pile.points or 0))
    if not worth:
        return None
    found = [
        Bar(says.title(pile.title), pile.points, f"{says.points(pile.points)} {says.t('board.points.unit')}")
        for pile in worth
    ]
    head = (says.t("board.work.kind"), says.t("board.work.worth"))
    return bars(says.t("board.work.worth.title"), found, head=head, said=says.round)


def _pile(board: Board, pile: Pile, kinds: list[str]) -> dict[str, Any]:
    says = board.says
    return {
        "title": says.title(pile.title),
        "kind": pile.kind,
        "to": board.to("/so-lieu/viec-can-lam", loai=pile.kind),
        "total": pile.total,
        "past": pile.past,
        "points": says.points(pile.points),
        "most": says.round(pile.most) if pile.most else "–",
        "now": f"{says.count(pile.numerator)} / {says.count(pile.denominator)}",
        "indicator": board.to(f"/so-lieu/chi-so/{pile.indicator}"),
        "chosen": pile.kind in kinds,
    }


def _item(board: Board, item: Work) -> dict[str, Any]:
    says = board.says
    way = None
    if item.procedure:
        way = link(says.language, f"/thu-tuc/{item.procedure}")
    elif item.kind in ("publish", "update"):
        way = link(says.language, f"/quyet-dinh/{item.id}")
    left = None
    if item.days_left is not None:
        key = "board.work.left" if item.days_left >= 0 else "board.work.over"
        left = says.t(key, n=says.count(abs(item.days_left)))
    return {
        "name": item.name,
        "to": way,
        "detail": item.detail,
        "agency": item.agency_name or "",
        "state": item.state,
        "deadline": item.deadline,
        "left": left,
        "count": item.count,
        "points": says.cell(item.points, Kind.PRECISE),
    }
