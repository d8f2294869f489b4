"""What an announcement does to timelines, and taking it back."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogue import timeline
from registry.catalogue.timeline import Span
from registry.desk.deadlines import deadlines
from registry.desk.planning import Held, Line, end, put, undone, without
from registry.procedure import Procedure

DAY = date(2025, 1, 1)
WITHIN = st.integers(0, 100).map(lambda days: DAY + timedelta(days=days))


def procedure(name: object) -> Procedure:
    return Procedure(code="9.000001", name=str(name))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Timelines with gaps, open or ended, each span by an announcement of its own."""
    days = sorted(draw(st.sets(WITHIN, max_size=6)))
    found: Line = []
    for number, (start, stop) in enumerate(itertools.pairwise(days)):
        if draw(st.booleans()):
            found.append(Span(start, stop, Held(procedure(number), f"a{number}", f"a{number + 1}")))
    if found and draw(st.booleans()):
        last = found[-1]
        found[-1] = Span(last.start, None, Held(last.value.procedure, last.value.announcement, None))
    return found


@settings(max_examples=60, deadline=None)
@given(line=lines(), day=WITHIN)
def test_what_is_put_holds_from_its_day_and_nothing_overlaps(line: Line, day: date) -> None:
    after = put(line, procedure("new"), day, "x")
    assert timeline.overlaps(after) == []
    for offset in range(-10, 120):
        on = DAY + timedelta(days=offset)
        held, before = timeline.at(after, on), timeline.at(line, on)
        if held is not None and held.value.announcement == "x":
            assert on >= day
        else:
            assert (held and held.value.procedure) == (before and before.value.procedure)
    found = timeline.at(after, day)
    assert found is not None
    assert found.value.procedure.name == "new"


@settings(max_examples=60, deadline=None)
@given(line=lines(), day=WITHIN, ends=st.booleans())
def test_what_was_done_is_undone_where_nothing_was_learned_since(line: Line, day: date, ends: bool) -> None:
    after = end(line, day, "x") if ends else put(line, procedure("new"), day, "x")
    assert undone(after, line, "x") == line


@settings(max_examples=60, deadline=None)
@given(line=lines(), day=WITHIN, later=WITHIN)
def test_undoing_leaves_no_trace_of_it_and_keeps_what_came_after(line: Line, day: date, later: date) -> None:
    learned = put(put(line, procedure("new"), day, "x"), procedure("later"), later, "y")
    back = undone(learned, line, "x")
    assert timeline.overlaps(back) == []
    assert all("x" not in (span.value.announcement, span.value.ended_by) for span in without(learned, "x"))
    held = timeline.at(back, later)
    assert held is not None
    assert held.value.announcement == "y"


@pytest.mark.parametrize(
    ("level", "announced", "published"),
    [("province", date(2025, 4, 25), date(2025, 4, 25)), ("ministry", date(2025, 4, 3), date(2025, 5, 6))],
)
def test_deadlines_are_counted_in_working_days(level: str, announced: date, published: date) -> None:
    # 7 and 30 April and 1 May 2025 were holidays; Friday 2 May was exchanged for Saturday 26 April.
    found = deadlines(level, date(2025, 4, 18), date(2025, 5, 6), None, date(2025, 4, 25))
    assert [(one.indicator, one.until) for one in found] == [
        ("PUBLISH_ON_TIME", announced),
        ("PUBLIC_UPDATE_ON_TIME", published),
    ]
    assert [one.kept for one in found] == [level == "province", True]


def test_days_beyond_the_calendar_have_no_deadline() -> None:
    assert deadlines("province", date(1, 1, 1), date(1, 1, 1), None, date(2025, 1, 1)) != []
    assert [one.indicator for one in deadlines(None, date.max, date.min, None, date(2025, 1, 1))] == []
