"""Local additions stay whatever is followed, and are reviewed where what they stand on changed in substance."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.access.actors import command
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.exchange import layers
from registry.exchange.layers import Addition, LayerNotFound
from registry.exchange.substance import changed, substance, words
from registry.procedure import Case, Fee, Paper, Procedure, ProcessingTime, Step, Way
from registry.vocabulary import Channel, FeeKind, FeeState, TimeUnit

HERE = Addition(
    local_code="9.000001.000.00.00.H55",
    hours="7h30 đến 11h30, 13h30 đến 17h",
    places=("Số 1 Nha Trang",),
    fees=(Fee(FeeKind.SERVICE_FEE, FeeState.AMOUNT, 5000),),
)
WHOLE = Procedure(
    code="9.000001",
    name="Đăng ký khai sinh",
    ways=(
        Way(Channel.ONLINE, ProcessingTime(TimeUnit.DAY, 3), (Fee(FeeKind.FEE, FeeState.AMOUNT, 50_000),)),
        Way(Channel.DIRECT, ProcessingTime(TimeUnit.DAY, 5)),
    ),
    steps=(Step("Nộp hồ sơ"), Step("Nhận kết quả")),
    cases=(Case((Paper("Tờ khai"), Paper("Giấy chứng sinh"))),),
)
NO_SUBSTANCE = {
    "spaces": {"name": "  Đăng  ký khai\u00a0sinh "},
    "punctuation": {"name": "Đăng ký: khai sinh."},
    "case": {"name": "ĐĂNG KÝ KHAI SINH"},
    "order of papers": {"cases": (Case((Paper("Giấy chứng sinh"), Paper("Tờ khai"))),)},
    "order of channels": {"ways": WHOLE.ways[::-1]},
    "order of steps": {"steps": WHOLE.steps[::-1]},
}
SUBSTANCE = {
    "a word": ({"name": "Đăng ký khai tử"}, ["name"]),
    "a tone": ({"name": "Đăng ký khai sính"}, ["name"]),
    "an amount": (
        {"ways": (msgspec.structs.replace(WHOLE.ways[0], fees=(Fee(FeeKind.FEE, FeeState.AMOUNT, 60_000),)),)},
        ["channels", "fees", "timeLimit"],
    ),
    "a time limit": (
        {"ways": (WHOLE.ways[0], msgspec.structs.replace(WHOLE.ways[1], time=ProcessingTime(TimeUnit.DAY, 15)))},
        ["timeLimit"],
    ),
    "a paper more": ({"cases": (Case((*WHOLE.cases[0].papers, Paper("Ảnh"))),)}, ["papers"]),
}


@pytest.mark.parametrize("what", NO_SUBSTANCE)
def test_what_is_no_substance_marks_nothing(what: str) -> None:
    again = msgspec.structs.replace(WHOLE, **NO_SUBSTANCE[what])
    assert again != WHOLE
    assert changed(substance(WHOLE), substance(again)) == []


@pytest.mark.parametrize("what", SUBSTANCE)
def test_what_is_substance_marks_its_sections(what: str) -> None:
    fields, sections = SUBSTANCE[what]
    again = msgspec.structs.replace(WHOLE, **fields)
    assert changed(substance(WHOLE), substance(again)) == sections


@pytest.mark.parametrize(
    ("left", "right"), [("5%", "5"), ("< 18", "> 18"), ("1.5", "15"), ("1/2", "12"), ("a", "á")]
)
def test_signs_that_change_a_meaning_are_kept(left: str, right: str) -> None:
    assert words(left) != words(right)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["tờ khai", "ảnh", "5%", "bản sao"]), min_size=1, max_size=5), st.randoms())
def test_any_order_and_spacing_is_the_same_substance(names: list[str], own: Any) -> None:
    shuffled = [f" {name.upper()} ;" for name in own.sample(names, len(names))]
    one, other = (Procedure("x", "y", cases=(Case(tuple(map(Paper, given))),)) for given in (names, shuffled))
    assert substance(one) == substance(other)


async def _add(pair: Any, catalogue: Any) -> Any:
    await catalogue.first(pair.there)
    follower = pair.follower()
    await follower.begin()
    await follower.catch_up()
    await layers.put(pair.here, command(), "9.000001", HERE)
    return follower


@pytest.mark.anyio
async def test_an_addition_stays_while_the_content_is_followed(pair: Any, catalogue: Any) -> None:
    follower = await _add(pair, catalogue)
    await catalogue.later(pair.there)
    assert (await follower.catch_up()).equal
    (layer,) = await layers.layers_of(pair.here, "9.000001")
    assert layer.addition == HERE
    (review,) = await layers.reviews(pair.here)
    assert (review.code, review.sections, review.ended) == ("9.000001", ["name"], False)
    assert (review.valid_from, review.announcement) == (date(2025, 4, 1), "2/QĐ-BTP")
    assert layer.review == ["name"]


@pytest.mark.anyio
async def test_a_review_is_over_when_someone_says_so(light: Any, catalogue: Any) -> None:
    follower = await _add(light, catalogue)
    await catalogue.later(light.there)
    await follower.catch_up()
    assert await layers.resolve(light.here, command(), "9.000001") == 1
    assert await layers.reviews(light.here) == []
    assert (await follower.catch_up()).equal


@pytest.mark.anyio
async def test_an_announcement_without_substance_calls_nobody(light: Any, catalogue: Any) -> None:
    follower = await _add(light, catalogue)

    def work(book: Any) -> None:
        book.announce(catalogue.announcement(3, decided=date(2025, 5, 1)))
        again = catalogue.procedure(1, " Đăng ký  khai sinh. ")
        book.put(again, date(2025, 5, 1), "3/QĐ-BTP", catalogue.origin)

    await catalogue.change(light.there, work, codes=["9.000001"], announcements=["3/QĐ-BTP"])
    done = await follower.catch_up()
    assert (done.equal, done.applied > 0) == (True, True)
    assert (await versions.find(light.here, "9.000001", date(2025, 6, 1))).announcement == "3/QĐ-BTP"
    assert await layers.reviews(light.here) == []


@pytest.mark.anyio
async def test_an_abolition_under_an_addition_is_to_be_reviewed(light: Any, catalogue: Any) -> None:
    follower = await _add(light, catalogue)
    await layers.put(light.here, command(), "9.000003", HERE)
    await catalogue.later(light.there)
    await follower.catch_up()
    found = {one.code: one for one in await layers.reviews(light.here)}
    assert found["9.000003"].ended
    assert (found["9.000003"].valid_from, found["9.000003"].announcement) == (date(2025, 4, 1), "2/QĐ-BTP")


@pytest.mark.anyio
async def test_only_what_is_there_can_be_added_to(local: Any) -> None:
    with pytest.raises(ProcedureNotFound):
        await layers.put(local, command(), "9.999999", HERE)
    with pytest.raises(LayerNotFound):
        await layers.remove(local, command(), "9.999999")
    with pytest.raises(LayerNotFound):
        await layers.resolve(local, command(), "9.999999")


@pytest.mark.anyio
async def test_over_http_an_addition_is_shown_beside_the_content(light: Any, catalogue: Any, keyed: Any) -> None:
    await catalogue.first(light.there)
    client, path = light.client, "/api/procedures/9.000001"
    before = await client.get(path)
    assert before.json()["local"] == []
    body = msgspec.to_builtins(HERE)
    assert (await client.put("/api/layers/9.000001", json=body)).status_code == 401
    headers = await keyed(light.there, "announce")
    assert (await client.put("/api/layers/9.000001", json=body, headers=headers)).status_code == 204
    after = await client.get(path, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200  # what is kept of the answer is no longer right
    assert after.json()["procedure"] == before.json()["procedure"]
    (layer,) = after.json()["local"]
    assert layer["addition"]["hours"] == HERE.hours
    # Whoever follows learns that the procedure is told otherwise now.
    feed = (await client.get("/api/changes", params={"part": "procedures", "limit": 1000})).json()["changes"]
    assert (feed[-1]["action"], feed[-1]["key"]) == ("touch", "9.000001")
    await catalogue.later(light.there)
    items = (await client.get("/api/reviews")).json()["items"]
    assert [(one["code"], one["sections"]) for one in items] == [("9.000001", ["name"])]
    assert (await client.post("/api/reviews/9.000001", headers=headers)).json() == {"reviewed": 1}
    assert (await client.get("/api/reviews")).json() == {"items": []}
    assert (await client.delete("/api/layers/9.000001", headers=headers)).status_code == 204
    assert (await client.delete("/api/layers/9.000001", headers=headers)).status_code == 404


@pytest.mark.anyio
async def test_a_key_of_an_agency_adds_for_that_agency_alone(light: Any, catalogue: Any, keyed: Any) -> None:
    await catalogue.first(light.there)
    headers = await keyed(light.there, "announce", agency="H03")
    body = msgspec.to_builtins(HERE)
    for agency, status in ((None, 403), ("G04", 403), ("H03", 204)):
        params = {"agency": agency} if agency else {}
        answer = await light.client.put("/api/layers/9.000001", json=body, headers=headers, params=params)
        assert answer.status_code == status, agency


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/layers/9.000001", {}, 400),
        ("/api/layers/9.000001", {"hours": "x" * 2000}, 400),
        ("/api/layers/9.000001", {"colour": "red"}, 400),
        ("/api/layers/9.000001?agency=X99", {"hours": "8h"}, 400),
        ("/api/layers/9.999999", {"hours": "8h"}, 404),
    ],
)
async def test_what_cannot_be_added_is_a_problem(
    light: Any, catalogue: Any, keyed: Any, path: str, body: dict[str, Any], status: int
) -> None:
    await catalogue.first(light.there, 1)
    headers = await keyed(light.there, "announce")
    answer = await light.client.put(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
