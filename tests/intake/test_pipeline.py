"""A source's way into the catalogue: what is decided of each record, and what is refused; on each database."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec
import pytest
from piccolo.querystring import QueryString

import seeds
from registry.catalogue import announcements, versions
from registry.catalogue.check import catalogue_digest, check
from registry.engine import Database, open_database
from registry.exchange.native import export
from registry.intake import pipeline, quarantine, runs
from registry.intake.formats import detect
from registry.intake.formats.native import from_events
from registry.intake.pipeline import Outcome, Status, Told
from registry.intake.record import Cover, Note, Options, Raw, Record, Rejection, SourceUnreadable
from registry.procedure import Agency, Announcement, Procedure, Term
from registry.settings import Settings
from registry.vocabulary import Action, Role

pytestmark = pytest.mark.anyio

DAY = date(2026, 7, 17)
ISSUER = Agency(Role.ISSUING, "Bộ Tư pháp", "G15")


class Memory:
    """A source in memory: records as they are, and perhaps an end that never comes."""

    name = "memory"

    def __init__(self, records: Sequence[Record | Rejection], *, truncated: bool = False) -> None:
        self.records = {record.raw.origin: record for record in records}
        self.truncated = truncated
        assert len(self.records) == len(records)

    def raws(self) -> Iterator[Raw | Rejection]:
        for record in self.records.values():
            yield record if isinstance(record, Rejection) else record.raw
        if self.truncated:
            raise SourceUnreadable("memory: ends in the middle")

    def parse(self, raw: Raw) -> Record | Rejection:
        return self.records[raw.origin]


def announced(number: str, day: date) -> Announcement:
    return Announcement(id=number, number=number, decided=day, issuer=ISSUER)


def record(
    code: str,
    name: str = "",
    number: str = "1/QĐ-BTP",
    start: date = date(2026, 1, 5),
    *,
    row: str = "",
    notes: tuple[Note, ...] = (),
    carried: frozenset[str] | None = None,
    **fields: object,
) -> Record:
    procedure = Procedure(code=code, name=name or f"Thủ tục {code}", **({"agencies": (ISSUER,)} | fields))  # type: ignore[arg-type]  # by name
    data = msgspec.json.encode((procedure, number, start))
    return Record(
        raw=Raw(row or f"row {code}", data),
        procedure=procedure,
        announcement=announced(number, start) if carried is None else None,
        valid_from=start if carried is None else None,
        notes=notes,
        carried=carried,
    )


async def take(
    database: Database,
    settings: Settings,
    records: Sequence[Record | Rejection],
    *,
    told: list[Told] | None = None,
    truncated: bool = False,
    **options: object,
) -> Outcome:
    chosen = msgspec.structs.replace(Options(source="memory", day=DAY), **options)
    hear = told.append if told is not None else lambda _: None
    source = Memory(records, truncated=truncated)
    outcome = await pipeline.take(database, source, chosen, settings.data, hear)
    fates = outcome.fates
    assert outcome.read == sum(fates.values()) - fates["ended"]
    if outcome.status is Status.DONE:
        assert await check(database) == []
    return outcome


def codes(count: int) -> list[Record]:
    return [record(f"1.{number:06}") for number in range(count)]


async def test_records_go_in_and_the_same_source_twice_changes_nothing(
    database: Database, settings: Settings
) -> None:
    first = await take(database, settings, codes(3))
    again = await take(database, settings, codes(3))
    assert first.fates["new"] == 3
    assert again.fates["unchanged"] == 3
    assert again.revision == first.revision


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    database: Database, settings: Settings
) -> None:
    told: list[Told] = []
    outcome = await take(database, settings, codes(3), told=told, dry_run=True)
    assert outcome.status is Status.DRY
    assert [line.fate for line in told] == ["new"] * 3
    assert await versions.revision(database) == 0


async def test_another_announcement_from_a_later_day_amends(database: Database, settings: Settings) -> None:
    await take(database, settings, [record("1.000001")])
    told: list[Told] = []
    later = record("1.000001", "Tên mới", "2/QĐ-BTP", date(2026, 5, 1))
    await take(database, settings, [later], told=told)
    assert (told[0].fate, told[0].sections) == ("amended", ("name",))
    found = await versions.history(database, "1.000001")
    assert [(v.valid_from, v.announcement) for v in found] == [
        (date(2026, 1, 5), "1/QĐ-BTP"),
        (date(2026, 5, 1), "2/QĐ-BTP"),
    ]
    item = (await announcements.find(database, "2/QĐ-BTP")).items[0]
    assert (item.action, item.old, item.new) == (Action.AMENDED, ("1.000001",), ("1.000001",))


async def test_an_edit_under_the_same_announcement_corrects(database: Database, settings: Settings) -> None:
    await take(database, settings, [record("1.000001", "Tên sai")])
    outcome = await take(database, settings, [record("1.000001", "Tên đúng")])
    assert outcome.fates["corrected"] == 1
    assert [v.procedure.name for v in await versions.history(database, "1.000001")] == ["Tên đúng"]


async def test_a_first_listing_does_not_claim_what_its_announcement_did(
    database: Database, settings: Settings
) -> None:
    await take(database, settings, [record("1.000001")])
    assert (await announcements.find(database, "1/QĐ-BTP")).items[0].action is None


async def test_two_records_with_one_code_are_told_apart(database: Database, settings: Settings) -> None:
    repaired = record("1.000001", "Tên khác", row="row 9", notes=(Note("code", "spaces", " 1.000001"),))
    outcome = await take(database, settings, [repaired, record("1.000001", "Tên đúng")])
    assert (outcome.fates["new"], outcome.fates["quarantined"]) == (1, 1)
    assert (await versions.find(database, "1.000001", DAY)).procedure.name == "Tên đúng"
    held = await quarantine.listed(database)
    assert [entry.origin for entry in held] == ["row 9"]
    assert "row 1.000001" in held[0].reason


async def test_among_equal_rivals_for_a_code_nobody_wins(database: Database, settings: Settings) -> None:
    rivals = [record("1.000001", "Một", row="row 1"), record("1.000001", "Hai", row="row 2")]
    outcome = await take(database, settings, rivals)
    assert (outcome.fates["new"], outcome.fates["quarantined"]) == (0, 2)


async def test_the_same_record_once_more_is_only_repeated(database: Database, settings: Settings) -> None:
    outcome = await take(database, settings, [record("1.000001"), record("1.000001", row="row 2")])
    assert (outcome.fates["new"], outcome.fates["repeated"]) == (1, 1)


async def test_what_cannot_be_accepted_is_kept_with_its_bytes(database: Database, settings: Settings) -> None:
    rejection = Rejection(Raw("row 7", b"\xff{"), "row 7: no JSON", "detail", "1.000007", "Tên")
    await take(database, settings, [*codes(2), rejection])
    await take(database, settings, [*codes(2), rejection])
    (entry,) = await quarantine.listed(database)
    assert (entry.reason, entry.field, entry.code) == ("row 7: no JSON", "detail", "1.000007")
    assert (await quarantine.find(database, entry.id[:8]))[1] == b"\xff{"


async def test_a_record_that_its_source_has_mended_is_released(database: Database, settings: Settings) -> None:
    rejection = Rejection(Raw("row 1.000001", b"{"), "row 1.000001: no JSON", "", "1.000001")
    await take(database, settings, [rejection])
    await take(database, settings, [record("1.000001")])
    assert await quarantine.listed(database) == []
    assert await quarantine.counts(database) == {"released": 1}


async def test_absence_means_an_end_only_within_the_cover(database: Database, settings: Settings) -> None:
    await take(database, settings, codes(3))
    loose = await take(database, settings, codes(2))
    assert loose.fates["ended"] == 0
    whole = await take(database, settings, codes(2), cover=Cover.CATALOGUE, allow_ends=True)
    assert whole.ends == ["1.000002"]
    assert await versions.count(database, DAY) == 2
    assert (await versions.history(database, "1.000002"))[0].valid_to == DAY


async def test_an_agency_ends_only_its_own(database: Database, settings: Settings) -> None:
    other = record("2.000001", agencies=(Agency(Role.ISSUING, "Bộ Y tế", "G18"),))
    await take(database, settings, [*codes(2), other])
    options = {"cover": Cover.AGENCY, "agency": "G15", "allow_ends": True}
    outcome = await take(database, settings, codes(1), **options)
    assert outcome.ends == ["1.000001"]


async def test_a_source_that_would_end_too_much_is_refused(database: Database, settings: Settings) -> None:
    await take(database, settings, codes(60))
    revision = await versions.revision(database)
    told: list[Told] = []
    refused = await take(database, settings, codes(58), cover=Cover.CATALOGUE, told=told)
    assert (refused.status, refused.ends) == (Status.REFUSED, ["1.000058", "1.000059"])
    assert [line.code for line in told if line.fate == "ended"] == ["1.000058", "1.000059"]
    assert await versions.revision(database) == revision
    one = await take(database, settings, codes(59), cover=Cover.CATALOGUE)
    assert (one.status, one.ends) == (Status.DONE, ["1.000059"])


async def test_nothing_ends_while_a_record_could_be_anything(database: Database, settings: Settings) -> None:
    await take(database, settings, codes(60))
    unknown = Rejection(Raw("row 60", b"{{"), "row 60: no JSON")
    outcome = await take(database, settings, [*codes(59), unknown], cover=Cover.CATALOGUE)
    assert (outcome.ends, outcome.kept) == ([], 1)
    assert await versions.count(database, DAY) == 60


async def test_a_truncated_source_changes_nothing(database: Database, settings: Settings) -> None:
    with pytest.raises(SourceUnreadable, match="middle"):
        await take(database, settings, codes(3), truncated=True)
    assert await versions.revision(database) == 0
    assert await runs.listed(database) == []


async def test_a_list_never_blanks_what_it_does_not_carry(database: Database, settings: Settings) -> None:
    sector = Term("G15-TP07", "Hộ tịch")
    whole = record("1.000001", "Tên cũ", sectors=(sector,), requirements="Có hộ khẩu")
    await take(database, settings, [whole])
    carried = frozenset({"name", "sectors", "agencies"})
    listed = record(
        "1.000001",
        "Tên mới",
        carried=carried,
        sectors=(Term("ho-tich", "Hộ tịch"),),
        agencies=(Agency(Role.ISSUING, "Bộ Tư pháp"),),
        row="list",
    )
    told: list[Told] = []
    await take(database, settings, [listed], told=told)
    assert told[0].sections == ("name",)
    found = (await versions.find(database, "1.000001", DAY)).procedure
    assert (found.name, found.sectors, found.requirements) == ("Tên mới", (sector,), "Có hộ khẩu")
    assert found.issuer == ISSUER
    again = await take(database, settings, [listed])
    assert again.fates["unchanged"] == 1


async def test_a_run_keeps_its_counts(database: Database, settings: Settings) -> None:
    await take(database, settings, codes(2))
    (run,) = await runs.listed(database)
    assert (run.outcome, run.counts["read"], run.counts["new"]) == ("done", 2, 2)


async def copy(database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "export.ndjson"
    path.write_bytes(b"".join([chunk async for chunk in export(database)]))
    return path


async def test_an_export_read_back_gives_an_equal_registry(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await take(database, settings, codes(5))
    await take(database, settings, [record("1.000001", "Tên mới", "2/QĐ-BTP", date(2026, 5, 1))])
    await take(database, settings, codes(4), cover=Cover.CATALOGUE, allow_ends=True)
    path = await copy(database, tmp_path)
    other = await open_database(Settings(data=tmp_path / "other"))
    try:
        options = Options(source=str(path), day=DAY, cover=Cover.CATALOGUE)
        outcome = await pipeline.take(other, detect(path), options, tmp_path)
        assert outcome.status is Status.DONE
        assert await catalogue_digest(other) == await catalogue_digest(database)
        assert await check(other) == []
        again = await pipeline.take(other, detect(path), options, tmp_path)
        assert again.revision == outcome.revision
        assert again.fates["unchanged"] == again.read
    finally:
        await other.close()


async def test_an_export_read_over_another_state_mends_it(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    await take(database, settings, codes(3))
    path = await copy(database, tmp_path)
    wanted = await catalogue_digest(database)
    await take(database, settings, [record("1.000001", "Sai")])
    assert await catalogue_digest(database) != wanted
    options = Options(source=str(path), day=DAY, cover=Cover.CATALOGUE)
    outcome = await pipeline.take(database, detect(path), options, tmp_path)
    assert outcome.fates["corrected"] == 1
    rows = await database.rows(QueryString("SELECT COUNT(*) AS n FROM version WHERE recorded_to IS NULL"))
    assert rows[0]["n"] == 3
    assert await catalogue_digest(database) == wanted


async def test_a_truncated_export_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    await take(database, settings, codes(3))
    path = await copy(database, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(SourceUnreadable, match="truncated"):
        await pipeline.take(database, detect(path), Options(source="x", day=DAY), tmp_path)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    with pytest.raises(SourceUnreadable, match="lines"):
        await pipeline.take(database, detect(path), Options(source="x", day=DAY), tmp_path)


# What `danhmuc serve` and `danhmuc seed` do with it is tested on SQLite.
@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
async def test_the_demonstration_catalogue_goes_in_once_and_changes_nothing_twice(
    database: Database, settings: Settings
) -> None:
    options = Options(source="thai-nguyen-2025", day=date(2025, 5, 31), cover=Cover.LOOSE)
    source = from_events(seeds.load("thai-nguyen-2025"), "thai-nguyen-2025")
    first = await pipeline.take(database, source, options, settings.data)
    assert first.fates["quarantined"] == 0
    assert await versions.count(database, date(2025, 5, 31)) > 1800
    assert await check(database) == []
    again = await pipeline.take(
        database, from_events(seeds.load("thai-nguyen-2025"), "thai-nguyen-2025"), options, settings.data
    )
    assert again.fates["unchanged"] == again.read
    assert again.revision == first.revision
