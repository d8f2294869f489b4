"""Indicators, scorecards and coverage over HTTP."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from registry import clock
from registry.access import keys
from registry.access.actors import command
from registry.app import create_app
from registry.catalogue.ledger import Ledger, record
from registry.engine import Database, open_database
from registry.metrics import Ask, Side, evaluate, records
from registry.metrics.observations import Observation, Unit, observe
from registry.procedure import Term
from registry.settings import Settings

pytestmark = pytest.mark.anyio

PATH = "/api/indicators/ON_TIME"
HALF = {"agency": "H55", "from": "2025-01-01", "to": "2025-09-30"}
ONE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # the other database adds nothing here


class Scene(NamedTuple):
    client: httpx.AsyncClient
    database: Database
    key: dict[str, str]
    take: Any

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def scene(settings: Settings, fill: Any, take: Any) -> AsyncIterator[Scene]:
    database = await open_database(settings)
    await fill(database, 7, 120)
    secret = (await keys.create(database, command(), "manager", ["metrics"])).secret
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Scene(client, database, {"authorization": f"Bearer {secret}"}, take)
    await database.close()


async def test_an_answer_carries_what_it_is_made_of(scene: Scene) -> None:
    found = await scene.get(PATH, **HALF, groupBy=["level"], compare="previous", rank="true")
    value = found["value"]
    assert value["ratio"] == round(100 * value["numerator"] / value["denominator"], 2)
    assert found["formula"]["numerator"] == "received - late - overdue"
    assert found["formula"]["version"] == 1
    assert found["period"] == {"start": "2025-01-01", "end": "2025-09-30"}
    assert found["asOf"] == "2025-09-30"
    assert set(found["revisions"]) == {"catalogue", "dossiers", "observations"}
    assert found["compared"]["period"] == {"start": "2024-04-01", "end": "2024-12-31"}
    assert found["rank"]["of"] == 1
    everything = await evaluate(
        scene.database, Ask(indicator="ON_TIME", agency="H55", start=date(2025, 1, 1), end=date(2025, 9, 30))
    )
    assert value["numerator"] == everything.value.numerator
    listed = await scene.client.get(found["links"]["denominator"], headers=scene.key)
    assert listed.json()["total"] == value["denominator"] == sum(one["count"] for one in listed.json()["items"])
    joined = await scene.get(PATH, **HALF, groupBy="agency,month")
    assert [key["dimension"] for key in joined["groups"][0]["keys"]] == ["agency", "month"]
    period = await scene.get(PATH, agency="H55", period="2025-Q1", boundaries="today", below="false")
    assert period["asked"]["boundaries"] == "today"


@ONE
async def test_the_same_question_gives_the_same_bytes_until_something_changes(scene: Scene) -> None:
    paths = [PATH, "/api/indicators", "/api/scorecard", "/api/coverage"]
    first = {path: await scene.client.get(path, params=HALF if path == PATH else {}) for path in paths}

    async def again(path: str) -> tuple[int, bytes]:
        etag = {"if-none-match": first[path].headers["etag"]}
        answer = await scene.client.get(path, params=HALF if path == PATH else {}, headers=etag)
        return answer.status_code, answer.content

    for path in paths:
        assert first[path].status_code == 200
        assert await again(path) == (304, b"")
        assert (await scene.client.get(path, params=HALF if path == PATH else {})).content == first[path].content
    line = {"number": "one-more", "procedure": "9.000002", "agency": "H55.17", "channel": "online"}
    await scene.take(
        scene.database, [line | {"received": "2025-03-03", "due": "2025-03-09", "state": "processing"}]
    )
    status, body = await again(PATH)
    assert status == 200
    before = first[PATH].json()["value"]["denominator"]
    assert msgspec.json.decode(body)["value"]["denominator"] == before + 1

    async def rename(book: Ledger) -> None:
        await book.load()
        book.put_sector(Term("HT", "Hộ tịch, chứng thực"))

    await record(scene.database, rename)
    assert (await again("/api/coverage"))[0] == 200
    figure = Observation(
        name="electronic-certified-copy",
        unit=Unit.COUNT,
        agency="H55",
        begins=date(2025, 1, 1),
        ends=date(2025, 12, 31),
        source="test",
        captured=date(2025, 6, 1),
        value=1.0,
    )
    await observe(scene.database, [figure])
    offered = await scene.get("/api/indicators/ELECTRONIC_CERTIFIED_COPY", agency="H55.17", to="2025-09-30")
    assert (offered["value"]["ratio"], offered["value"]["points"]) == (100.0, 2.0)


@ONE
async def test_small_numbers_are_for_keys_alone(scene: Scene) -> None:
    query = HALF | {"groupBy": ["agency", "channel"]}
    public = (await scene.client.get(PATH, params=query)).json()
    full = (await scene.client.get(PATH, params=query, headers=scene.key)).json()
    hidden = [group for group in public["groups"] if group["value"]["hidden"]]
    assert hidden
    assert all(group["value"]["numerator"] is None for group in hidden)
    assert not any(group["value"]["hidden"] for group in full["groups"])
    assert [group["keys"] for group in public["groups"]] == [group["keys"] for group in full["groups"]]
    again = (await scene.client.get(PATH, params=query)).json()
    assert again == public
    card = await scene.get("/api/scorecard", **{"agency": "H55", "period": "2025"})
    assert card["points"] is None or card["points"] == pytest.approx(
        sum(group["points"] or 0 for group in card["groups"])
    )
    answer = await scene.client.get(f"{PATH}/records", params=HALF)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_records_are_paged_and_exported(scene: Scene) -> None:
    query = HALF | {"side": "numerator", "limit": 10}
    found, cursor = [], None
    while True:
        given = query | ({"cursor": cursor} if cursor else {})
        page = (await scene.client.get(f"{PATH}/records", params=given, headers=scene.key)).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert page["total"] == sum(one["count"] for one in found)
    assert "number" not in found[0]
    sent = await scene.client.get(
        f"{PATH}/records", params=HALF | {"side": "numerator", "format": "ndjson"}, headers=scene.key
    )
    assert [msgspec.json.decode(line) for line in sent.content.splitlines()] == found
    sent = await scene.client.get(
        f"{PATH}/records", params=HALF | {"side": "numerator", "format": "csv"}, headers=scene.key
    )
    rows = list(csv.DictReader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert [row["key"] for row in rows] == [one["key"] for one in found]
    assert sent.headers["content-disposition"].endswith('"ON_TIME-numerator.csv"')
    for name in ("PUBLIC_CONTENT_FULL", "PUBLISH_ON_TIME", "PUBLIC_UPDATE_ON_TIME", "PROCEDURES", "ONE_STOP"):
        ask = Ask(indicator=name, agency="H55", start=date(2025, 1, 1), end=date(2025, 9, 30))
        for side in (Side.NUMERATOR, Side.DENOMINATOR)[: 1 if name == "PROCEDURES" else 2]:
            few, every = await records(scene.database, ask, side, 3), await records(scene.database, ask, side)
            assert every.total == len(every.items), (name, side)
            assert every.items[:3] == few.items
            if few.next:
                rest = await records(scene.database, ask, side, 1000, few.next)
                assert few.items + rest.items == every.items


@pytest.mark.parametrize(
    ("path", "query", "status", "parameter"),
    [
        (PATH, {"sectors": "x"}, 400, "sectors"),
        (PATH, {"period": "last year"}, 400, "period"),
        (PATH, {"period": "2025", "from": "2025-01-01"}, 400, "period"),
        (PATH, {"from": "2025-02-01", "to": "2025-01-01"}, 400, "to"),
        (PATH, {"from": "1887-02-01", "to": "2025-01-01"}, 400, "from"),
        (PATH, {"from": "9999-12-31", "to": "9999-12-31", "compare": "previous"}, 400, "from"),
        (PATH, {"level": "village"}, 400, "level"),
        (PATH, {"groupBy": "colour"}, 400, "groupBy"),
        (PATH, {"groupBy": "day,month"}, 400, "groupBy"),
        (PATH, {"groupBy": "agency,agency"}, 400, "groupBy"),
        (PATH, {"groupBy": "day", "from": "2001-01-01", "to": "2025-01-01"}, 400, "groupBy"),
        (PATH, {"rank": "perhaps"}, 400, "rank"),
        (PATH, {"rank": "true"}, 400, "rank"),
        (PATH, {"compare": "the day before"}, 400, "compare"),
        (PATH, {"boundaries": "tomorrow"}, 400, "boundaries"),
        (PATH, {"agency": "H99"}, 404, None),
        ("/api/indicators/NONE", {}, 404, None),
        ("/api/indicators/PROCEDURES/records", {"side": "denominator"}, 400, "side"),
        ("/api/indicators/PROCEDURES/records", {"cursor": "!"}, 400, "cursor"),
        ("/api/indicators/PROCEDURES/records", {"limit": 0}, 400, None),
        ("/api/indicators/PROCEDURES/records", {"format": "xml"}, 400, "format"),
        ("/api/scorecard", {"agency": "H99"}, 404, None),
        ("/api/coverage", {"level": "village"}, 400, "level"),
    ],
)
async def test_what_cannot_be_answered_is_told(
    bare: httpx.AsyncClient, path: str, query: dict[str, Any], status: int, parameter: str | None
) -> None:
    answer = await bare.get(path, params=query)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["detail"]
    assert told.get("parameter") == parameter


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """An app on a store that holds nothing."""
    app = create_app(Settings(data=tmp_path_factory.mktemp("bare")))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@ONE
async def test_coverage_tells_unknown_apart_from_no(scene: Scene) -> None:
    found = await scene.get("/api/coverage", agency="H55", asOf=clock.today().isoformat())
    traits = {one["trait"]: {each["value"]: each["count"] for each in one["values"]} for one in found["traits"]}
    assert found["procedures"] == 10
    assert found["internal"] == 1
    assert sum(traits["essential"].values()) == sum(traits["complete"].values()) == found["procedures"]
    assert set(traits["online_payment"]) == {"true", "false", "unknown"}
    assert set(traits["online_scheme"]) == {"full-partial"}
    commune = await scene.get("/api/coverage", agency="H55", level="commune")
    assert commune["procedures"] == traits["level"]["commune"]
