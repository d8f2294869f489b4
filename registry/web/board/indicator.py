"""One number: how it moved, of whom it is made, its formula, and the very records behind it."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from registry import metrics
from registry.access.actors import KeyScope
from registry.api.asking import IndicatorId
from registry.api.parameters import one
from registry.api.problems import ParameterInvalid
from registry.metrics import Answer, Dimension, Page, Side
from registry.metrics.answer import (
    AgencyRecord,
    AnnouncedRecord,
    AnyRecord,
    DossierRecord,
    ObservationRecord,
    ProcedureRecord,
)
from registry.metrics.definitions import book
from registry.metrics.exports import Cell, Column, Kind, Sheet
from registry.metrics.exports.answers import report
from registry.metrics.provenance import counts_dossiers
from registry.vocabulary import Channel
from registry.web.addresses import link
from registry.web.board import formulas, trends
from registry.web.board.answering import Made, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from registry.web.charts import Bar, Chart, Mark, bars, line

SIDES = {"tu-so": Side.NUMERATOR, "mau-so": Side.DENOMINATOR}
PAGE = 25


class IndicatorPages(Controller):
    path = "/chi-so"

    @get()
    async def entries(self, request: Request[Any, Any, Any], given: NamedDependency[Given]) -> Response[Any]:
        """Every indicator there is."""
        return await answered(request, given, "board/indicators.html", _listed)

    @get("/{indicator:str}")
    async def show(
        self,
        request: Request[Any, Any, Any],
        given: NamedDependency[Given],
        indicator: IndicatorId,
        side: Annotated[str | None, one("ben", "Which side's records.", "mau-so")] = None,
        cursor: Annotated[str | None, one("tiep", "Where the page before ended.", "WyJIMDMiXQ")] = None,
    ) -> Response[Any]:
        """The number, its trend, its parts by agency, its formula and its records."""

        async def make(board: Board) -> Made:
            return await _made(board, indicator, side or "tu-so", cursor or None)

        return await answered(request, given, "board/indicator.html", make)


async def _listed(board: Board) -> Made:
    found = metrics.definitions(board.view.span.end)
    groups = [(group.code, board.says.title(group.title)) for group in book().groups]
    sections = []
    for code, title in [*groups, (None, board.says.t("board.indicators.other"))]:
        rows = [
            {"title": board.says.title(each.title), "to": board.to(f"/so-lieu/chi-so/{each.id}"), "id": each.id}
            for each in found
            if each.group == code
        ]
        sections.append({"title": title, "rows": rows})
    answers = await board.asked([each.id for each in found])
    return Made({"sections": sections}, lambda: report(list(answers.values())), "chi-so")


async def _made(board: Board, name: str, side: str, cursor: str | None) -> Made:
    says = board.says
    if side not in SIDES:
        raise ParameterInvalid("ben", f"ben: {side[:40]!r} is no side", list(SIDES))
    answer = (await board.asked([name]))[name]
    if SIDES[side] is Side.DENOMINATOR and answer.formula.denominator is None:
        raise ParameterInvalid("ben", f"ben: {name} is a count and has no denominator", ["tu-so"])
    moved, _, _ = await trends.trends(board, [name])
    cut = (await board.asked([name], (Dimension.AGENCY,)))[name]
    data = {
        "answer": answer,
        "title": says.title(answer.title),
        "value": says.value(answer.value, answer.units),
        "parts": says.parts(answer.value, answer.units),
        "points": says.points(answer.value.points) if answer.formula.most else None,
        "most": says.round(answer.formula.most or 0),
        "notes": says.notes(answer.value),
        "formula": formulas.told(board, answer),
        "trend": _trend(board, moved[name]),
        "agencies": _agencies(board, cut),
        "side": side,
        "records": await _records(board, answer, side, cursor),
        "api": answer.links,
    }
    whole = replace(answer, groups=cut.groups, asked=cut.asked)
    return Made(data, lambda: report([whole]), name.lower().replace("_", "-"))


def _trend(board: Board, moved: Answer) -> Chart:
    says = board.says
    share = moved.formula.denominator is not None
    rule = formulas.defined(moved).points
    mark = None
    if share and rule and rule.full < 100:
        mark = Mark(float(rule.full), says.t("board.full-from", share=says.percent(rule.full, 0)))
    head = (says.t("board.time"), says.title(moved.title))
    said = (lambda value: says.percent(value, 0 if value == int(value) else 1)) if share else says.round
    title = f"{says.t('board.trend')}: {says.title(moved.title)}"
    return line(title, trends.points(says, moved), head=head, said=said, share=share, mark=mark)


def _agencies(board: Board, cut: Answer) -> dict[str, Any] | None:
    """The agencies directly below, best first, with the way on to each."""
    says, share = board.says, cut.formula.denominator is not None
    rows = []
    for group in cut.groups:
        value = group.value
        number = value.ratio if share else value.numerator
        code, name = group.keys[0].value, group.keys[0].name
        alone = code == board.view.agency
        rows.append((number, f"{name} {says.t('board.alone')}" if alone else name, code, value))
    rows.sort(key=lambda row: (row[0] is None, -(row[0] or 0), row[2]))
    if len({(value.numerator, value.denominator) for _, _, _, value in rows}) < 2:
        return None  # what is the same for all is nobody's own
    head = (says.t("board.agency"), says.title(cut.title))
    found = [
        Bar(name, number, says.value(value, cut.units), own=code == board.view.agency)
        for number, name, code, value in rows
    ]
    said = (lambda value: says.percent(value, 0)) if share else says.round
    title = f"{says.title(cut.title)}: {says.t('board.by-agency')}"
    most = 100.0 if share else None
    chart = bars(title, found, head=head, said=said, most=most, left=says.t("board.between"))
    columns = (
        Column("agency", says.t("board.agency")),
        Column("value", says.title(cut.title)),
        Column("parts", says.t("board.parts")),
    )
    cells = tuple((name, says.value(value, cut.units), says.parts(value, cut.units)) for _, name, _, value in rows)
    path = f"/so-lieu/chi-so/{cut.indicator}"
    links = [board.to(path, **{"co-quan": code}) for _, _, code, _ in rows]
    return {"chart": chart, "table": says.table(Sheet("", title, columns, cells), links)}


async def _records(board: Board, answer: Answer, side: str, cursor: str | None) -> dict[str, Any]:
    """A page of the records of a side, or why they are not shown."""
    wanted = SIDES[side]
    ask = replace(board.view.ask, indicator=answer.indicator)
    if counts_dossiers(ask, wanted) and KeyScope.METRICS.value not in board.scopes:
        return {"withheld": True}
    page = await metrics.records(board.database, ask, wanted, PAGE, cursor)
    table = board.says.table(_sheet(board, page), [_way(board, each) for each in page.items])
    return {"withheld": False, "table": table, "total": page.total, "next": page.next, "first": cursor is None}


def _sheet(board: Board, page: Page) -> Sheet:
    t = board.says.t
    kind = type(page.items[0]) if page.items else None
    if kind is DossierRecord:
        columns = [
            Column("key", t("board.record.key")),
            Column("procedure", t("board.record.procedure")),
            Column("agency", t("board.agency")),
            Column("channel", t("board.record.channel")),
            Column("received", t("board.record.received"), Kind.DAY),
            Column("due", t("board.record.due"), Kind.DAY),
            Column("finished", t("board.record.finished"), Kind.DAY),
        ]
    elif kind is ProcedureRecord:
        columns = [
            Column("code", t("board.record.code")),
            Column("name", t("board.record.procedure")),
            Column("from", t("board.record.from"), Kind.DAY),
        ]
    elif kind is AnnouncedRecord:
        columns = [
            Column("number", t("board.record.decision")),
            Column("procedures", t("board.record.procedure")),
            Column("decided", t("board.record.decided"), Kind.DAY),
            Column("effective", t("board.record.effective"), Kind.DAY),
            Column("published", t("board.record.published"), Kind.DAY),
            Column("deadline", t("board.record.deadline"), Kind.DAY),
        ]
    else:
        columns = [Column("name", t("board.record.name")), Column("source", t("board.record.source"))]
    rows = tuple(tuple(_cells(board, each)) for each in page.items)
    return Sheet("", t("board.records"), tuple(columns), rows)


def _cells(board: Board, record: AnyRecord) -> list[Cell]:
    match record:
        case DossierRecord():
            channel = board.says.label("channel", Channel(record.channel).value)
            days: list[Cell] = [record.received, record.due, record.finished]
            return [record.key[:12], record.procedure, board.name_of(record.agency), channel, *days]
        case ProcedureRecord():
            return [record.code, record.name, record.valid_from]
        case AnnouncedRecord():
            codes = ", ".join(record.procedures)
            return [record.number, codes, record.decided, record.effective, record.published, record.deadline]
        case AgencyRecord():
            return [record.name, record.agency]
        case ObservationRecord():
            return [record.name, record.source]


def _way(board: Board, record: AnyRecord) -> str | None:
    """Where a record can be read."""
    match record:
        case ProcedureRecord():
            return link(board.says.language, f"/thu-tuc/{record.code}")
        case AnnouncedRecord():
            return link(board.says.language, f"/quyet-dinh/{record.announcement}")
        case AgencyRecord():
            return board.to("/so-lieu", **{"co-quan": record.agency})
        case _:
            return None
