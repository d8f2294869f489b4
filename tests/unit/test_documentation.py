"""What is there is explained, and what is explained is there: commands, options, settings, routes."""

import argparse
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.app import create_app
from registry.cli.arguments import parser
from registry.cli.exits import Exit
from registry.settings import SETTINGS, Settings

README = Path(__file__).parents[2] / "README.md"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text("utf-8")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The description of the interface, as it is served."""
    app = create_app(Settings(data=tmp_path_factory.mktemp("reference")))

    async def fetch() -> dict[str, Any]:
        transport = httpx.ASGITransport(app=app)
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/schema/openapi.json")
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

    return asyncio.run(fetch())


def _parts(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _options(part: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in part._actions:
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            yield action
    for nested in _parts(part).values():
        yield from _options(nested)


COMMANDS = _parts(parser())


def said_of(readme: str, command: str) -> str:
    """The lines of the README that show a command."""
    return "\n".join(line for line in readme.splitlines() if re.search(rf"\bdanhmuc {command}\b", line))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(readme: str, command: str) -> None:
    assert said_of(readme, command), f"README.md does not explain `danhmuc {command}`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(readme: str, reference: dict[str, Any], command: str) -> None:
    """In the README beside its command, or as the parameter of the same name in the served reference."""
    text = said_of(readme, command)
    parameters = {one["name"] for one in reference["paths"]["/api/procedures"]["get"]["parameters"]}
    for action in _options(COMMANDS[command]):
        if not action.option_strings:
            continue
        names = {
            re.sub(r"-(\w)", lambda found: found[1].upper(), name.lstrip("-")) for name in action.option_strings
        }
        shown = any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in action.option_strings)
        common = "--json" in action.option_strings and "`--json`" in readme
        explained = shown or common or (command == "search" and names & parameters)
        assert explained, f"README.md does not explain {action.option_strings[-1]} of `danhmuc {command}`"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_a_word_on_every_argument(command: str) -> None:
    part = COMMANDS[command]
    assert part.description
    for action in _options(part):
        assert action.help, f"--help of {command} does not explain {action.dest}"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_explained_with_its_default(readme: str, setting: Any) -> None:
    rows = [line for line in readme.splitlines() if line.startswith(f"| `{setting.name}` |")]
    assert len(rows) == 1, f"README.md does not explain {setting.name}"
    assert setting.default in rows[0]
    assert setting.help


@pytest.mark.parametrize("code", Exit, ids=lambda code: code.name)
def test_every_exit_code_is_explained(readme: str, code: Exit) -> None:
    told = re.search(r"(?s)^Exit codes:.*?\n\n", readme, re.MULTILINE)
    assert told is not None
    assert re.search(rf"\b{code.value} [\w`]", told[0]), f"README.md does not explain exit code {code.value}"


def test_every_route_is_explained(readme: str, reference: dict[str, Any]) -> None:
    assert reference["paths"]
    for path, item in reference["paths"].items():
        stem = re.sub(r":\w+(?=\})", "", path)
        assert stem in readme, f"README.md does not explain {stem}"
        for method, operation in item.items():
            if method in METHODS:
                assert operation.get("summary"), f"the reference does not say what {method} {path} does"
                assert operation.get("description"), f"the reference does not explain {method} {path}"
                for one in operation.get("parameters", []):
                    assert one.get("description"), f"the reference does not explain {one['name']} of {path}"


def test_routes_outside_the_reference_are_explained_too(
    readme: str, reference: dict[str, Any], tmp_path: Path
) -> None:
    described = {re.sub(r"\{.*?\}", "{}", path) for path in reference["paths"]}
    for route in create_app(Settings(data=tmp_path)).routes:
        path = re.sub(r"\{.*?\}", "{}", route.path)
        if path not in described:
            top = "/" + path.strip("/").split("/")[0]
            assert f"`{top}`" in readme or f" {top}`" in readme, (
                f"neither README.md nor reference has {route.path}"
            )


def test_no_command_is_explained_that_is_not_there(readme: str) -> None:
    shown = set(re.findall(r"(?<![./\w])(?:\.ci/)?danhmuc ([a-z]+)\b", readme))
    assert shown - set(COMMANDS) == set()


def test_no_setting_is_explained_that_is_not_there(readme: str) -> None:
    known = {setting.name for setting in SETTINGS} | {
        "DANHMUC_SHARED",
        "DANHMUC_TEST_CHROMIUM",
        "DANHMUC_TEST_MEILISEARCH",
    }
    assert set(re.findall(r"DANHMUC_[A-Z_]+", readme)) - known == set()


def test_no_route_is_explained_that_is_not_there(readme: str, reference: dict[str, Any]) -> None:
    there = {re.sub(r":\w+(?=\})", "", path) for path in reference["paths"]}
    shown = set(re.findall(r"(?:GET |, )`?(/(?:api|health)/[\w/{}]+)`", readme))
    assert shown
    assert shown - there == set()
