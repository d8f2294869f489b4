"""Reorganisations on pages: typed, seen, asked about, published once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict

from registry.catalogue import agencies, versions
from registry.desk.reorganisation import AgencyDraft, Event, ReorganisationDraft, What
from registry.vocabulary import Level
from registry.web.desk.events import draft_of, typed_from, typed_of

pytestmark = pytest.mark.anyio
HEAD = {"number": "88/NQ-HĐND", "decided": "2026-01-05", "effective": "2026-02-01", "issuer": "H55"}
MERGER = {"events[0].what": "end", "events[0].old": "H55.17", "events[0].new[0].code": ""}


async def begun(browser: Any, **typed: str) -> Any:
    page = await browser.open("/bien-tap/sap-xep/moi")
    return await browser.send(page, "/sap-xep", **{**HEAD, **MERGER, **typed})


async def test_what_it_would_touch_is_seen_asked_about_and_published_once(own_desk: Any) -> None:
    lan = await own_desk.person("announce")
    page = await begun(lan)
    address = lan.path
    assert "Sở Tư pháp tỉnh Thái Nguyên" in page.main.text
    assert "9.000005" in page.main.text
    revision = await versions.revision(own_desk.database)
    page = await lan.open(f"{address}/cong-bo")
    assert "1 cơ quan chấm dứt" in page.main.text
    assert await versions.revision(own_desk.database) == revision
    done = await lan.send(page, "/cong-bo")
    assert "Đã công bố" in done.main.text
    after = await versions.revision(own_desk.database)
    assert after > revision
    await lan.send(page, "/cong-bo")
    assert await versions.revision(own_desk.database) == after
    assert (await agencies.history(own_desk.database, "H55.17"))[-1].valid_to is not None
    await lan.open(f"{address}/sua", 409)
    page = await lan.open("/bien-tap/sap-xep", **{"trang-thai": "published"})
    assert "88/NQ-HĐND" in page.main.text


async def test_what_the_gate_says_stands_beside_the_field_it_concerns(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await begun(lan, number="", **{"events[0].old": "H99\nH55.17", "events[0].new[0].code": "H98"})
    address = lan.path
    assert "Chưa công bố được" in page.main.text
    assert not page.main.all("a", href=f"{address}/cong-bo")
    await lan.open(f"{address}/cong-bo", 422)
    page = await lan.open(f"{address}/sua")
    links = [one["href"] for one in page.main.one("div", "errors").all("a")]
    ids = {one.get("id") for one in page.walk()}
    assert {"#number", "#events[0].old", "#events[0].new[0].code"} <= set(links)
    assert all(link[1:] in ids for link in links)


async def test_another_row_is_asked_for_without_anything_being_kept(desk: Any) -> None:
    lan = await desk.person("announce")
    before = await desk.count("draft")
    page = await begun(lan, more="events")
    names = {one["name"] for one in page.walk() if one.get("name")}
    assert {"events[0].what", "events[1].what"} <= names
    page = await lan.send(page, "/sap-xep", more="0")
    names = {one["name"] for one in page.walk() if one.get("name")}
    assert "events[0].new[2].code" in names
    assert await desk.count("draft") == before


async def test_a_form_sent_twice_begins_one_draft_and_a_bad_day_keeps_none(desk: Any) -> None:
    lan = await desk.person("announce")
    page = await lan.open("/bien-tap/sap-xep/moi")
    before = await desk.count("draft")
    wrong = await lan.send(page, "/sap-xep", 422, **{**HEAD, **MERGER, "decided": "2026-02-30"})
    assert wrong.main.one("div", "errors").one("a")["href"] == "#decided"
    assert next(one for one in wrong.all("input", id="number"))["value"] == HEAD["number"]
    assert await desk.count("draft") == before
    for _ in range(2):
        await lan.send(page, "/sap-xep", **{**HEAD, **MERGER})
    assert await desk.count("draft") == before + 1


async def test_of_two_who_edit_the_second_keeps_what_was_typed_and_is_told(desk: Any) -> None:
    lan, minh = await desk.person("announce"), await desk.person("announce")
    await begun(lan)
    address = f"{lan.path}/sua"
    ours, theirs = await lan.open(address), await minh.open(address)
    await minh.send(theirs, "/sua", title="Của Minh")
    page = await lan.send(ours, "/sua", 422, title="Của Lan")
    assert "vừa sửa dự thảo này" in page.main.text
    assert next(one for one in page.all("input", id="title"))["value"] == "Của Lan"
    await lan.send(page, "/sua")
    assert "Của Lan" in (await lan.open(address.removesuffix("/sua"))).main.text


async def test_a_draft_is_dropped_after_asking_and_twice_is_once(desk: Any) -> None:
    lan = await desk.person("announce")
    await begun(lan)
    address = lan.path
    page = await lan.open(f"{address}/bo")
    await lan.send(page, "/bo")
    await lan.send(page, "/bo")
    assert "đã bỏ" in (await lan.open(address)).main.text
    await lan.open("/bien-tap/sap-xep/none", 404)


async def test_the_desk_of_another_agency_does_not_open_it(desk: Any) -> None:
    lan, minh = await desk.person("announce", agency="H55"), await desk.person("announce", agency="H03")
    await begun(lan)
    await minh.open(lan.path, 403)
    await (await desk.person("follow")).open("/bien-tap/sap-xep", 403)


CODES = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,3})?", fullmatch=True)
NAMES = st.text(st.characters(categories=("L", "N")), max_size=12)
AGENCIES = st.builds(
    AgencyDraft,
    CODES,
    NAMES,
    st.sampled_from(Level) | st.none(),
    CODES | st.none(),
)
EVENTS = st.builds(
    Event,
    st.sampled_from(What),
    st.lists(CODES, max_size=3).map(tuple),
    st.lists(AGENCIES, max_size=3).map(tuple),
)
DRAFTS = st.builds(
    ReorganisationDraft,
    number=NAMES,
    decided=st.dates() | st.none(),
    effective=st.dates() | st.none(),
    issuer=CODES | st.just(""),
    title=NAMES,
    events=st.lists(EVENTS, max_size=3).map(tuple),
)


@settings(max_examples=40, deadline=None)
@given(DRAFTS)
def test_whatever_a_draft_holds_the_form_gives_it_back(draft: ReorganisationDraft) -> None:
    typed = typed_from(draft).spaced()
    fields: list[tuple[str, Any]] = list(typed.head.items())
    for number, block in enumerate(typed.blocks):
        fields += [(f"events[{number}].what", block.what), (f"events[{number}].old", block.old)]
        for place, row in enumerate(block.new):
            at = f"events[{number}].new[{place}]"
            fields += [(f"{at}.code", row.code), (f"{at}.name", row.name)]
            fields += [(f"{at}.level", row.level), (f"{at}.parent", row.parent)]
    made, wrong = draft_of(typed_of(FormMultiDict(fields)), draft)
    assert wrong == {}
    assert made == draft
