"""Indicators as tables: numbers with both sides, formulas in words, what others published, provenance."""

from collections.abc import Iterable, Sequence

from registry.metrics.answer import Answer, Compared, Group, Rank, Value
from registry.metrics.ask import TIMES
from registry.metrics.definitions import book
from registry.metrics.exports import wording
from registry.metrics.exports.report import HIDDEN, Cell, Column, Kind, Report, Sheet, period_text, shown
from registry.metrics.observations import Observation, Unit

VALUE = (
    Column("numerator", "Tử số", Kind.COUNT),
    Column("denominator", "Mẫu số", Kind.COUNT),
    Column("ratio", "Tỷ lệ (%)", Kind.PERCENT),
    Column("points", "Điểm", Kind.POINTS),
)
COMPARED = (
    Column("previousRatio", "Kỳ so sánh (%)", Kind.PERCENT),
    Column("ratioChange", "Tăng, giảm (điểm %)", Kind.CHANGE),
    Column("numeratorChange", "Tăng, giảm (tử số)", Kind.COUNT),
)


def report(
    answers: Sequence[Answer], observed: Sequence[Observation] = (), names: dict[str, str] | None = None
) -> Report:
    """The answers to one question: one indicator with its groups, or several indicators. ``names`` are those of
    codes that ``observed`` has."""
    first = answers[0]
    title = first.title.vi if len(answers) == 1 else "Các chỉ số thực hiện thủ tục hành chính"
    if len(answers) == 1:
        sheets = [_single(first)]
        sheets += [_ranked(first.rank, first.title.vi)] if first.rank else []
    else:
        sheets = [_several(answers)]
    if observed:
        sheets.append(published(observed, names or {}))
    sheets += [formulas(answers), provenance(answers)]
    return Report(title, about(first), tuple(sheets), first.as_of)


def about(one: Answer) -> tuple[tuple[str, str], ...]:
    """Of whom and of when an answer speaks."""
    asked = one.asked
    lines = [("Cơ quan", _whom(one)), ("Kỳ số liệu", period_text(one.period.start, one.period.end))]
    lines.append(("Số liệu đến", f"{one.as_of:%d/%m/%Y}"))
    narrowed = {
        "Lĩnh vực": asked.sector,
        "Cấp": wording.value("level", asked.level) if asked.level else None,
        "Thủ tục": asked.procedure,
        "Cách thức nộp": wording.value("channel", asked.channel) if asked.channel else None,
    }
    lines += [(label, text) for label, text in narrowed.items() if text]
    if asked.boundaries == "today":
        lines.append(("Địa giới", "theo tổ chức hiện nay"))
    return tuple(lines)


def _whom(one: Answer) -> str:
    if one.asked.agency is None:
        return "Cả nước"
    called = one.asked.agency_name or one.asked.agency
    return f"{called} ({one.asked.agency})" + ("" if one.asked.below else ", riêng cơ quan này")


def _single(one: Answer) -> Sheet:
    compared = COMPARED if one.compared else ()
    blank = (None,) * len(compared)
    placed = any(group.place is not None for group in one.groups)
    place = (Column("place", "Hạng", Kind.COUNT),) if placed else ()
    keys = [column for name in one.asked.group_by for column in _dimension(name)] or [Column("name", "Chỉ số")]
    total: tuple[Cell, ...] = ("Tổng" if one.groups else one.title.vi, *("",) * (len(keys) - 1))
    rows = [(*total, *cells(one.value), *_changes(one.compared), *(None for _ in place))]
    rows += [(*_keys(group), *cells(group.value), *blank, *(group.place for _ in place)) for group in one.groups]
    units = " / ".join(wording.unit(name) for name in one.units)
    notes = (f"Đơn vị: {units}.", *_notes(one.value))
    columns = (*keys, *VALUE, *compared, *place)
    return Sheet("Số liệu", one.title.vi, columns, tuple(rows), notes, frozenset({0}))


def _dimension(name: str) -> Iterable[Column]:
    """The columns of a dimension: its code and its name, which for time are the same."""
    title = wording.told(wording.words().dimensions, name)
    if name not in TIMES:
        yield Column(f"{name}Code", f"Mã {title.lower()}")
    yield Column(name, title)


def _keys(group: Group) -> Iterable[Cell]:
    for key in group.keys:
        if key.dimension not in TIMES:
            yield key.value
        yield key.name


def _several(answers: Sequence[Answer]) -> Sheet:
    compared = COMPARED if any(one.compared for one in answers) else ()
    columns = (
        Column("id", "Mã chỉ số"),
        Column("title", "Chỉ số"),
        *VALUE,
        Column("most", "Điểm tối đa", Kind.POINTS),
        *compared,
        Column("unit", "Đơn vị"),
    )
    rows = []
    for one in answers:
        units = " / ".join(wording.unit(name) for name in one.units)
        changes = _changes(one.compared) if one.compared else (None,) * len(compared)
        rows.append((one.indicator, one.title.vi, *cells(one.value), one.formula.most, *changes, units))
    return Sheet("Số liệu", "Các chỉ số", columns, tuple(rows), _hidden_note(one.value for one in answers))


def _ranked(rank: Rank, title: str) -> Sheet:
    columns = (
        Column("place", "Hạng", Kind.COUNT),
        Column("agencyCode", "Mã"),
        Column("agency", "Cơ quan"),
        *VALUE,
    )
    rows = tuple((one.place, one.keys[0].value, one.keys[0].name, *cells(one.value)) for one in rank.peers)
    return Sheet("Xếp hạng", f"{title}: xếp hạng trong {rank.of} cơ quan cùng cấp", columns, rows)


def cells(value: Value) -> tuple[Cell, ...]:
    """The four numbers of a value. What is hidden says so."""
    if value.hidden and value.numerator is None:
        return (HIDDEN, HIDDEN, None, None)
    return (value.numerator, value.denominator, value.ratio, value.points)


def _changes(compared: Compared | None) -> tuple[Cell, ...]:
    if compared is None:
        return ()
    return (compared.value.ratio, compared.ratio_change, compared.numerator_change)


def _notes(value: Value) -> tuple[str, ...]:
    left = [f"{wording.reason(name)}: {shown(count, Kind.COUNT)}" for name, count in value.excluded.items()]
    known = [f"{wording.reason(name)}: {shown(count, Kind.COUNT)}" for name, count in value.quality.items()]
    flags = [wording.reason(flag) for flag in value.flags]
    found = [f"Không tính: {'; '.join(left)}."] if left else []
    found += [f"Lưu ý về dữ liệu: {'; '.join([*known, *flags])}."] if known or flags else []
    return (*found, *_hidden_note([value]))


def _hidden_note(values: Iterable[Value]) -> tuple[str, ...]:
    if any(value.hidden for value in values):
        return (f"“{HIDDEN}”: số quá nhỏ, không công khai để bảo vệ thông tin cá nhân.",)
    return ()


def published(observed: Sequence[Observation], names: dict[str, str]) -> Sheet:
    """What others published, beside what is computed and never mixed with it."""
    columns = (
        Column("name", "Tên số liệu"),
        Column("agency", "Cơ quan"),
        Column("period", "Kỳ"),
        Column("value", "Giá trị công bố", Kind.NUMBER),
        Column("unit", "Đơn vị"),
        Column("numerator", "Tử số", Kind.COUNT),
        Column("denominator", "Mẫu số", Kind.COUNT),
        Column("outOf", "Tối đa, trong số", Kind.NUMBER),
        Column("source", "Nguồn"),
        Column("captured", "Ngày ghi nhận", Kind.DAY),
        Column("quality", "Lưu ý"),
    )
    rows = tuple(
        (
            one.name,
            names.get(one.agency) or one.called or one.agency,
            period_text(one.begins, one.ends),
            one.value,
            _unit(one.unit),
            one.numerator,
            one.denominator,
            one.out_of,
            one.source,
            one.captured,
            "; ".join([*([one.quality] if one.quality else []), *map(wording.reason, one.doubts)]),
        )
        for one in observed
    )
    note = "Do cơ quan khác công bố, ghi lại nguyên văn kèm nguồn; không dùng để tính các chỉ số ở trang khác."
    return Sheet("Số liệu công bố", "Số liệu do cơ quan khác công bố", columns, rows, (note,))


def _unit(unit: Unit) -> str:
    return wording.words().published[unit.value].vi


def formulas(answers: Sequence[Answer]) -> Sheet:
    """Each definition in words, with its version and source."""
    columns = (
        Column("id", "Mã chỉ số"),
        Column("title", "Chỉ số"),
        Column("numerator", "Tử số là"),
        Column("denominator", "Mẫu số là"),
        Column("exclusions", "Không tính"),
        Column("points", "Cách cho điểm"),
        Column("empty", "Khi mẫu số bằng 0"),
        Column("version", "Phiên bản", Kind.COUNT),
        Column("validFrom", "Áp dụng từ", Kind.DAY),
        Column("source", "Căn cứ"),
        Column("note", "Ghi chú"),
    )
    rows = []
    for one in answers:
        known = book().definitions[one.indicator]
        version = next(each for each in known if each.version == one.formula.version)
        rows.append(
            (
                one.indicator,
                one.title.vi,
                wording.worded(version.numerator),
                wording.worded(version.denominator) if version.denominator else "",
                wording.left_out(version),
                wording.scored(version.points),
                wording.told(wording.words().empty, version.empty) if version.points else "",
                one.formula.version,
                one.formula.valid_from,
                version.source.vi,
                version.note.vi,
            )
        )
    return Sheet("Công thức", "Công thức tính từng chỉ số", columns, tuple(rows))


def provenance(answers: Sequence[Answer]) -> Sheet:
    """From which state of the registry the numbers come, and where the records behind them are listed."""
    first = answers[0]
    revisions = first.revisions
    rows: list[tuple[Cell, ...]] = [
        ("Số liệu đến ngày", f"{first.as_of:%d/%m/%Y}"),
        ("Kỳ", f"{first.period.start:%d/%m/%Y} – {first.period.end:%d/%m/%Y}"),
        ("Phiên bản danh mục", str(revisions.catalogue)),
        ("Phiên bản hồ sơ", str(revisions.dossiers)),
        ("Phiên bản số liệu công bố", str(revisions.observations)),
        ("Địa giới", "theo tổ chức hiện nay" if first.asked.boundaries == "today" else "theo tổ chức lúc đó"),
    ]
    for one in answers:
        rows.append((f"{one.indicator}: danh sách tử số", one.links.numerator))
        if one.links.denominator:
            rows.append((f"{one.indicator}: danh sách mẫu số", one.links.denominator))
    note = "Cùng câu hỏi trên cùng các phiên bản này luôn cho cùng kết quả."
    columns = (Column("name", "Nội dung"), Column("value", "Giá trị"))
    return Sheet("Nguồn gốc số liệu", "Nguồn gốc số liệu", columns, tuple(rows), (note,))
