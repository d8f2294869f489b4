"""``danhmuc serve`` and ``danhmuc seed``: in processes of their own, on free ports."""

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

import seeds
from registry.cli import main
from registry.cli.exits import Exit
from registry.settings import Settings

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
SLOWEST = 4.0
"""Seconds; the aim is 2 on an idle machine, which a test run is not."""


def shorten(patch: pytest.MonkeyPatch) -> None:
    """A few of a demonstration's dossiers: what is served here is the catalogue."""
    whole = seeds.dossiers
    patch.setattr(seeds, "dossiers", lambda name, events: islice(whole(name, events), 100))


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a store with the demonstration catalogue."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANHMUC_DATA", str(folder))
        patch.setenv("DANHMUC_DATABASE_URL", "")
        shorten(patch)
        assert main(["seed", seeds.NAMES[0]]) == Exit.DONE
    return folder


@pytest.fixture
def loaded(demonstration: Path, tmp_path: Path) -> Settings:
    shutil.copytree(demonstration, tmp_path / "var")
    return Settings(data=tmp_path / "var")


def address(process: "subprocess.Popen[str]") -> str:
    """Where it listens, from the first line that it prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"Danh Mục is at (http://127\.0\.0\.1:\d+/)\n", line)
    assert found is not None, line
    return found[1]


def test_an_empty_store_is_filled_with_the_demonstration(local: Settings, start: Start) -> None:
    process = start(local, "serve", "--port", "0")
    base = address(process)
    assert process.stdout is not None
    assert re.fullmatch(r"[\d,]{5,} procedures in force on \d{4}-\d\d-\d\d\n", process.stdout.readline())
    assert "illustrative" in process.stdout.readline()
    found = httpx.get(f"{base}api/procedures", params={"q": "đăng ký khai sinh", "asOf": "2025-05-31"}).json()
    assert found["total"] > 0
    assert all(item["illustrative"] for item in found["items"])
    assert httpx.get(f"{base}health/ready").status_code == 200


def test_empty_starts_without_it(local: Settings, start: Start) -> None:
    process = start(local, "serve", "--port", "0", "--empty")
    base = address(process)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("0 procedures in force")
    assert httpx.get(f"{base}api/procedures").json()["total"] == 0


def test_a_store_that_holds_something_is_left_as_it_is(
    local: Settings, danhmuc: Run, portal: Path, start: Start
) -> None:
    danhmuc("import", portal)
    base = address(start(local, "serve", "--port", "0"))
    assert httpx.get(f"{base}api/procedures/7.000001").status_code == 200
    assert httpx.get(f"{base}api/procedures").json()["total"] < 6


def test_it_answers_soon_after_its_start(loaded: Settings, start: Start) -> None:
    began = time.monotonic()
    base = address(start(loaded, "serve", "--port", "0"))
    assert httpx.get(f"{base}api/procedures", params={"q": "khai sinh"}).json()["total"] > 0
    assert time.monotonic() - began < SLOWEST


def test_a_lost_index_is_built_before_it_answers(loaded: Settings, start: Start) -> None:
    shutil.rmtree(loaded.index_path)
    base = address(start(loaded, "serve", "--port", "0"))
    assert httpx.get(f"{base}api/procedures", params={"q": "khai sinh"}).json()["total"] > 0


def test_ctrl_c_stops_it_cleanly(local: Settings, start: Start) -> None:
    process = start(local, "serve", "--port", "0", "--empty")
    address(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (Exit.INTERRUPTED, "danhmuc: stopped\n")


def test_a_port_in_use_is_said_before_anything_is_loaded(local: Settings, danhmuc: Run) -> None:
    shutil.rmtree(local.data)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = danhmuc("serve", "--port", port)
    assert (ran.code, ran.out) == (Exit.UNAVAILABLE, "")
    assert ran.err.startswith(f"danhmuc serve: cannot listen on 127.0.0.1 port {port}: ")
    assert "--port" in ran.err
    assert not local.data.exists()


@pytest.mark.parametrize(("option", "value"), [("--port", "eighty"), ("--port", "65536"), ("--port", "-1")])
def test_what_is_no_port_is_wrong_usage(danhmuc: Run, option: str, value: str) -> None:
    assert danhmuc("serve", option, value).code == Exit.USAGE


def test_an_address_that_is_not_ours_is_named(danhmuc: Run) -> None:
    ran = danhmuc("serve", "--host", "192.0.2.1", "--port", "0")
    assert ran.code == Exit.UNAVAILABLE
    assert ran.err.startswith("danhmuc serve: cannot listen on 192.0.2.1 port 0: ")


def test_the_demonstrations_are_listed(danhmuc: Run) -> None:
    assert danhmuc("seed").out.split() == list(seeds.NAMES)


def test_an_unknown_demonstration_is_refused_with_those_there_are(danhmuc: Run) -> None:
    ran = danhmuc("seed", "atlantis")
    assert ran.code == Exit.UNKNOWN
    assert seeds.NAMES[0] in ran.err


def test_a_demonstration_is_sound_and_loading_it_twice_changes_nothing(
    loaded: Settings, danhmuc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch)
    assert danhmuc("check").out == "sound: nothing found wrong\n"
    before = danhmuc("search", "--json").json["revision"]
    assert danhmuc("seed", seeds.NAMES[0]).code == Exit.DONE
    assert danhmuc("search", "--json").json["revision"] == before
    assert "(illustrative)" in danhmuc("search", "--limit", "1").out
