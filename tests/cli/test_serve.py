"""``danhmuc serve`` and ``danhmuc seed``: in processes of their own, on free ports."""

import math
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import seeds
from registry.cli.exits import Exit
from registry.settings import Settings

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
SLOWEST = 4.0
"""Seconds; the aim is 2 on an idle machine, which a test run is not."""


class Served(NamedTuple):
    """What serving an empty store printed and answered, and the store that it left."""

    told: list[str]
    found: Any
    ready: int
    folder: Path


def shorten(patch: pytest.MonkeyPatch) -> None:
    """A few of a demonstration's dossiers: what is served here is the catalogue."""
    whole = seeds.dossiers
    patch.setattr(seeds, "dossiers", lambda name, events: islice(whole(name, events), 100))


@pytest.fixture(scope="module")
def demonstration(start_once: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The demonstration, which serving an empty store loads: once for all tests here."""
    folder = tmp_path_factory.mktemp("demonstration")
    process = start_once(Settings(data=folder), "serve", "--port", "0", "--workers", "1")
    base = address(process)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(2)]
    query = {"q": "đăng ký khai sinh", "asOf": "2025-05-31"}
    found = httpx.get(f"{base}api/procedures", params=query).json()
    ready = httpx.get(f"{base}health/ready").status_code
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    return Served(told, found, ready, folder)


@pytest.fixture
def loaded(demonstration: Served, local: Settings) -> Settings:
    shutil.copytree(demonstration.folder, local.data, dirs_exist_ok=True)
    return local


def address(process: "subprocess.Popen[str]") -> str:
    """Where it listens, from the first line that it prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"Danh Mục is at (http://127\.0\.0\.1:\d+/)\n", line)
    assert found is not None, line
    return found[1]


def test_an_empty_store_is_filled_with_the_demonstration(demonstration: Served) -> None:
    assert re.fullmatch(r"[\d,]{5,} procedures in force on \d{4}-\d\d-\d\d\n", demonstration.told[0])
    assert "illustrative" in demonstration.told[1]
    assert demonstration.found["total"] > 0
    assert all(item["illustrative"] for item in demonstration.found["items"])
    assert demonstration.ready == 200


def test_empty_starts_without_it(local: Settings, start: Start) -> None:
    process = start(local, "serve", "--port", "0", "--empty", "--workers", "1")
    base = address(process)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("0 procedures in force")
    assert httpx.get(f"{base}api/procedures").json()["total"] == 0
    assert f'"{base}api/dataset#dataset"' in httpx.get(f"{base}api/dataset").text


def test_a_store_that_holds_something_is_left_as_it_is(filled: Path, tmp_path: Path, start: Start) -> None:
    shutil.copytree(filled, tmp_path / "var")
    base = address(start(Settings(data=tmp_path / "var"), "serve", "--port", "0", "--workers", "1"))
    assert httpx.get(f"{base}api/procedures/7.000001").status_code == 200
    assert httpx.get(f"{base}api/procedures").json()["total"] < 6


def test_it_answers_soon_after_its_start(loaded: Settings, start: Start) -> None:
    began = time.monotonic()
    process = start(loaded, "serve", "--port", "0")
    assert httpx.get(f"{address(process)}api/procedures", params={"q": "khai sinh"}).json()["total"] > 0
    assert min(time.monotonic() - began, worked(process)) < SLOWEST


def worked(process: "subprocess.Popen[str]") -> float:
    """Seconds for which a process had a core: those that it waited for one are not its own."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return math.inf
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_lost_index_is_built_before_it_answers(filled: Path, tmp_path: Path, start: Start) -> None:
    settings = Settings(data=tmp_path / "var")
    shutil.copytree(filled, settings.data)
    shutil.rmtree(settings.index_path)
    base = address(start(settings, "serve", "--port", "0", "--workers", "1"))
    assert httpx.get(f"{base}api/procedures", params={"q": "giấy chứng nhận"}).json()["total"] > 0


def test_ctrl_c_stops_it_cleanly(local: Settings, start: Start) -> None:
    process = start(local, "serve", "--port", "0", "--empty", "--workers", "1")
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


def test_a_demonstration_is_sound_and_loading_it_again_changes_nothing(
    loaded: Settings, danhmuc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch)
    assert danhmuc("check").out == "sound: nothing found wrong\n"
    before = danhmuc("search", "--json").json["revision"]
    assert danhmuc("seed", seeds.NAMES[0]).code == Exit.DONE
    assert danhmuc("search", "--json").json["revision"] == before
    assert "(illustrative)" in danhmuc("search", "--limit", "1").out
