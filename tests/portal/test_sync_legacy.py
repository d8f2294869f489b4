"""The older interface: its records, its list, and syncing from a system that speaks it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry import clock
from registry.catalogue import versions
from registry.engine import Database
from registry.exchange.portal.manners import SourceFault
from registry.intake import pipeline
from registry.intake.formats import detect, legacy, parser, portal
from registry.intake.record import Options, Raw, Record, Rejection
from registry.procedure import Procedure
from registry.vocabulary import Channel, FeeKind, FeeState, Level, Role, TimeUnit

Go = Callable[..., Any]
FULL: dict[str, Any] = {
    "MATTHC": "1.001193.000.00.00.H55",
    "TENTTHC": " Đăng ký  khai sinh",
    "LINHVUCTHUCHIEN": [{"MALINHVUC": "G15-HT", "TENLINHVUC": "Hộ tịch"}],
    "CAPTHUCHIEN": [{"CAPTHUCHIEN": "Cấp xã"}, {"CAPTHUCHIEN": "4"}],
    "COQUANCONGBO": "Bộ Tư pháp",
    "MACOQUANCONGBO": "G15",
    "TRINHTUTHUCHIEN": [{"TRUONGHOP": "Thường", "TRINHTU": [{"TENTRINHTU": "Nộp hồ sơ."}, None]}],
    "CACHTHUCTHUCHIEN": [
        {
            "KENH": "2",
            "THOIGIAN": [
                {
                    "THOIGIANGIAIQUYET": 1,
                    "DONVITINH": "Ngày làm việc",
                    "MOTA": "Ngay trong ngày",
                    "PHILEPHI": [{"SOTIEN": "8.000", "DONVI": "Đồng", "MOTA": "Lệ phí: theo mức"}],
                }
            ],
        },
        {"KENH": 1, "THOIGIAN": 2.5, "DONVITINH": "Tháng", "PHILEPHI": [{"SOTIEN": 0, "MOTA": "Theo bảng giá"}]},
        {"KENH": 3, "THOIGIAN": "Theo mô tả", "MOTA": "Khi có đủ giấy tờ"},
    ],
    "THANHPHANHOSO": [
        {
            "TRUONGHOP": "",
            "GIAYTO": [
                {"TENGIAYTO": "Tờ khai", "SOBANCHINH": "1", "SOBANSAO": 0, "TENMAUDON": "Mẫu.docx", "URL": "/m/1"},
                {"TENGIAYTO": "Giấy chứng sinh", "SOBANCHINH": "một"},
            ],
        }
    ],
    "DOITUONGTHUCHIEN": [{"TENDOITUONG": "Tổ chức (không bao gồm doanh nghiệp, HTX)"}],
    "COQUANTHUCHIEN": [{"MADONVI": "H55.17", "TENDONVI": "Sở Tư pháp"}, "Ủy ban nhân dân cấp xã"],
    "KETQUATHUCHIEN": [{"MAKETQUA": "KQ1", "TENKETQUA": "Giấy khai sinh"}],
    "CANCUPHAPLY": [{"SOVANBAN": "Luật 60/2014/QH13", "TENVANBAN": "Luật Hộ tịch"}],
    "YEUCAU": "Không có thông tin",
    "TUKHOA": "khai sinh; trẻ em",
}


def read(record: Any) -> Record | Rejection:
    return legacy.parse(Raw("here", json.dumps(record).encode()))


def accepted(record: Any) -> Procedure:
    found = read(record)
    assert isinstance(found, Record), found
    return found.procedure


def rejected(record: Any) -> Rejection:
    found = read(record)
    assert isinstance(found, Rejection), found
    return found


def test_a_record_is_the_same_procedure_as_the_portals() -> None:
    found = accepted(FULL)
    assert (found.code, found.local_code, found.name) == (
        "1.001193",
        "1.001193.000.00.00.H55",
        "Đăng ký khai sinh",
    )
    assert found.levels == (Level.COMMUNE,)
    assert found.channels == (Channel.ONLINE, Channel.DIRECT, Channel.POSTAL)
    online, direct, postal = found.ways
    assert online.time is not None
    assert (online.time.value, online.time.unit) == (1, TimeUnit.WORKING_DAY)
    (fee,) = online.fees
    assert (fee.kind, fee.state, fee.amount, fee.currency) == (
        FeeKind.SERVICE_FEE,
        FeeState.AMOUNT,
        8000,
        "VND",
    )
    assert direct.time is not None
    assert (direct.time.value, direct.time.unit) == (2.5, TimeUnit.MONTH)
    assert direct.fees[0].state is FeeState.SCHEDULE, "a zero amount with a text is not free"
    assert postal.time is not None
    assert "Khi có đủ giấy tờ" in postal.time.text
    assert found.postal is True
    assert [(one.role, one.code) for one in found.agencies] == [
        (Role.ISSUING, "G15"),
        (Role.EXECUTING, "H55.17"),
        (Role.EXECUTING, None),
    ]
    first, second = found.cases[0].papers
    assert (first.originals, first.forms[0].path, second.originals) == (1, "/m/1", 0)
    assert found.audiences[0].name == "Tổ chức (không bao gồm doanh nghiệp, HTX)"
    assert (found.legal_bases[0].number, found.keywords) == ("60/2014/QH13", ("khai sinh", "trẻ em"))


def test_only_what_is_filled_is_carried_and_what_is_odd_is_noted() -> None:
    found = read(FULL)
    assert isinstance(found, Record)
    assert found.carried is not None
    assert "requirements" not in found.carried
    assert "online_level" not in found.carried
    rules = {(note.field, note.rule) for note in found.notes}
    assert ("CAPTHUCHIEN", "unknown-level") in rules
    assert ("THANHPHANHOSO.SOBANCHINH", "not-carried") in rules
    line = read({"MATTHC": "1.001193", "TENTTHC": "Đăng ký khai sinh"})
    assert isinstance(line, Record)
    assert line.carried == {"code", "name"}


@pytest.mark.parametrize(
    ("changes", "at", "reason"),
    [
        ({"MATTHC": None}, "MATTHC", "the procedure has no code"),
        ({"MATTHC": "1.014955-Xoa"}, "MATTHC", "marked as deleted"),
        ({"TENTTHC": ""}, "TENTTHC", "the procedure has no name"),
        ({"CACHTHUCTHUCHIEN": [{"KENH": 9}]}, "CACHTHUCTHUCHIEN[0].KENH", "9 is no channel"),
        (
            {"CACHTHUCTHUCHIEN": [{"KENH": 1, "THOIGIAN": -1, "DONVITINH": "Ngày"}]},
            "CACHTHUCTHUCHIEN[0].THOIGIAN",
            "-1 is no processing time",
        ),
        (
            {"CACHTHUCTHUCHIEN": [{"KENH": 1, "PHILEPHI": [{"SOTIEN": -5}]}]},
            "CACHTHUCTHUCHIEN[0].PHILEPHI[0].SOTIEN",
            "a fee cannot be negative",
        ),
    ],
)
def test_a_wrong_record_is_rejected_with_the_sources_own_name_of_the_field(
    changes: dict[str, Any], at: str, reason: str
) -> None:
    found = rejected({**FULL, **changes})
    assert found.field == at
    assert reason in found.reason


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"MATTHC":1}', b'{"TENTTHC":"\xff"}', b"[" * 5000])
def test_what_is_no_record_never_crashes(body: bytes) -> None:
    found = legacy.parse(Raw("here", body))
    assert isinstance(found, Rejection)
    assert found.reason


def test_an_answer_without_the_code_has_the_one_that_was_asked_for() -> None:
    bare = {key: value for key, value in FULL.items() if key != "MATTHC"}
    assert accepted({"MATTHC": "1.001193", "result": [bare]}).code == "1.001193"


@pytest.mark.parametrize(
    "document",
    [
        {"error_code": "0", "result": [FULL, {**FULL, "MATTHC": "1.001194"}]},
        [FULL, {**FULL, "MATTHC": "1.001194"}],
    ],
)
def test_a_file_of_it_is_recognised_by_its_content(tmp_path: Path, document: Any) -> None:
    file = tmp_path / "answer.txt"
    file.write_text(json.dumps(document))
    source = detect(file)
    assert source.name == "legacy"
    assert parser("legacy") is legacy.parse
    found = [source.parse(raw) for raw in source.raws() if isinstance(raw, Raw)]
    assert [one.procedure.code for one in found if isinstance(one, Record)] == ["1.001193", "1.001194"]
    file.write_text("\n".join(json.dumps(one) for one in (FULL, FULL)))
    assert len(list(detect(file).raws())) == 2


def test_the_portals_own_json_is_not_taken_for_it(tmp_path: Path, make: Any) -> None:
    file = tmp_path / "record.json"
    file.write_text(json.dumps({"id": "1", "code": "7.1", "detail": make(1, note='"MATTHC": "1.1"')}))
    assert detect(file).name == "portal"


@pytest.mark.anyio
async def test_its_list_never_blanks_what_it_does_not_carry(local: Database, tmp_path: Path) -> None:
    async def take(record: Any) -> None:
        file = tmp_path / "file.json"
        file.write_text(json.dumps([record]))
        await pipeline.take(local, detect(file), Options("test", clock.today()), tmp_path)

    await take(FULL)
    await take({"MATTHC": "1.001193", "TENTTHC": "Đăng ký khai sinh (mới)"})
    found = (await versions.find(local, "1.001193", clock.today())).procedure
    assert found.name == "Đăng ký khai sinh (mới)"
    assert found.ways == accepted(FULL).ways
    assert found.cases == accepted(FULL).cases


@pytest.mark.anyio
async def test_its_records_never_blank_what_it_has_no_keys_for(local: Database, attempt: Go, replica: Any) -> None:
    """Names of steps, kinds of fees, forms and codes of papers: the older interface does not know them."""
    forms = [{"fileName": "Mẫu số 1.docx", "filePath": "/mau/1"}]
    paper = {"name": "Đơn", "code": "KQ1", "originalQty": 1, "hasElectronicForm": True, "attachments": forms}
    fees = [{"type": kind, "value": 0, "description": "Theo quy định"} for kind in ("FEE", "SERVICE_FEE")]
    replica.change(
        "id-00004",
        executionSteps=[{"name": f"Bước {n}", "description": "Nộp hồ sơ."} for n in (1, 2)],
        executionCases=[{"name": "", "profileComponents": [paper, {**paper, "code": "KQ2", "attachments": []}]}],
        executionMethods=[{"submissionMethod": "DIRECT", "processingTime": 3, "fees": fees}],
    )
    await attempt()
    before = await versions.find(local, "7.100004", clock.today())
    assert len({fee.kind for fee in before.procedure.ways[0].fees}) == 2
    told: list[Any] = []
    await attempt(older=True, report=told.append)
    assert {one.code: one.sections for one in told if one.fate != "unchanged"} == {}
    replica.change("id-00004", name="Tên khác")
    await attempt(older=True)
    after = await versions.find(local, "7.100004", clock.today())
    assert after.procedure.name == "Tên khác"
    assert (after.procedure.steps, after.procedure.cases) == (before.procedure.steps, before.procedure.cases)


@pytest.mark.anyio
async def test_a_system_is_synced_by_its_list_and_its_records(
    local: Database, attempt: Go, replica: Any, make: Any
) -> None:
    first = await attempt(older=True)
    assert (first.status, first.listed, first.taken["new"], first.asked) == ("done", 10, 10, 11)
    theirs = (await versions.find(local, "7.100004", clock.today())).procedure
    ours = portal.parse(Raw("here", replica.details["id-00004"]))
    assert isinstance(ours, Record)
    assert (theirs.ways, theirs.sectors, theirs.outputs) == (
        ours.procedure.ways,
        ours.procedure.sectors,
        ours.procedure.outputs,
    )
    replica.change("id-00004", name="Tên khác")
    replica.remove("id-00005")
    second = await attempt(older=True, allow_ends=True)
    assert (second.ends, second.taken["amended"] + second.taken["corrected"]) == (["7.100005"], 1)


@pytest.mark.anyio
async def test_two_systems_do_not_end_each_others_procedures(
    attempt: Go, replica: Any, portal: Any, make: Any
) -> None:
    await attempt(older=True)
    with portal.running(portal.Replica().fill([make(50)])) as other:
        outcome = await attempt(older=True, url=f"{other.url}/legacy", allow_ends=True)
    assert (outcome.ends, outcome.in_force) == ([], 11)


@pytest.mark.anyio
async def test_an_error_of_it_is_named(attempt: Go, fault: Any) -> None:
    fault("older", "html", times=9)
    with pytest.raises(SourceFault, match="a page for people in the place of data"):
        await attempt(older=True)
