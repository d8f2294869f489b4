"""The demonstration catalogue: the figures of its report, and that its history holds together."""

import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import blake2b
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

import seeds
from registry.intake.events import (
    AgencyEvent,
    AnnouncementEvent,
    AnyEvent,
    Header,
    SectorEvent,
    Trailer,
    VersionEvent,
)
from registry.procedure import Agency, Announcement, Item
from registry.sections import differences, missing_parts
from registry.vocabulary import (
    Action,
    Audience,
    Channel,
    FeeState,
    Level,
    OnlineLevel,
    OnlineScheme,
    Role,
    level_exists,
)
from search.text import slug, syllables
from seeds import sources

NAME = "thai-nguyen-2025"
DAY = date(2025, 5, 31)
MERGER = date(2025, 3, 1)
TWO_TIER = date(2025, 7, 1)
DECREE = date(2022, 8, 15)


class Told:
    """The events of the catalogue, sorted by kind."""

    def __init__(self, events: list[AnyEvent]) -> None:
        self.events = events
        self.agencies = [event for event in events if isinstance(event, AgencyEvent)]
        self.sectors = [event for event in events if isinstance(event, SectorEvent)]
        self.announcements = {
            event.announcement.id: event.announcement for event in events if isinstance(event, AnnouncementEvent)
        }
        self.versions = [event for event in events if isinstance(event, VersionEvent)]
        self.by_code: dict[str, list[VersionEvent]] = defaultdict(list)
        for version in self.versions:
            self.by_code[version.code].append(version)

    def in_force(self, day: date) -> list[VersionEvent]:
        return [v for v in self.versions if v.valid_from <= day and (v.valid_to is None or day < v.valid_to)]

    def days(self) -> list[date]:
        """Every day on which anything changes, and the days that the report speaks of."""
        return sorted({v.valid_from for v in self.versions} | {DAY, TWO_TIER - timedelta(days=1), TWO_TIER})

    def items(self) -> Iterator[tuple[Announcement, Item]]:
        for announcement in self.announcements.values():
            for item in announcement.items:
                yield announcement, item

    def of_the_year(self) -> list[Announcement]:
        return [a for a in self.announcements.values() if a.effective and date(2025, 1, 1) <= a.effective <= DAY]

    def bodies(self, day: date, level: Level) -> list[AgencyEvent]:
        return [a for a in self.agencies if a.kind_of == "body" and a.level is level and _exists(a, day)]


def _exists(agency: AgencyEvent, day: date) -> bool:
    return (agency.valid_from is None or agency.valid_from <= day) and (
        agency.valid_to is None or day < agency.valid_to
    )


@pytest.fixture(scope="module")
def told() -> Told:
    return Told(list(seeds.load(NAME)))


def test_the_report_s_procedures_are_in_force_on_its_day_by_level(told: Told) -> None:
    levels = Counter(version.procedure.levels for version in told.in_force(DAY))
    assert sum(levels.values()) == levels[(Level.PROVINCE,)] + levels[(Level.DISTRICT,)] + levels[(Level.COMMUNE,)]
    assert sum(levels.values()) > 1800
    assert levels[(Level.PROVINCE,)] > 1400
    assert levels[(Level.DISTRICT,)] > 300
    assert levels[(Level.COMMUNE,)] == 126


def test_thirty_two_announcements_of_the_year_have_nearly_six_hundred_items(told: Told) -> None:
    year = told.of_the_year()
    assert len(year) == 32
    assert 594 <= sum(len(announcement.items) for announcement in year) <= 598
    for announcement in year:
        assert re.fullmatch(r"\d+/QĐ-UBND", announcement.number)
        assert announcement.issuer == Agency(Role.ISSUING, "Chủ tịch Ủy ban nhân dân tỉnh Thái Nguyên", "H55")
        assert announcement.items


def test_the_year_s_items_are_of_every_action_and_of_several_shapes(told: Told) -> None:
    items = [item for announcement in told.of_the_year() for item in announcement.items]
    assert {item.action for item in items} == set(Action)
    shapes = {(len(item.old), len(item.new)) for item in items if item.action is Action.REPLACED}
    assert {(1, 1), (2, 1), (1, 2), (3, 2)} <= shapes


def test_twenty_five_essential_services_are_all_offered_online(told: Told) -> None:
    essential = [v.procedure for v in told.in_force(DAY) if v.procedure.essential]
    assert len(essential) == 25
    assert all(Channel.ONLINE in procedure.channels for procedure in essential)


def test_338_procedures_bear_a_fee_and_all_of_them_are_payable_online(told: Told) -> None:
    bearing = [
        version.procedure
        for version in told.in_force(DAY)
        if any(
            fee.state in (FeeState.AMOUNT, FeeState.SCHEDULE) for way in version.procedure.ways for fee in way.fees
        )
    ]
    assert len(bearing) == 338
    assert all(procedure.fee is FeeState.AMOUNT for procedure in bearing)
    assert all(procedure.online_payment and Channel.ONLINE in procedure.channels for procedure in bearing)


def test_no_two_procedures_in_force_have_the_same_name_on_any_day(told: Told) -> None:
    for day in told.days():
        names = Counter(version.procedure.name.casefold() for version in told.in_force(day))
        assert [name for name, count in names.items() if count > 1] == []


def test_names_are_clean_composed_text_of_more_than_three_syllables(told: Told) -> None:
    for version in told.versions:
        name = version.procedure.name
        assert unicodedata.is_normalized("NFC", name)
        assert name == " ".join(name.split())
        assert name[0].isupper()
        assert "{" not in name
        assert "|" not in name
        assert len(syllables(name)) > 3


def test_codes_are_those_that_no_real_procedure_has(told: Told) -> None:
    assert all(re.fullmatch(r"9\.\d{6}", version.code) for version in told.versions)
    assert all(version.code == version.procedure.code for version in told.versions)


def test_everything_says_that_it_is_illustrative(told: Told) -> None:
    header = told.events[0]
    assert isinstance(header, Header)
    assert header.illustrative
    assert all(version.procedure.illustrative for version in told.versions)
    assert all(announcement.illustrative for announcement in told.announcements.values())


def test_the_file_begins_with_its_digest_and_ends_with_its_count(told: Told) -> None:
    header, *body, trailer = told.events
    lines = b"".join(msgspec.json.encode(event) + b"\n" for event in body)
    assert isinstance(header, Header)
    assert header.digest == blake2b(lines, digest_size=16).hexdigest()
    assert trailer == Trailer(len(body))


def test_every_run_gives_the_same_bytes(told: Told) -> None:
    program = f"import seeds; print(next(iter(seeds.load({NAME!r}))).digest)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(seeds.__file__).parents[1],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
    )
    assert done.stdout.strip() == told.events[0].digest  # type: ignore[union-attr]  # a header


def test_an_unknown_catalogue_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(KeyError, match=NAME):
        seeds.load("atlantis")


def test_the_versions_of_a_code_follow_one_another_without_overlap(told: Told) -> None:
    for versions in told.by_code.values():
        for before, after in pairwise(versions):
            assert before.valid_to is not None
            assert before.valid_from < before.valid_to <= after.valid_from
        assert all(version.valid_to is None or version.valid_from < version.valid_to for version in versions)


def test_each_version_differs_from_the_one_before_it(told: Told) -> None:
    for versions in told.by_code.values():
        for before, after in pairwise(versions):
            assert differences(before.procedure, after.procedure)


def test_history_changes_every_section_that_announcements_change_in_life(told: Told) -> None:
    changed = Counter(
        difference.section
        for versions in told.by_code.values()
        for before, after in pairwise(versions)
        for difference in differences(before.procedure, after.procedure)
    )
    wanted = ("timeLimit", "papers", "fees", "channels", "onlineLevel", "legalBases", "agencies", "levels", "name")
    assert {section for section in wanted if changed[section] < 50} == set()


def test_what_an_item_brings_begins_on_the_effective_day_by_its_announcement(told: Told) -> None:
    for announcement, item in told.items():
        for code in item.new:
            began = [v for v in told.by_code[code] if v.valid_from == announcement.effective]
            assert [version.announcement for version in began] == [announcement.id]


def test_what_an_item_ends_ends_on_the_effective_day_by_its_announcement(told: Told) -> None:
    for announcement, item in told.items():
        for code in item.old:
            ended = [v for v in told.by_code[code] if v.valid_to == announcement.effective]
            assert [version.ended_by for version in ended] == [announcement.id]
            if item.action in (Action.ABOLISHED, Action.REPLACED):
                assert ended == told.by_code[code][-1:]


def test_items_have_the_sides_that_their_action_needs(told: Told) -> None:
    for _, item in told.items():
        sides = {
            Action.NEW: not item.old and len(item.new) == 1,
            Action.AMENDED: item.old == item.new and len(item.new) == 1,
            Action.REPLACED: bool(item.old) and bool(item.new) and not set(item.old) & set(item.new),
            Action.ABOLISHED: len(item.old) == 1 and not item.new,
        }
        assert item.action is not None
        assert sides[item.action]


def test_every_version_stands_as_an_item_of_the_announcement_that_began_it(told: Told) -> None:
    brought = {(a.id, code) for a, item in told.items() for code in item.new}
    assert all((version.announcement, version.code) in brought for version in told.versions)
    assert len(brought) == len(told.versions)


def test_no_procedure_is_touched_twice_on_one_day(told: Told) -> None:
    touched = Counter((a.effective, code) for a, item in told.items() for code in {*item.old, *item.new})
    assert max(touched.values()) == 1


def test_announcements_are_decided_before_they_take_effect_and_numbered_once(told: Told) -> None:
    announcements = list(told.announcements.values())
    assert len(announcements) == sum(isinstance(event, AnnouncementEvent) for event in told.events)
    numbers = Counter((a.number, a.decided.year) for a in announcements if a.decided)
    assert max(numbers.values()) == 1
    for announcement in announcements:
        assert announcement.decided
        assert announcement.effective
        assert announcement.decided <= announcement.effective
        assert announcement.decided.year == announcement.effective.year
        assert announcement.published is None or announcement.decided <= announcement.published
    assert {a.effective.year for a in announcements if a.effective} == set(range(2019, 2026))


def test_online_levels_are_of_the_scheme_of_their_day(told: Told) -> None:
    for version in told.versions:
        level = version.procedure.online_level
        assert level is not None
        early = version.valid_from < DECREE
        assert level.scheme is (OnlineScheme.LEVELS if early else OnlineScheme.FULL_PARTIAL)
    seen = {version.procedure.online_level for version in told.versions}
    assert seen == set(OnlineLevel)
    assert {
        v.procedure.online_level.scheme for v in told.in_force(date(2023, 3, 1)) if v.procedure.online_level
    } == {OnlineScheme.FULL_PARTIAL}


def test_levels_exist_on_every_day_on_which_a_version_holds(told: Told) -> None:
    for version in told.versions:
        last = version.valid_to - timedelta(days=1) if version.valid_to else date(2030, 1, 1)
        for level in version.procedure.levels:
            assert level_exists(level, version.valid_from)
            assert level_exists(level, last)


def test_nothing_says_district_once_the_level_has_ended(told: Told) -> None:
    for version in told.in_force(TWO_TIER):
        assert Level.DISTRICT not in version.procedure.levels
        assert "huyện" not in version.procedure.name


def test_agencies_exist_under_their_name_for_as_long_as_a_version_names_them(told: Told) -> None:
    for version in told.versions:
        last = version.valid_to - timedelta(days=1) if version.valid_to else date(2030, 1, 1)
        for agency in version.procedure.agencies:
            key = agency.code or slug(agency.name)
            states = [state for state in told.agencies if state.code == key]
            assert [state.name for state in states if _exists(state, version.valid_from)] == [agency.name]
            assert any(_exists(state, last) for state in states)


def test_districts_end_and_172_communes_become_55(told: Told) -> None:
    before, after = TWO_TIER - timedelta(days=1), TWO_TIER
    assert len(told.bodies(before, Level.DISTRICT)) == 9
    assert len(told.bodies(before, Level.COMMUNE)) == 172
    assert told.bodies(after, Level.DISTRICT) == []
    assert len(told.bodies(after, Level.COMMUNE)) == 55
    new = {agency.code for agency in told.bodies(after, Level.COMMUNE)}
    ended = [a for a in told.agencies if a.valid_to == TWO_TIER and a.level in (Level.DISTRICT, Level.COMMUNE)]
    ended = [agency for agency in ended if agency.kind_of == "body"]
    assert all(agency.successors and set(agency.successors) <= new for agency in ended)
    assert {code for agency in ended if agency.level is Level.COMMUNE for code in agency.successors} == new


def test_bac_kan_joins_and_departments_merge(told: Told) -> None:
    joined = [agency for agency in told.agencies if agency.code == "H03"]
    assert [(agency.valid_to, agency.successors) for agency in joined] == [(TWO_TIER, ("H55",))]
    merged = {a.name: a.successors for a in told.agencies if a.valid_to == MERGER and a.successors}
    assert merged["Sở Kế hoạch và Đầu tư tỉnh Thái Nguyên"] == ("H55.11",)
    assert merged["Sở Tài nguyên và Môi trường tỉnh Thái Nguyên"] == ("H55.59",)
    assert len(merged) == 7
    bodies = {agency.code for agency in told.agencies if _exists(agency, MERGER)}
    assert all(set(successors) <= bodies for successors in merged.values())


def test_an_agency_has_one_state_at_a_time_and_parents_that_are_known(told: Told) -> None:
    codes = {agency.code for agency in told.agencies}
    for code in codes:
        states = sorted((a for a in told.agencies if a.code == code), key=lambda a: a.valid_from or date.min)
        for before, after in pairwise(states):
            assert before.valid_to == after.valid_from
    assert all(agency.parent in codes for agency in told.agencies if agency.parent)


def test_sectors_and_audiences_are_known_words(told: Told) -> None:
    sectors = {sector.code: sector.name for sector in told.sectors}
    audiences = {audience.value for audience in Audience}
    assert len(sectors) == len(told.sectors)
    for version in told.versions:
        for term in version.procedure.sectors:
            assert sectors[term.code] == term.name
        assert {term.code for term in version.procedure.audiences} <= audiences


def test_most_contents_are_whole_and_a_few_leave_a_part_out(told: Told) -> None:
    held = told.in_force(DAY)
    incomplete = sum(bool(missing_parts(version.procedure)) for version in held)
    assert 0.01 <= incomplete / len(held) <= 0.05
    assert all(version.procedure.legal_bases and version.procedure.outputs for version in held)


def test_flags_vary_and_are_unknown_in_part(told: Told) -> None:
    held = [version.procedure for version in told.in_force(DAY)]
    for flag in ("interlinked", "postal", "online_payment", "e_result", "service_centre"):
        assert {getattr(procedure, flag) for procedure in held} == {True, False, None}


def test_an_online_channel_stands_exactly_where_the_level_offers_one(told: Told) -> None:
    offline = {OnlineLevel.LEVEL_1, OnlineLevel.LEVEL_2, OnlineLevel.INFORMATION}
    for version in told.versions:
        if version.procedure.ways:
            offered = version.procedure.online_level not in offline
            assert (Channel.ONLINE in version.procedure.channels) == offered


def test_the_data_package_stays_small() -> None:
    folder = Path(str(files("seeds")))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    assert size < 480_000


@pytest.mark.parametrize(
    ("pattern", "titles"),
    [
        ("Giải thể doanh nghiệp", ["Giải thể doanh nghiệp"]),
        ("{Cấp|Cấp lại} thẻ {A|B}", ["Cấp thẻ A", "Cấp thẻ B", "Cấp lại thẻ A", "Cấp lại thẻ B"]),
        ("Bổ nhiệm {|lại }công chứng viên", ["Bổ nhiệm công chứng viên", "Bổ nhiệm lại công chứng viên"]),
    ],
)
def test_a_pattern_expands_to_every_choice(pattern: str, titles: list[str]) -> None:
    assert sources.expand(pattern) == titles


def test_a_key_that_no_shape_knows_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.toml.decode(b'number = "1"\ntitle = "x"\ncolour = "red"', type=sources.Law)
