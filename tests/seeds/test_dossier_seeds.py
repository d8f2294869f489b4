"""The dossiers of the demonstrations: their totals hold to the last one, and nothing about them is uniform."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seeds
from registry.calendar import is_working
from registry.dossiers.dossier import Delivered
from registry.intake.events import AgencyEvent, AnyEvent, SectorEvent, VersionEvent
from registry.vocabulary import Channel, FeeState, Level, OnlineLevel
from seeds.apportion import apportion
from seeds.lines import Line, lines
from seeds.quotas import fill
from seeds.rhythm import Days
from seeds.sources import one
from seeds.wanted import Dossiers, Habits, Stream

TOTALS = (
    "online",
    "fee_due",
    "paid_online",
    "needs_result",
    "e_result",
    "digitised",
    "reused",
    "shared",
    "population",
    "complained",
    "petitions",
    "petitions_on_time",
    "petitions_unsatisfied",
)
SMALL = "dai-tu-2023"


@cache
def events(name: str) -> tuple[AnyEvent, ...]:
    return tuple(seeds.load(name))


@cache
def plan(name: str) -> Dossiers:
    return one(name, "dossiers.toml", Dossiers)


@cache
def planned(name: str) -> tuple[tuple[Stream, list[Line]], ...]:
    """Each stream of a demonstration with its lines."""
    days, habits = Days(plan(name).first, plan(name).last), one("", "habits.toml", Habits)
    found = []
    for stream in plan(name).stream:
        own = lines(stream, habits.popular, events(name), days)
        fill(stream, own, days)
        found.append((stream, own))
    return tuple(found)


@cache
def written() -> tuple[Delivered, ...]:
    return tuple(seeds.dossiers(SMALL, events(SMALL)))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_shares_add_up_between_their_bounds(data: st.DataObject) -> None:
    bounds = st.tuples(st.integers(0, 5), st.integers(0, 40), st.floats(0.01, 100))
    rows = data.draw(st.lists(bounds, min_size=1, max_size=30))
    floors = [low for low, _, _ in rows]
    caps = [low + more for low, more, _ in rows]
    total = data.draw(st.integers(sum(floors), sum(caps)))
    shares = apportion(total, [weight for _, _, weight in rows], caps, floors)
    assert sum(shares) == total
    assert all(low <= share <= cap for low, share, cap in zip(floors, shares, caps, strict=True))


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 100), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_free_shares_are_within_one_of_the_proportion(total: int, weights: list[float]) -> None:
    shares = apportion(total, weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / sum(weights)) < 1 + 1e-6


@pytest.mark.parametrize(
    ("total", "weights", "caps", "floors"),
    [(5, [1.0], [4], None), (1, [1.0, 1.0], None, [1, 1]), (3, [0.0], None, None), (2, [1.0], [1], [2])],
)
def test_shares_that_cannot_be_are_refused(
    total: int, weights: list[float], caps: list[int] | None, floors: list[int] | None
) -> None:
    with pytest.raises(ValueError, match=r"cannot|above"):
        apportion(total, weights, caps, floors)


@pytest.mark.parametrize("name", seeds.NAMES)
def test_the_totals_of_a_report_hold_to_the_last_dossier(name: str) -> None:
    for stream, own in planned(name):
        assert sum(line.count for line in own) == stream.received
        assert sum(line.ended for line in own) == stream.resolved
        assert sum(line.quotas["late"] for line in own) == stream.resolved - stream.on_time
        assert sum(line.quotas["overdue"] for line in own) == stream.overdue
        assert {total: sum(line.quotas[total] for line in own) for total in TOTALS} == {
            total: getattr(stream, total) for total in TOTALS
        }
        for line in own:
            assert line.quotas["paid_online"] <= line.quotas["fee_due"] <= line.count
            assert line.quotas["e_result"] <= line.quotas["needs_result"] <= line.ended


def test_as_many_procedures_were_paid_online_as_the_report_says() -> None:
    ((stream, own),) = planned("thai-nguyen-2025")
    bearing = {line.code for line in own if line.quotas["fee_due"]}
    paid = {line.code for line in own if line.quotas["paid_online"]}
    assert (len(paid), len(bearing)) == (stream.paid_services, stream.fee_services)
    alive = {
        event.code
        for event in events("thai-nguyen-2025")
        if isinstance(event, VersionEvent)
        and event.valid_from <= date(2025, 5, 31) < (event.valid_to or date.max)
        and event.procedure.fee is FeeState.AMOUNT
    }
    assert bearing <= alive


def test_one_in_five_online_services_was_used_online() -> None:
    ((stream, own),) = planned("son-la-2020")
    assert len({line.code for line in own if line.quotas["online"]}) == stream.online_services
    assert all(line.span.online for line in own if line.quotas["online"])


def test_dossiers_are_what_their_lines_say() -> None:
    found: dict[str, Counter[str]] = {}
    for dossier in written():
        found.setdefault(dossier.agency, Counter()).update(_facts(dossier))
    for _, own in planned(SMALL):
        for code in {line.office.code for line in own}:
            wanted = Counter[str]()
            for line in own:
                if line.office.code == code:
                    quotas = {name: line.quotas[name] for name in (*TOTALS, "late", "overdue")}
                    wanted.update({"received": line.count, "ended": line.ended, **quotas})
            assert +found[code] == +wanted


def _facts(dossier: Delivered) -> dict[str, int]:
    """What counts of a dossier, as a reader would count it."""
    asked = dossier.petitions
    late = (dossier.finished is not None and dossier.finished > str(dossier.due)) or dossier.supplements > 1
    waiting = dossier.finished is None and dossier.state != "supplementing"
    return {
        "received": 1,
        "ended": dossier.finished is not None,
        "late": late,
        "overdue": waiting and not late and str(dossier.due) < plan(SMALL).last.isoformat(),
        "online": dossier.channel == "online",
        "fee_due": bool(dossier.fee_due),
        "paid_online": dossier.paid_online,
        "needs_result": dossier.needs_result,
        "e_result": dossier.e_result,
        "digitised": dossier.digitised,
        "reused": dossier.reused,
        "shared": dossier.shared,
        "population": dossier.population_data,
        "complained": dossier.complained,
        "petitions": asked.count if asked else 0,
        "petitions_on_time": asked.on_time if asked else 0,
        "petitions_unsatisfied": asked.unsatisfied if asked else 0,
    }


def test_numbers_are_unique_and_of_the_national_shape() -> None:
    numbers = [dossier.number for dossier in written()]
    assert len(set(numbers)) == len(numbers)
    for dossier in written()[::97]:
        told = re.fullmatch(r"(\d{3}\.\d{2}\.\d{2}\.H\d{2})-(\d{6})-(\d{4})", dossier.number)
        assert told is not None
        parts = dossier.agency.split(".")
        assert told[1] == ".".join(["000", *["00"] * (3 - len(parts)), *reversed(parts)])[-14:]
        assert told[2] == dossier.received.replace("-", "")[2:]


def test_days_are_those_on_which_offices_and_procedures_are_there() -> None:
    held = {
        event.code: event for event in events(SMALL) if isinstance(event, VersionEvent)
    }  # a procedure has one version
    for dossier in written():
        received = date.fromisoformat(dossier.received)
        version = held[dossier.procedure]
        assert version.valid_from <= received < (version.valid_to or date.max)
        assert plan(SMALL).first <= received <= plan(SMALL).last
        assert dossier.finished is None or dossier.received <= dossier.finished <= plan(SMALL).last.isoformat()
        assert dossier.channel != "direct" or is_working(received)
        assert dossier.channel in version.procedure.channels
        assert not dossier.fee_due or version.procedure.fee is FeeState.AMOUNT


def test_the_same_dossiers_come_on_every_run() -> None:
    again = seeds.dossiers(SMALL, events(SMALL))
    assert [next(again) for _ in range(2000)] == list(written()[:2000])


def test_no_two_offices_and_no_two_months_look_alike() -> None:
    for key in (lambda one: one.agency, lambda one: one.received[:7]):
        groups: dict[str, Counter[str]] = {}
        for dossier in written():
            groups.setdefault(key(dossier), Counter()).update(_facts(dossier))
        shapes = {
            tuple(round(group[name] / group["received"], 3) for name in ("online", "digitised", "e_result"))
            for group in groups.values()
        }
        assert len(shapes) == len(groups)


def test_people_come_early_in_the_week_and_stay_away_around_tet() -> None:
    weekdays = Counter(date.fromisoformat(dossier.received).weekday() for dossier in written())
    assert weekdays[0] > weekdays[2] > weekdays[4] > weekdays[5]
    tet = date(2023, 1, 20)
    around = {(tet + timedelta(days=n)).isoformat() for n in range(-10, 17)}
    near = sum(dossier.received in around for dossier in written()) / len(around)
    assert near < 0.6 * len(written()) / 293


def test_a_few_procedures_are_asked_for_often_and_most_of_them_seldom() -> None:
    ((_, own),) = planned("thai-nguyen-2025")
    counts = Counter[str]()
    for line in own:
        counts[line.code] += line.count
    ranked = sorted(counts.values(), reverse=True)
    assert sum(ranked[:20]) > 0.35 * sum(ranked)
    assert ranked[len(ranked) // 2] < sum(ranked) / len(ranked) / 2


def test_what_is_late_is_late_in_some_offices() -> None:
    ((_, own),) = planned("thai-nguyen-2025")
    late, every = Counter[str](), Counter[str]()
    for line in own:
        late[line.office.code] += line.quotas["late"]
        every[line.office.code] += line.count
    rates = sorted(late[code] / every[code] for code in every)
    assert rates[len(rates) // 4] < 0.002 < 0.012 < rates[-5]


# -- catalogues of the other reports ---------------------------------------------------------------------------


def test_no_code_is_of_two_demonstrations() -> None:
    codes = Counter(
        code
        for name in seeds.NAMES
        for code in {event.code for event in events(name) if isinstance(event, VersionEvent)}
    )
    assert max(codes.values()) == 1
    assert all(re.fullmatch(r"9\.\d{6}", code) for code in codes)


def test_sectors_and_agencies_that_demonstrations_share_are_the_same_in_each() -> None:
    sectors: dict[str, set[str]] = {}
    states: dict[tuple[str, date | None], set[AgencyEvent]] = {}
    for name in seeds.NAMES:
        for event in events(name):
            if isinstance(event, SectorEvent):
                sectors.setdefault(event.code, set()).add(event.name)
            if isinstance(event, AgencyEvent):
                states.setdefault((event.code, event.valid_from), set()).add(event)
    assert all(len(names) == 1 for names in sectors.values())
    assert all(len(same) == 1 for same in states.values())


def test_only_the_library_lives_on_after_its_report() -> None:
    for name in seeds.NAMES[1:]:
        versions = [event for event in events(name) if isinstance(event, VersionEvent)]
        last = max(version.valid_to or date.max for version in versions)
        assert last <= date(2024, 1, 1)
        assert all(version.valid_from < plan(name).first for version in versions)
        assert all(version.procedure.illustrative for version in versions)


@pytest.mark.parametrize(
    ("name", "wanted", "count"),
    [
        ("son-la-2020", lambda p: p.online_level is OnlineLevel.LEVEL_3, 439),
        ("son-la-2020", lambda p: p.online_level is OnlineLevel.LEVEL_4, 91),
        ("son-la-2020", lambda p: Level.PROVINCE in p.levels and p.service_centre, 1232),
        ("son-la-2020", lambda p: Level.PROVINCE in p.levels, 1313),
        ("dai-tu-2023", lambda p: p.online_level is OnlineLevel.FULL, 163),
        ("thai-nguyen-city-2018", lambda p: p.online_level is OnlineLevel.LEVEL_3, 158),
        ("thai-nguyen-city-2018", lambda p: p.online_level is OnlineLevel.LEVEL_4, 13),
        ("thai-nguyen-city-2018", lambda p: p.postal and Channel.POSTAL in p.channels, 34),
        ("thai-nguyen-2021", lambda p: not p.offline_only and p.online_level is not OnlineLevel.LEVEL_4, 0),
    ],
)
def test_a_catalogue_holds_what_its_report_counts(name: str, wanted: Callable[[object], bool], count: int) -> None:
    found = [event.procedure for event in events(name) if isinstance(event, VersionEvent)]
    assert sum(bool(wanted(procedure)) for procedure in found) == count
