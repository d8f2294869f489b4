"""Ranks: departments, districts and communes, by their whole score or by one indicator."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry import metrics
from registry.api.parameters import one
from registry.metrics import Dimension, IndicatorNotFound, Value, public_scorecard
from registry.metrics.answer import Group, Standing
from registry.metrics.definitions import Definition, book, definitions
from registry.metrics.evaluator import places
from registry.metrics.exports import Cell, Column, Kind, Report, Sheet
from registry.metrics.exports.report import HIDDEN
from registry.metrics.points import summed
from registry.metrics.privacy import PRIVATE
from registry.metrics.standings import ranked, standing
from registry.vocabulary import Level
from registry.web.board.answering import Made, about, answered
from registry.web.board.asking import Given, chosen_of
from registry.web.board.counting import Board
from registry.web.board.saying import Says
from registry.web.charts import Bar, Chart, bars

TOTAL = "tong-diem"
BELOW = "truc-thuoc"


class RankPages(Controller):
    path = "/xep-hang"

    @get()
    async def ranking(
        self,
        request: Request[Any, Any, Any],
        given: NamedDependency[Given],
        indicator: Annotated[str | None, one("chi-so", "By what; the total by default.", "ON_TIME")] = None,
        level: Annotated[
            str | None, one("cap", "Of which level; those directly below by default.", "commune")
        ] = None,
    ) -> Response[Any]:
        """The agencies directly below, or all of a level, best first."""

        async def make(board: Board) -> Made:
            wanted = None if not level or level == BELOW else chosen_of(Level, "cap", level, Level.COMMUNE)
            return await _make(board, indicator or TOTAL, wanted)

        return await answered(request, given, "board/ranking.html", make)


async def _make(board: Board, indicator: str, level: Level | None) -> Made:
    says = board.says
    scored = [one for one in definitions(board.view.span.end) if one.group and one.points]
    if indicator == TOTAL:
        chart, sheet, codes = await _total(board, scored, level)
    else:
        if indicator not in book().definitions:
            raise IndicatorNotFound(indicator, tuple(book().definitions))
        chart, sheet, codes = await _single(board, indicator, level)
    path = "/so-lieu" if indicator == TOTAL else f"/so-lieu/chi-so/{indicator}"
    rated = [one for one in definitions(board.view.span.end) if one.denominator is not None]
    data = {
        "chart": chart,
        "table": says.table(sheet, [board.to(path, **{"co-quan": code}) for code in codes]),
        "indicators": [(TOTAL, says.t("board.total")), *((one.id, says.title(one.title)) for one in rated)],
        "indicator": indicator,
        "levels": [(BELOW, says.t("board.by-agency")), *((one.value, says.level(one)) for one in Level)],
        "level": level.value if level else BELOW,
    }
    report = Report(says.t("board.ranking"), about(board), (sheet,), board.view.as_of)
    return Made(data, lambda: report, "xep-hang")


async def _total(
    board: Board, scored: Sequence[Definition], level: Level | None
) -> tuple[Chart | None, Sheet, list[str]]:
    """The agencies by their whole score."""
    says = board.says
    found = await standings(board, scored, level)
    title = says.t("board.ranking.total")
    drawn = [
        Bar(one.name, one.points, says.t("board.hidden") if one.points is None else says.points(one.points))
        for one in found
    ]
    head, left = (says.t("board.agency"), says.t("board.total")), says.t("board.between")
    most = summed([one.points.most for one in scored if one.points])
    chart = bars(title, drawn, head=head, said=says.round, most=most, left=left) if drawn else None
    return chart, _standings(says, title, found), [one.agency for one in found]


def _standings(says: Says, title: str, found: Sequence[Standing]) -> Sheet:
    groups = book().groups
    columns = (
        Column("agency", says.t("board.agency")),
        Column("place", says.t("board.place"), Kind.COUNT),
        Column("points", says.t("board.total"), Kind.POINTS),
        Column("class", says.t("board.class")),
        *(Column(group.code, says.title(group.title), Kind.POINTS) for group in groups),
    )
    titles = {band.code: says.title(band.title) for band in book().bands}
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        parts = [each.groups[group.code] for group in groups]
        rows.append(
            (
                each.name,
                each.place,
                HIDDEN if each.points is None else each.points,
                titles.get(each.classification or "", ""),
                *(HIDDEN if part is None else part for part in parts),
            )
        )
    return Sheet(title, title, columns, tuple(rows))


async def standings(board: Board, scored: Sequence[Definition], level: Level | None) -> list[Standing]:
    """How agencies stand by all that scores, best first, as whoever asks may see it: those directly below, or all
    of a level however deep. Those without dossiers are not ranked."""
    full = msgspec.structs.replace(board, full=True)
    answers = await full.asked([one.id for one in scored], (Dimension.AGENCY,), level=level)
    values: dict[str, dict[str, Value]] = {}
    names = {}
    for each in answers.values():
        for group in each.groups:
            code = group.keys[0].value
            values.setdefault(code, {})[each.indicator] = group.value
            names[code] = group.keys[0].name
    live = {one.id for one in scored if set(one.units) & set(PRIVATE)}
    found = ranked(
        standing(code, names[code], own, scored)
        for code, own in values.items()
        if code != board.view.agency and any(own[name].denominator for name in live & own.keys())
    )
    return found if board.full else await _hidden(board, found)


async def _hidden(board: Board, found: list[Standing]) -> list[Standing]:
    """The standings as everyone may see them, by the rule for scorecards."""
    view = board.view
    card = await metrics.scorecard(
        board.database, view.agency, view.span.start, view.span.end, view.drawn.boundaries, below=False, rank=False
    )
    return list(public_scorecard(msgspec.structs.replace(card, below=tuple(found))).below)


async def _single(board: Board, name: str, level: Level | None) -> tuple[Chart | None, Sheet, list[str]]:
    """The agencies by one indicator, the greatest first; what is hidden has no place and stands at the end."""
    says = board.says
    answer = (await board.asked([name], (Dimension.AGENCY,), level=level))[name]
    share = answer.formula.denominator is not None
    found = {group.keys[0].value: group for group in answer.groups if group.keys[0].value != board.view.agency}
    numbers: dict[str, float] = {}
    for code, group in found.items():
        number = group.value.ratio if share else group.value.numerator
        if number is not None:
            numbers[code] = number
    placed = places(numbers)
    codes = sorted(found, key=lambda code: (placed.get(code, len(found) + 1), code))
    title = says.title(answer.title)
    rows = tuple(_cells(found[code], placed.get(code), share=share) for code in codes)
    drawn = [
        Bar(found[code].keys[0].name, numbers.get(code), says.value(found[code].value, answer.units))
        for code in codes
    ]
    said = (lambda value: says.percent(value, 0)) if share else says.round
    head, most = (says.t("board.agency"), title), 100.0 if share else None
    chart = bars(title, drawn, head=head, said=said, most=most, left=says.t("board.between")) if drawn else None
    return chart, Sheet(says.t("board.ranking"), title, _columns(says, title, share=share), rows), codes


def _columns(says: Says, title: str, *, share: bool) -> tuple[Column, ...]:
    return (
        Column("agency", says.t("board.agency")),
        Column("place", says.t("board.place"), Kind.COUNT),
        Column("ratio", f"{title} (%)" if share else title, Kind.PERCENT if share else Kind.COUNT),
        Column("numerator", says.t("board.numerator"), Kind.COUNT),
        Column("denominator", says.t("board.denominator"), Kind.COUNT),
        Column("points", says.t("board.points"), Kind.POINTS),
    )


def _cells(group: Group, place: int | None, *, share: bool) -> tuple[Cell, ...]:
    value, hidden = group.value, HIDDEN if group.value.hidden else None
    number = value.ratio if share else value.numerator
    parts = (hidden or value.numerator, hidden or value.denominator)
    return (group.keys[0].name, place, hidden or number, *parts, value.points)
