"""Working days, and the days by which answers are due."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.calendar import add_working, due, is_working, next_working, working_between
from registry.procedure import ProcessingTime
from registry.vocabulary import TimeUnit

DAYS = st.dates(date(2010, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 5, 30), True),
        (date(2025, 5, 31), False),  # a Saturday
        (date(2025, 1, 29), False),  # Tết
        (date(2025, 5, 2), False),  # a day off, exchanged for
        (date(2025, 4, 26), True),  # this Saturday
        (date(2024, 5, 4), True),
        (date(2024, 4, 29), False),
        (date(2026, 11, 24), False),
    ],
)
def test_offices_are_open_on_working_days(day: date, working: bool) -> None:
    assert is_working(day) is working


def test_five_working_days_run_over_tet_and_weekends() -> None:
    assert add_working(date(2025, 1, 24), 5) == date(2025, 2, 7)
    assert add_working(date(2025, 2, 7), -5) == date(2025, 1, 24)
    assert working_between(date(2025, 1, 24), date(2025, 2, 7)) == 5


def test_an_exchanged_saturday_counts_as_a_working_day() -> None:
    assert add_working(date(2025, 4, 25), 1) == date(2025, 4, 26)
    assert add_working(date(2025, 4, 25), 3) == date(2025, 4, 29)


@settings(max_examples=40)
@given(DAYS, st.integers(-800, 800))
def test_counting_undoes_adding(day: date, count: int) -> None:
    assert working_between(day, add_working(day, count)) == count


@settings(max_examples=40)
@given(DAYS, st.integers(0, 300), st.integers(1, 300))
def test_days_may_be_added_at_once_or_in_parts(day: date, first: int, second: int) -> None:
    assert add_working(add_working(day, first), second) == add_working(day, first + second)


@settings(max_examples=40)
@given(DAYS, st.integers(0, 400))
def test_counting_equals_looking_at_every_day(day: date, span: int) -> None:
    days = [day + timedelta(days=n) for n in range(1, span + 1)]
    assert working_between(day, day + timedelta(days=span)) == sum(map(is_working, days))


@settings(max_examples=40)
@given(DAYS, st.sampled_from(list(TimeUnit)), st.floats(0.1, 150))
def test_an_answer_is_due_on_a_working_day_after_the_dossier_came(day: date, unit: TimeUnit, value: float) -> None:
    found = due(day, ProcessingTime(unit, value))
    if unit is TimeUnit.OTHER:
        assert found is None
    elif found is not None:
        assert found > day
        assert is_working(found)
        assert found <= (due(day, ProcessingTime(unit, value * 2)) or date.max)


@pytest.mark.parametrize(
    ("received", "value", "unit", "expected"),
    [
        (date(2025, 5, 29), 1, TimeUnit.WORKING_DAY, date(2025, 5, 30)),
        (date(2025, 5, 30), 1, TimeUnit.WORKING_DAY, date(2025, 6, 2)),
        (date(2025, 5, 31), 1, TimeUnit.WORKING_DAY, date(2025, 6, 2)),  # handed in on a Saturday
        (date(2025, 5, 26), 7.5, TimeUnit.WORKING_DAY, date(2025, 6, 5)),
        (date(2025, 5, 26), 4, TimeUnit.HOUR, date(2025, 5, 27)),
        (date(2025, 5, 26), 24, TimeUnit.HOUR, date(2025, 5, 29)),
        (date(2025, 5, 26), 3, TimeUnit.DAY, date(2025, 5, 29)),
        (date(2025, 5, 26), 5, TimeUnit.DAY, date(2025, 6, 2)),  # the 31st is a Saturday
        (date(2025, 1, 31), 1, TimeUnit.MONTH, date(2025, 2, 28)),
        (date(2025, 1, 2), 1.5, TimeUnit.MONTH, date(2025, 2, 17)),
        (date(2024, 2, 29), 1, TimeUnit.YEAR, date(2025, 2, 28)),
        (date(2025, 3, 3), 0.5, TimeUnit.YEAR, date(2025, 9, 3)),
        (date(2025, 3, 3), None, TimeUnit.OTHER, None),
        (date(2025, 3, 3), 0, TimeUnit.DAY, None),
        (date(2025, 3, 3), 1_000_000, TimeUnit.YEAR, None),
        (date(2025, 3, 3), 10_000_000_000, TimeUnit.WORKING_DAY, None),
    ],
)
def test_a_due_day_follows_the_unit(
    received: date, value: int | float | None, unit: TimeUnit, expected: date | None
) -> None:
    assert due(received, ProcessingTime(unit, value)) == expected


def test_what_is_due_on_a_day_off_is_due_on_the_next_working_day() -> None:
    assert next_working(date(2025, 5, 31)) == date(2025, 6, 2)
    assert next_working(date(2025, 5, 30)) == date(2025, 5, 30)
