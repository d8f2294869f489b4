"""Which records a run fetches: what is hinted at, and a share of the rest, so that nothing is never looked at."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import clock
from registry.exchange.portal.client import _asked_to_wait
from registry.exchange.portal.memory import Memory
from registry.exchange.portal.plan import plan
from registry.exchange.portal.province import covers
from registry.exchange.portal.source import Item, mark
from registry.indexing import EVERY_PROVINCE, provinces
from registry.procedure import Agency, Procedure
from registry.vocabulary import Level, Role, Scope


def item(number: int, mark: str = "m", code: str = "", kind: str = "STANDARD") -> Item:
    return Item(f"id-{number}", code or f"1.{number:06}", "name", mark, kind)


def remembered(one: Item, checked: int, taken: bool = True) -> Memory:
    return Memory(one.id, one.code, one.mark, "d", None, checked, taken)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 40),
    known=st.sets(st.integers(0, 39)),
    changed=st.sets(st.integers(0, 39)),
    twins=st.sets(st.integers(0, 39), max_size=6),
    limit=st.none() | st.integers(1, 10),
    rounds=st.integers(1, 9),
    province=st.booleans(),
    full=st.booleans(),
)
def test_every_line_is_fetched_known_left_or_skipped_and_only_one_of_these(
    count: int,
    known: set[int],
    changed: set[int],
    twins: set[int],
    limit: int | None,
    rounds: int,
    province: bool,
    full: bool,
) -> None:
    kinds = ("STANDARD", "SPECIFIC")
    items = [item(n, code="1.000000" if n in twins else "", kind=kinds[n % 2]) for n in range(count)]
    memory = {one.id: remembered(one, n % 3) for n, one in enumerate(items) if n in known}
    items = [item(n, "new", one.code, one.type) if n in changed else one for n, one in enumerate(items)]
    found = plan(items, memory, province=province, own={"id-1"}, full=full, limit=limit, rounds=rounds)
    parts = [one.id for part in (found.wanted, found.known, found.left, found.skipped) for one in part]
    assert sorted(parts) == sorted(one.id for one in items)
    fetched = {one.id for one in found.wanted}
    shared = {one.code for one in found.wanted if one.code == "1.000000"}
    assert all(one.id in fetched for one in items if one.code in shared and one not in found.skipped)
    if limit is None:
        hinted = {one.id for n, one in enumerate(items) if full or n in changed or n not in known}
        assert hinted - {one.id for one in found.skipped} <= fetched
        assert not found.left


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 60), rounds=st.integers(1, 12))
def test_over_the_rounds_everything_is_looked_at_and_never_more_than_a_share(count: int, rounds: int) -> None:
    items = [item(number) for number in range(count)]
    memory = {one.id: remembered(one, 0) for one in items}
    for run in range(1, rounds + 1):
        found = plan(items, memory, province=False, own=set(), full=False, limit=None, rounds=rounds)
        assert len(found.wanted) <= -(-count // rounds)
        memory |= {one.id: remembered(one, run) for one in found.wanted}
    assert all(one.checked for one in memory.values())


@settings(max_examples=40, deadline=None)
@given(
    scope=st.sampled_from([None, *Scope]),
    levels=st.sets(st.sampled_from(list(Level))),
    issuer=st.sampled_from([None, "H55", "H55.17", "H05", "G15", ""]),
)
def test_a_provinces_view_is_the_one_that_the_interface_has(
    scope: Scope | None, levels: set[Level], issuer: str | None
) -> None:
    from types import SimpleNamespace

    agencies = () if issuer is None else (Agency(Role.ISSUING, "Cơ quan", issuer or None),)
    procedure = Procedure("1.000001", "Tên", scope=scope, levels=tuple(levels), agencies=agencies)
    shown = provinces(SimpleNamespace(procedure=procedure))  # type: ignore[arg-type]  # all that is asked
    assert covers("H55", procedure) == bool({EVERY_PROVINCE, "H55"} & set(shown))
    assert covers("", procedure)


def test_a_line_is_the_same_in_whatever_order_it_is_written() -> None:
    first = mark(b'{"id":"1","categories":["a","b"],"departments":[null,"c"]}')
    assert mark(b'{ "departments":["c",null], "categories":["b","a"],\n"id":"1"}') == first
    assert mark(b'{"id":"1","categories":["a","b"],"departments":["c"]}') != first


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-3", None)])
def test_retry_after_is_read(told: str, seconds: float | None) -> None:
    assert _asked_to_wait(told) == seconds


def test_retry_after_may_be_a_date_and_one_in_the_past_is_no_wait() -> None:
    later = (clock.now() + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 80 < (_asked_to_wait(later) or 0) <= 90
    assert _asked_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
