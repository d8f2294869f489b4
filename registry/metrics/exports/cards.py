"""A scorecard as tables."""

from collections.abc import Sequence

from registry.metrics.answer import Scorecard, Standing
from registry.metrics.definitions import book
from registry.metrics.exports.answers import cells, formulas, provenance, published
from registry.metrics.exports.report import HIDDEN, Cell, Column, Kind, Report, Sheet, period_text
from registry.metrics.observations import Observation, Unit

COLUMNS = (
    Column("id", "Mã"),
    Column("title", "Nhóm, chỉ số"),
    Column("numerator", "Tử số", Kind.COUNT),
    Column("denominator", "Mẫu số", Kind.COUNT),
    Column("ratio", "Tỷ lệ (%)", Kind.PERCENT),
    Column("points", "Điểm", Kind.POINTS),
    Column("most", "Điểm tối đa", Kind.POINTS),
    Column("change", "So với kỳ trước (điểm)", Kind.CHANGE),
)
PUBLISHED = Column("published", "Điểm do nơi khác công bố", Kind.POINTS)


def report(card: Scorecard, observed: Sequence[Observation] = ()) -> Report:
    """The scorecard of an agency: points by group and indicator, its place, what is below it, and how it is
    counted. ``observed`` are figures that others published of it."""
    answers = [answer for group in card.groups for answer in group.indicators]
    called = card.asked.agency_name or card.asked.agency or "Cả nước"
    about = [
        ("Cơ quan", f"{called} ({card.asked.agency})" if card.asked.agency else called),
        ("Kỳ số liệu", period_text(card.period.start, card.period.end)),
        ("Số liệu đến", f"{card.as_of:%d/%m/%Y}"),
    ]
    if card.classification_title:
        about.append(("Xếp loại", card.classification_title.vi))
    if card.place is not None:
        about.append(("Xếp hạng", f"{card.place}/{card.of} cơ quan cùng cấp"))
    sheets = [_points(card, observed)]
    sheets += [_standings("Cùng cấp", "Các cơ quan cùng cấp", card, card.peers)] if card.peers else []
    sheets += [_standings("Cấp dưới", "Các cơ quan trực thuộc", card, card.below)] if card.below else []
    sheets += [published(observed, {})] if observed else []
    sheets += [formulas(answers), provenance(answers)]
    return Report("Bảng điểm phục vụ người dân, doanh nghiệp", tuple(about), tuple(sheets), card.as_of)


def _points(card: Scorecard, observed: Sequence[Observation]) -> Sheet:
    named = {"TOTAL_SCORE"} | {one.indicator for group in card.groups for one in group.indicators}
    named |= {group.code for group in card.groups}
    told = {one.name: one.value for one in observed if one.unit is Unit.POINTS and one.name in named}

    def beside(name: str) -> tuple[Cell, ...]:
        return (told.get(name),) if told else ()

    points: Cell = HIDDEN if card.hidden and card.points is None else card.points
    total = ("", "Tổng điểm", None, None, None, points, card.most, card.change, *beside("TOTAL_SCORE"))
    rows: list[tuple[Cell, ...]] = [total]
    strong = {0}
    for group in card.groups:
        strong.add(len(rows))
        name = group.title.vi
        rows.append(
            (group.code, name, None, None, None, group.points, group.most, group.change, *beside(group.code))
        )
        for one in group.indicators:
            change = one.compared.points_change if one.compared else None
            own = beside(one.indicator)
            rows.append((one.indicator, one.title.vi, *cells(one.value), one.formula.most, change, *own))
    notes = _notes(card)
    columns = (*COLUMNS, *((PUBLISHED,) if told else ()))
    return Sheet("Bảng điểm", "Bảng điểm", columns, tuple(rows), notes, frozenset(strong))


def _notes(card: Scorecard) -> tuple[str, ...]:
    notes = [
        f"Kỳ trước: {period_text(card.previous.start, card.previous.end)}.",
        "Điểm của nhóm là tổng điểm các chỉ số, tổng điểm là tổng điểm các nhóm.",
        *([source] if (source := book().bands_source.vi) else []),
    ]
    if any(one.value.hidden for group in card.groups for one in group.indicators) or card.hidden:
        notes.append(f"“{HIDDEN}”: số quá nhỏ, không công khai để bảo vệ thông tin cá nhân.")
    return tuple(notes)


def _standings(name: str, title: str, card: Scorecard, found: Sequence[Standing]) -> Sheet:
    columns = (
        Column("place", "Hạng", Kind.COUNT),
        Column("agency", "Mã"),
        Column("name", "Cơ quan"),
        *(Column(group.code, group.title.vi, Kind.POINTS) for group in card.groups),
        Column("points", "Tổng điểm", Kind.POINTS),
        Column("classification", "Xếp loại"),
    )
    titles = {band.code: band.title.vi for band in book().bands}
    rows = tuple(
        (
            one.place,
            one.agency,
            one.name,
            *(one.groups.get(group.code) for group in card.groups),
            one.points,
            titles.get(one.classification or "", ""),
        )
        for one in found
    )
    strong = frozenset(number for number, one in enumerate(found) if one.agency == card.asked.agency)
    return Sheet(name, title, columns, rows, (), strong)
