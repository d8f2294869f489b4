"""Each rule: what it finds fault with, and what it must leave alone."""

from datetime import date
from typing import Any

import msgspec
import pytest

from registry.lint import Finding, examine, rules
from registry.lint.rules import checks
from registry.procedure import (
    Agency,
    Case,
    Fee,
    Form,
    LegalBasis,
    Paper,
    Procedure,
    ProcessingTime,
    Step,
    Term,
    Way,
)
from registry.vocabulary import Channel, FeeKind, FeeState, OnlineLevel, Role, TimeUnit

DAY = date(2026, 6, 1)
FREE = Fee(FeeKind.FEE, FeeState.FREE, text="Không thu phí")
GOOD = Procedure(
    code="9.000001",
    name="Đăng ký khai sinh",
    agencies=(Agency(Role.EXECUTING, "Ủy ban nhân dân cấp xã"),),
    online_level=OnlineLevel.FULL,
    ways=(Way(Channel.ONLINE, ProcessingTime(TimeUnit.WORKING_DAY, 1), (FREE,)),),
    steps=(Step("Nộp tại Ủy ban nhân dân cấp xã. Nhận kết quả."),),
    cases=(Case((Paper("Tờ khai theo mẫu", forms=(Form("Tờ khai", "to-khai.docx"),)),)),),
    audiences=(Term("cong-dan-viet-nam", "Công dân Việt Nam"),),
    outputs=(Term("giay-khai-sinh", "Giấy khai sinh"),),
    legal_bases=(LegalBasis("60/2014/QH13", "Luật Hộ tịch"),),
)


def found(rule: str, day: date = DAY, **changes: Any) -> list[Finding]:
    told = examine(msgspec.structs.replace(GOOD, **changes), day)
    return [one for one in told.findings if one.rule == rule]


def step(text: str) -> dict[str, Any]:
    return {"steps": (Step(text),)}


def papers(*names: str) -> dict[str, Any]:
    return {"cases": (Case(tuple(Paper(name) for name in names)),)}


def test_a_page_without_fault_has_all_hundred_points() -> None:
    told = examine(GOOD, DAY)
    assert told.findings == []
    assert told.score == 100


def test_weights_are_points_of_a_hundred_and_every_rule_has_a_function() -> None:
    assert sum(rule.weight for rule in rules().values()) == 100
    assert list(checks()) == list(rules())


@pytest.mark.parametrize(
    ("changes", "section"),
    [
        ({"steps": ()}, "steps"),
        ({"audiences": ()}, "audience"),
        ({"cases": ()}, "papers"),
        ({"ways": ()}, "channels"),
    ],
)
def test_a_part_that_is_missing_is_named(changes: dict[str, Any], section: str) -> None:
    assert section in [one.section for one in found("parts", **changes)]


def test_an_empty_block_is_named_and_a_full_one_is_not() -> None:
    assert [one.section for one in found("blocks", outputs=())] == ["outputs"]
    assert [one.section for one in found("blocks", legal_bases=())] == ["legalBases"]
    assert found("blocks") == []


def test_an_unknown_fee_is_told_and_one_that_is_free_is_not() -> None:
    unknown = Way(Channel.DIRECT, ProcessingTime(TimeUnit.DAY, 1), (Fee(FeeKind.FEE, FeeState.UNKNOWN, 0),))
    assert len(found("fee", ways=(unknown,))) == 1
    schedule = msgspec.structs.replace(unknown, fees=(Fee(FeeKind.FEE, FeeState.SCHEDULE, text="Theo biểu"),))
    assert found("fee", ways=(unknown, schedule)) == []


def test_a_sentence_of_37_syllables_is_too_long_and_one_of_36_is_not() -> None:
    [one] = found("sentence", **step("Nộp. " + "là " * 36 + "hết. Nhận."))
    assert one.found == "là " * 36 + "hết."
    assert "37" in one.vi
    assert found("sentence", **step("Nộp. " + "là " * 35 + "hết. Nhận.")) == []


def test_lines_end_sentences_and_names_are_none() -> None:
    assert found("sentence", **step("\n".join(["- " + "là " * 30] * 3))) == []
    assert found("sentence", name="là " * 60) == []


def test_what_is_found_stands_where_the_finding_says() -> None:
    text = "Nộp ngay.\nCông dân nộp tại UBND huyện nơi cư trú, hoặc Sở."
    [one] = found("district", **step(text))
    assert (one.field, text[one.start : one.end]) == ("steps[0].text", "UBND huyện")
    assert "203/2025/QH15" in one.vi


@pytest.mark.parametrize(
    "text", ["cấp huyện", "Ủy ban nhân dân huyện", "UBND quận", "Phòng Tư pháp, Quận 3", "quận Ba Đình"]
)
def test_districts_are_stale_once_they_ended(text: str) -> None:
    assert found("district", **step(f"Nộp tại {text}."))
    assert found("district", date(2025, 6, 30), **step(f"Nộp tại {text}.")) == []


@pytest.mark.parametrize("text", ["Nộp tại xã.", "Sĩ quan quân đội.", "Trang bị quận áo.", "Huy chương."])
def test_what_only_looks_like_a_district_is_left_alone(text: str) -> None:
    assert found("district", **step(text)) == []


@pytest.mark.parametrize(
    "text", ["Sổ hộ khẩu", "sổ tạm trú", "Giấy chứng minh nhân dân", "CMND", "chứng minh thư"]
)
def test_old_papers_of_identity_are_stale(text: str) -> None:
    assert found("identity", **papers(f"Bản sao {text}"))


@pytest.mark.parametrize("text", ["Thẻ căn cước", "Giấy tờ chứng minh quyền nuôi con", "Nhân khẩu"])
def test_papers_of_identity_that_hold_are_not(text: str) -> None:
    assert found("identity", **papers(text)) == []


@pytest.mark.parametrize("text", ["02 ảnh kiểu chứng minh nhân dân cỡ 4x6", "Ảnh kiểu thẻ căn cước"])
def test_a_photograph_as_for_a_card_is_no_card(text: str) -> None:
    assert found("lookup", **papers(text)) == []


def test_identity_cards_ended_later_than_household_books() -> None:
    between = date(2024, 1, 1)
    assert found("identity", between, **papers("Sổ hộ khẩu"))
    assert found("identity", between, **papers("Giấy chứng minh nhân dân")) == []


def test_a_paper_that_the_office_has_is_named_with_its_database_and_act() -> None:
    [one] = found("lookup", **papers("Bản sao Giấy khai sinh của con", "Ảnh 4x6"))
    assert one.found == "Giấy khai sinh"
    assert "hộ tịch điện tử" in one.vi
    assert "66.7/2025/NQ-CP" in one.en


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 3, 1)])
def test_papers_are_looked_up_only_while_the_act_holds(day: date) -> None:
    assert found("lookup", day, **papers("Giấy khai sinh")) == []


def test_papers_are_looked_up_on_the_first_and_last_day_of_the_act() -> None:
    for day in (date(2026, 1, 1), date(2027, 2, 28)):
        assert found("lookup", day, **papers("Giấy khai sinh"))


@pytest.mark.parametrize(
    "name", ["Tờ khai cấp giấy chứng nhận kết hôn", "1. Đơn đề nghị cấp phiếu lý lịch tư pháp"]
)
def test_a_paper_by_which_something_is_asked_for_is_none_that_is_looked_up(name: str) -> None:
    assert found("lookup", **papers(name)) == []


def test_a_form_that_is_named_is_attached() -> None:
    assert len(found("form", **papers("Đơn theo Mẫu số 01"))) == 1
    assert found("form", **papers("Đơn đề nghị")) == []
    assert found("form") == []


@pytest.mark.parametrize("number", ["", "Luật Hộ tịch", "25", "nghị định 146/2025"])
def test_a_legal_basis_without_a_full_number_is_named(number: str) -> None:
    [one] = found("basis", legal_bases=(LegalBasis(number, "Một văn bản"),))
    assert (number or "Một văn bản") in one.vi


@pytest.mark.parametrize("number", ["123/2015/NĐ-CP", "59/2020/QH14", "73-CP", "Hiến pháp năm 2013"])
def test_a_full_number_is_enough(number: str) -> None:
    assert found("basis", legal_bases=(LegalBasis(number),)) == []


def test_online_by_its_level_but_by_no_channel_is_told() -> None:
    direct = (Way(Channel.DIRECT, ProcessingTime(TimeUnit.DAY, 1), (FREE,)),)
    assert len(found("online", ways=direct)) == 1
    assert found("online", ways=direct, online_level=OnlineLevel.INFORMATION) == []
    assert found("online", ways=direct, online_level=None) == []
