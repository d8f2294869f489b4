"""Whatever is sent to routes that write, by whom ever: as described, never a 5xx, no write without the scope."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

from registry.access import audit, keys
from registry.access.actors import command
from registry.app import create_app
from registry.catalogue import versions
from registry.engine import Database
from registry.settings import Settings

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
MINE = (
    "/api/drafts",
    "/api/reorganisations",
    "/api/keys",
    "/api/session",
    "/api/audit",
    "/api/announcements",
    "/api/webhooks",
    "/api/layers",
    "/api/reviews",
    "/api/dossiers",
)
PUBLIC = {("/api/session", method) for method in ("POST", "GET", "DELETE")} | {("/api/reviews", "GET")}


class Running:
    """An app that runs in a loop of its own between synchronous calls, and keys to it."""

    def __init__(self, store: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        started: asyncio.Future[tuple[httpx.AsyncClient, Database]] = self._loop.create_future()
        app = create_app(store)

        async def live() -> None:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                started.set_result((client, app.state.service.database))
                await self._over.wait()

        self._life = self._loop.create_task(live())
        self.client, self.database = self._loop.run_until_complete(started)
        self.everything = self._key("announce", "admin", "follow", "dossiers")
        self.nothing = self._key("metrics")

    def _key(self, *scopes: str) -> str:
        made = keys.create(self.database, command(), "fuzz", scopes)
        return self._loop.run_until_complete(made).secret

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self.client.request(method, url, **options))

    def state(self) -> tuple[int, str]:
        """What any write would change."""

        async def read() -> tuple[int, str]:
            return await versions.revision(self.database), str(await audit.head(self.database))

        return self._loop.run_until_complete(read())

    def close(self) -> None:
        self._over.set()
        self._loop.run_until_complete(self._life)
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@pytest.fixture(scope="module")
def running(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("fuzz") / "var"
    shutil.copytree(filled_file, data)
    found = Running(Settings(data=data))
    yield found
    found.close()


@pytest.fixture(scope="module")
def operations(running: Running) -> dict[tuple[str, str], Any]:
    described = running.request("GET", "/schema/openapi.json").json()
    mine = {path: item for path, item in described["paths"].items() if path.startswith(MINE)}
    mine["/api/announcements"] = {"post": mine["/api/announcements"]["post"]}
    mine = {path: item for path, item in mine.items() if path != "/api/announcements/{number}"}
    description = schemathesis.openapi.from_dict({**described, "paths": mine})
    found = [one.ok() for one in description.get_all_operations()]
    return {(one.path, one.method.upper()): one for one in found}


def send(running: Running, case: Case, secret: str | None) -> httpx.Response:
    asked = case.as_transport_kwargs(base_url="http://test")
    given = {name: asked[name] for name in ("json", "data", "params") if asked.get(name) is not None}
    if isinstance(given.get("data"), bytes | str):
        given["content"] = given.pop("data")
    given_headers = dict(asked.get("headers") or {})
    headers = {name: value for name, value in given_headers.items() if name.lower() != "authorization"}
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    return running.request(asked["method"], asked["url"], headers=headers, **given)


def test_no_route_that_writes_is_left_out(operations: dict[tuple[str, str], Any]) -> None:
    assert len(operations) >= 22
    assert {path for path, method in operations if method != "GET"} == {
        "/api/announcements",
        "/api/drafts",
        "/api/drafts/{draft}",
        "/api/drafts/{draft}/publish",
        "/api/reorganisations",
        "/api/reorganisations/{draft}",
        "/api/reorganisations/{draft}/publish",
        "/api/keys",
        "/api/keys/{key}",
        "/api/session",
        "/api/webhooks",
        "/api/webhooks/{webhook}",
        "/api/webhooks/{webhook}/replay",
        "/api/webhooks/{webhook}/pause",
        "/api/webhooks/{webhook}/resume",
        "/api/webhooks/{webhook}/secret",
        "/api/webhooks/{webhook}/trial",
        "/api/layers/{code}",
        "/api/reviews/{code}",
        "/api/dossiers",
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_answers_are_as_described_and_nothing_is_written_without_the_scope(
    running: Running, operations: dict[tuple[str, str], Any], mode: GenerationMode
) -> None:
    for place, operation in operations.items():
        wrong = operation.body or list(operation.iter_parameters())
        # Making a wrong body out of a whole procedure takes long, and what is PUT was POSTed before.
        if mode is GenerationMode.POSITIVE or (wrong and place[1] != "PUT"):
            most = 1 if operation.body and mode is GenerationMode.NEGATIVE else 3
            probe(running, place, operation.as_strategy(generation_mode=mode), most)


def probe(running: Running, place: tuple[str, str], cases: st.SearchStrategy[Case], most: int) -> None:
    """Send cases to one route, by somebody who may do everything, by nobody, and by a key that lacks the scope."""

    @seed(20250531)
    @bounds(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, who=st.sampled_from(["all", "nobody", "lacking"]))
    def run(case: Case, who: str) -> None:
        secret = {"all": running.everything, "nobody": None, "lacking": running.nothing}[who]
        before = running.state()
        answer = send(running, case, secret)
        case.validate_response(answer, checks=CHECKS)
        if place not in PUBLIC and who != "all":
            assert answer.status_code == (401 if who == "nobody" else 403), (place, answer.text)
            assert running.state() == before

    run()
