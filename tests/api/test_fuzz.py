"""Whatever the description allows, and much that it does not, is answered as described and never with a 5xx."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounds
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.settings import Settings

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "%00",
        "..",
        "9.000001",
        "2025-02-30",
        "9" * 30,
        "-1",
        "H55",
        "a,b",
        "'",
        "\u202e",
        "NaN",
        "1e9",
        "\ud7ff",
        "%",
    ]
)


class Running:
    """An app that runs in a loop of its own between synchronous calls."""

    def __init__(self, store: Settings, serve: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        started: asyncio.Future[httpx.AsyncClient] = self._loop.create_future()

        async def live() -> None:
            # Started and ended by one task, as a server does.
            async with serve(store) as (_, client):
                started.set_result(client)
                await self._over.wait()

        self._life = self._loop.create_task(live())
        both = asyncio.wait([started, self._life], return_when=asyncio.FIRST_COMPLETED)
        self._loop.run_until_complete(both)
        self._client = started.result()

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, url, **options))

    def close(self) -> None:
        self._over.set()
        self._loop.run_until_complete(self._life)
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@pytest.fixture(scope="module")
def running(fill_store: Any, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = Settings(data=Path(tmp_path_factory.mktemp("fuzz")))
    asyncio.run(fill_store(store))
    found = Running(store, serve)
    yield found
    found.close()


@pytest.fixture(scope="module")
def description(running: Running) -> Any:
    return schemathesis.openapi.from_dict(running.request("GET", "/schema/openapi.json").json())


def sent(running: Running, case: Case) -> None:
    asked = case.as_transport_kwargs(base_url="http://test")
    response = running.request(
        asked["method"], asked["url"], params=asked.get("params"), headers=dict(asked.get("headers") or {})
    )
    case.validate_response(response, checks=CHECKS)


OPERATIONS = [
    "/api/procedures",
    "/api/procedures/{code}",
    "/api/procedures/{code}/history",
    "/api/procedures/{code}/diff",
    "/api/suggest",
    "/api/announcements",
    "/api/announcements/{number}",
    "/api/agencies",
    "/api/agencies/{code}",
    "/api/sectors",
    "/api/syncs",
    "/api/changes",
    "/api/snapshot",
    "/api/digest",
    "/api/digest/{part}",
    "/api/digest/records/{part}",
    "/api/digest/sections/{code}",
    "/api/reviews",
    "/api/annex.docx",
    "/api/annex.xlsx",
    "/api/catalogue.csv",
    "/api/catalogue.jsonld",
    "/api/catalogue.ndjson",
    "/api/catalogue.ttl",
    "/api/catalogue.xlsx",
    "/api/dataset",
    "/api/dictionary",
    "/api/profile",
    "/api/indicators",
    "/api/indicators/{indicator}",
    "/api/indicators/{indicator}/records",
    "/api/scorecard",
    "/api/coverage",
    "/api/observations",
    "/api/practice",
    "/api/practice/records",
    "/api/worklist",
    "/api/webhooks",
    "/api/webhooks/{webhook}/letters",
]
# Thrown at with and without keys in the tests of the desk.
ELSEWHERE = ("/api/drafts", "/api/reorganisations", "/api/keys", "/api/session", "/api/audit")


def test_no_operation_is_left_out(description: Any) -> None:
    described = [found.ok() for found in description.get_all_operations()]
    read = {one.path for one in described if one.method == "get" and not one.path.startswith(ELSEWHERE)}
    assert read == {*OPERATIONS, "/health/live", "/health/ready"}


# Any text may be a code, and nothing is asked of what has no parameters: there is nothing that could be wrong.
FREE = {
    "/api/agencies/{code}",
    "/api/digest",
    "/api/digest/{part}",
    "/api/digest/sections/{code}",
    "/api/reviews",
    "/api/dataset",
    "/api/dictionary",
    "/api/profile",
    "/api/webhooks",
}


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, GenerationMode.POSITIVE) for path in OPERATIONS]
    + [(path, GenerationMode.NEGATIVE) for path in OPERATIONS if path not in FREE],
)
def test_answers_are_as_described(running: Running, description: Any, path: str, mode: GenerationMode) -> None:
    operation = description[path]["GET"]

    @seed(20250531)
    @bounds(
        max_examples=6,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        sent(running, case)

    run()


@pytest.mark.parametrize("path", OPERATIONS)
def test_hostile_values_are_never_a_failure_of_ours(running: Running, description: Any, path: str) -> None:
    names = [
        one["name"]
        for one in description[path]["GET"].definition.raw.get("parameters", [])
        if one["in"] == "query"
    ]

    @seed(20250531)
    @bounds(max_examples=8, deadline=None, database=None, phases=[Phase.generate])
    @given(
        query=st.dictionaries(st.sampled_from(names) if names else st.just("x"), TEXTS, max_size=4),
        place=TEXTS.filter(bool),
        accepted=st.sampled_from(["", "en", "vi;q=x", "*", ";;;", "en-GB,vi;q=0.9"]),
    )
    def run(query: dict[str, str], place: str, accepted: str) -> None:
        url = re.sub(r"\{\w+\}", lambda _: quote(place), path)
        response = running.request("GET", url, params=query, headers={"accept-language": accepted})
        assert response.status_code < 500, (url, query, response.text)
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"

    run()
