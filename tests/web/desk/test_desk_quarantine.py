"""What is in quarantine: told in Vietnamese, shown safely, mended and tried again on pages."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry import clock
from registry.catalogue import versions
from registry.intake import pipeline, quarantine
from registry.intake.formats import detect
from registry.intake.record import Options
from registry.tables.dossiers import Delivery, Rejected
from registry.web.desk import reasons

pytestmark = pytest.mark.anyio

REGISTRY = Path(__file__).parents[3] / "registry"
EVIL = "<script>alert(1)</script>"
LIST = "Mã số,Tên,Cơ quan ban hành,Cơ quan thực hiện,Lĩnh vực\n"


async def held(desk: Any, tmp_path: Path, name: str, *rows: str) -> dict[str, str]:
    """The ids of records that a list could not bring in, by their names."""
    place = tmp_path / name
    place.write_text(LIST + "".join(f"{row},Bộ Tư pháp,Ủy ban nhân dân cấp xã,Hộ tịch\n" for row in rows))
    await pipeline.take(desk.database, detect(place), Options(source=name, day=clock.today()), desk.settings.data)
    return {one.name: one.id for one in await quarantine.listed(desk.database) if one.source == name}


async def test_what_is_held_is_listed_with_its_reason_in_vietnamese_and_narrowed(
    desk: Any, tmp_path: Path
) -> None:
    lan = await desk.person("announce")
    await held(desk, tmp_path, "mot.csv", "không mã,Một", ",Hai")
    await held(desk, tmp_path, "hai.csv", "abc,Ba")
    page = await lan.open("/bien-tap/cach-ly")
    assert "“không mã” không phải mã thủ tục" in page.main.text
    assert "Thủ tục không có mã" in page.main.text
    page = await lan.open("/bien-tap/cach-ly", nguon="hai.csv")
    assert [one.text for one in page.main.all("li") if "hai.csv" in one.text]
    assert "mot.csv," not in page.main.text
    kind = reasons.kind("the procedure has no code")
    page = await lan.open("/bien-tap/cach-ly", **{"ly-do": kind, "nguon": "mot.csv"})
    assert "Hai" in page.main.text
    assert "“không mã”" not in page.main.text


async def test_a_record_is_given_a_code_and_taken_in(desk: Any, tmp_path: Path) -> None:
    lan = await desk.person("announce")
    found = await held(desk, tmp_path, "ba.csv", "xyz,Cho mã")
    address = f"/bien-tap/cach-ly/{found['Cho mã']}"
    page = await lan.open(address)
    page = await lan.send(page, found["Cho mã"], 422, code="không phải")
    assert "không phải mã thủ tục" in page.one(id="code-error").text
    assert page.one("input", id="code")["value"] == "không phải"
    page = await lan.send(page, found["Cho mã"], code="9.500001")
    assert "đã được nhận" in page.main.text
    assert (await versions.history(desk.database, "9.500001"))[-1].procedure.name == "Cho mã"
    assert await desk.count("audit", "action = 'quarantine.release' AND kind = 'person'") >= 1
    # Sent again, nothing more is done.
    await lan.post(address, [("form_token", lan.filled(await lan.open("/bien-tap"), "/dang-xuat", {})[0][1])])
    assert "đã được nhận" in (await lan.open(address)).main.text


async def test_a_cell_is_mended_and_the_row_taken_in(desk: Any, tmp_path: Path) -> None:
    lan = await desk.person("announce")
    found = await held(desk, tmp_path, "bon.csv", "9.50000x,Sửa ô")
    page = await lan.open(f"/bien-tap/cach-ly/{found['Sửa ô']}")
    (cell,) = [one for one in page.all("input") if one.get("value") == "9.50000x"]
    page = await lan.send(page, found["Sửa ô"], **{cell["name"]: "9.500002"})
    assert "đã được nhận" in page.main.text
    assert (await versions.history(desk.database, "9.500002"))[-1].procedure.name == "Sửa ô"


async def test_a_record_never_overwrites_another_whose_code_it_is_given(desk: Any, tmp_path: Path) -> None:
    lan = await desk.person("announce")
    found = await held(desk, tmp_path, "nam.csv", "qqq,Nhầm mã")
    before = (await versions.history(desk.database, "9.000007"))[-1].digest
    page = await lan.open(f"/bien-tap/cach-ly/{found['Nhầm mã']}")
    page = await lan.send(page, found["Nhầm mã"], 422, code="9.000007")
    assert "Danh mục đã có 9.000007" in page.main.text
    assert (await versions.history(desk.database, "9.000007"))[-1].digest == before


async def test_those_of_a_filter_are_tried_again_at_once_and_counted(desk: Any, tmp_path: Path) -> None:
    lan = await desk.person("announce")
    await held(desk, tmp_path, "sau.csv", "aaa,Một", "bbb,Hai")
    page = await lan.open("/bien-tap/cach-ly", nguon="sau.csv")
    page = await lan.send(page, "/cach-ly")
    assert "Đã nhận 0 bản ghi; còn giữ 2" in page.main.text


async def test_script_in_a_record_stays_text_and_its_bytes_are_only_ever_downloaded(
    desk: Any, tmp_path: Path
) -> None:
    lan = await desk.person("announce")
    found = await held(desk, tmp_path, f"bay{EVIL[:8]}.csv", f"{EVIL},{EVIL}")
    (key,) = found.values()
    page = await lan.open(f"/bien-tap/cach-ly/{key}")
    assert not page.all("script")
    assert EVIL in page.one("pre").text
    answer = await lan.client.get(f"/bien-tap/cach-ly/{key}/goc")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert EVIL.encode() in answer.content


async def test_rejected_lines_of_dossiers_are_listed_with_their_reasons(desk: Any) -> None:
    lan = await desk.person("announce")
    now = clock.now()

    async def write() -> None:
        await desk.database.insert(
            Delivery,
            ("id", "source", "format", "started_at", "counts", "revision"),
            [(77, "t5.ndjson", "ndjson", now, "{}", 0)],
        )
        await desk.database.insert(
            Rejected,
            ("id", "recorded_at", "delivery", "line", "field", "reason", "kept"),
            [("r1", now, 77, 7, "received", "is in the future", '{"channel":"online"}')],
        )

    await desk.database.transact(write)
    page = await lan.open("/bien-tap/cach-ly/ho-so")
    (row,) = [one for one in page.main.all("tr") if "t5.ndjson" in one.text]
    assert "dòng 7" in row.text
    assert "Ở trong tương lai." in row.text


def said() -> Iterator[tuple[str, str]]:
    """Every sentence with which an intake refuses something, with 1 for what it fills in, and its place."""
    for folder, refusing in REFUSING.items():
        for path in (REGISTRY / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in refusing:
                    for argument in node.args:
                        if text := _text(argument):
                            yield text, f"{path.name}:{node.lineno}"


REFUSING = {"intake": {"Unacceptable", "SourceUnreadable", "Rejection"}, "dossiers": {"Wrong"}}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [str(one.value) if isinstance(one, ast.Constant) else "1" for one in node.values]
        return "".join(parts) if any(" " in part for part in parts) else ""
    return ""


def test_everything_an_intake_can_say_is_told_in_vietnamese() -> None:
    found = dict(said())
    assert len(found) > 50
    # Only folders and links on a machine, which nobody can upload.
    machine = (
        "no such file or folder",
        "neither a file nor a folder",
        "the folder cannot be read",
        "make it readable",
    )
    missing = {
        text: place
        for text, place in found.items()
        if not reasons.known(text) and not any(part in text for part in machine) and text.strip("1: ")
    }
    assert not missing


def test_what_the_table_does_not_know_is_told_as_it_was_said() -> None:
    assert (
        reasons.told("a.csv, row 2: code: something quite new", "vi", "a.csv, row 2", "code")
        == "something quite new"
    )
    assert reasons.title(reasons.kind("something quite new")) == ""
