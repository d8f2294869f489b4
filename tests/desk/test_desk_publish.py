"""Drafts, their effect, and publishing them in one step; on each database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
import pytest

from registry.access import audit
from registry.access.actors import Actor
from registry.catalogue import agencies, announcements, versions
from registry.catalogue.check import catalogue_digest, check
from registry.desk import drafts, effect, gate, publish
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.desk.drafts import Kind, State
from registry.desk.errors import DraftChanged, DraftClosed, DraftInvalid, DraftNotFound, DraftNotYours, Refused
from registry.desk.publishing import Published
from registry.desk.standing import standing
from registry.engine import Database, open_database
from registry.settings import Settings
from registry.vocabulary import Action

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(local: Settings) -> AsyncIterator[Database]:
    """One store in SQLite, where the database makes no difference."""
    database = await open_database(local)
    yield database
    await database.close()


async def state(database: Database, code: str) -> list[tuple[str | None, ...]]:
    """The timeline of a procedure, readable."""
    return [
        (str(one.valid_from), str(one.valid_to), one.announcement, one.ended_by, one.procedure.name)
        for one in await versions.history(database, code)
    ]


async def test_a_draft_is_edited_by_whoever_has_seen_the_last_edit(
    database: Database, somebody: Actor, words: Any
) -> None:
    body = words.draft(words.amend("9.000001", name="  Tên  mới "))
    draft, notes = await drafts.create(database, somebody, body)
    assert [note.rule for note in notes] == ["trim", "double-space"]
    assert draft.announcement().items[0].new[0].changes == {"name": "Tên mới"}
    edited, _ = await drafts.edit(database, somebody, draft.id, 1, msgspec.structs.replace(body, title="Lần hai"))
    assert (edited.version, edited.announcement().title) == (2, "Lần hai")
    with pytest.raises(DraftChanged) as caught:
        await drafts.edit(database, somebody, draft.id, 1, body)
    assert caught.value.version == 2
    assert [one.version for one in (await drafts.listed(database, somebody))[0]] == [2]
    await drafts.discard(database, somebody, draft.id, 2, Kind.ANNOUNCEMENT)
    with pytest.raises(DraftClosed):
        await publish.publish(database, somebody, draft.id, 2)
    assert (await drafts.listed(database, somebody))[1] == 0
    with pytest.raises(DraftNotFound):
        await drafts.find(database, somebody, draft.id, Kind.REORGANISATION)


async def test_publishing_counts_in_one_step_and_is_told_in_the_log(
    database: Database, somebody: Actor, words: Any
) -> None:
    body = words.draft(
        words.amend("9.000001", name="Tên mới"),
        words.replace(("9.000002",), words.whole("9.000011", "Một"), words.whole("9.000012", "Hai")),
        words.abolish("9.000003"),
        words.new(words.whole("9.000013", "Mới")),
    )
    draft, _ = await drafts.create(database, somebody, body)
    told = await effect.effect(database, draft.announcement(), somebody)
    assert told.publishable
    done = await publish.publish(database, somebody, draft.id, 1)
    own = "77/QĐ-BTP|G15|2025-05-05"
    assert (done.published, done.repeated) == (own, False)
    assert await state(database, "9.000001") == [
        ("2025-01-10", "2025-05-20", "first", own, "Thủ tục 9.000001"),
        ("2025-05-20", "None", own, None, "Tên mới"),
    ]
    assert (await state(database, "9.000003"))[-1][:4] == ("2025-01-10", "2025-05-20", "first", own)
    assert [code for code, _, _ in await versions.successors(database, "9.000002")] == ["9.000011", "9.000012"]
    found = await announcements.find(database, own)
    assert [item.action for item in found.items] == [item.action for item in body.items]
    assert found.items[0].old == found.items[0].new == ("9.000001",)
    assert told.in_force_after == await versions.count(database, date(2025, 5, 20)) == told.in_force_before + 1
    entries = [entry async for batch in audit.stream(database) for entry in batch]
    assert [entry.action for entry in entries] == ["draft.create", "announcement.publish"]
    assert entries[-1].subject == own
    assert (await drafts.find(database, somebody, draft.id)).state is State.PUBLISHED
    assert await check(database) == []


async def test_sent_twice_it_publishes_once_and_another_is_told_who_was_faster(
    database: Database, somebody: Actor, words: Any
) -> None:
    other = msgspec.structs.replace(somebody, id="other")
    draft, _ = await drafts.create(database, somebody, words.draft(words.abolish("9.000001")))
    tries = [publish.publish(database, actor, draft.id, 1) for actor in (somebody, other, somebody, other)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    done = [one for one in results if isinstance(one, Published)]
    told = [one for one in results if isinstance(one, DraftClosed)]
    assert (len(done), len(told)) == (2, 2)
    assert sorted(one.repeated for one in done) == [False, True]
    assert done[0].by in str(told[0])
    body = words.draft(words.abolish("9.000002"), number="78/QĐ-BTP")
    again = await asyncio.gather(*(publish.publish_body(database, somebody, body) for _ in range(3)))
    assert sorted(one.repeated for one in again) == [False, True, True]
    assert await check(database) == []


async def test_what_the_gate_refuses_changes_nothing(store: Database, somebody: Actor, words: Any) -> None:
    before = (await catalogue_digest(store), await audit.head(store))
    body = words.draft(words.abolish("9.000001"), words.abolish("9.000099"))
    with pytest.raises(Refused) as caught:
        await publish.publish_body(store, somebody, body)
    assert [reason.code for reason in caught.value.reasons] == ["code-unknown"]
    assert (await catalogue_digest(store), await audit.head(store)) == before
    assert (await drafts.listed(store, somebody))[1] == 0


async def test_an_edit_after_the_effect_was_seen_keeps_it_from_being_published(
    store: Database, somebody: Actor, words: Any
) -> None:
    body = words.draft(words.abolish("9.000001"))
    draft, _ = await drafts.create(store, somebody, body)
    await drafts.edit(store, somebody, draft.id, 1, msgspec.structs.replace(body, title="x"))
    with pytest.raises(DraftChanged):
        await publish.publish(store, somebody, draft.id, 1)


async def test_a_correction_is_recorded_later_and_rewrites_nothing(
    database: Database, somebody: Actor, words: Any
) -> None:
    body = words.draft(
        words.amend("9.000001", name="Tên sai"), words.abolish("9.000003"), words.new(words.whole("9.000011"))
    )
    done = await publish.publish_body(database, somebody, body)
    known = await versions.revision(database)
    right = msgspec.structs.replace(
        body,
        corrects=done.published,
        effective=date(2025, 6, 1),
        items=(words.amend("9.000001", name="Tên đúng"), *body.items[1:]),
    )
    told = await effect.effect(database, right, somebody)
    assert [(one.code, one.becomes) for item in told.items for one in item.outcomes] == [
        ("9.000001", "changes"),
        ("9.000003", "moves"),
        ("9.000011", "moves"),
    ]
    ended = told.items[1].outcomes[0]
    assert (ended.was_to, ended.valid_to) == (date(2025, 5, 20), date(2025, 6, 1))
    await publish.publish_body(database, somebody, right)
    own = done.published
    assert await state(database, "9.000001") == [
        ("2025-01-10", "2025-06-01", "first", own, "Thủ tục 9.000001"),
        ("2025-06-01", "None", own, None, "Tên đúng"),
    ]
    assert (await state(database, "9.000003"))[-1][1] == "2025-06-01"
    assert [one[0] for one in await state(database, "9.000011")] == ["2025-06-01"]
    then = await versions.history(database, "9.000001", known)
    assert [one.procedure.name for one in then] == ["Thủ tục 9.000001", "Tên sai"]
    assert (await announcements.find(database, own)).effective == date(2025, 6, 1)
    assert await check(database) == []


async def test_a_correction_names_every_published_item_again(store: Database, somebody: Actor, words: Any) -> None:
    body = words.draft(words.abolish("9.000001"), words.abolish("9.000002"))
    done = await publish.publish_body(store, somebody, body)
    less = msgspec.structs.replace(body, corrects=done.published, items=body.items[:1])
    with pytest.raises(Refused) as caught:
        await publish.publish_body(store, somebody, less)
    assert [reason.code for reason in caught.value.reasons] == ["item-dropped"]
    lost = msgspec.structs.replace(
        body, corrects="nothing", number="79/QĐ-BTP", items=(words.abolish("9.000003"),)
    )
    with pytest.raises(Refused) as caught:
        await publish.publish_body(store, somebody, lost)
    assert [reason.code for reason in caught.value.reasons] == ["corrected-unknown"]


async def test_the_catalogue_becomes_what_was_planned(store: Database, somebody: Actor, words: Any) -> None:
    days = [date(2025, 5, day) for day in (20, 12, 20, 28, 12)]
    for number, day in enumerate(days):
        body = words.draft(
            words.amend("9.000001", name=f"Lần {number}"), number=f"{80 + number}/QĐ-BTP", effective=day
        )
        plan = gate.planned(body, await standing(store, body))
        await publish.publish_body(store, somebody, body)
        found = (await standing(store, body)).lines["9.000001"]
        assert found == plan.after["9.000001"]
    assert await check(store) == []


async def test_a_new_sector_is_learned_from_what_is_published(
    store: Database, somebody: Actor, words: Any
) -> None:
    sectors = [{"code": "G15-HT", "name": "Hộ tịch"}, {"code": "G15-QT", "name": "Quốc tịch"}]
    await publish.publish_body(store, somebody, words.draft(words.amend("9.000001", sectors=sectors)))
    assert [term.name for term in await agencies.sectors(store)] == ["Hộ tịch", "Quốc tịch"]


async def test_effect_tells_what_is_left_without_a_competent_agency(
    store: Database, somebody: Actor, words: Any
) -> None:
    executing_only = words.whole("9.000011").agencies[:2]
    one = words.draft(words.new(words.whole("9.000011", agencies=executing_only[:1])))
    told = await effect.effect(store, one, somebody)
    assert [(lost.code, lost.agencies) for lost in told.without_competent] == [("9.000011", [])]
    fine = words.draft(words.new(words.whole("9.000011", agencies=executing_only)))
    assert (await effect.effect(store, fine, somebody)).without_competent == []


async def test_effect_compares_by_section_and_names_n_to_m(store: Database, somebody: Actor, words: Any) -> None:
    body = words.draft(
        words.amend("9.000001", name="Tên mới", note="Ghi chú"),
        words.replace(("9.000002", "9.000003"), words.whole("9.000011"), words.whole("9.000012")),
    )
    told = await effect.effect(store, body, somebody, "en")
    first, second = told.items
    assert [one.label for one in first.outcomes[0].differences] == ["Name", "Classification"]
    assert (second.old, second.new) == (["9.000002", "9.000003"], ["9.000011", "9.000012"])
    assert [one.becomes for one in second.outcomes] == ["ends", "ends", "begins", "begins"]
    assert [(one.indicator, one.working_days) for one in told.deadlines] == [
        ("PUBLISH_ON_TIME", -20),
        ("PUBLIC_UPDATE_ON_TIME", 10),
    ]


async def test_a_draft_that_no_draft_can_be_is_refused_with_its_place(
    store: Database, somebody: Actor, words: Any
) -> None:
    def one(content: ContentDraft) -> AnnouncementDraft:
        made: AnnouncementDraft = words.draft(ItemDraft(Action.AMENDED, (), (content,)))
        return made

    place = "items[0].new[0]"
    for content, field in (
        (ContentDraft(code="9.000001", changes={"name": 1}), f"{place}.changes.name"),
        (ContentDraft(code="9.000001", changes={"nmae": "x"}), f"{place}.changes"),
        (ContentDraft(code="9.000001", changes={"code": "9.000002"}), f"{place}.changes.code"),
        (ContentDraft(procedure=words.whole("9.000001"), changes={"name": "x"}), place),
    ):
        with pytest.raises(DraftInvalid) as caught:
            await drafts.create(store, somebody, one(content))
        assert caught.value.field == field


async def test_codes_come_in_any_notation_and_nulls_never(store: Database, somebody: Actor, words: Any) -> None:
    body = words.draft(words.abolish("9.000001.000.00.00.H55"), words.new(words.whole(" 9.000011", "a\0b")))
    draft, _ = await drafts.create(store, somebody, body)
    kept = draft.announcement()
    assert kept.items[0].old == ("9.000001",)
    content = kept.items[1].new[0].procedure
    assert content is not None
    assert (content.code, content.name) == ("9.000011", "ab")


async def test_a_commune_sees_its_own_drafts_alone(
    store: Database, somebody: Actor, commune: Actor, words: Any
) -> None:
    theirs, _ = await drafts.create(store, somebody, words.draft(words.abolish("9.000003")))
    own, _ = await drafts.create(store, commune, words.draft(words.abolish("9.000003"), issuer="H55.100"))
    assert [one.id for one in (await drafts.listed(store, commune))[0]] == [own.id]
    for work in (
        drafts.find(store, commune, theirs.id),
        drafts.edit(store, commune, theirs.id, 1, words.draft()),
        publish.publish(store, commune, theirs.id, 1),
    ):
        with pytest.raises(DraftNotYours):
            await work
    province = msgspec.structs.replace(commune, agency="H55")
    assert [one.id for one in (await drafts.listed(store, province))[0]] == [own.id]
    with pytest.raises(Refused):
        await publish.publish(store, commune, own.id, 1)
