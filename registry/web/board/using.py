"""Adoption over time: how many dossiers come online, are paid online and end in an electronic result."""

from typing import Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry.metrics import Answer
from registry.metrics.exports import Column, Kind, Report, Sheet
from registry.metrics.exports.report import HIDDEN
from registry.vocabulary import Channel
from registry.web.board import formulas, trends
from registry.web.board.answering import Made, about, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from registry.web.charts import Chart, Mark, Part, Row, line, stacked
from registry.web.charts.stacked import Says as Written

ONLINE, POSTAL = "ONLINE_DOSSIER", "POSTAL_DOSSIER"
SHARES = (ONLINE, "PAYMENT_DOSSIER", "ORIGINAL_RESULT_AVAILABLE", "REUSED_DIGITIZED_DATA")
COUNTS = ("DOSSIERS_RECEIVED", "DOSSIERS_RESOLVED")


class UsePages(Controller):
    path = "/su-dung"

    @get()
    async def adoption(self, request: Request[Any, Any, Any], given: NamedDependency[Given]) -> Response[Any]:
        """The shares by month, how much work there was, and the channels by which it came."""
        return await answered(request, given, "board/adoption.html", _make)


async def _make(board: Board) -> Made:
    says = board.says
    moved, _, days = await trends.trends(board, [*SHARES, *COUNTS, POSTAL])
    postal = moved.pop(POSTAL)
    now = await board.asked(SHARES)
    sheet = _sheet(board, moved)
    data = {
        "shares": [_share(board, moved[name], now[name]) for name in SHARES],
        "counts": [_count(board, moved[name]) for name in COUNTS],
        "channels": _channels(board, moved[ONLINE], postal),
        "table": says.table(sheet),
        "times": says.period(days),
    }
    report = Report(says.t("board.adoption.title"), about(board), (sheet,), board.view.as_of)
    return Made(data, lambda: report, "su-dung")


def _share(board: Board, moved: Answer, now: Answer) -> dict[str, Any]:
    says = board.says
    rule = formulas.defined(moved).points
    mark = Mark(float(rule.full), says.t("board.full-from", share=says.percent(rule.full, 0))) if rule else None
    title = says.title(moved.title)
    head = (says.t("board.time"), title)
    chart = line(
        title,
        trends.points(says, moved),
        head=head,
        said=lambda value: says.percent(value, 0 if value == int(value) else 1),
        share=True,
        mark=mark if rule and rule.full < 100 else None,
    )
    return {
        "id": moved.indicator.lower().replace("_", "-"),
        "title": title,
        "to": board.to(f"/so-lieu/chi-so/{moved.indicator}"),
        "value": says.value(now.value, now.units),
        "parts": says.parts(now.value, now.units),
        "chart": chart,
    }


def _count(board: Board, moved: Answer) -> Chart:
    says = board.says
    title = says.title(moved.title)
    return line(title, trends.points(says, moved), head=(says.t("board.time"), title), said=says.round)


def _channels(board: Board, online: Answer, postal: Answer) -> Chart | None:
    """The channels of the dossiers of each time: whoever came neither online nor by post came in person. Times
    without dossiers, or with hidden numbers, are left out."""
    says, rows = board.says, []
    for one, other in zip(online.groups, postal.groups, strict=True):
        came, sent, received = one.value.numerator, other.value.numerator, one.value.denominator
        if came is None or sent is None or not received:
            continue
        rows.append(Row(says.bucket(one.keys[0].value), (came, received - came - sent, sent)))
    parts = [Part(says.label("channel", one.value), n) for n, one in enumerate(Channel, 1)]
    if not any(row.total for row in rows):
        return None
    written = Written(says.count, says.share, says.t("board.none.dossiers"), says.t("board.sum"))
    return stacked(says.t("board.channels.dossiers"), parts, rows, head=says.t("board.time"), says=written)


def _sheet(board: Board, moved: dict[str, Answer]) -> Sheet:
    """All numbers by time."""
    says = board.says
    columns = [Column("time", says.t("board.time"))]
    for name, answer in moved.items():
        title = says.title(answer.title)
        if answer.formula.denominator is None:
            columns.append(Column(name, title, Kind.COUNT))
            continue
        columns += [
            Column(f"{name}_numerator", f"{title}: {says.t('board.numerator')}", Kind.COUNT),
            Column(f"{name}_denominator", f"{title}: {says.t('board.denominator')}", Kind.COUNT),
            Column(f"{name}_ratio", f"{title} (%)", Kind.PERCENT),
        ]
    times = [group.keys[0].value for group in moved[COUNTS[0]].groups]
    rows = []
    for number, time in enumerate(times):
        cells: list[Any] = [says.bucket(time)]
        for answer in moved.values():
            value = answer.groups[number].value
            hidden = HIDDEN if value.hidden else None
            if answer.formula.denominator is None:
                cells.append(hidden or value.numerator)
            else:
                cells += [hidden or value.numerator, hidden or value.denominator, value.ratio]
        rows.append(tuple(cells))
    title = says.t("board.adoption.title")
    return Sheet(says.t("board.adoption"), title, tuple(columns), tuple(rows))
