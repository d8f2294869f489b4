"""Work lists as tables."""

from collections.abc import Sequence

from registry.metrics.exports.report import Cell, Column, Kind, Report, Sheet, shown
from registry.metrics.worklist import Pile, Work, Worklist

_STATES = {"due": "sắp đến hạn", "past": "đã quá hạn", "open": "chưa có hạn"}


def report(found: Worklist) -> Report:
    """What is to be done, and how much of each kind there is."""
    whom = f"{found.agency_name} ({found.agency})" if found.agency else "Cả nước"
    about = (
        ("Cơ quan", whom),
        ("Đến ngày", f"{found.as_of:%d/%m/%Y}"),
        ("Nhìn trước", f"{found.days} ngày làm việc"),
    )
    titles = {pile.kind: pile.title.vi for pile in found.piles}
    sheets = (_works(found, titles), _piles(found.piles))
    return Report("Việc cần làm để không mất điểm", about, sheets, found.as_of)


def _works(found: Worklist, titles: dict[str, str]) -> Sheet:
    columns = (
        Column("kind", "Loại việc"),
        Column("id", "Mã"),
        Column("name", "Tên"),
        Column("agency", "Cơ quan"),
        Column("detail", "Nội dung"),
        Column("state", "Tình trạng"),
        Column("deadline", "Hạn", Kind.DAY),
        Column("daysLeft", "Còn (ngày làm việc)", Kind.COUNT),
        Column("count", "Số lượt", Kind.COUNT),
        Column("points", "Điểm", Kind.PRECISE),
    )
    rows = tuple(_row(one, titles) for one in found.items)
    notes = ["Điểm: phần điểm của cơ quan sẽ mất nếu trễ hạn, đã mất nếu quá hạn, sẽ có thêm nếu chưa có hạn."]
    total = sum(pile.total for pile in found.piles)
    if len(found.items) < total:
        notes.append(f"Danh sách này có {len(found.items)} trong {shown(total, Kind.COUNT)} việc.")
    if found.withheld:
        notes.append(f"Không hiện khi chưa có khóa truy cập: {', '.join(found.withheld)}.")
    return Sheet("Việc cần làm", "Việc cần làm", columns, rows, tuple(notes))


def _row(one: Work, titles: dict[str, str]) -> tuple[Cell, ...]:
    return (
        titles[one.kind],
        one.id,
        one.name,
        one.agency_name or one.agency or "",
        one.detail,
        _STATES[one.state],
        one.deadline,
        one.days_left,
        one.count,
        one.points,
    )


def _piles(piles: Sequence[Pile]) -> Sheet:
    columns = (
        Column("kind", "Loại việc"),
        Column("total", "Số việc", Kind.COUNT),
        Column("past", "Đã quá hạn", Kind.COUNT),
        Column("points", "Điểm của tất cả việc còn kịp", Kind.PRECISE),
        Column("most", "Điểm tối đa của chỉ số", Kind.POINTS),
        Column("indicator", "Chỉ số"),
        Column("numerator", "Tử số hiện nay", Kind.COUNT),
        Column("denominator", "Mẫu số hiện nay", Kind.COUNT),
    )
    rows = tuple(
        (
            one.title.vi,
            one.total,
            one.past,
            one.points,
            one.most,
            one.indicator,
            one.numerator,
            one.denominator,
        )
        for one in piles
    )
    return Sheet("Tổng hợp", "Tổng hợp theo loại việc", columns, rows)
