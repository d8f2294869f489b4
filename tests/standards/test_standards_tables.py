"""CSV and Excel: what a table says, that nothing in it is run, and that its dictionary explains all of it."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from registry.catalogue import versions
from registry.engine import Database
from registry.exchange import delimited, dictionary, workbook
from registry.exchange.delimited import FORMULA, MARK, line
from registry.exchange.holdings import Batch, Wanted
from registry.exchange.table import NAMES, choices, tables

pytestmark = pytest.mark.anyio


async def read(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def rows(database: Database, scene: SimpleNamespace, **wanted: Any) -> list[dict[str, str]]:
    """The rows of a table on the scene's day, or as ``wanted`` says."""
    known = await versions.revision(database)
    asked = Wanted(scene.publication, wanted.pop("day", scene.DAY), known, **wanted)
    text = (await read(delimited.export(database, asked))).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_a_row_says_what_is_in_force_on_the_day(filled: Database, scene: SimpleNamespace) -> None:
    found = {row["code"]: row for row in await rows(filled, scene)}
    assert list(found) == ["1.000001", "1.000002", "1.000003", "1.000005"]
    rich = found["1.000001"]
    assert rich["name"] == 'Đăng ký khai sinh "có yếu tố nước ngoài"'
    assert rich["levels"] == "province\ncommune"
    assert rich["executing"] == "Ủy ban nhân dân cấp xã\nSở Tư pháp tỉnh Thái Nguyên"
    assert (rich["onlineLevel"], rich["onlineScheme"]) == ("full", "full-partial")
    assert (rich["announcement"], rich["effective"], rich["validTo"]) == ("30/QĐ-BTP", "2025-07-01", "")
    assert (rich["eResult"], rich["onlinePayment"], rich["essential"]) == ("true", "false", "unknown")
    assert rich["url"] == "https://tthc.example.vn/api/procedures/1.000001"


async def test_every_version_is_there_when_all_are_wanted(filled: Database, scene: SimpleNamespace) -> None:
    found = await rows(filled, scene, day=None)
    assert [row["validTo"] for row in found if row["code"] == "1.000002"] == ["2025-07-01", ""]
    assert [row["endedBy"] for row in found if row["code"] == "1.000006"] == ["30/QĐ-BTP"]


async def test_an_export_tells_what_was_known_then(local: Database, scene: SimpleNamespace) -> None:
    asked = Wanted(scene.publication, None, 0)
    assert (await read(delimited.export(local, asked))).count(b"\n") == 1


async def test_each_channel_fee_paper_and_act_has_a_row(local: Database, scene: SimpleNamespace) -> None:
    channels = [row for row in await rows(local, scene, table="channels") if row["code"] == "1.000001"]
    assert [(row["channel"], row["timeValue"], row["timeUnit"]) for row in channels] == [
        ("online", "5", "working-day"),
        ("direct", "7.5", "day"),
        ("direct", "", "other"),
        ("postal", "2", "month"),
    ]
    fees = await rows(local, scene, table="fees")
    assert [(row["lineState"], row["amount"], row["currency"]) for row in fees] == [
        ("free", "", "VND"),
        ("amount", "50000", "VND"),
        ("amount", "20", "USD"),
        ("schedule", "", "VND"),
        ("unknown", "", "VND"),
    ]
    papers = await rows(local, scene, table="papers")
    assert [(row["case"], row["paper"], row["copies"], row["required"]) for row in papers] == [
        ("Trẻ em", "Tờ khai", "2", "unknown"),
        ("", "Hộ chiếu", "0", "true"),
    ]
    bases = await rows(local, scene, table="bases")
    assert [row["actNumber"] for row in bases] == ["60/2014/QH13", "07/2025/NĐ-CP"]


@pytest.mark.parametrize("text", [f"{mark}1+1" for mark in FORMULA])
def test_no_cell_of_csv_begins_like_a_formula(text: str) -> None:
    written = next(csv.reader(io.StringIO(line([text, 1, None]), newline="")))
    assert written == [f"'{text}", "1", ""]


async def test_excel_tells_by_the_mark_that_a_file_is_utf_8(local: Database, scene: SimpleNamespace) -> None:
    asked = Wanted(scene.publication, scene.DAY, 99)
    plain = await read(delimited.export(local, asked))
    marked = await read(delimited.export(local, asked._replace(mark=True)))
    assert marked == MARK.encode() + plain


async def test_a_workbook_has_a_sheet_for_each_table_and_runs_nothing(
    local: Database, scene: SimpleNamespace, tmp_path: Path
) -> None:
    known = await versions.revision(local)
    path = tmp_path / "catalogue.xlsx"
    data = await read(workbook.export(local, Wanted(scene.publication, scene.DAY, known, headings="vi")))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert len(book.sheet_names) == len(NAMES) + 1
    found = book.get_sheet_by_name("Thủ tục").to_python()
    assert found[0][:2] == ["Mã thủ tục", "Tên thủ tục"]
    assert [row[0] for row in found[1:]] == ["1.000001", "1.000002", "1.000003", "1.000005"]
    assert found[2][1] == "+84 thủ tục không có gì"
    assert "Từ điển dữ liệu" in book.sheet_names
    assert b"<f>" not in data
    assert not path.exists()


async def test_a_cell_too_long_for_excel_says_that_it_was_cut(
    local: Database, scene: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LONGEST", len(workbook.CUT) + 2)
    data = await read(workbook.export(local, Wanted(scene.publication, scene.DAY, 99)))
    cells = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Thủ tục").to_python()
    assert any(str(cell).endswith(workbook.CUT) for row in cells for cell in row)


def test_the_dictionary_explains_every_column_with_its_values() -> None:
    found = {(one.table, one.name): one for one in dictionary.described()}
    assert {name for name, _ in found} == set(NAMES)
    for table in tables().values():
        for column in table.columns:
            told = found[table.name, column.name]
            assert told.vi, f"{column.name} has no words in Vietnamese"
            assert told.en, f"{column.name} has no words in English"
            assert told.type in ("text", "code", "date", "number", "flag", "choice", "choices", "list")
            assert bool(told.values) == (told.type in ("flag", "choice", "choices"))
            assert bool(told.unit) == (told.type == "number")


def test_every_value_of_a_closed_list_is_in_its_dictionary(scene: SimpleNamespace) -> None:
    wanted = Wanted(scene.publication, scene.DAY, 99)
    batch = Batch([scene.version(one) for one in (scene.RICH, scene.BARE, scene.PROVINCIAL)], {})
    for table in tables().values():
        for cells in table.rows(batch, wanted):
            for column, cell in zip(table.columns, cells, strict=True):
                if column.kind in ("choice", "choices", "flag") and cell:
                    assert set(str(cell).split("\n")) <= choices(column).keys(), column.name


def test_a_list_keeps_names_with_commas_whole(scene: SimpleNamespace) -> None:
    name = "Tổ chức (không bao gồm doanh nghiệp, HTX); khác | nữa"
    audience = msgspec.structs.replace(scene.RICH.audiences[1], name=name)
    found = msgspec.structs.replace(scene.RICH, audiences=(audience, scene.RICH.audiences[0]))
    table = tables()["procedures"]
    cells = next(table.rows(Batch([scene.version(found)], {}), Wanted(scene.publication, None, 1)))
    place = [column.name for column in table.columns].index("audiences")
    assert str(cells[place]).split("\n") == [name, "Công dân Việt Nam"]
