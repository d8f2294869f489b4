"""Promise and practice as tables."""

import msgspec

from registry.metrics.exports import wording
from registry.metrics.exports.report import HIDDEN, Cell, Column, Kind, Report, Sheet, period_text, shown
from registry.metrics.practice import FinishedPage, Practice, Practices, Times

_UNITS = {
    "working-day": "ngày làm việc",
    "day": "ngày",
    "hour": "giờ làm việc",
    "month": "tháng",
    "year": "năm",
}
NOTE = (
    "Thời gian thực tế tính theo đơn vị của thời hạn quy định, không kể thời gian chờ người dân bổ sung; "
    "ngày làm việc theo lịch nghỉ lễ, nghỉ bù, làm bù của Việt Nam, 1 ngày làm việc là 8 giờ."
)


def report(found: Practices) -> Report:
    """One line for each procedure, agency and promise."""
    whom = f"{found.agency_name} ({found.agency})" if found.agency else "Cả nước"
    about = (("Cơ quan", whom), ("Kỳ số liệu", period_text(found.period.start, found.period.end)))
    rows = tuple(_row(line, time) for line in found.items for time in line.times)
    notes = [NOTE, "Trung vị: một nửa số hồ sơ xong trong thời gian này; 90 %: chín phần mười số hồ sơ."]
    if len(found.items) < found.pairs:
        notes.append(f"Danh sách này có {len(found.items)}/{shown(found.pairs, Kind.COUNT)} cặp thủ tục, cơ quan.")
    if any(line.hidden or any(time.hidden for time in line.times) for line in found.items):
        notes.append(f"“{HIDDEN}”: số quá nhỏ, không công khai để bảo vệ thông tin cá nhân.")
    sheet = Sheet("Thời hạn và thực tế", "Thời hạn và thực tế", _columns(), rows, tuple(notes))
    return Report("Thời hạn quy định và thời gian giải quyết thực tế", about, (sheet,), found.period.end)


def _columns() -> tuple[Column, ...]:
    return (
        Column("procedure", "Mã thủ tục"),
        Column("name", "Tên thủ tục"),
        Column("agency", "Cơ quan"),
        Column("channels", "Cách thức nộp"),
        Column("promise", "Thời hạn quy định", Kind.NUMBER),
        Column("median", "Trung vị thực tế", Kind.NUMBER),
        Column("p90", "90 % hồ sơ", Kind.NUMBER),
        Column("unit", "Đơn vị"),
        Column("count", "Số hồ sơ xong", Kind.COUNT),
        Column("onTime", "Đúng hạn", Kind.COUNT),
        Column("share", "Đúng hạn (%)", Kind.PERCENT),
    )


def _row(line: Practice, time: Times) -> tuple[Cell, ...]:
    promise: Cell = time.promise if time.promise is not None else time.text or "chưa rõ"
    small = HIDDEN if time.hidden else None
    return (
        line.procedure,
        line.name,
        line.agency_name,
        ", ".join(wording.value("channel", channel) for channel in time.channels),
        promise,
        time.median,
        time.p90,
        _UNITS[time.unit],
        small or time.count,
        small or time.on_time,
        time.share,
    )


def with_records(report: Report, page: FinishedPage) -> Report:
    """The report with the dossiers behind its line."""
    return msgspec.structs.replace(report, sheets=(*report.sheets, _records(page)))


def _records(found: FinishedPage) -> Sheet:
    columns = (
        Column("key", "Mã băm hồ sơ"),
        Column("channel", "Cách thức nộp"),
        Column("received", "Tiếp nhận", Kind.DAY),
        Column("finished", "Xong", Kind.DAY),
        Column("due", "Hạn", Kind.DAY),
        Column("suspended", "Ngày chờ bổ sung", Kind.COUNT),
        Column("late", "Trễ hạn"),
        Column("taken", "Thời gian thực tế", Kind.NUMBER),
        Column("unit", "Đơn vị"),
    )
    rows = tuple(
        (
            one.key,
            wording.value("channel", one.channel),
            one.received,
            one.finished,
            one.due,
            one.suspended,
            "có" if one.late else "không",
            one.taken,
            _UNITS[one.unit],
        )
        for one in found.items
    )
    note = f"{len(found.items)} trong {shown(found.total, Kind.COUNT)} hồ sơ."
    return Sheet("Hồ sơ", f"Hồ sơ của {found.procedure} tại {found.agency}", columns, rows, (note,))
