"""Published figures beside what the store's records give: each asked as anybody could ask it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

import msgspec
from msgspec.structs import replace
from piccolo.querystring import QueryString

from registry.engine import Database
from registry.metrics import Ask, evaluate, observations
from registry.metrics.exports import Cell, Column, Kind, Report, Sheet
from registry.metrics.observations import Observation, Unit
from registry.vocabulary import Level
from seeds import NAMES
from seeds.published import Figure

_DIGITS = Decimal("0.0001")


class Computed(msgspec.Struct, frozen=True):
    """What the store gives for a figure: the number, and what it is made of where it has parts."""

    number: Decimal | None
    numerator: int | None = None
    denominator: int | None = None


class Reconciled(msgspec.Struct, frozen=True, rename="camel"):
    """A published figure beside what was computed. ``reported`` ones are not computed but read from what others
    published."""

    report: str
    figure: str
    published: float
    how: str
    unit: str
    computed: float | None
    numerator: int | None
    denominator: int | None
    difference: float | None
    holds: bool
    reported: bool
    asked: str
    agency: str
    what: str
    start: date
    end: date
    sentence: str
    note: str


TITLE = "Đối chiếu số liệu công bố với số liệu tính được (dữ liệu minh họa)"
NOTE = "Số liệu “công bố lại” không tính từ hồ sơ: đó là số liệu do cơ quan khác công bố, được lưu kèm nguồn."
_HOW = {"exactly": "", "over": "hơn", "nearly": "gần"}
_UNITS = {"count": "", "percent": "%", "points": "điểm", "rank": "hạng", "places": "bậc"}
_APART = ("report", "asked", "agency", "start", "end", "note")  # what only files tell
COLUMNS = (
    Column("report", "Báo cáo"),
    Column("figure", "Số liệu"),
    Column("how", "Mức"),
    Column("published", "Công bố", Kind.NUMBER),
    Column("computed", "Tính được", Kind.NUMBER),
    Column("unit", "Đơn vị"),
    Column("numerator", "Tử số", Kind.COUNT),
    Column("denominator", "Mẫu số", Kind.COUNT),
    Column("difference", "Chênh lệch", Kind.CHANGE),
    Column("holds", "Khớp"),
    Column("origin", "Nguồn"),
    Column("asked", "Chỉ số"),
    Column("agency", "Cơ quan"),
    Column("start", "Từ ngày", Kind.DAY),
    Column("end", "Đến ngày", Kind.DAY),
    Column("sentence", "Câu trong báo cáo"),
    Column("note", "Ghi chú"),
)


def source_of(name: str) -> str:
    """What the store calls the source of a demonstration."""
    return f"seeds/{name}"


async def loaded(database: Database) -> list[str]:
    """The demonstrations that the store holds whole."""
    rows = await database.rows(
        QueryString("SELECT DISTINCT source FROM dossier_delivery WHERE finished_at IS NOT NULL")
    )
    sources = {row["source"] for row in rows}
    return [name for name in NAMES if source_of(name) in sources]


async def reconcile(database: Database, figures: Iterable[Figure]) -> AsyncIterator[Reconciled]:
    """Each figure beside what the store gives for it."""
    for figure in figures:
        yield _beside(figure, await compute(database, figure))


async def compute(database: Database, figure: Figure) -> Computed:
    """What the store gives for a figure."""
    return await (_computed(database, figure) if figure.indicator else _observed(database, figure))


async def _computed(database: Database, figure: Figure) -> Computed:
    answer = await evaluate(
        database,
        Ask(
            indicator=figure.indicator,
            agency=figure.agency,
            below=figure.below,
            level=Level(figure.level) if figure.level else None,
            sector=figure.sector,
            start=figure.start,
            end=figure.end,
            compare=figure.compared,
        ),
    )
    top, bottom = answer.value.numerator, answer.value.denominator
    if figure.what in ("change", "relative-change"):
        before = answer.compared.value.numerator if answer.compared else None
        if top is None or before is None:
            return Computed(None)
        return Computed(_change(figure, Decimal(top), Decimal(before)), top, before)
    if figure.what == "ratio":
        return Computed(_share(top, bottom), top, bottom)
    number = bottom if figure.what == "denominator" else top
    return Computed(None if number is None else Decimal(number), top, bottom)


def _share(top: int | None, bottom: int | None) -> Decimal | None:
    return 100 * Decimal(top) / Decimal(bottom) if top is not None and bottom else None


def _change(figure: Figure, after: Decimal, before: Decimal) -> Decimal | None:
    if figure.what == "relative-change":
        return 100 * (after - before) / before if before else None
    # The first place is the best one.
    return before - after if figure.unit == "places" else after - before


async def _observed(database: Database, figure: Figure) -> Computed:
    one = await _seen(database, figure, figure.start, figure.end)
    if one is None or one.value is None:
        return Computed(None)
    value = Decimal(str(one.value))
    if figure.what == "denominator":
        return Computed(None if one.out_of is None else Decimal(str(one.out_of)))
    if figure.what == "change" and figure.compared:
        before = await _seen(database, figure, *figure.compared)
        if before is None or before.value is None:
            return Computed(None)
        return Computed(_change(figure, value, Decimal(str(before.value))))
    parts = (int(one.value), int(one.out_of)) if one.unit is Unit.RANK and one.out_of else (None, None)
    return Computed(value, *parts)


async def _seen(database: Database, figure: Figure, start: date, end: date) -> Observation | None:
    """What was published of just these days."""
    found = await observations.observed(database, [figure.observed], figure.agency, start, end)
    return next((one for one in found if (one.begins, one.ends) == (start, end)), None)


def _beside(figure: Figure, computed: Computed) -> Reconciled:
    number = computed.number
    return Reconciled(
        report=figure.report,
        figure=figure.id,
        published=float(figure.exact),
        how=figure.how,
        unit=figure.unit,
        computed=None if number is None else float(number.quantize(_DIGITS)),
        numerator=computed.numerator,
        denominator=computed.denominator,
        difference=None if number is None else float((number - figure.exact).quantize(_DIGITS)),
        holds=number is not None and figure.holds(number),
        reported=bool(figure.observed),
        asked=figure.indicator or figure.observed,
        agency=figure.agency,
        what=figure.what,
        start=figure.start,
        end=figure.end,
        sentence=figure.sentence,
        note=figure.note,
    )


def together(found: Sequence[Reconciled]) -> Report:
    """All figures in one table, for files."""
    sheet = Sheet("Đối chiếu", TITLE, COLUMNS, tuple(_row(one) for one in found), (NOTE,))
    names = ", ".join(dict.fromkeys(one.report for one in found))
    return Report(TITLE, (("Báo cáo", names), _matched(found)), (sheet,), max(one.end for one in found))


def apart(found: Sequence[Reconciled]) -> list[Report]:
    """A table for each report, for reading; a sentence that says several figures is said once."""
    places = [place for place, column in enumerate(COLUMNS) if column.name not in _APART]
    columns = tuple(COLUMNS[place] for place in places)
    reports = []
    for name, group in groupby(found, key=lambda one: one.report):
        own = list(group)
        said = ["", *(one.sentence for one in own[:-1])]
        rows = (
            _row(replace(one, sentence="″") if one.sentence == last else one)
            for one, last in zip(own, said, strict=True)
        )
        notes = tuple(f"{one.figure}: {one.note}" for one in own if one.note)
        sheet = Sheet(name, name, columns, tuple(tuple(row[at] for at in places) for row in rows), notes)
        title = f"{name} (dữ liệu minh họa)"
        reports.append(Report(title, (_matched(own),), (sheet,), max(one.end for one in own)))
    return reports


def _matched(found: Sequence[Reconciled]) -> tuple[str, str]:
    return "Khớp", f"{sum(one.holds for one in found)}/{len(found)}"


def _row(one: Reconciled) -> tuple[Cell, ...]:
    return (
        one.report,
        one.figure,
        _HOW[one.how],
        one.published,
        one.computed,
        _UNITS[one.unit],
        one.numerator,
        one.denominator,
        one.difference,
        "có" if one.holds else "KHÔNG",
        "công bố lại" if one.reported else "tính",
        one.asked,
        one.agency,
        one.start,
        one.end,
        one.sentence,
        one.note,
    )
