"""The portal's JSON becomes canonical procedures; what cannot is rejected with its field."""

import io
import json
import lzma
import tarfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.intake import archive, formats
from registry.intake.formats.portal import parse
from registry.intake.record import Format, Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, Announcement, AnnouncementKind, Fee, LegalBasis, Step, Term
from registry.vocabulary import Channel, FeeKind, FeeState, Level, OnlineLevel, Role, Scope, TimeUnit

PORTAL = Path(__file__).parents[1] / "fixtures" / "portal"
PROCEDURES = PORTAL / "procedures"


def _file(folder: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((PROCEDURES / folder / "raw_procedure.json").read_bytes())
    return data


def _detail(**changes: object) -> dict[str, Any]:
    """The clean record's detail with some keys changed."""
    detail: dict[str, Any] = _file("7.000001")["detail"] | changes
    return detail


def _parse(data: object) -> Record | Rejection:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return parse(Raw("test.json", body))


def _record(**changes: object) -> Record:
    found = _parse(_detail(**changes))
    assert isinstance(found, Record), found
    return found


def _rejection(data: object) -> Rejection:
    found = _parse(data)
    assert isinstance(found, Rejection)
    return found


def _rules(record: Record) -> set[str]:
    return {note.rule for note in record.notes}


def _everything(source: Format) -> Iterator[Record | Rejection]:
    for raw in source.raws():
        yield raw if isinstance(raw, Rejection) else source.parse(raw)


def _milliseconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def _proposal(**changes: object) -> dict[str, object]:
    proposal: dict[str, object] = _file("7.000001")["detail"]["procedureProposal"] | changes
    return proposal


def _way(channel: str = "DIRECT", **changes: object) -> dict[str, object]:
    way = {"submissionMethod": channel, "processingTime": 5, "processingTimeUnit": "DAY", "fees": []}
    return way | changes


# What a clean record becomes


def test_a_clean_record_is_taken_over_without_a_note() -> None:
    record = _record()
    found = record.procedure
    assert record.notes == ()
    assert record.carried is None
    assert (found.code, found.name, found.source_id) == ("7.000001", "Cấp giấy chứng nhận ví dụ", "id-1")
    assert (found.scope, found.levels) == (Scope.NATIONAL, (Level.PROVINCE,))
    assert found.sectors == (Term("G99-VD01", "Lĩnh vực ví dụ"),)
    assert found.channels == (Channel.ONLINE, Channel.DIRECT, Channel.POSTAL)
    assert found.online_level is OnlineLevel.FULL
    assert found.ways[0].fees == (Fee(FeeKind.FEE, FeeState.AMOUNT, 50_000),)
    times = [way.time for way in found.ways]
    assert [(time.unit, time.value) for time in times if time] == [
        (TimeUnit.WORKING_DAY, 3),
        (TimeUnit.DAY, 7.5),
        (TimeUnit.MONTH, 1),
    ]
    assert found.audiences == (Term("cong-dan-viet-nam", "Công dân Việt Nam"),)
    assert found.life_events == (Term("co-con-nho", "Có con nhỏ"),)
    assert found.legal_bases == (LegalBasis("118/2025/NĐ-CP", "Nghị định số 118/2025/NĐ-CP"),)
    assert found.agencies == (
        Agency(Role.ISSUING, "Bộ Ví dụ", "G99"),
        Agency(Role.EXECUTING, "Sở Ví dụ", "VD01"),
    )


def test_what_the_source_does_not_say_is_unknown_and_not_false() -> None:
    found = _record().procedure
    assert found.cases[0].papers[0].required is None
    assert found.cases[0].papers[0].electronic is None
    assert (found.essential, found.online_payment, found.service_centre) == (None, None, None)
    assert (found.interlinked, found.internal, found.postal, found.e_result) == (False, False, True, True)
    assert _record(isSharedService=None).procedure.interlinked is None
    assert _record(executionMethods=[]).procedure.postal is None
    assert _record(returningMethods=[]).procedure.e_result is None
    assert _record(returningMethods=[{"type": "ONLINE", "value": ["AT_HOME"]}]).procedure.e_result is False


def test_a_decision_becomes_an_announcement_and_the_first_day_in_force() -> None:
    record = _record()
    assert record.announcement == Announcement(
        "d1",
        "12/QĐ-BVD",
        decided=date(2026, 5, 20),
        published=date(2026, 5, 22),
        issuer=Agency(Role.ISSUING, "Bộ Ví dụ", "G99"),
        kind=AnnouncementKind.STANDARD,
    )
    assert record.valid_from == date(2026, 5, 20)


# What dirt becomes


def test_every_kind_of_dirt_is_cleaned_and_noted() -> None:
    record = _parse(_file("7.000002"))
    assert isinstance(record, Record)
    found = record.procedure
    assert (found.code, found.name) == ("7.000002", "Đăng ký khai báo ví dụ lần đầu")
    assert found.keywords == ("Khai báo ví dụ", "Sổ đỏ, bìa đỏ")
    assert found.note == ""
    assert found.requirements == "• Có đủ vốn\n• Có đủ người\nCó giấy phép"
    assert found.addresses == "Trung tâm\nPhục vụ hành chính công\n\n\nTầng 1"
    assert found.steps == (
        Step("Nộp hồ sơ\ntại nơi cư trú\n\n\nvà nhận giấy hẹn", "Bước 1:"),
        Step("Chỉ có tên bước"),
    )
    assert [audience.name for audience in found.audiences] == [
        "Tổ chức (không bao gồm doanh nghiệp, HTX)",
        "nhóm 1",
    ]
    assert found.outputs == (Term("KQ2", "Quyết định ví dụ"),)
    assert found.legal_bases == (
        LegalBasis("04/2023/TT-BVD", "Thông tư số 04/2023/TT-BVD của Bộ Ví dụ"),
        LegalBasis("105/2025/NĐ-CP"),
        LegalBasis("", "Luật Ví dụ"),
    )
    assert found.by_role(Role.EXECUTING) == [Agency(Role.EXECUTING, "UBND cấp xã")]
    assert _rules(record) >= {
        "blank-lines", "control", "decided-after-last-update", "double-space", "line-break", "line-end",
        "literal-null", "nameless", "nfc", "number-as-text", "number-dot", "number-letters", "number-prefix",
        "number-space", "odd-space", "page-text", "private-use", "published-before-decided", "repeated",
        "repeated-channel", "trim", "unknown-audience", "zero-width",
    }  # fmt: skip


def test_a_repeated_channel_is_merged_only_when_nothing_differs() -> None:
    record = _parse(_file("7.000002"))
    assert isinstance(record, Record)
    ways = record.procedure.ways
    assert [way.channel for way in ways] == [Channel.DIRECT, Channel.DIRECT, Channel.POSTAL]
    assert ways[0].time
    assert ways[0].time.text == "Không quá 10 ngày làm việc"
    assert ways[2].time is None
    assert [fee.state for fee in ways[1].fees] == [
        FeeState.SCHEDULE,
        FeeState.UNKNOWN,
        FeeState.UNKNOWN,
        FeeState.AMOUNT,
        FeeState.SCHEDULE,
    ]


def test_a_paper_without_a_name_takes_that_of_its_form_or_goes() -> None:
    record = _parse(_file("7.000002"))
    assert isinstance(record, Record)
    (case,) = record.procedure.cases
    assert [paper.name for paper in case.papers] == ["Tờ khai theo mẫu", "Mẫu số 02.docx"]
    assert (case.papers[0].originals, case.papers[0].copies, case.papers[0].electronic) == (2, 1, True)
    assert case.papers[0].forms[0].path == "configuring/x/mau01.docx"


@pytest.mark.parametrize(
    ("full", "channels", "level"),
    [
        (True, ["ONLINE"], OnlineLevel.FULL),
        (True, ["DIRECT"], OnlineLevel.FULL),
        (False, ["ONLINE", "DIRECT"], OnlineLevel.PARTIAL),
        (False, ["DIRECT", "POSTAL"], OnlineLevel.INFORMATION),
    ],
)
def test_partial_is_what_is_offered_online_and_not_full(
    full: bool, channels: list[str], level: OnlineLevel
) -> None:
    found = _record(isFullProcess=full, executionMethods=[_way(channel) for channel in channels])
    assert found.procedure.online_level is level


@pytest.mark.parametrize(
    ("kind", "scope"),
    [("STANDARD", Scope.NATIONAL), ("SPECIFIC", Scope.PROVINCIAL), ("STANDARD_INTERNAL", Scope.INTERNAL)],
)
def test_the_scope_is_what_the_source_says(kind: str, scope: Scope) -> None:
    found = _record(type=kind, departmentPromulgateCode="H55").procedure
    assert found.scope is scope
    assert found.is_internal == (kind == "STANDARD_INTERNAL")


def test_a_new_type_is_unknown_and_noted() -> None:
    record = _record(type="EXPERIMENTAL")
    assert record.procedure.scope is None
    assert "unknown-type" in _rules(record)


# Decisions


def test_a_decision_without_a_date_counts_from_its_publication_or_from_the_record() -> None:
    published = _record(procedureProposal=_proposal(decisionDate=None))
    assert published.valid_from == date(2026, 5, 22)
    created = _record(procedureProposal=_proposal(decisionDate=None, publicationDate=None))
    assert created.valid_from == date(2026, 5, 21)
    assert "no-decision-date" in _rules(created)


def test_a_decision_attached_later_to_an_untouched_record_counts_from_its_day() -> None:
    later = _proposal(decisionDate=_milliseconds("2026-07-03"), publicationDate=None)
    record = _record(procedureProposal=later)
    assert record.valid_from == date(2026, 7, 3)
    assert "decided-after-last-update" in _rules(record)


def test_a_decision_dated_after_its_publication_and_the_last_change_counts_from_its_publication() -> None:
    record = _record(procedureProposal=_proposal(decisionDate=_milliseconds("2026-12-29")))
    assert record.announcement
    assert record.announcement.decided == date(2026, 12, 29)
    assert record.valid_from == date(2026, 5, 22)
    assert _rules(record) == {"decided-after-last-update", "published-before-decided"}


@pytest.mark.parametrize("number", [None, "", "  ", "Không có thông tin"])
def test_a_record_without_a_decision_number_has_no_announcement(number: str | None) -> None:
    record = _record(procedureProposal=_proposal(proposalNumber=number))
    assert record.announcement is None
    assert "no-announcement" in _rules(record)
    assert record.valid_from == date(2026, 5, 20)


def test_an_issuer_of_another_name_lends_no_code() -> None:
    record = _record(procedureProposal=_proposal(issuingAgency={"id": "x", "name": "Bộ Khác"}))
    assert record.announcement
    assert record.announcement.issuer == Agency(Role.ISSUING, "Bộ Khác")


def test_a_record_without_a_proposal_is_in_force_from_its_creation() -> None:
    record = _record(procedureProposal=None)
    assert record.announcement is None
    assert record.valid_from == date(2026, 5, 21)


# Wrappings


def test_a_folder_adds_up() -> None:
    found = list(_everything(formats.detect(PROCEDURES)))
    accepted = sorted(each.procedure.code for each in found if isinstance(each, Record))
    assert accepted == ["7.000001", "7.000002", "7.000002", "7.000003", "7.000004", "7.000005"]
    rejected = {each.code: each.field for each in found if isinstance(each, Rejection)}
    assert rejected == {"7.000006-Xoa": "detail.code", "7.000007": "detail.name"}


def test_an_archive_holds_the_same_as_its_folder(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(PROCEDURES, "data/procedures", filter=lambda info: info)
    path = tmp_path / "raw_procedure.tar.xz"
    path.write_bytes(lzma.compress(buffer.getvalue()))
    packed = {each.raw.data for each in _everything(formats.detect(path))}
    assert packed == {each.raw.data for each in _everything(formats.detect(PROCEDURES))}


@pytest.mark.parametrize(
    "wrap", [lambda d: d, lambda d: {"code": "OK", "data": d}, lambda d: {"id": "1", "detail": d}]
)
def test_a_procedure_is_the_same_in_every_wrapping(wrap: Any) -> None:
    found = _parse(wrap(_detail()))
    assert isinstance(found, Record)
    assert found.procedure == _record().procedure


def test_an_answer_of_the_interface_is_one_record() -> None:
    (found,) = _everything(formats.detect(PORTAL / "answer.json"))
    assert isinstance(found, Record)
    assert found.procedure.code == "7.000009"
    assert found.raw.origin == "answer.json"


def test_a_list_of_the_interface_carries_what_it_says_and_nothing_else() -> None:
    first, second = _everything(formats.detect(PORTAL / "list.json"))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.raw.origin == "list.json, item 1"
    assert first.procedure.sectors == (Term("linh-vuc-vi-du", "Lĩnh vực ví dụ"),)
    assert first.procedure.agencies == (
        Agency(Role.ISSUING, "Bộ Ví dụ"),
        Agency(Role.EXECUTING, "Sở Ví dụ"),
    )
    assert first.procedure.audiences[1].name == "Tổ chức (không bao gồm doanh nghiệp, HTX)"
    assert first.carried == frozenset(
        {"code", "name", "scope", "sectors", "agencies", "audiences", "internal", "source_id"}
    )
    assert second.carried == frozenset({"code", "name", "scope", "agencies", "internal", "source_id"})
    assert second.procedure.is_internal
    assert first.announcement is None


def test_ndjson_is_read_line_by_line(tmp_path: Path) -> None:
    found = list(_everything(formats.detect(PORTAL / "records.ndjson")))
    assert [each.raw.origin for each in found] == ["records.ndjson, line 1", "records.ndjson, line 3"]
    assert [each.procedure.code for each in found if isinstance(each, Record)] == ["7.000011", "7.000012"]


@pytest.mark.parametrize(
    "wrap", [list, lambda d: {"items": d}, lambda d: {"data": d}, lambda d: {"data": {"items": d}}]
)
def test_many_records_in_one_document_are_told_apart(tmp_path: Path, wrap: Any) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps(wrap([_detail(), _detail(code="7.000099")])), "utf-8")
    codes = [each.procedure.code for each in _everything(formats.detect(path)) if isinstance(each, Record)]
    assert codes == ["7.000001", "7.000099"]


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(_detail()).encode())
    (found,) = _everything(formats.detect(path))
    assert isinstance(found, Record)
    assert _rules(found) == {"byte-order-mark"}


def test_a_quarantined_record_can_be_retried_by_the_name_of_its_format() -> None:
    source = formats.detect(PORTAL / "answer.json")
    (raw,) = source.raws()
    assert isinstance(raw, Raw)
    assert formats.parser(source.name)(raw) == source.parse(raw)


# Bad input


def test_json_nested_ten_thousand_deep_is_rejected(tmp_path: Path) -> None:
    deep = b"[" * 10_000 + b"]" * 10_000
    assert "nested too deeply" in _rejection(b'{"detail": %b}' % deep).reason
    assert "nested too deeply" in _rejection(json.dumps(_detail()).encode()[:-1] + b', "x": %b}' % deep).reason
    path = tmp_path / "deep.json"
    path.write_bytes(deep)
    (found,) = _everything(formats.detect(path))
    assert isinstance(found, Rejection)


def test_a_name_of_five_megabytes_is_rejected_with_its_length() -> None:
    rejection = _rejection(_detail(name="x" * 5_000_000))
    assert rejection.field == "name"
    assert "5,000,000 characters" in rejection.reason
    assert len(rejection.reason) < 200
    assert len(rejection.name) <= 200


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"code": "7.000001", "name": "\xff"}', "not UTF-8"),
        (b'{"code": ', "not JSON"),
        (b"not json", "not JSON"),
        (b"[1, 2]", "array"),
        (b"", "not JSON"),
        (b'{"code": "ERROR", "message": "no such procedure"}', "missing required field"),
        (b'{"code": "OK", "data": null}', "nothing to say"),
        (b'{"id": "1", "code": "7.000001", "name": "x", "detail": null}', "nothing to say"),
    ],
)
def test_what_is_no_record_is_rejected_with_the_reason(data: bytes, reason: str) -> None:
    rejection = _rejection(data)
    assert reason in rejection.reason
    assert rejection.reason.startswith("test.json: ")
    assert rejection.raw.data == data


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u200b "}, "name"),
        ({"name": 5}, "name"),
        ({"code": None}, "code"),
        ({"code": "abc"}, "code"),
        ({"executionMethods": [_way(fees=[{"type": "FEE", "value": -5}])]}, "executionMethods[0].fees[0].value"),
        ({"executionMethods": [_way(), _way(processingTime=-1)]}, "executionMethods[1].processingTime"),
        ({"executionMethods": [_way("CARRIER_PIGEON")]}, "executionMethods[0].submissionMethod"),
        ({"executionMethods": [_way(fees=[{"type": "FEE", "value": 0.5}])]}, "executionMethods[0].fees[0].value"),
        (
            {"executionCases": [{"profileComponents": [{"name": "x", "originalQty": -1}]}]},
            "executionCases[0].profileComponents[0].originalQty",
        ),
        ({"procedureProposal": _proposal(decisionDate=10**18)}, "procedureProposal.decisionDate"),
        ({"procedureProposal": _proposal(decisionDate="31/02/2026")}, "procedureProposal.decisionDate"),
        ({"procedureProposal": _proposal(decisionDate=-(10**12))}, "procedureProposal.decisionDate"),
    ],
)
def test_what_cannot_be_accepted_is_rejected_with_its_field(changes: dict[str, object], field: str) -> None:
    detail = _detail(**changes)
    assert _rejection(detail).field == field
    wrapped = _rejection({"id": "1", "detail": detail})
    assert wrapped.field == f"detail.{field}"
    assert f"detail.{field}" in wrapped.reason


@pytest.mark.parametrize("part", ["executionSteps", "executionMethods", "executionCases", "name", "code"])
def test_a_record_that_misses_a_part_is_rejected_and_not_taken_for_empty(part: str) -> None:
    detail = _detail()
    del detail[part]
    assert f"`{part}`" in _rejection(detail).reason


def test_a_rejection_says_which_record_it_was_and_may_be_stored() -> None:
    rejection = _rejection(_detail(name="Thủ tục\0 ví dụ", executionMethods=[_way("\0")]))
    assert (rejection.code, rejection.name) == ("7.000001", "Thủ tục␀ ví dụ")
    assert "\0" not in rejection.reason


def test_lists_may_hold_nulls() -> None:
    lists = [key for key, value in _detail().items() if isinstance(value, list)]
    record = _record(**{key: [None] for key in lists})
    assert record.procedure.agencies == (Agency(Role.ISSUING, "Bộ Ví dụ", "G99"),)
    assert record.procedure.ways == ()
    record = _record(**dict.fromkeys(lists))
    assert record.procedure.cases == ()


def test_a_record_that_is_too_large_is_rejected_with_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.intake.formats.portal.MAX_RECORD", 50_000)
    path = tmp_path / "list.json"
    path.write_text(json.dumps([_detail(note="x" * 60_000), _detail()]), "utf-8")
    first, second = _everything(formats.detect(path))
    assert isinstance(first, Rejection)
    assert first.raw.origin == "list.json, item 1"
    assert isinstance(second, Record)


def test_a_document_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = archive.File(tmp_path / "large.json")
    source.path.write_bytes(b"[" + b" " * 2**21 + b"]")
    with pytest.raises(SourceUnreadable, match="NDJSON"):
        source.content(2**20)


def test_an_empty_list_is_said(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text('{"code": "OK", "data": {"items": []}}')
    with pytest.raises(SourceUnreadable, match="empty list"):
        list(formats.detect(path).raws())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("image.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("page.html", b"<html></html>"),
        ("book.zip", b"PK\x05\x06" + bytes(18)),
    ],
)
def test_a_wrong_type_of_file_is_told_what_is_accepted(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable, match=r"none of the formats.*\.xlsx.*JSON.*CSV"):
        formats.detect(path)


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "procedures.csv"
    path.write_text(json.dumps(_detail()), "utf-8")
    assert formats.detect(path).name == "portal"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_nothing_in_any_field_makes_it_raise(data: st.DataObject) -> None:
    detail = _detail()
    for key in data.draw(st.lists(st.sampled_from(sorted(detail)), min_size=1, max_size=3)):
        detail[key] = data.draw(_JSON)
    assert isinstance(_parse(detail), Record | Rejection)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(_parse(data), Rejection)
