"""What everyone sees: small numbers are hidden, and cannot be worked out from what is shown beside them."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from registry.metrics.answer import (
    Answer,
    Asked,
    Compared,
    Cut,
    Formula,
    Group,
    Links,
    Period,
    Revisions,
    Title,
    Value,
)
from registry.metrics.privacy import LEAST, public

DAY = date(2025, 1, 1)


def answer(values: list[tuple[int, int]], units: tuple[str, ...] = ("dossiers", "dossiers")) -> Answer:
    """An answer whose groups add up to its total."""
    groups = tuple(
        Group((Cut("agency", str(place), str(place)),), Value(top, bottom, None))
        for place, (top, bottom) in enumerate(values)
    )
    whole = Value(sum(top for top, _ in values), sum(bottom for _, bottom in values), None)
    return Answer(
        indicator="X",
        title=Title("x", "x"),
        group=None,
        units=units,
        formula=Formula(1, DAY, "a", "b", (), None, None, "none", "", ""),
        asked=Asked(None, None, True, None, None, None, None, (), "then"),
        period=Period(DAY, DAY),
        as_of=DAY,
        revisions=Revisions(1, 1, 1),
        value=whole,
        groups=groups,
        compared=None,
        rank=None,
        links=Links("", None),
    )


def test_a_number_under_five_is_hidden_and_zero_is_not() -> None:
    assert public(answer([(4, 100)])).value == Value(None, None, None, hidden=True)
    assert public(answer([(0, 100)])).value.numerator == 0
    assert public(answer([(5, 100)])).value.numerator == 5
    assert public(answer([(5, 3)])).value.hidden


def test_what_is_not_about_dossiers_is_shown() -> None:
    assert public(answer([(1, 3)], ("procedures", "procedures"))).value.numerator == 1


def test_one_hidden_group_takes_the_next_smallest_along() -> None:
    found = [group.value.hidden for group in public(answer([(3, 50), (40, 400), (20, 90), (0, 0)])).groups]
    assert found == [True, False, True, False]


def test_the_change_since_a_hidden_number_is_hidden() -> None:
    from msgspec.structs import replace

    before = Compared(Period(DAY, DAY), Value(2, 90, 2.22), 1.0, 1.0, 8)
    found = public(replace(answer([(10, 100)]), compared=before)).compared
    assert found is not None
    assert found.value.hidden
    assert (found.ratio_change, found.points_change, found.numerator_change) == (None, None, None)


pairs = st.integers(0, 60).flatmap(lambda bottom: st.tuples(st.integers(0, bottom), st.just(bottom)))


@given(st.lists(pairs, min_size=1, max_size=9))
def test_the_total_less_what_is_shown_tells_nothing_of_few(values: list[tuple[int, int]]) -> None:
    found = public(answer(values))
    shown = [group.value for group in found.groups if not group.value.hidden]
    hidden = [values[place] for place, group in enumerate(found.groups) if group.value.hidden]
    for value in shown:
        assert value.numerator is not None
        assert not 0 < value.numerator < LEAST
        assert value.denominator is not None
        assert not 0 < value.denominator < LEAST
    if hidden and not found.value.hidden:
        rests = [sum(top for top, _ in hidden), sum(bottom for _, bottom in hidden)]
        others = [pair for pair in values if pair not in hidden and sum(pair)]
        assert (len(hidden) > 1 and not any(0 < rest < LEAST for rest in rests)) or not others
