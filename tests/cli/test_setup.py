"""What a fresh clone is set up from: pins, scripts, containers."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PINS = (ROOT / "requirements.txt").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SCRIPTS = sorted((ROOT / ".ci").iterdir())


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_pin_is_exact_and_hashed() -> None:
    blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", PINS).strip())
    assert len(blocks) > 50
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ ", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_pins_name_no_address() -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", PINS.split("\naiosqlite", 1)[1])
    assert "://" not in PINS


def test_everything_that_the_project_asks_for_is_pinned() -> None:
    metadata = project()["project"]
    asked = [
        *metadata["dependencies"],
        *metadata["optional-dependencies"]["test"],
        *project()["build-system"]["requires"],
    ]
    pinned = {folded(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", PINS)}
    assert {folded(re.match(r"[A-Za-z0-9._-]+", one)[0]) for one in asked} <= pinned  # type: ignore[index]  # they match


def test_the_top_level_holds_nothing_else() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no checkout")
    top = {line.split("/")[0] for line in done.stdout.splitlines()}
    allowed = {
        "registry",
        "search",
        "seeds",
        "tests",
        "docker-compose.yml",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    }
    assert {name for name in top if not name.startswith(".")} <= allowed | {"requirements.txt"}


def test_installed_names_are_ours_alone() -> None:
    found = packages_distributions()
    for name in ("registry", "search", "seeds"):
        assert set(found.get(name, ["danhmuc"])) == {"danhmuc"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound_and_can_be_run(script: Path) -> None:
    text = script.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_ci_runs_what_the_readme_says_tests_it() -> None:
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec .ci/test")
    assert re.search(r"(?m)^\$ \.ci/test\b", (ROOT / "README.md").read_text())


def test_containers_are_checked_and_kept() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"application", "database", "search"}
    for name in ("database", "search"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services["application"]["depends_on"][name] == {"condition": "service_healthy"}
    for service in services.values():
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert volumes
        assert set(volumes) <= set(COMPOSE["volumes"])


def test_keys_come_from_the_environment_and_must_be_there() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    keys = [line for line in text.splitlines() if re.search(r"(PASSWORD|_KEY|DATABASE_URL):", line)]
    assert len(keys) == 4
    assert all(re.search(r"\$\{\w+:\?set \w+\}", line) for line in keys)


def test_the_image_does_not_run_as_root() -> None:
    dockerfile = ROOT / COMPOSE["services"]["application"]["build"]["dockerfile"]
    lines = dockerfile.read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    users = [line.split()[1] for line in lines[last:] if line.startswith("USER ")]
    assert users == ["10001"]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    assert "--require-hashes" in dockerfile.read_text()


@pytest.mark.skipif(not shutil.which("docker"), reason="docker is not installed")
def test_compose_accepts_its_file() -> None:
    asked = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml")]
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker has no compose here")
    keys = {"POSTGRES_PASSWORD": "a", "MEILISEARCH_KEY": "b"}
    done = subprocess.run([*asked, "config", "--quiet"], env=os.environ | keys, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
