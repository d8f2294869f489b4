"""The front page: the scorecard of an agency."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry import metrics
from registry.metrics import Answer, Scorecard, public_scorecard
from registry.metrics.answer import Compared, Scored, Standing
from registry.metrics.definitions import book
from registry.metrics.exports import cards
from registry.metrics.observations import observed
from registry.metrics.privacy import PRIVATE
from registry.web.board import formulas, trends
from registry.web.board.answering import Made, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from registry.web.charts import Chart, Gained, points

NEAR = 3  # peers shown on either side of the agency's own place


class ScorePages(Controller):
    path = "/"

    @get()
    async def scores(self, request: Request[Any, Any, Any], given: NamedDependency[Given]) -> Response[Any]:
        """The six groups, the total, the class, the place among peers and the change."""
        return await answered(request, given, "board/scores.html", _make)


async def _make(board: Board) -> Made:
    view = board.view
    card = await metrics.scorecard(
        board.database, view.agency, view.span.start, view.span.end, view.drawn.boundaries, below=False
    )
    card = card if board.full else public_scorecard(card)
    names = [one.indicator for group in card.groups for one in group.indicators]
    moved, _, _ = await trends.trends(board, names)
    figures = []
    if view.agency:
        figures = await observed(board.database, None, view.agency, view.span.start, view.span.end)
    return Made(
        {
            "card": _head(board, card),
            "chart": _chart(board, card),
            "groups": [_group(board, group, moved) for group in card.groups],
            "peers": _peers(board, card),
        },
        lambda: cards.report(card, figures),
        "bang-diem",
    )


def _head(board: Board, card: Scorecard) -> dict[str, Any]:
    says = board.says
    began = any(map(_before, (one for group in card.groups for one in group.indicators)))
    title = card.classification_title
    return {
        "points": says.points(card.points) if card.points is not None else says.t("board.hidden.points"),
        "most": says.round(card.most),
        "class": says.title(title) if title else None,
        "source": board.says.title(book().bands_source),
        "place": card.place,
        "of": card.of,
        "change": says.change(card.change) if began else None,
        "previous": says.period(metrics.Span(card.previous.start, card.previous.end)),
        "began": began,
        "empty": not any(map(_live, (one for group in card.groups for one in group.indicators))),
    }


def _live(one: Answer) -> bool:
    """Whether an indicator that counts dossiers had any."""
    return bool(set(one.units) & set(PRIVATE)) and bool(one.value.denominator or one.value.hidden)


def _before(one: Answer) -> bool:
    """Whether the period before had anything of what an indicator counts that comes from dossiers."""
    return bool(set(one.units) & set(PRIVATE)) and _counted(one.compared)


def _counted(compared: Compared | None) -> bool:
    return compared is not None and bool(compared.value.denominator or compared.value.hidden)


def _chart(board: Board, card: Scorecard) -> Chart:
    says = board.says
    gained = []
    for group in card.groups:
        before = None
        if group.change is not None and group.points is not None and _comparable(group):
            before = max(0.0, round(group.points - group.change, 2))
        text = f"{_points(board, group.points)} / {says.round(group.most)}"
        gained.append(Gained(says.title(group.title), group.points, group.most, text, before, says.points(before)))
    head = (says.t("board.group"), says.t("board.points"), says.t("board.points.before"))
    return points(says.t("board.chart.points"), gained, head=head)


def _earlier(one: Answer) -> bool:
    return _counted(one.compared)


def _comparable(group: Scored) -> bool:
    """Whether the period before had something of all that a group counts now."""
    return all(_earlier(one) for one in group.indicators if one.value.denominator)


def _points(board: Board, value: float | None) -> str:
    return board.says.t("board.hidden") if value is None else board.says.points(value)


def _group(board: Board, group: Scored, moved: Mapping[str, Answer]) -> dict[str, Any]:
    says = board.says
    return {
        "code": group.code,
        "title": says.title(group.title),
        "points": _points(board, group.points),
        "most": says.round(group.most),
        "indicators": [_indicator(board, one, moved[one.indicator]) for one in group.indicators],
    }


def _indicator(board: Board, one: Answer, moved: Answer) -> dict[str, Any]:
    says = board.says
    compared = one.compared if _earlier(one) else None
    return {
        "title": says.title(one.title),
        "to": board.to(f"/so-lieu/chi-so/{one.indicator}"),
        "value": says.value(one.value, one.units),
        "known": one.value.ratio is not None,
        "parts": says.parts(one.value, one.units),
        "points": says.points(one.value.points),
        "most": says.round(one.formula.most or 0),
        "change": says.change(compared.points_change) if compared and compared.points_change is not None else None,
        "spark": trends.small(says, moved),
        "notes": says.notes(one.value),
        "formula": formulas.told(board, one),
    }


def _peers(board: Board, card: Scorecard) -> list[dict[str, Any]]:
    """The peers nearest to the agency's own place."""
    own = next((n for n, one in enumerate(card.peers) if one.agency == board.view.agency), None)
    if own is None:
        return []
    return [_peer(board, one) for one in card.peers[max(0, own - NEAR) : own + NEAR + 1]]


def _peer(board: Board, one: Standing) -> dict[str, Any]:
    titles = {band.code: band.title for band in book().bands}
    title = titles.get(one.classification or "")
    return {
        "place": one.place,
        "name": one.name,
        "to": board.to("/so-lieu", **{"co-quan": one.agency}),
        "points": board.says.points(one.points) if one.points is not None else board.says.t("board.hidden"),
        "class": board.says.title(title) if title else "",
        "own": one.agency == board.view.agency,
    }
