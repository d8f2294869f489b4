"""The description of the interface, and the page that shows it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/schema/openapi.json")).json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for operation in item.values():
            yield path, operation


async def test_every_route_is_described(described: dict[str, Any]) -> None:
    assert {"/api/procedures", "/api/indicators/{indicator}", "/api/changes", "/health/live"} <= set(
        described["paths"]
    )
    for path, operation in operations(described):
        assert operation["summary"], path
        assert operation["description"], path


async def test_every_parameter_has_a_description_and_an_example(described: dict[str, Any]) -> None:
    for path, operation in operations(described):
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])
            if parameter["schema"].get("type") != "integer" and parameter["name"] not in ("limit", "offset"):
                assert parameter["examples"], (path, parameter["name"])


async def test_every_answer_and_problem_is_described_with_an_example(described: dict[str, Any]) -> None:
    for path, operation in operations(described):
        for status, answer in operation["responses"].items():
            assert answer["description"], (path, status)
            for media, content in answer.get("content", {}).items():
                if status >= "400" and "health" not in path:
                    assert media == "application/problem+json", (path, status)
                if media == "application/json" or status == "400":
                    assert content["examples"], (path, status)
        if operation.get("parameters"):
            assert "400" in operation["responses"], path


async def test_operations_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(names) == len(set(names))
    assert all("_" not in name for name in described["components"]["schemas"])


async def test_the_page_is_made_of_our_own_files_only(client: httpx.AsyncClient) -> None:
    page = await client.get("/schema")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4
    assert all(link.startswith("/schema/") for link in links)
    assert not re.search(r"<script[^>]*>[^<]", page.text)
    for link in links:
        assert (await client.get(link)).status_code == 200, link
    start = (await client.get("/schema/files/start.js")).text
    assert "validatorUrl: null" in start
    assert "//" not in start.replace("// The validator", "")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui.css", "text/css"),
        ("favicon-32x32.png", "image/png"),
        ("start.js", "text/javascript"),
    ],
)
async def test_files_are_sent_once(client: httpx.AsyncClient, name: str, kind: str) -> None:
    first = await client.get(f"/schema/files/{name}")
    assert first.headers["content-type"].startswith(kind)
    assert len(first.content) > 100
    # Compressed once: what is compressed twice, a browser takes for a broken script.
    plain = await client.get(f"/schema/files/{name}", headers={"accept-encoding": "identity"})
    assert first.content == plain.content
    again = await client.get(f"/schema/files/{name}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["index.html", "..%2f__init__.py", "swagger-editor.js", "nothing.js"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/schema/files/{name}")).status_code == 404
