"""The publish gate refuses what is incomplete or wrong, with every reason and where it stands."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from registry import clock
from registry.access.actors import Actor
from registry.desk import gate
from registry.desk.contents import AnnouncementDraft, ContentDraft, ItemDraft
from registry.desk.standing import Standing, standing
from registry.engine import Database, open_database
from registry.procedure import Agency, Term
from registry.sections import SEVEN_PARTS
from registry.settings import Settings
from registry.vocabulary import Action, Level, Role

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(local: Settings) -> AsyncIterator[Database]:
    database = await open_database(local)
    yield database
    await database.close()


class Judged:
    """Judges drafts on one store."""

    def __init__(self, store: Database, actor: Actor) -> None:
        self.store = store
        self.actor = actor

    async def __call__(self, draft: AnnouncementDraft, actor: Actor | None = None) -> list[tuple[str, str]]:
        known: Standing = await standing(self.store, draft)
        found = gate.reasons(draft, known, actor or self.actor)
        for reason in found:
            assert reason.vi
            assert "{" not in reason.vi + reason.en
        return [(reason.code, reason.field) for reason in found]


@pytest.fixture
def judge(store: Database, somebody: Actor) -> Judged:
    return Judged(store, somebody)


async def test_what_is_complete_and_right_passes(judge: Judged, words: Any) -> None:
    body = words.draft(
        words.new(words.whole("9.000011")),
        words.amend("9.000001", name="Tên mới"),
        words.replace(("9.000002",), words.whole("9.000012"), words.whole("9.000013")),
        words.abolish("9.000003"),
    )
    assert await judge(body) == []


async def test_an_empty_draft_is_told_all_that_it_lacks(judge: Judged) -> None:
    assert await judge(AnnouncementDraft()) == [
        ("missing", field) for field in ("number", "decided", "effective", "issuer", "items")
    ]


WITHOUT: dict[str, dict[str, Any]] = {
    "name": {"name": ""},
    "steps": {"steps": ()},
    "channels": {"ways": ()},
    "papers": {"cases": ()},
    "timeLimit": {"ways": ()},
    "audience": {"audiences": ()},
    "agencies": {"agencies": ()},
}


async def test_each_of_the_seven_parts_must_be_there(judge: Judged, words: Any) -> None:
    assert set(WITHOUT) == set(SEVEN_PARTS)
    for part, changes in WITHOUT.items():
        found = await judge(words.draft(words.new(words.whole("9.000011", **changes))))
        field = {"channels": "ways", "timeLimit": "ways", "papers": "cases", "audience": "audiences"}.get(
            part, part
        )
        assert ("part-missing", f"items[0].new[0].procedure.{field}") in found
        amended = await judge(words.draft(words.amend("9.000001", **changes)))
        assert ("part-missing", f"items[0].new[0].changes.{field}") in amended


async def test_agencies_must_exist_on_the_day(judge: Judged, words: Any) -> None:
    gone = Agency(Role.EXECUTING, "UBND tỉnh Bắc Kạn", "H03")
    nobody = Agency(Role.EXECUTING, "Ủy ban nhân dân cấp tổng")
    place = "items[0].new[0].procedure.agencies[1]"
    one = words.new(words.whole("9.000011", agencies=(words.justice, gone)))
    assert await judge(words.draft(one)) == [("agency-not-there", place)]
    early = {"decided": date(2025, 3, 3), "effective": date(2025, 3, 31)}
    assert await judge(words.draft(one, **early)) == []
    other = words.new(words.whole("9.000011", agencies=(words.justice, nobody)))
    assert await judge(words.draft(other)) == [("agency-unknown", place)]
    assert ("agency-unknown", "issuer") in await judge(words.draft(words.abolish("9.000001"), issuer="G99"))
    assert ("agency-not-there", "issuer") in await judge(words.draft(words.abolish("9.000001"), issuer="H03"))


async def test_a_level_that_has_ended_is_refused_from_its_last_day_on(judge: Judged, words: Any) -> None:
    one = words.new(words.whole("9.000011", levels=(Level.PROVINCE, Level.DISTRICT)))
    days = {"decided": date(2025, 6, 2)}
    assert await judge(words.draft(one, effective=date(2025, 6, 30), **days)) == []
    found = await judge(words.draft(one, effective=date(2025, 7, 1), **days))
    assert found == [("level-ended", "items[0].new[0].procedure.levels[1]")]


async def test_a_code_in_force_cannot_be_new(judge: Judged, words: Any) -> None:
    found = await judge(words.draft(words.new(words.whole("9.000001"))))
    assert found == [("code-in-force", "items[0].new[0]")]
    early = words.draft(words.new(words.whole("9.000001")), decided=date(2025, 1, 1), effective=date(2025, 1, 2))
    assert await judge(early) == [("code-begins-later", "items[0].new[0]")]
    found = await judge(words.draft(words.replace(("9.000002",), words.whole("9.000001"))))
    assert found == [("code-in-force", "items[0].new[0]")]
    assert await judge(words.draft(words.replace(("9.000002", "9.000001"), words.whole("9.000001", "Gộp")))) == []


async def test_what_is_abolished_unknown_or_not_yet_there_cannot_be_changed(judge: Judged, words: Any) -> None:
    for code, reason in (("9.000004", "code-abolished"), ("9.000099", "code-unknown")):
        assert await judge(words.draft(words.abolish(code))) == [(reason, "items[0].old[0]")]
        assert await judge(words.draft(words.amend(code, name="x"))) == [(reason, "items[0].new[0]")]
        replaced = words.replace((code,), words.whole("9.000011"))
        assert await judge(words.draft(replaced)) == [(reason, "items[0].old[0]")]
    early = {"decided": date(2025, 1, 1), "effective": date(2025, 1, 2)}
    assert await judge(words.draft(words.abolish("9.000001"), **early)) == [("code-not-yet", "items[0].old[0]")]
    again = words.new(words.whole("9.000004"))
    assert await judge(words.draft(again)) == []


async def test_days_are_in_order_and_counted_in_vietnam(
    judge: Judged, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = words.abolish("9.000001")
    found = await judge(words.draft(one, effective=date(2025, 5, 4), published=date(2025, 5, 1)))
    assert found == [("effective-before-decided", "effective"), ("published-before-decided", "published")]
    assert ("day-implausible", "effective") in await judge(words.draft(one, effective=date(1, 1, 1)))
    assert ("day-implausible", "effective") in await judge(words.draft(one, effective=date(9999, 1, 1)))
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 5, 4, 16, 59, tzinfo=UTC))
    assert await judge(words.draft(one)) == [("not-decided-yet", "decided")]
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 5, 4, 17, 0, tzinfo=UTC))
    assert await judge(words.draft(one)) == []


async def test_a_number_is_used_once_a_year_by_an_agency(judge: Judged, words: Any) -> None:
    one = words.abolish("9.000001")
    assert await judge(words.draft(one, number="12/qđ-btp")) == [("number-used", "number")]
    later = {"decided": date(2026, 1, 5), "effective": date(2026, 2, 5)}
    assert await judge(words.draft(one, number="12/QĐ-BTP", **later)) == []
    assert await judge(words.draft(one, number="12/QĐ-BTP", issuer="H55")) == []


async def test_a_code_stands_once(judge: Judged, words: Any) -> None:
    body = words.draft(words.abolish("9.000001", "9.000001"), words.amend("9.000001", name="x"))
    assert [found for found in await judge(body) if found[0] == "duplicate"] == [
        ("duplicate", "items[0].old[1]"),
        ("duplicate", "items[1].new[0]"),
    ]


async def test_items_have_the_shape_of_their_kind(judge: Judged, words: Any) -> None:
    content = ContentDraft(procedure=words.whole("9.000011"))
    for item in (
        ItemDraft(Action.NEW, ("9.000001",), (content,)),
        ItemDraft(Action.NEW),
        ItemDraft(Action.AMENDED),
        ItemDraft(Action.REPLACED, ("9.000001",)),
        ItemDraft(Action.REPLACED, (), (content,)),
        ItemDraft(Action.ABOLISHED),
        ItemDraft(Action.ABOLISHED, ("9.000001",), (content,)),
    ):
        assert ("shape", "items[0]") in await judge(words.draft(item))
    only = ItemDraft(Action.NEW, (), (ContentDraft(code="9.000011", changes={"name": "x"}),))
    assert await judge(words.draft(only)) == [("content-missing", "items[0].new[0]")]
    odd = words.new(words.whole("khai sinh"))
    assert await judge(words.draft(odd)) == [("code-malformed", "items[0].new[0]")]
    assert await judge(words.draft(words.amend("9.000001"))) == [("nothing-changed", "items[0].new[0]")]


async def test_a_sector_is_not_renamed_by_the_way(judge: Judged, words: Any) -> None:
    one = words.new(words.whole("9.000011", sectors=(Term("G15-HT", "Hộ tich"), Term("G15-X", "Mới"))))
    assert await judge(words.draft(one)) == [("sector-renamed", "items[0].new[0].procedure.sectors[0]")]


async def test_a_commune_cannot_publish_for_the_province(judge: Judged, commune: Actor, words: Any) -> None:
    own = Agency(Role.ISSUING, "UBND xã Cù Vân", "H55.100")
    mine = words.draft(words.new(words.whole("9.000011", issuer=own)), issuer="H55.100")
    assert await judge(mine, commune) == []
    assert ("not-allowed", "issuer") in await judge(msgspec.structs.replace(mine, issuer="H55"), commune)
    for item in (words.abolish("9.000003"), words.replace(("9.000001",), words.whole("9.000012", issuer=own))):
        body = words.draft(item, issuer="H55.100")
        assert await judge(body, commune) == [("not-allowed", "items[0].old[0]")]
    amended = words.draft(words.amend("9.000003", note="x"), issuer="H55.100")
    assert ("not-allowed", "items[0].new[0]") in await judge(amended, commune)
    foreign = words.draft(words.new(words.whole("9.000011", issuer=words.province)), issuer="H55.100")
    assert await judge(foreign, commune) == [("not-allowed", "items[0].new[0].procedure.agencies[0]")]
    province = msgspec.structs.replace(commune, agency="H55")
    assert await judge(mine, province) == []
