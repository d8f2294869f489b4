"""The real catalogue, where it is at hand: every file is accepted or rejected, and the facts known of it hold."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.intake import formats
from registry.intake.record import Format, Record, Rejection
from registry.vocabulary import Channel, FeeState, Level, OnlineLevel, Role, Scope

SHARED = Path(os.environ.get("DANHMUC_SHARED", Path(__file__).parents[2].parent / "shared"))
PORTAL = SHARED / "data" / "portal-2026-07-17"
EXPORT = SHARED / "data" / "official-export"

pytestmark = [
    pytest.mark.skipif(not PORTAL.is_dir(), reason=f"the real data is not in {SHARED} (DANHMUC_SHARED)"),
]


def _everything(source: Format) -> Iterator[Record | Rejection]:
    for raw in source.raws():
        yield raw if isinstance(raw, Rejection) else source.parse(raw)


@pytest.fixture(scope="module")
def catalogue(real_source: Format) -> tuple[list[Record], list[Rejection]]:
    found = list(_everything(real_source))
    records = [each for each in found if isinstance(each, Record)]
    return records, [each for each in found if isinstance(each, Rejection)]


def test_every_file_is_accepted_or_rejected(catalogue: tuple[list[Record], list[Rejection]]) -> None:
    records, rejections = catalogue
    assert (len(records), len(rejections)) == (5_664, 1)
    assert rejections[0].code == "1.014955-Xoa"
    twice = [code for code, count in Counter(each.procedure.code for each in records).items() if count > 1]
    assert twice == ["1.014325"]


def test_the_facts_about_the_catalogue_hold(catalogue: tuple[list[Record], list[Rejection]]) -> None:
    # The deleted procedure is a partial one of a province.
    procedures = [each.procedure for each in catalogue[0]]
    assert Counter(each.online_level for each in procedures) == {
        OnlineLevel.PARTIAL: 2_889 - 1,
        OnlineLevel.FULL: 2_050,
        OnlineLevel.INFORMATION: 726,
    }
    levels = Counter(level for each in procedures for level in each.levels)
    assert levels == {Level.PROVINCE: 3_045 - 1, Level.MINISTRY: 2_267, Level.COMMUNE: 1_120, Level.OTHER: 155}
    assert sum(each.scope is Scope.INTERNAL for each in procedures) == 192
    full = [each for each in procedures if each.online_level is OnlineLevel.FULL]
    assert sum(Channel.ONLINE not in each.channels for each in full) == 156
    national = [each for each in procedures if each.scope is Scope.NATIONAL]
    assert sum(bool({Level.PROVINCE, Level.COMMUNE} & set(each.levels)) for each in national) == 2_809
    assert len({sector.name for each in procedures for sector in each.sectors}) == 283
    assert len({each.issuer.code for each in procedures if each.issuer}) == 52
    assert sum(not each.legal_bases for each in procedures) == 200
    executing = (each.by_role(Role.EXECUTING) for each in procedures)
    assert sum(not any(agency.code for agency in agencies) for agencies in executing) == 1_106


def test_no_zero_became_free_by_itself(catalogue: tuple[list[Record], list[Rejection]]) -> None:
    lines = [fee for each in catalogue[0] for way in each.procedure.ways for fee in way.fees]
    assert all(fee.text for fee in lines if fee.state is FeeState.FREE)
    assert all(fee.amount for fee in lines if fee.state is FeeState.AMOUNT)
    assert {fee.text for fee in lines if fee.state is FeeState.UNKNOWN and len(fee.text) > 40} == set()


def test_what_cleaning_found_is_what_is_known_to_be_there(
    catalogue: tuple[list[Record], list[Rejection]],
) -> None:
    rules = Counter(rule for each in catalogue[0] for rule in {note.rule for note in each.notes})
    assert rules["private-use"] == 23
    assert rules["no-decision-date"] == 26
    assert rules["published-before-decided"] == 37
    assert 1_200 <= rules["nfc"] <= 1_222
    assert all(each.valid_from for each in catalogue[0])


def test_the_official_exports_are_read_without_a_loss() -> None:
    found = [each for path in sorted(EXPORT.glob("*.xlsx")) for each in _everything(formats.detect(path))]
    assert Counter(type(each) for each in found) == {Record: 339 + 271}
