"""Announced texts set apart for reading: steps, lists, papers, times, fees, differences. No word is lost."""

import json
import re
import tarfile
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.api.problems import ParameterInvalid
from registry.procedure import Case, Fee, Paper, Procedure, ProcessingTime, Step, Way
from registry.vocabulary import Channel, FeeKind, FeeState, TimeUnit
from registry.web.procedure import offer
from registry.web.procedure.difference import rows
from registry.web.procedure.guidance import rights
from registry.web.procedure.papers import checklist
from registry.web.procedure.practice import quarter
from registry.web.procedure.reading import blocks, parts, says_something
from registry.web.procedure.sections import lines

DAY = date(2026, 3, 1)


def words(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", text))


def told(steps: list[Step]) -> str:
    found = [(part.title, *(line for block in part.blocks for line in block.lines)) for part in parts(steps)]
    return words("".join("".join(part) for part in found))


def procedure(**fields: object) -> Procedure:
    return Procedure(code="9.000001", name="Đăng ký", **fields)  # type: ignore[arg-type]


def test_a_block_is_taken_apart_where_it_counts_its_steps() -> None:
    text = "Mở đầu.\nBước 1: Nộp hồ sơ. Bước 2. Thẩm định\n- một\n- hai\na) Bước 3 – Trả kết quả"
    found = parts([Step(text)])
    assert [part.title for part in found] == ["", "Bước 1", "Bước 2", "a) Bước 3"]
    assert found[2].blocks[1] == (True, ("một", "hai"))


@pytest.mark.parametrize("text", ["thực hiện lại bước 2", "quy định tại Bước 3 và các điều", "Bước 1.2 mục 3"])
def test_a_step_that_is_only_mentioned_does_not_begin_one(text: str) -> None:
    assert len(parts([Step(text)])) == 1


def test_a_step_with_a_name_keeps_it() -> None:
    assert [part.title for part in parts([Step("Bước 1: a\nBước 2: b", "Trường hợp 1")])] == [
        "Trường hợp 1",
        "Bước 1",
        "Bước 2",
    ]


@given(
    st.lists(
        st.sampled_from(["Bước 1: ", "Bước 12.", "nộp", "\n", "- ", "a) ", ". ", "Hồ sơ ", "; "]), max_size=14
    )
)
def test_no_word_is_lost_however_steps_are_written(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert told([Step(text)]) == words(text)


def test_no_word_of_real_steps_is_lost(real_archive: Path) -> None:
    with tarfile.open(real_archive) as archive:
        for member in islice((one for one in archive if one.isfile() and one.name.endswith(".json")), 150):
            file = archive.extractfile(member)
            assert file is not None
            record = json.loads(file.read()).get("detail") or {}
            steps = [
                Step(one.get("description") or "", one.get("name") or "")
                for one in record.get("executionSteps") or []
            ]
            assert told(steps) == words("".join(one.name + one.text for one in steps)), member.name


def test_lines_broken_to_the_width_of_a_page_are_joined() -> None:
    text = "\n".join(["Tổ chức, cá nhân có nhu cầu thực hiện liên thông thủ tục hành chính"] * 4 + ["xong."])
    assert len(blocks(text)) == 1
    assert len(blocks("Cơ quan A\nCơ quan B")) == 2


@pytest.mark.parametrize(
    ("text", "expected"), [("Không", False), ("không quy định.", False), ("", False), ("Không nợ thuế", True)]
)
def test_conditions_that_say_nothing_are_known(text: str, expected: bool) -> None:
    assert says_something(text) is expected


def way(channel: Channel, time: ProcessingTime | None = None, *fees: Fee) -> Way:
    return Way(channel, time, fees)


def test_a_time_on_which_channels_agree_is_told_once_in_its_own_unit() -> None:
    days = ProcessingTime(TimeUnit.WORKING_DAY, 5)
    found = offer.time(procedure(ways=(way(Channel.ONLINE, days), way(Channel.DIRECT, days))), "vi")
    assert (found.short, found.more, len(found.lines)) == ("5 ngày làm việc", False, 1)
    assert found.lines[0].channels == ()


def test_times_that_differ_are_told_by_channel() -> None:
    ways = (
        way(Channel.ONLINE, ProcessingTime(TimeUnit.DAY, 7.5)),
        way(Channel.DIRECT, ProcessingTime(TimeUnit.DAY, 10, "hoặc 12")),
    )
    found = offer.time(procedure(ways=ways), "vi")
    assert found.short == "7,5 ngày; 10 ngày"
    assert [one.channels for one in found.lines] == [("Trực tuyến",), ("Trực tiếp",)]
    assert found.lines[1].note == "hoặc 12"


def test_a_time_that_nobody_told_is_unknown() -> None:
    assert not offer.time(procedure(ways=(way(Channel.DIRECT),)), "vi").known


@pytest.mark.parametrize(
    ("fee", "short", "known"),
    [
        (Fee(FeeKind.FEE, FeeState.FREE, text="Miễn phí"), "Miễn phí", True),
        (Fee(FeeKind.SERVICE_FEE, FeeState.AMOUNT, 50_000), "Lệ phí 50.000 đồng", True),
        (Fee(FeeKind.FEE, FeeState.SCHEDULE, text="theo Thông tư 1"), "Theo biểu phí", True),
        (Fee(FeeKind.FEE, FeeState.UNKNOWN), "Chưa rõ", False),
        (Fee(FeeKind.FEE, FeeState.UNKNOWN, 0, text="hỏi nơi nhận"), "Chưa rõ", False),
    ],
)
def test_a_cost_has_four_states_and_unknown_is_never_free(fee: Fee, short: str, known: bool) -> None:
    found = offer.cost(procedure(ways=(way(Channel.DIRECT, None, fee),)), "vi")
    assert (found.short, found.known) == (short, known)
    assert [one.note for one in found.lines] == ([fee.text] if fee.text not in ("", "Miễn phí") else [""] * known)


CASES = procedure(
    cases=(
        Case((Paper("Đơn", originals=1),), "* Giấy tờ phải nộp"),
        Case((Paper("Giấy khai sinh", copies=2), Paper("Ảnh")), "Trường hợp cấp mới"),
        Case((Paper("Bản cam kết"),), "Đối với cấp lại"),
        Case((), "Trường hợp trống"),
    )
)


def test_what_holds_for_everybody_is_no_case_to_choose() -> None:
    found = checklist(CASES, DAY, None, "vi")
    assert [group.case for group in found.groups] == [0, 2, 3]
    assert [group.name for group in found.choices] == ["Trường hợp cấp mới", "Đối với cấp lại"]
    chosen = checklist(CASES, DAY, "3", "vi")
    assert [group.name for group in chosen.groups] == ["Giấy tờ phải nộp", "Đối với cấp lại"]
    assert (chosen.shown, chosen.total) == (2, 4)


@pytest.mark.parametrize("case", ["1", "4", "99", "-1", "x", "²"])
def test_a_case_that_is_not_there_is_refused_with_those_that_are(case: str) -> None:
    with pytest.raises(ParameterInvalid) as refused:
        checklist(CASES, DAY, case, "vi")
    assert refused.value.accepted == ["2", "3"]


def test_papers_that_an_office_may_look_up_are_remarked_while_an_act_says_so() -> None:
    def looked(day: date) -> list[bool]:
        return [bool(sheet.looked) for group in checklist(CASES, day, "2", "vi").groups for sheet in group.sheets]

    assert looked(DAY) == [False, True, False]
    assert looked(date(2025, 12, 31)) == looked(date(2027, 3, 1)) == [False, False, False]


def test_rights_are_told_by_the_act_of_the_day() -> None:
    assert rights(date(2018, 6, 20)) is None
    found = [rights(day) for day in (date(2025, 6, 30), date(2025, 7, 1))]
    assert [one.source for one in found if one] == ["Nghị định số 61/2018/NĐ-CP", "Nghị định số 118/2025/NĐ-CP"]


def test_a_difference_marks_words_and_leaves_out_what_stayed() -> None:
    old = ["một", "hai", "ba", "Nộp hồ sơ tại cấp huyện", "năm"]
    found = rows(old, [*old[:3], "Nộp hồ sơ tại cấp xã", "năm", "sáu"])
    assert (found[0].skipped, len(found)) == (2, 5)
    changed = found[2]
    assert [piece.text for piece in changed.old if piece.marked] == ["huyện"]
    assert [piece.text for piece in changed.new if piece.marked] == ["xã"]
    assert (found[4].old, found[4].new[0].marked) == ((), True)


TEXTS = st.lists(
    st.sampled_from(["Nộp hồ sơ", "Nộp hồ sơ tại xã", "Trả kết quả", "x", "hồ sơ tại xã nộp"]), max_size=6
)


@given(TEXTS, TEXTS)
def test_both_sides_of_a_difference_are_whole(old: list[str], new: list[str]) -> None:
    found = rows(old, new)
    for side, given_lines in (("old", old), ("new", new)):
        shown = ["".join(piece.text for piece in getattr(row, side)) for row in found if getattr(row, side)]
        skipped = sum(row.skipped for row in found)
        assert len(shown) + skipped == len(given_lines)
        assert [line for line in shown if line not in given_lines] == []


def test_every_section_can_be_read_in_lines() -> None:
    from registry.sections import SECTIONS

    for section in SECTIONS:
        assert all(line.strip() for line in lines(CASES, section, "vi"))
    assert lines(CASES, "papers", "vi")[1] == "Đơn [bản chính: 1]"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 1), (date(2025, 10, 1), date(2025, 12, 31))),
        (date(2026, 6, 30), (date(2026, 1, 1), date(2026, 3, 31))),
        (date(2026, 7, 1), (date(2026, 4, 1), date(2026, 6, 30))),
    ],
)
def test_the_last_quarter_is_the_one_that_is_over(day: date, expected: tuple[date, date]) -> None:
    assert quarter(day) == expected
