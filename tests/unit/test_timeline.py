"""Arithmetic on spans of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue import timeline
from registry.catalogue.timeline import Span

FIRST = date(2025, 1, 1)
HORIZON = 60


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


edits = st.lists(
    st.tuples(st.integers(0, HORIZON), st.one_of(st.none(), st.integers(1, HORIZON)), st.integers(0, 9)),
    max_size=12,
)


def replay(steps: list[tuple[int, int | None, int]]) -> tuple[list[Span[int]], dict[date, int]]:
    """The spans after these edits, and the same told day by day by the plainest means."""
    spans: list[Span[int]] = []
    plain: dict[date, int] = {}
    for start, length, value in steps:
        end = None if length is None else day(start + length)
        edit = timeline.clear(spans, day(start), end)
        spans = [span for span in spans if span not in edit.closed] + edit.cut
        spans.append(Span(day(start), end, value))
        last = HORIZON * 3 if length is None else start + length
        plain.update({day(number): value for number in range(start, last)})
    return spans, plain


@given(edits)
def test_spans_never_overlap(steps: list[tuple[int, int | None, int]]) -> None:
    spans, _ = replay(steps)
    assert timeline.overlaps(spans) == []


@given(edits)
def test_every_day_has_the_value_that_was_last_put_on_it(steps: list[tuple[int, int | None, int]]) -> None:
    spans, plain = replay(steps)
    for number in range(HORIZON * 3):
        found = timeline.at(spans, day(number))
        assert (found.value if found else None) == plain.get(day(number))


@given(edits, st.integers(0, HORIZON))
def test_a_span_ends_by_itself_before_the_next_begins(
    steps: list[tuple[int, int | None, int]], start: int
) -> None:
    spans, _ = replay(steps)
    end = timeline.natural_end(spans, day(start))
    later = [span.start for span in spans if span.start > day(start)]
    assert end is None or end > day(start)
    assert not later or (end is not None and end <= min(later)) or timeline.at(spans, day(start)) is not None


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        timeline.clear([], day(3), day(3))


def test_what_lies_outside_is_left_alone() -> None:
    before, after = Span(day(0), day(5), 1), Span(day(9), None, 2)
    edit = timeline.clear([before, after], day(5), day(9))
    assert edit.closed == []
    assert edit.cut == []


def test_a_span_is_cut_on_both_sides() -> None:
    edit = timeline.clear([Span(day(0), None, 1)], day(3), day(6))
    assert edit.cut == [Span(day(0), day(3), 1), Span(day(6), None, 1)]
