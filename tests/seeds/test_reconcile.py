"""Published figures come out of the records, by questions that everybody can ask; and they move with them."""

import asyncio
import csv
import os
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

import msgspec
import pytest

import seeds
from registry.dossiers import intake, keys
from registry.engine import open_database
from registry.metrics import definitions
from registry.reconciling import source_of
from registry.settings import Settings
from seeds.published import Figure, figures
from seeds.sources import one as one_file
from seeds.wanted import Observed

SHARED = Path(os.environ.get("DANHMUC_SHARED", Path(__file__).parents[3] / "shared"))
SMALL, COMMUNE = "dai-tu-2023", "H55.38.02"
Run = Callable[..., Any]


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["figure"]: row for row in rows}


def test_a_whole_report_comes_out_of_its_records_and_moves_with_them(local: Run, tmp_path: Path) -> None:
    seeded = local("seed", SMALL)
    assert seeded.code == 0
    assert f"{SMALL} (illustrative)" in seeded.out
    assert "dossiers: read 52,108 = 52,108 new" in seeded.out
    file = tmp_path / "figures.csv"
    told = local("reconcile", "--json", "--csv", file, "--xlsx", tmp_path / "figures.xlsx")
    rows = told.json
    assert told.code == 0
    assert [row["figure"] for row in rows] == [one.id for one in figures() if one.report == SMALL]
    assert all(row["holds"] for row in rows)
    assert "19 of 19" in told.err
    with file.open(encoding="utf-8-sig", newline="") as lines:
        written = list(csv.DictReader(lines))
    assert [(row["figure"], row["sentence"]) for row in written] == [(r["figure"], r["sentence"]) for r in rows]

    with ZipFile(tmp_path / "figures.xlsx") as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "dữ liệu minh họa" in texts
    assert all(escape(row["sentence"]) in texts for row in rows)

    before = by_id(rows)
    assert (before["commune-online"]["numerator"], before["commune-online"]["denominator"]) == (34_160, 47_182)
    assert (before["full"]["computed"], before["full"]["reported"]) == (163, False)
    assert (before["par-index-change"]["computed"], before["par-index-change"]["reported"]) == (10.96, True)
    assert (before["cu-van-on-time"]["numerator"], before["cu-van-on-time"]["denominator"]) == (918, 925)
    asyncio.run(_finish_late(Settings(data=tmp_path / "local")))
    after = by_id(local("reconcile", "--json").json)
    assert (after["cu-van-on-time"]["numerator"], after["cu-van-on-time"]["denominator"]) == (917, 925)
    assert after["cu-van-on-time"]["computed"] < before["cu-van-on-time"]["computed"]
    assert [name for name in before if before[name] != after[name]] == ["cu-van-on-time"]


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_loading_again_changes_nothing_and_a_figure_that_is_wrong_is_told(danhmuc: Run, smaller: None) -> None:
    assert danhmuc("seed", SMALL).code == 0
    before = danhmuc("reconcile", SMALL, "--json")
    # Of the communes only one is there, and what is published of all of them does not come out.
    assert before.code == 1
    wrong = {row["figure"] for row in before.json if not row["holds"]}
    assert wrong == {"commune-online", "commune-online-share"}
    again = danhmuc("seed", SMALL, "--json").json[SMALL]
    assert {fate: count for fate, count in again["catalogue"]["fates"].items() if count} == {"unchanged": 377}
    assert {fate: count for fate, count in again["dossiers"]["fates"].items() if count} == {"repeated": 5_884}
    assert again["observations"] == {"new": 0, "corrected": 0, "unchanged": 34, "unknown": []}
    assert danhmuc("reconcile", SMALL, "--json").out == before.out
    told = danhmuc("reconcile").out
    assert f"{SMALL} (dữ liệu minh họa)" in told
    assert told.count("\tKHÔNG\t") == 2


async def _finish_late(settings: Settings) -> None:
    """Tell of one dossier of a commune that it was finished after its due day, on the last of the period."""
    dossiers = seeds.dossiers(SMALL, list(seeds.load(SMALL)))
    one = next(d for d in dossiers if d.agency == COMMUNE and d.finished and str(d.due) < "2023-10-01")
    told = msgspec.structs.replace(
        one, finished="2023-10-20", supplements=0, suspended_days=0, updated="2023-10-20T16:00:00+07:00"
    )

    async def lines() -> Any:
        yield msgspec.json.encode(told) + b"\n"

    database = await open_database(settings)
    try:
        key = await keys.secret(database, settings)
        outcome = await intake.take(database, "a correction", lines(), key)
    finally:
        await database.close()
    assert outcome.fates["changed"] == 1


def test_a_report_that_is_not_loaded_is_refused_with_the_way_to_load_it(local: Run) -> None:
    assert (local("reconcile").code, "danhmuc seed NAME" in local("reconcile").err) == (5, True)
    refused = local("reconcile", SMALL)
    assert (refused.code, f"danhmuc seed {SMALL}" in refused.err) == (5, True)
    unknown = local("reconcile", "atlantis")
    assert (unknown.code, SMALL in unknown.err) == (5, True)
    assert local("seed", SMALL, "atlantis").code == 5
    assert local("seed").out.split() == local("seed", "--json").json == list(seeds.NAMES)


# -- the published figures -------------------------------------------------------------------------------------


def figure(published: float, how: str, decimals: int) -> Figure:
    day = date(2025, 1, 1)
    return Figure("r", "i", "s", published, how, decimals, "count", "H55", day, day)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("published", "how", "decimals", "computed", "holds"),
    [
        (56.8, "exactly", 1, "56.8499", True),
        (56.8, "exactly", 1, "56.85", False),
        (56.8, "exactly", 1, "56.7499", False),
        (163, "exactly", 0, "163", True),
        (163, "exactly", 0, "164", False),
        (-68.02, "exactly", 2, "-68.0233", True),
        (272_000, "over", 0, "272001", True),
        (272_000, "over", 0, "272000", False),
        (272_000, "over", 0, "273000", False),
        (1_800, "over", 0, "1900", False),
        (99, "over", 0, "99.24", True),
        (99, "over", 0, "100", False),
        (5_000, "nearly", 0, "4926", True),
        (4_400, "nearly", 0, "4299", False),
        (4_400, "nearly", 0, "4400", False),
    ],
)
def test_a_figure_holds_to_the_precision_to_which_it_was_published(
    published: float, how: str, decimals: int, computed: str, holds: bool
) -> None:
    assert figure(published, how, decimals).holds(Decimal(computed)) is holds


def test_every_figure_asks_one_question_that_can_be_asked() -> None:
    known = {one.id for one in definitions()}
    ids = [(one.report, one.id) for one in figures()]
    assert len(set(ids)) == len(ids)
    assert {one.report for one in figures()} == set(seeds.NAMES)
    for one in figures():
        assert bool(one.indicator) is not bool(one.observed)
        assert not one.indicator or one.indicator in known
        assert (one.compared is not None) == (one.what in ("change", "relative-change"))
        assert one.start <= one.end


def test_what_was_reported_stands_in_the_observations_of_its_report() -> None:
    for name in seeds.NAMES:
        seen = {(o.name, o.agency, o.begins) for o in one_file(name, "observations.toml", Observed).figure}
        for one in figures():
            if one.report == name and one.observed:
                assert (one.observed, one.agency, one.start) in seen


@pytest.mark.parametrize("name", seeds.NAMES)
def test_a_figure_quotes_its_report(name: str) -> None:
    path = SHARED / "sources" / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"the report is absent: {path}")
    text = " ".join(path.read_text("utf-8").casefold().split())
    for one in figures():
        if one.report == name:
            for part in one.sentence.casefold().split("..."):
                assert " ".join(part.split()).strip(" ,;()") in text


def test_no_number_of_the_guide_s_table_is_left_out() -> None:
    path = SHARED / "guide" / "indicators.md"
    if not path.is_file():
        pytest.skip(f"the guide is absent: {path}")
    table = path.read_text("utf-8").split("# The figures that the source reports publish")[1]
    report = ""
    for row in (line.split("|") for line in table.splitlines() if line.startswith("|")):
        report = row[1].strip() or report
        if report not in seeds.NAMES:
            continue
        known = {abs(Decimal(str(one.published))) for one in figures() if one.report == report}
        said = re.sub(r"levels? \d(–\d)?|\b20[12]\d\b", "", row[2])
        for number in re.findall(r"\d[\d,]*(?:\.\d+)?", said):
            assert Decimal(number.replace(",", "")) in known, f"{report}: {number} of {row[2].strip()!r}"


def test_a_demonstration_is_told_apart_by_its_source() -> None:
    assert source_of(SMALL) == f"seeds/{SMALL}"
