"""Scores: what they are made of, whatever a procedure holds, and what is to be mended first."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import clock
from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger, Origin
from registry.engine import Database
from registry.feedback import Handed, Kind, Usage, Views, hand_in
from registry.lint import era, examine, grade
from registry.lint.grades import Grades
from registry.lint.work import need, ordered, summary, work
from registry.procedure import Agency, Case, Fee, LegalBasis, Paper, Procedure, Step, Way
from registry.vocabulary import Channel, FeeKind, FeeState, Role

WORDS = st.sampled_from(
    [
        "huyện",
        "Quận 1",
        "Sổ hộ khẩu",
        "CMND",
        "theo mẫu",
        "Giấy khai sinh",
        ".",
        "\n",
        "\0",
        "İ",
        "{found}",
        "%s",
        "là",
    ]
)
TEXTS = st.lists(WORDS | st.text(max_size=8), max_size=30).map(" ".join)
PROCEDURES = st.builds(
    Procedure,
    code=st.just("9.000001"),
    name=TEXTS,
    steps=st.lists(st.builds(Step, TEXTS, TEXTS), max_size=3).map(tuple),
    cases=st.lists(
        st.builds(Case, st.lists(st.builds(Paper, TEXTS), max_size=3).map(tuple), TEXTS), max_size=2
    ).map(tuple),
    ways=st.lists(
        st.builds(Way, st.sampled_from(Channel), st.none(), st.just((Fee(FeeKind.FEE, FeeState.UNKNOWN),))),
        max_size=2,
    ).map(tuple),
    legal_bases=st.lists(st.builds(LegalBasis, TEXTS, TEXTS), max_size=3).map(tuple),
    requirements=TEXTS,
    note=TEXTS,
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1)) | st.sampled_from([date.min, date.max])


@settings(max_examples=50, deadline=None)
@given(PROCEDURES, DAYS)
def test_whatever_a_page_holds_it_has_a_score_that_is_the_sum_of_its_marks(
    procedure: Procedure, day: date
) -> None:
    told = examine(procedure, day)
    assert 0 <= told.score <= 100
    assert told.score == round(100 - sum(mark.lost for mark in told.marks))
    assert all(0 <= mark.lost <= mark.weight for mark in told.marks)
    assert sum(mark.faults for mark in told.marks) == len(told.findings)
    assert grade(procedure, day).score == told.score
    assert grade(procedure, day).faults == {mark.rule: mark.faults for mark in told.marks if mark.faults}


@settings(max_examples=40, deadline=None)
@given(PROCEDURES)
def test_a_finding_quotes_the_text_that_it_points_at(procedure: Procedure) -> None:
    plain = msgspec.to_builtins(procedure)
    for one in examine(procedure, date(2026, 6, 1)).findings:
        if one.field:
            value = _at(plain, one.field)
            assert value[one.start : one.end] == one.found


def _at(plain: Any, field: str) -> str:
    for part in field.replace("]", "").replace("[", ".").split("."):
        plain = plain[int(part)] if part.isdigit() else plain[part]
    assert isinstance(plain, str)
    return plain


@given(DAYS, DAYS)
@settings(max_examples=40)
def test_days_of_one_era_find_the_same(first: date, second: date) -> None:
    page = Procedure(
        code="9.000001",
        name="Tên",
        steps=(Step("Nộp sổ hộ khẩu, CMND tại UBND huyện."),),
        cases=(Case((Paper("Giấy khai sinh"),)),),
    )
    if era(first) == era(second):
        assert grade(page, first) == grade(page, second)


def test_need_grows_with_what_is_missing_with_readers_and_with_those_who_did_not_find() -> None:
    assert need(60, 10, 2) > need(80, 10, 2) > need(80, 5, 2) > need(80, 5, 1) > need(80, 0, 0) > 0
    assert need(100, 1000, 1000) == 0


ISSUER = Agency(Role.ISSUING, "Bộ Tư pháp", "G15")
BAD = Procedure(code="9.000001", name="Kém", agencies=(ISSUER,), steps=(Step("Nộp tại UBND huyện."),))
BETTER = Procedure(code="9.000002", name="Khá hơn", agencies=(ISSUER,), steps=(Step("Nộp tại xã."),))


async def _known(book: Ledger) -> None:
    await book.load(["9.000001", "9.000002"], [])
    for one in (BAD, BETTER):
        book.put(one, date(2025, 1, 1), None, Origin("test"))


@pytest.mark.anyio
async def test_the_work_list_is_by_score_until_people_read_and_do_not_find(database: Database) -> None:
    await ledger.record(database, _known)
    grades, day = Grades(), clock.today()
    assert [one.code for one in await work(database, grades, day)] == ["9.000001", "9.000002"]
    views = Views()
    for _ in range(9):
        views.count("9.000002")
    await views.flush(database)
    await hand_in(database, Handed(Kind.NO, "9.000002", "a-form"))
    first = (await work(database, grades, day))[0]
    assert (first.code, first.views, first.no) == ("9.000002", 9, 1)
    assert [one.code for one in await work(database, grades, day, rule="district")] == ["9.000001"]
    assert await work(database, grades, day, agencies={"H55"}) == []


@pytest.mark.anyio
async def test_only_new_contents_are_graded_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.lint import grades as module

    await ledger.record(database, _known)
    seen: list[str] = []

    def counted(procedure: Procedure, day: date) -> Any:
        seen.append(procedure.name)
        return grade(procedure, day)

    monkeypatch.setattr(module, "grade", counted)
    grades, day = Grades(), date(2026, 6, 1)
    before = await grades.on(database, day)

    async def amend(book: Ledger) -> None:
        await book.load(["9.000002"], [])
        book.put(msgspec.structs.replace(BETTER, name="Đã sửa"), date(2025, 6, 1), None, Origin("test"))

    await ledger.record(database, amend)
    after = await grades.on(database, day)
    assert seen == ["Kém", "Khá hơn", "Đã sửa"]
    assert [one.name for one in after] == ["Kém", "Đã sửa"]
    assert after[0] == before[0]
    assert await Grades().on(database, day) == after  # another process, or this one started again
    assert len(seen) == 3
    await Grades().on(database, date(2024, 6, 1))
    assert len(seen) == 3  # nothing was in force then
    await Grades().on(database, date(2028, 6, 1))
    assert len(seen) == 5  # by then the act on papers has ended: other rules, graded anew


def test_a_summary_counts_pages_faults_and_scores_in_tens() -> None:
    from registry.lint.grades import Graded

    made = [
        Graded(score=score, faults={"fee": 1} if score < 90 else {}, code="1", name="", agency="")
        for score in (100, 85, 90)
    ]
    told = summary(made, date(2026, 6, 1))
    assert (told.pages, told.median, told.tens[8], told.tens[9]) == (3, 90, 1, 2)
    assert next(one for one in told.rates if one.rule == "fee").pages == 1
    assert summary([], date(2026, 6, 1)).pages == 0
    assert ordered(made, {"1": Usage(views=1)})[0].score == 85
