"""Reorganisations: what they would touch, and publishing them in one step."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
import pytest

from registry.access import audit
from registry.access.actors import Actor
from registry.catalogue import agencies, ledger, versions
from registry.catalogue.check import catalogue_digest, check
from registry.catalogue.ledger import Ledger, Origin
from registry.desk import affected, drafts, reorganise
from registry.desk.drafts import Kind, State
from registry.desk.errors import DraftInvalid, Refused
from registry.desk.reorganisation import AgencyDraft, Event, ReorganisationDraft, What
from registry.engine import Database, open_database
from registry.procedure import Agency
from registry.settings import Settings
from registry.vocabulary import Level, Role

pytestmark = pytest.mark.anyio

DAY = date(2025, 7, 1)


@pytest.fixture
async def store(local: Settings) -> AsyncIterator[Database]:
    database = await open_database(local)
    yield database
    await database.close()


def body(*events: Event, **changes: Any) -> ReorganisationDraft:
    made = ReorganisationDraft(number="202/2025/QH15", decided=date(2025, 6, 12), effective=DAY, events=events)
    return msgspec.structs.replace(made, **changes)


def one(what: What, old: tuple[str, ...], *new: AgencyDraft) -> Event:
    return Event(what, old, new)


async def now(database: Database, code: str, day: date = DAY) -> agencies.AgencyVersion | None:
    return next((one for one in await agencies.listed(database, day) if one.code == code), None)


async def test_agencies_are_founded_merged_split_renamed_moved_and_ended(
    database: Database, somebody: Actor
) -> None:
    before = await now(database, "H55.17", date(2025, 6, 30))
    done = await reorganise.publish_body(
        database,
        somebody,
        body(
            one(What.FOUND, (), AgencyDraft("H55.90", "Trung tâm mới", Level.PROVINCE, "H55")),
            one(
                What.SPLIT,
                ("H55.100",),
                AgencyDraft("H55.101", "Xã A", Level.COMMUNE, "H55"),
                AgencyDraft("H55.100"),
            ),
            one(What.RENAME, ("H55.17",), AgencyDraft("H55.17", "Sở Tư pháp và Nội vụ")),
            one(What.MOVE, ("H55.17",), AgencyDraft("H55.17", level=Level.OTHER, parent="H55.90")),
        ),
    )
    assert (done.published, done.repeated) == ("202/2025/QH15", False)
    department = await now(database, "H55.17")
    assert department is not None
    assert (department.name, department.level, department.parent) == ("Sở Tư pháp và Nội vụ", "other", "H55.90")
    assert department.decision == "202/2025/QH15"
    assert before is not None
    assert await now(database, "H55.17", date(2025, 6, 30)) == msgspec.structs.replace(before, valid_to=DAY)
    assert [one[0] for one in await versions.successors(database, "H55.100", "agency")] == ["H55.101"]
    later = body(
        one(What.MERGE, ("H55.100", "H55.101"), AgencyDraft("H55.102", "Xã mới", Level.COMMUNE, "H55")),
        one(What.END, ("H55.90",), AgencyDraft("H55")),
        one(What.MOVE, ("H55.17",), AgencyDraft("H55.17", parent="H55")),
        number="1/NQ",
        effective=date(2025, 8, 1),
    )
    await reorganise.publish_body(database, somebody, later)
    day = date(2025, 8, 1)
    assert [await now(database, code, day) for code in ("H55.100", "H55.101", "H55.90")] == [None, None, None]
    for old, new in (("H55.100", "H55.102"), ("H55.101", "H55.102"), ("H55.90", "H55")):
        assert new in [one[0] for one in await versions.successors(database, old, "agency")]
    moved = await now(database, "H55.17", day)
    assert moved is not None
    assert (moved.name, moved.parent) == ("Sở Tư pháp và Nội vụ", "H55")
    assert (await reorganise.publish_body(database, somebody, later)).repeated
    assert [one.state for one in (await drafts.listed(database, somebody, Kind.REORGANISATION, None))[0]] == [
        State.PUBLISHED,
        State.PUBLISHED,
    ]
    assert await check(database) == []
    assert await audit.verify(database) == []


async def test_a_dry_run_lists_what_would_be_touched(store: Database, somebody: Actor, words: Any) -> None:
    department = Agency(Role.EXECUTING, "Sở Tư pháp tỉnh Thái Nguyên", "H55.17")

    async def work(book: Ledger) -> None:
        await book.load(["9.000021", "9.000022"])
        both = words.whole("9.000021", agencies=(words.justice, department, *words.whole("x").agencies[2:]))
        book.put(both, date(2025, 1, 1), None, Origin("test"))
        alone = words.whole("9.000022", agencies=(words.justice, department))
        book.put(alone, date(2025, 1, 1), None, Origin("test"))

    await ledger.record(store, work)
    key = bytes(16)
    await store.transact(
        lambda: store.each(
            "INSERT INTO dossier (key, agency, procedure, channel, received, state, supplements, suspended, fee, "
            "facts, petitions, petitions_on_time, petitions_unsatisfied, updated, version) "
            "VALUES (?, 'H55.17', '9.000022', 'direct', 1, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
            [(key + bytes([number]), state) for number, state in enumerate((0, 1, 5))],
        )
    )
    before = await catalogue_digest(store)
    told = await affected.affected(store, body(one(What.END, ("H55", "H55.17"))), somebody)
    assert told.publishable
    assert [(each.code, each.dossiers, each.running) for each in told.agencies] == [
        ("H55", 0, 0),
        ("H55.17", 3, 2),
    ]
    assert (told.dossiers, told.running) == (3, 2)
    assert [(each.code, each.role, each.agency) for each in told.procedures] == [
        ("9.000003", "issuing", "H55"),
        ("9.000021", "executing", "H55.17"),
        ("9.000022", "executing", "H55.17"),
    ]
    assert [each.code for each in told.without_competent] == ["9.000022"]
    assert [each.code for each in told.orphans] == ["H55.100"]
    assert await catalogue_digest(store) == before


WRONG: tuple[tuple[Event, list[tuple[str, str]]], ...] = (
    (one(What.END, ("H99",)), [("agency-unknown", "events[0].old[0]")]),
    (one(What.END, ("H03",)), [("agency-not-there", "events[0].old[0]")]),
    (one(What.FOUND, (), AgencyDraft("H55", "UBND tỉnh")), [("agency-there", "events[0].new[0]")]),
    (one(What.FOUND, (), AgencyDraft("H56")), [("missing", "events[0].new[0].name")]),
    (one(What.FOUND, (), AgencyDraft("H 56", "x")), [("agency-malformed", "events[0].new[0]")]),
    (
        one(What.FOUND, (), AgencyDraft("H55.2", "Huyện", Level.DISTRICT, "H55")),
        [("level-ended", "events[0].new[0].level")],
    ),
    (
        one(What.FOUND, (), AgencyDraft("H56.1", "x", parent="H56")),
        [("agency-unknown", "events[0].new[0].parent")],
    ),
    (
        one(What.FOUND, (), AgencyDraft("H03.1", "x", parent="H03")),
        [("agency-not-there", "events[0].new[0].parent")],
    ),
    (
        one(What.MOVE, ("H55",), AgencyDraft("H55", parent="H55.17")),
        [("agency-circular", "events[0].new[0].parent")],
    ),
    (one(What.MOVE, ("H55",), AgencyDraft("H55")), [("missing", "events[0].new[0]")]),
    (one(What.RENAME, ("H55",), AgencyDraft("H55")), [("missing", "events[0].new[0].name")]),
    (one(What.MERGE, ("H55.17",), AgencyDraft("H55.17")), [("shape", "events[0]")]),
    (one(What.SPLIT, ("H55.17",), AgencyDraft("H55")), [("shape", "events[0]")]),
    (one(What.END, ("H55.17",), AgencyDraft("H03")), [("agency-not-there", "events[0].new[0]")]),
    (one(What.FOUND, (), AgencyDraft("H56", "x", kind="office")), [("shape", "events[0].new[0].kind")]),
)


async def test_what_is_wrong_is_refused_with_its_place(store: Database, somebody: Actor) -> None:
    before = await catalogue_digest(store)
    for event, reasons in WRONG:
        told = await affected.affected(store, body(event), somebody)
        assert [(reason.code, reason.field) for reason in told.reasons] == reasons, event
        with pytest.raises(Refused):
            await reorganise.publish_body(store, somebody, body(event))
    empty = await affected.affected(store, ReorganisationDraft(), somebody)
    assert [reason.field for reason in empty.reasons] == ["number", "decided", "effective", "events"]
    late = await affected.affected(store, body(one(What.END, ("H55.17",)), effective=date(2025, 6, 1)), somebody)
    assert [reason.code for reason in late.reasons] == ["effective-before-decided"]
    twice = body(one(What.END, ("H55.17",)), one(What.MERGE, ("H55.17",), AgencyDraft("H55")))
    assert "duplicate" in [reason.code for reason in (await affected.affected(store, twice, somebody)).reasons]
    assert await catalogue_digest(store) == before


async def test_a_key_reorganises_only_what_is_below_its_agency(store: Database, commune: Actor) -> None:
    province = msgspec.structs.replace(commune, agency="H55")
    own = body(one(What.FOUND, (), AgencyDraft("H55.90", "Trung tâm", parent="H55")))
    assert (await affected.affected(store, own, province)).publishable
    for event in (
        one(What.END, ("H55.17",)),
        one(What.FOUND, (), AgencyDraft("H55.90", "Trung tâm", parent="H55")),
        one(What.FOUND, (), AgencyDraft("H99", "Không dưới ai")),
        one(What.MERGE, ("H55.100",), AgencyDraft("H55")),
    ):
        told = await affected.affected(store, body(event), commune)
        assert "not-allowed" in [reason.code for reason in told.reasons], event


async def test_a_draft_with_an_unknown_level_is_no_draft(store: Database, somebody: Actor) -> None:
    with pytest.raises(DraftInvalid, match="level"):
        await drafts.create(
            store,
            somebody,
            body(one(What.FOUND, (), AgencyDraft("H56", "x", level="city"))),  # type: ignore[arg-type]  # wrong on purpose
            Kind.REORGANISATION,
        )
