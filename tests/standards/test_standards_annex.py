"""Annexes in Word and Excel: what they say, how they look, and that reading one back changes nothing."""

import io
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import docx
import msgspec
import pytest
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from python_calamine import CalamineWorkbook

from registry.catalogue import announcements, versions
from registry.catalogue.check import catalogue_digest, check
from registry.catalogue.ledger import Ledger, record
from registry.engine import Database
from registry.exchange.annex import HEADINGS, Annex, annex_of, compose, cost, duration
from registry.exchange.annex_excel import annex_excel
from registry.exchange.annex_word import annex_word
from registry.intake import pipeline
from registry.intake.formats import detect, parser
from registry.intake.formats.annex import announcement_of
from registry.intake.pipeline import Told
from registry.intake.record import Options, Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Fee, ProcessingTime
from registry.vocabulary import Action, FeeKind, FeeState, TimeUnit

pytestmark = pytest.mark.anyio
WRITERS = {"docx": annex_word, "xlsx": annex_excel}
Read = Callable[[Path], Awaitable[tuple[pipeline.Outcome, list[Told]]]]


def contents(scene: SimpleNamespace) -> Annex:
    """The annex of the second announcement, from contents in hand."""
    known = {one.code: one for one in (scene.RICH, scene.BARE, scene.HEIR)}
    return compose(scene.SECOND, known)


def kept(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture
def read(local: Database, tmp_path: Path) -> Read:
    """Takes a file into the store. Returns what came of it, and the fate of every record."""

    async def take(path: Path) -> tuple[pipeline.Outcome, list[Told]]:
        told: list[Told] = []
        options = Options(str(path), date(2025, 8, 1))
        return await pipeline.take(local, detect(path), options, tmp_path, told.append), told

    return take


def test_each_kind_of_change_has_its_part_in_its_order(scene: SimpleNamespace) -> None:
    annex = contents(scene)
    assert [(part.action, [line.code for line in part.lines]) for part in annex.parts] == [
        (Action.NEW, ["1.000001"]),
        (Action.AMENDED, ["1.000002"]),
        (Action.REPLACED, ["1.000005"]),
        (Action.ABOLISHED, ["1.000006"]),
    ]
    assert annex.titles[2] == "(Kèm theo Quyết định số 30/QĐ-BTP ngày 14 tháng 6 năm 2025 của Bộ Tư pháp)"


def test_a_draft_without_number_and_day_leaves_room_for_them(scene: SimpleNamespace) -> None:
    draft = msgspec.structs.replace(scene.SECOND, number="", decided=None)
    assert "số …… ngày …… tháng …… năm …… của" in compose(draft, {}).titles[2]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (ProcessingTime(TimeUnit.WORKING_DAY, 7), "07 ngày làm việc"),
        (ProcessingTime(TimeUnit.WORKING_DAY, 1.5), "1,5 ngày làm việc"),
        (ProcessingTime(TimeUnit.DAY, 30, "kể từ ngày nhận"), "30 ngày (kể từ ngày nhận)"),
        (ProcessingTime(TimeUnit.OTHER, None, "Ngay\ntrong ngày"), "Ngay trong ngày"),
        (None, "Chưa rõ"),
    ],
)
def test_time_limits_are_told_in_words(time: ProcessingTime | None, words: str) -> None:
    assert duration(time) == words


@pytest.mark.parametrize(
    ("fee", "words"),
    [
        (Fee(FeeKind.SERVICE_FEE, FeeState.AMOUNT, 1_150_000), "Lệ phí: 1.150.000 đồng"),
        (Fee(FeeKind.FEE, FeeState.FREE), "Phí: miễn phí"),
        (Fee(FeeKind.FEE, FeeState.SCHEDULE, text="Theo Thông tư"), "Phí: Theo Thông tư"),
        (Fee(FeeKind.FEE, FeeState.UNKNOWN), "Chưa rõ"),
    ],
)
def test_fees_are_told_in_words_and_zero_is_not_free(fee: Fee, words: str) -> None:
    assert cost(fee) == words


def test_the_word_file_is_ready_to_be_appended(scene: SimpleNamespace) -> None:
    document = docx.Document(io.BytesIO(annex_word(contents(scene))))
    section = document.sections[0]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (29.7, 21.0)
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Normal"].font.size.pt == 13
    assert len(document.tables) == 4
    for table in document.tables:
        assert [cell.text for cell in table.rows[0].cells] == list(HEADINGS)
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    first = document.tables[0]
    assert first.rows[1].cells[0].text == "Lĩnh vực Hộ tịch"
    assert [cell.text for cell in first.rows[2].cells][:2] == ["1", "1.000001"]
    assert document.core_properties.author == ""


def test_the_workbook_has_a_sheet_for_each_kind_of_change(scene: SimpleNamespace) -> None:
    data = annex_excel(contents(scene))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["Ban hành mới", "Sửa đổi, bổ sung", "Thay thế", "Bãi bỏ"]
    rows = book.get_sheet_by_name("Thay thế").to_python()
    assert rows[4] == list(HEADINGS)
    assert rows[6][2] == "Thủ tục thay thế\n(Thay thế: 1.000004)"


@pytest.mark.parametrize("kind", WRITERS)
async def test_an_annex_read_back_changes_nothing(
    local: Database, scene: SimpleNamespace, read: Read, tmp_path: Path, kind: str
) -> None:
    before = await catalogue_digest(local), await versions.revision(local)
    for announcement in (scene.FIRST, scene.SECOND):
        annex = await annex_of(local, await announcements.find(local, announcement.id))
        outcome, told = await read(kept(tmp_path, WRITERS[kind](annex), f"annex.{kind}"))
        assert {one.fate for one in told} == {"unchanged"}
        assert outcome.read == len(told)
    assert (await catalogue_digest(local), await versions.revision(local)) == before


@pytest.mark.parametrize("kind", WRITERS)
async def test_an_annex_carries_its_decision_out(
    database: Database, scene: SimpleNamespace, tmp_path: Path, kind: str
) -> None:
    async def earlier(book: Ledger) -> None:
        await book.load(["1.000002", "1.000004", "1.000006"])
        for procedure in (scene.BARE, scene.OLD, scene.GONE):
            book.put(procedure, date(2025, 1, 10), None, scene.HERE)

    await record(database, earlier)
    path = kept(tmp_path, WRITERS[kind](contents(scene)), f"annex.{kind}")
    told: list[Told] = []
    options = Options(str(path), date(2025, 8, 1))
    outcome = await pipeline.take(database, detect(path), options, tmp_path, told.append)
    assert outcome.ends == ["1.000004", "1.000006"]
    assert {(one.code, one.fate.value) for one in told} == {
        ("1.000001", "new"),
        ("1.000002", "amended"),
        ("1.000005", "new"),
        ("1.000004", "ended"),
        ("1.000006", "ended"),
    }
    found = await announcements.find(database, "30/QĐ-BTP")
    assert set(found.items) == set(scene.SECOND.items)
    assert [day for code in outcome.ends for _, day in await versions.days(database, code)] == [
        date(2025, 6, 14)
    ] * 2
    assert [code for code, _, _ in await versions.successors(database, "1.000004")] == ["1.000005"]
    rich = (await versions.find(database, "1.000001", date(2025, 8, 1))).procedure
    assert (rich.name, rich.legal_bases) == (scene.RICH.name, scene.RICH.legal_bases)
    assert await check(database) == []


async def test_an_annex_blanks_nothing_that_it_does_not_carry(
    local: Database, scene: SimpleNamespace, read: Read, tmp_path: Path
) -> None:
    annex = contents(scene)
    renamed = annex.parts[0].lines[0]._replace(name="Tên mới", bases=(), time=(), fees=(), agencies=())
    part = annex.parts[0]._replace(lines=(renamed,))
    await read(kept(tmp_path, annex_word(annex._replace(parts=(part,))), "annex.docx"))
    found = (await versions.find(local, "1.000001", scene.DAY)).procedure
    assert found == msgspec.structs.replace(scene.RICH, name="Tên mới")


async def test_a_line_without_a_code_is_quarantined_with_its_place(
    read: Read, scene: SimpleNamespace, tmp_path: Path
) -> None:
    annex = contents(scene)
    part = annex.parts[0]._replace(lines=(annex.parts[0].lines[0]._replace(code=""),))
    outcome, told = await read(kept(tmp_path, annex_word(annex._replace(parts=(part,))), "annex.docx"))
    assert outcome.fates["quarantined"] == 1
    assert told[0].reason.startswith("annex.docx, table 1, row 3: Mã: ")


async def test_an_annex_that_names_no_decision_is_refused(
    read: Read, scene: SimpleNamespace, tmp_path: Path
) -> None:
    draft = msgspec.structs.replace(scene.SECOND, number="", decided=None)
    with pytest.raises(SourceUnreadable, match="names no decision"):
        await read(kept(tmp_path, annex_word(compose(draft, {})), "annex.docx"))


async def test_a_word_file_without_a_table_of_procedures_is_refused(read: Read, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    with pytest.raises(SourceUnreadable, match="has no table with the columns"):
        await read(kept(tmp_path, buffer.getvalue(), "letter.docx"))


async def test_a_damaged_word_file_is_refused(read: Read, scene: SimpleNamespace, tmp_path: Path) -> None:
    data = annex_word(contents(scene))
    with pytest.raises(SourceUnreadable):
        await read(kept(tmp_path, data[: len(data) // 2], "annex.docx"))


def test_a_list_of_procedures_is_no_annex(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write_row(0, 0, ["Mã số", "Tên", "Cơ quan thực hiện"])
    book.close()
    assert detect(path).name == "excel"


@pytest.mark.parametrize(
    ("words", "number", "issuer"),
    [
        ("(Kèm theo Quyết định số 30/QĐ-BTP ngày 14 tháng 6 năm 2025 của Bộ Tư pháp)", "30/QĐ-BTP", "Bộ Tư pháp"),
        ("(Ban hành kèm theo Quyết định số: 30 /QĐ-BTP ngày 14 tháng 06 năm 2025)", "30/QĐ-BTP", None),
        (
            "(Kèm theo Quyết định số 497/QĐ-BXD ngày 26 tháng 4 năm 2025 của Bộ Xây dựng (Giao thông vận tải cũ))",
            "497/QĐ-BXD",
            "Bộ Xây dựng (Giao thông vận tải cũ)",
        ),
    ],
)
def test_the_decision_is_read_from_the_line_under_the_title(words: str, number: str, issuer: str | None) -> None:
    found = announcement_of(words)
    assert found is not None
    assert (found.number, found.issuer.name if found.issuer else None) == (number, issuer)


@pytest.mark.parametrize(
    "words", ["", "Quyết định số 1 ngày 31 tháng 2 năm 2025", "quyết định số " + "a/" * 50_000]
)
def test_what_names_no_decision_is_none(words: str) -> None:
    assert announcement_of(words) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("60/2014/QH13 – Luật Hộ tịch\n07/2025/NĐ-CP", ["60/2014/QH13", "07/2025/NĐ-CP"]),
        ("- Luật Hộ tịch số 60/2014/QH13;\n- Nghị định số 07/2025/NĐ-CP.", ["60/2014/QH13", "07/2025/NĐ-CP."]),
        ("Luật Hộ tịch năm 2014", []),
    ],
)
def test_acts_are_read_by_their_numbers(text: str, numbers: list[str]) -> None:
    row = msgspec.json.encode({"cells": {"code": "1.000001", "name": "Tên", "bases": text}})
    found = parser("annex")(Raw("a", row))
    assert isinstance(found, Record)
    assert [one.number for one in found.procedure.legal_bases] == numbers
    assert ("legal_bases" in (found.carried or ())) == bool(numbers)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[]", b'{"cells":{"code":"x"}}', b'{"cells":{"code":"1.000001"}}']
)
def test_what_is_no_line_of_an_annex_is_refused_with_a_reason(data: bytes) -> None:
    found = parser("annex")(Raw("a.docx, table 1, row 3", data))
    assert isinstance(found, Rejection)
    assert found.reason.startswith("a.docx, table 1, row 3: ")
