"""Published figures beside what the records give: two columns, never one number."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry.metrics import Answer, Span, Value
from registry.metrics.boundaries import atlas
from registry.metrics.definitions import book
from registry.metrics.exports import Cell, Column, Kind, Report, Sheet
from registry.metrics.exports.report import HIDDEN
from registry.metrics.observations import Observation, Unit, observed
from registry.metrics.privacy import LEAST, PRIVATE
from registry.reconciling import Reconciled, loaded, reconcile, together
from registry.web.board.answering import Made, about, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from seeds.published import Figure, figures

MOST = 200


class PublishedPages(Controller):
    path = "/doi-chieu"

    @get()
    async def published(self, request: Request[Any, Any, Any], given: NamedDependency[Given]) -> Response[Any]:
        """What others published of the agency, and what is computed for the same days."""
        return await answered(request, given, "board/published.html", _make)


async def _make(board: Board) -> Made:
    view, says = board.view, board.says
    found = await observed(board.database, None, view.agency, view.span.start, view.span.end)
    sheet, links = await _sheet(board, found[:MOST])
    told = [one async for one in reconcile(board.database, await _figures(board))]
    told = [_public(board, one) for one in told]
    sheets = [sheet, *(together(told).sheets if told else ())]
    report = Report(says.t("board.published"), about(board), tuple(sheets), view.as_of)
    data = {
        "table": says.table(sheet, links) if sheet.rows else None,
        "more": max(0, len(found) - MOST),
        "told": [_told(board, one) for one in told],
        "holding": sum(one.holds for one in told),
    }
    return Made(data, lambda: report, "doi-chieu")


async def _figures(board: Board) -> list[Figure]:
    """The figures of reports whose demonstration is in the store, of the agency and all below, of these days."""
    there = set(await loaded(board.database))
    if not there:
        return []
    span, tree = board.view.span, atlas(board.found).tree(board.view.as_of)
    return [
        one
        for one in figures()
        if one.report in there
        and one.start <= span.end
        and one.end >= span.start
        and one.agency in tree
        and (board.view.agency is None or board.view.agency in tree[one.agency].chain)
    ]


def _public(board: Board, one: Reconciled) -> Reconciled:
    """A figure as whoever asks may see it."""
    if board.full or one.reported or one.asked not in book().definitions:
        return one
    units = book().definitions[one.asked][-1].units
    counts = [
        number for number, unit in zip((one.numerator, one.denominator), units, strict=False) if unit in PRIVATE
    ]
    if not any(number is not None and 0 < number < LEAST for number in counts):
        return one
    return msgspec.structs.replace(one, computed=None, numerator=None, denominator=None, difference=None)


def _told(board: Board, one: Reconciled) -> dict[str, Any]:
    says = board.says
    unit = "" if one.unit == "count" else says.t(f"board.figure.{one.unit}")
    how = "" if one.how == "exactly" else says.t(f"board.how.{one.how}")
    way = None
    if not one.reported:
        days = {"ky": "rieng", "tu": one.start.isoformat(), "den": one.end.isoformat()}
        way = board.to(f"/so-lieu/chi-so/{one.asked}", **{"co-quan": one.agency, **days})
    return {
        "sentence": one.sentence,
        "report": one.report,
        "published": f"{how} {_figure(board, one.published, unit)}".strip(),
        "computed": _figure(board, one.computed, unit),
        "parts": f"{says.count(one.numerator)} / {says.count(one.denominator)}" if one.denominator else "",
        "holds": one.holds,
        "reported": one.reported,
        "to": way,
        "note": one.note,
    }


def _figure(board: Board, value: float | None, unit: str) -> str:
    return "–" if value is None else f"{board.says.round(round(value, 2))} {unit}".strip()


async def _sheet(board: Board, found: list[Observation]) -> tuple[Sheet, list[str | None]]:
    """Each published figure with what is computed for its own days, where an indicator has its name."""
    t = board.says.t
    columns = (
        Column("name", t("board.figure")),
        Column("agency", t("board.agency")),
        Column("period", t("board.period")),
        Column("unit", t("board.figure.unit")),
        Column("published", t("board.figure.published"), Kind.NUMBER),
        Column("computed", t("board.figure.computed"), Kind.NUMBER),
        Column("publishedParts", t("board.figure.parts.published")),
        Column("computedParts", t("board.figure.parts.computed")),
        Column("source", t("board.record.source")),
        Column("captured", t("board.figure.captured"), Kind.DAY),
        Column("quality", t("board.notes.short")),
    )
    answers = await _computed(board, found)
    rows, links = [], []
    for one in found:
        answer = answers.get((one.name, one.agency, Span(one.begins, one.ends)))
        rows.append(_row(board, one, answer))
        own = {"ky": "rieng", "tu": one.begins.isoformat(), "den": one.ends.isoformat(), "co-quan": one.agency}
        links.append(board.to(f"/so-lieu/chi-so/{one.name}", **own) if answer else None)
    return Sheet(t("board.published.sheet"), t("board.published.others"), columns, tuple(rows)), links


async def _computed(board: Board, found: list[Observation]) -> dict[tuple[str, str, Span], Answer]:
    """What is computed for the agency and the days of each figure, as many as there are in one go."""
    wanted: dict[tuple[str, Span], list[str]] = {}
    for one in found:
        if one.name in book().definitions and one.agency in atlas(board.found):
            wanted.setdefault((one.agency, Span(one.begins, one.ends)), []).append(one.name)
    answers: dict[tuple[str, str, Span], Answer] = {}
    for (agency, span), names in wanted.items():
        several = await board.asked(list(dict.fromkeys(names)), span=span, agency=agency)
        answers |= {(name, agency, span): answer for name, answer in several.items()}
    return answers


def _row(board: Board, one: Observation, answer: Answer | None) -> tuple[Cell, ...]:
    says = board.says
    named = book().definitions.get(one.name)
    known = one.agency in atlas(board.found)
    number = _same(answer.value, one.unit) if answer else None
    computed: Cell = HIDDEN if answer and answer.value.hidden else number
    return (
        says.title(named[-1].title) if named else one.name,
        board.name_of(one.agency) if known else one.called or one.agency,
        says.period(Span(one.begins, one.ends)),
        says.t(f"board.published.{one.unit.value}"),
        one.value,
        says.t("board.figure.not-computed") if answer is None else computed,
        f"{says.count(one.numerator)} / {says.count(one.denominator)}" if one.numerator is not None else "",
        says.parts(answer.value, answer.units) if answer else "",
        one.source,
        one.captured,
        "; ".join([*([one.quality] if one.quality else []), *map(says.reason, one.doubts)]),
    )


def _same(value: Value, unit: Unit) -> float | int | None:
    """The side of a computed value that is in the unit of a published one."""
    match unit:
        case Unit.PERCENT:
            return value.ratio
        case Unit.POINTS:
            return value.points
        case Unit.RANK | Unit.DAYS:
            return None
        case _:
            return value.numerator
