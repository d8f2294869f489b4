"""Promise and practice: the legal time of procedures beside what agencies really take."""

from enum import StrEnum
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry.access.actors import KeyScope
from registry.api.access import scopes
from registry.api.numbers import refuse, sees_all
from registry.api.parameters import code_of, one
from registry.api.problems import ParameterInvalid
from registry.metrics.exports import Cell, Column, Kind, Sheet, practices
from registry.metrics.exports.report import HIDDEN
from registry.metrics.practice import FinishedPage, Practices, Sort, Times, finished, practice
from registry.web.addresses import link
from registry.web.board.answering import Made, answered
from registry.web.board.asking import Given, chosen_of
from registry.web.board.counting import Board
from registry.web.charts import Chart, Gained, points

PAGE, FILE, DRAWN = 25, 500, 12


class Order(StrEnum):
    """Orders as they stand in an address."""

    COUNT = "nhieu"
    LATE = "tre"
    OVER = "qua"
    PROCEDURE = "ma"

    @property
    def sort(self) -> Sort:
        return Sort[self.name]


class PracticePages(Controller):
    path = "/thuc-te"

    @get()
    async def practice(
        self,
        request: Request[Any, Any, Any],
        given: NamedDependency[Given],
        order: Annotated[str | None, one("xep", "Order: nhieu, tre, qua or ma.", "tre")] = None,
        procedure: Annotated[str | None, one("thu-tuc", "Only this procedure.", "9.000001")] = None,
        cursor: Annotated[str | None, one("tiep", "Where the page before ended.", "WyJIMDMiXQ")] = None,
    ) -> Response[Any]:
        """A page of pairs of procedure and agency, each promise with its median and its ninth tenth."""

        async def make(board: Board) -> Made:
            most = FILE if given.file else PAGE
            return await _make(board, order, procedure, cursor or None, most)

        return await answered(request, given, "board/practice.html", make)

    @get("/ho-so")
    async def records(
        self,
        request: Request[Any, Any, Any],
        given: NamedDependency[Given],
        procedure: Annotated[str | None, one("thu-tuc", "The procedure.", "9.000001")] = None,
        cursor: Annotated[str | None, one("tiep", "Where the page before ended.", "WyJIMDMiXQ")] = None,
    ) -> Response[Any]:
        """The dossiers behind one line, for people who may see all numbers."""

        if given.file and not sees_all(await scopes(request)):
            await refuse(request, KeyScope.METRICS)

        async def make(board: Board) -> Made:
            return await _behind(board, procedure or "", cursor or None)

        return await answered(request, given, "board/finished.html", make)


async def _asked(board: Board, order: Sort, procedure: str | None, cursor: str | None, most: int) -> Practices:
    view = board.view
    return await practice(
        board.database,
        view.span.start,
        view.as_of if view.as_of >= view.span.start else view.span.end,
        agency=view.agency,
        procedure=code_of(procedure) if procedure else None,
        sort=order,
        limit=most,
        cursor=cursor,
        full=board.full,
    )


async def _make(board: Board, order: str | None, procedure: str | None, cursor: str | None, most: int) -> Made:
    says = board.says
    chosen = chosen_of(Order, "xep", order, Order.COUNT)
    found = await _asked(board, chosen.sort, procedure, cursor, most)
    sheet = _sheet(board, found)
    ways = [
        board.to("/so-lieu/thuc-te/ho-so", **{"co-quan": line.agency, "thu-tuc": line.procedure})
        for line in found.items
        for _ in line.times
    ]
    data = {
        "chart": _chart(board, found),
        "table": says.table(sheet, ways),
        "pairs": found.pairs,
        "next": found.next,
        "first": cursor is None,
        "orders": [(one.value, says.t(f"board.order.{one.value}")) for one in Order],
        "order": chosen.value,
        "procedure": procedure or "",
    }
    return Made(data, lambda: practices.report(found), "thoi-han-va-thuc-te")


def _chart(board: Board, found: Practices) -> Chart | None:
    """Promises in working days beside the median: the frame is the legal time, the bar half of the dossiers."""
    says, t = board.says, board.says.t
    drawn = []
    for line in found.items:
        for time in line.times[:1]:
            if time.hidden or not time.promise or time.median is None or time.unit != "working-day":
                continue
            text = t("board.practice.of", median=says.round(time.median), promise=says.round(time.promise))
            drawn.append(Gained(line.name, time.median, time.promise, text, time.p90, says.round(time.p90 or 0)))
    if not drawn:
        return None
    head = (t("board.record.procedure"), t("board.practice.median"), t("board.practice.p90"))
    return points(t("board.practice.chart"), drawn[:DRAWN], head=head)


def _sheet(board: Board, found: Practices) -> Sheet:
    t = board.says.t
    columns = (
        Column("name", t("board.record.procedure")),
        Column("agency", t("board.agency")),
        Column("channels", t("board.channel")),
        Column("promise", t("board.practice.promise"), Kind.NUMBER),
        Column("median", t("board.practice.median"), Kind.NUMBER),
        Column("p90", t("board.practice.p90"), Kind.NUMBER),
        Column("unit", t("board.figure.unit")),
        Column("count", t("board.practice.count"), Kind.COUNT),
        Column("share", t("board.practice.share"), Kind.PERCENT),
    )
    rows = tuple(
        (f"{line.name} ({line.procedure})", line.agency_name, *_cells(board, time))
        for line in found.items
        for time in line.times
    )
    return Sheet(t("board.practice"), t("board.practice"), columns, rows)


def _cells(board: Board, time: Times) -> tuple[Cell, ...]:
    says = board.says
    promise: Cell = time.promise if time.promise is not None else time.text or says.t("board.unknown").lower()
    channels = ", ".join(says.label("channel", channel) for channel in time.channels)
    unit = says.label("timeUnit", time.unit)
    small = HIDDEN if time.hidden else None
    return (channels, promise, small or time.median, small or time.p90, unit, small or time.count, time.share)


async def _behind(board: Board, procedure: str, cursor: str | None) -> Made:
    """The dossiers of one procedure with one agency. Raises ``ParameterInvalid`` where one is not named."""
    view, says = board.view, board.says
    code = code_of(procedure)
    if not code or view.agency is None:
        name = "co-quan" if code else "thu-tuc"
        raise ParameterInvalid(name, f"{name}: give one procedure and one agency")
    line = await _asked(board, Sort.COUNT, code, None, 1)
    name = line.items[0].name if line.items else code
    data = {"procedure": code, "name": name, "way": link(says.language, f"/thu-tuc/{code}"), "withheld": True}
    report = practices.report(line)
    if not board.full:
        return Made(data, lambda: report, "ho-so")
    page = await finished(board.database, code, view.agency, view.span.start, view.span.end, PAGE, cursor)
    more = {
        "withheld": False,
        "table": says.table(_records(board, page)),
        "total": page.total,
        "next": page.next,
        "first": cursor is None,
    }
    return Made(data | more, lambda: practices.with_records(report, page), "ho-so")


def _records(board: Board, page: FinishedPage) -> Sheet:
    says, t = board.says, board.says.t
    columns = (
        Column("key", t("board.record.key")),
        Column("channel", t("board.channel")),
        Column("received", t("board.record.received"), Kind.DAY),
        Column("finished", t("board.record.finished"), Kind.DAY),
        Column("due", t("board.record.due"), Kind.DAY),
        Column("taken", t("board.practice.taken"), Kind.NUMBER),
        Column("unit", t("board.figure.unit")),
        Column("late", t("board.practice.late")),
    )
    rows = tuple(
        (
            one.key[:12],
            says.label("channel", one.channel),
            one.received,
            one.finished,
            one.due,
            one.taken,
            says.label("timeUnit", one.unit),
            t("board.yes") if one.late else t("board.no"),
        )
        for one in page.items
    )
    return Sheet(t("board.records"), t("board.records"), columns, rows)
