"""Lists in Excel and CSV: the header is found by its words, and a row carries the cells that it fills."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from registry.intake import formats
from registry.intake.formats import excel
from registry.intake.record import Format, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, Announcement, Term
from registry.vocabulary import Level, OnlineLevel, Role

TITLE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\nDANH SÁCH THỦ TỤC HÀNH CHÍNH\n"
HEADER = ["Mã số", "Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực"]
ROW = ["7.000001", "Cấp giấy chứng nhận ví dụ", "Bộ Ví dụ", "Sở Ví dụ", "Lĩnh vực ví dụ"]


def _workbook(path: Path, *rows: list[Any], sheets: int = 1) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    for number in range(sheets):
        sheet = book.add_worksheet(f"Danh sách {number}")
        sheet.merge_range(0, 0, 0, 4, TITLE)
        for index, row in enumerate(rows, 1):
            sheet.write_row(index, 0, row)
    book.close()
    return path


def _csv(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _everything(source: Format) -> Iterator[Record | Rejection]:
    for raw in source.raws():
        yield raw if isinstance(raw, Rejection) else source.parse(raw)


def _read(path: Path) -> list[Record | Rejection]:
    return list(_everything(formats.detect(path)))


def _only(path: Path) -> Record:
    (found,) = _read(path)
    assert isinstance(found, Record), found
    return found


def _row(folder: Path, **cells: str) -> Record | Rejection:
    """One row of a list with code, name and these columns."""
    header = ";".join(["Mã số", "Tên", *(heading.replace("_", " ") for heading in cells)])
    quoted = (f'"{cell}"' for cell in cells.values())
    (found,) = _read(_csv(folder, f"{header}\n7.000001;Tên;{';'.join(quoted)}\n"))
    return found


def _record(folder: Path, **cells: str) -> Record:
    found = _row(folder, **cells)
    assert isinstance(found, Record), found
    return found


def test_the_official_export_is_read_below_its_title(tmp_path: Path) -> None:
    found = _only(_workbook(tmp_path / "export.xlsx", HEADER, ROW))
    assert found.raw.origin == "export.xlsx, row 3"
    assert (found.procedure.code, found.procedure.name) == (ROW[0], ROW[1])
    assert found.procedure.sectors == (Term("linh-vuc-vi-du", "Lĩnh vực ví dụ"),)
    assert found.procedure.agencies == (
        Agency(Role.ISSUING, "Bộ Ví dụ"),
        Agency(Role.EXECUTING, "Sở Ví dụ"),
    )
    assert found.notes == ()


def test_an_empty_cell_carries_nothing(tmp_path: Path) -> None:
    found = _only(_workbook(tmp_path / "export.xlsx", HEADER, [*ROW[:2], "", " \n ", ""]))
    assert found.carried == frozenset({"code", "name"})
    assert found.announcement is None
    assert found.valid_from is None


def test_agencies_are_separated_by_semicolons_and_line_breaks(tmp_path: Path) -> None:
    found = _only(_workbook(tmp_path / "export.xlsx", HEADER, [*ROW[:3], "\nSở Một; Sở Hai\n\nSở Ba\n", ROW[4]]))
    executing = [agency.name for agency in found.procedure.by_role(Role.EXECUTING)]
    assert executing == ["Sở Một", "Sở Hai", "Sở Ba"]


def test_a_code_that_a_spreadsheet_took_for_a_number_keeps_its_zeros(tmp_path: Path) -> None:
    rows = [[1.00119, "Một"], [2.001, "Hai"], [1001193, "Ba"]]
    found = _read(_workbook(tmp_path / "export.xlsx", HEADER[:2], *rows))
    codes = [each.procedure.code for each in found if isinstance(each, Record)]
    assert codes == ["1.001190", "2.001000", "1.001193"]


def test_dates_are_read_as_cells_as_text_and_as_serial_numbers(tmp_path: Path) -> None:
    header = ["Mã số", "Tên", "Số quyết định", "Ngày quyết định"]
    days = [datetime(2018, 1, 9), "09/01/2018", "9-1-2018", 43109]
    rows = [["7.000001", "Tên", "12/QĐ-BVD", day] for day in days]
    found = _read(_workbook(tmp_path / "export.xlsx", header, *rows))
    assert [each.valid_from for each in found if isinstance(each, Record)] == [date(2018, 1, 9)] * 4


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_as_text_is_read_with_any_separator(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = [delimiter.join(HEADER), delimiter.join(ROW), ""]
    path = _csv(tmp_path, "\r\n".join(lines).encode(encoding))
    expected = _only(_workbook(tmp_path / "export.xlsx", HEADER, ROW))
    assert _only(path).procedure == expected.procedure
    assert _only(path).carried == expected.carried


def test_a_cell_may_hold_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = 'Mã số,Tên,Cơ quan thực hiện\n7.000001,"Cấp, đổi ""giấy""\nví dụ","Sở Một; Sở Hai"\n7.000002,Hai,Ba\n'
    first, second = _read(_csv(tmp_path, text))
    assert isinstance(first, Record)
    assert first.procedure.name == 'Cấp, đổi "giấy" ví dụ'
    assert second.raw.origin == "list.csv, row 4"


@pytest.mark.parametrize("header", ["MÃ SỐ:;TÊN THỦ TỤC HÀNH CHÍNH", "ma tthc;ten tthc", " Mã  số ;Tên TTHC"])
def test_headings_are_found_by_their_words(tmp_path: Path, header: str) -> None:
    found = _only(_csv(tmp_path, f"Danh sách\n\n{header}\n7.000001;Tên\n"))
    assert found.procedure.code == "7.000001"


def test_levels_are_joined_by_commas(tmp_path: Path) -> None:
    found = _record(tmp_path, Cấp_thực_hiện="Cấp bộ, Cấp tỉnh, Cấp xã, Cơ quan khác")
    assert found.procedure.levels == (Level.MINISTRY, Level.PROVINCE, Level.COMMUNE, Level.OTHER)
    found = _record(tmp_path, Cấp_thực_hiện="Cấp tỉnh, Cấp thôn")
    assert found.procedure.levels == (Level.PROVINCE,)
    assert [(note.rule, note.before) for note in found.notes] == [("unknown-level", " Cấp thôn")]


@pytest.mark.parametrize(
    ("cell", "level"),
    [
        ("4", OnlineLevel.FULL),
        ("Toàn trình", OnlineLevel.FULL),
        ("3", OnlineLevel.PARTIAL),
        ("Dịch vụ công trực tuyến một phần", OnlineLevel.PARTIAL),
        ("2", OnlineLevel.INFORMATION),
        ("Mức độ 3", OnlineLevel.LEVEL_3),
        ("Mức độ 4", OnlineLevel.LEVEL_4),
        ("7", None),
    ],
)
def test_the_two_schemes_of_online_levels_are_not_mixed(
    tmp_path: Path, cell: str, level: OnlineLevel | None
) -> None:
    found = _record(tmp_path, Mức_độ=cell)
    assert found.procedure.online_level is level
    assert ("online_level" in (found.carried or ())) == (level is not None)
    assert [note.rule for note in found.notes] == ([] if level else ["unknown-online-level"])


def test_a_decision_is_known_by_number_issuer_and_day(tmp_path: Path) -> None:
    found = _record(
        tmp_path,
        Cơ_quan_ban_hành="Bộ Ví dụ",
        Số_quyết_định="Quyết định số 12/QĐ-BVD",
        Ngày_quyết_định="14-10-2024",
    )
    assert found.announcement == Announcement(
        "12/QĐ-BVD|Bộ Ví dụ|2024-10-14",
        "12/QĐ-BVD",
        decided=date(2024, 10, 14),
        issuer=Agency(Role.ISSUING, "Bộ Ví dụ"),
    )
    assert found.valid_from == date(2024, 10, 14)


def test_a_day_that_does_not_exist_rejects_its_row_only(tmp_path: Path) -> None:
    text = "Mã số;Tên;Ngày quyết định\n7.000001;Một;31/02/2024\n7.000002;Hai;29/02/2024\n"
    first, second = _read(_csv(tmp_path, text))
    assert isinstance(first, Rejection)
    assert (first.field, first.code, first.name) == ("Ngày quyết định", "7.000001", "Một")
    assert "list.csv, row 2" in first.reason
    assert isinstance(second, Record)


def test_a_column_that_is_not_known_is_noted_and_a_number_column_ignored(tmp_path: Path) -> None:
    found = _record(tmp_path, STT="1", Điện_thoại="0123")
    assert [(note.field, note.rule) for note in found.notes] == [("Điện thoại", "unknown-column")]


def test_rows_without_a_code_or_a_name_are_rejected(tmp_path: Path) -> None:
    first, second, third = _read(_csv(tmp_path, "Mã số;Tên\n;Không mã\n7.000001;\nTổng số;2\n"))
    assert [each.field for each in (first, second, third) if isinstance(each, Rejection)] == [
        "Mã số",
        "Tên",
        "Mã số",
    ]


def test_a_row_with_too_many_cells_is_rejected(tmp_path: Path) -> None:
    (found,) = _read(_csv(tmp_path, "Mã số,Tên\n7.000001,Cấp, đổi giấy\n"))
    assert isinstance(found, Rejection)
    assert "3 cells under 2 headings" in found.reason


def test_a_name_of_five_megabytes_is_rejected(tmp_path: Path) -> None:
    (found,) = _read(_csv(tmp_path, "Mã số;Tên\n7.000001;" + "x" * 5_000_000))
    assert isinstance(found, Rejection)
    assert "5,000,000 characters" in found.reason


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_wrong_header_says_what_is_missing_and_what_was_found(tmp_path: Path, suffix: str) -> None:
    header = ["Mã số", "Tiêu đề", "Ghi chú"]
    if suffix == "xlsx":
        path = _workbook(tmp_path / "export.xlsx", header, ["7.000001", "x", "y"])
    else:
        path = _csv(tmp_path, ",".join(header) + "\n7.000001,x,y\n")
    with pytest.raises(SourceUnreadable, match=r"columns “Tên”; found “Mã số”, “Tiêu đề”, “Ghi chú”"):
        _read(path)


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="two columns"):
        _read(_csv(tmp_path, "Mã số;Tên;Tên TTHC\n7.000001;Một;Hai\n"))


def test_text_that_is_not_utf8_is_refused_with_line_and_byte(tmp_path: Path) -> None:
    head = "Mã số;Tên\n7.000001;Một\n".encode()
    with pytest.raises(SourceUnreadable, match=rf"line 3 is not UTF-8 \(byte {len(head)}, c2 c3 .*CSV UTF-8"):
        _read(_csv(tmp_path, head + b"\xc2\xc3;x\n"))


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="quotes"):
        _read(_csv(tmp_path, 'Mã số;Tên\n7.000001;"Một\n7.000002;Hai\n'))


def test_two_sheets_with_lists_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="more than one sheet"):
        _read(_workbook(tmp_path / "export.xlsx", HEADER, ROW, sheets=2))


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "export.xlsx", HEADER, ROW)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceUnreadable, match="damaged or cut short"):
        _read(path)


def test_a_workbook_with_damaged_content_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "export.xlsx", HEADER, ROW)
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable, match=r"export\.xlsx"):
        _read(path)


def test_a_bomb_of_a_workbook_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MAX_UNPACKED", 2**20)
    path = _workbook(tmp_path / "export.xlsx", HEADER, ROW)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", bytes(2**22))
    with pytest.raises(SourceUnreadable, match="unpacks to more than 1 MB"):
        _read(path)


def test_a_cell_at_the_end_of_the_world_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(SourceUnreadable, match="1,048,576 rows and 16,384 columns"):
        _read(path)


def test_a_row_can_be_retried_without_its_file(tmp_path: Path) -> None:
    source = formats.detect(_workbook(tmp_path / "export.xlsx", HEADER, ROW))
    (raw,) = source.raws()
    assert not isinstance(raw, Rejection)
    (tmp_path / "export.xlsx").unlink()
    assert isinstance(formats.parser("excel")(raw), Record)
    assert isinstance(formats.parser("excel")(type(raw)("x", b"{")), Rejection)
