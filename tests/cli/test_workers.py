"""Processes that answer beside the first one of a server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.cli import workers
from registry.settings import Settings

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]


def companions(process: "subprocess.Popen[str]", but: int = 0) -> list[int]:
    """The processes that this one started, once there is one."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(200):
        found = [int(number) for number in listed.read_text().split()]
        if any(number != but for number in found):
            return found
        time.sleep(0.05)
    raise AssertionError("no companion was started")


def alive(number: int) -> bool:
    """Whether a process still runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


@pytest.fixture
def server(local: Settings, danhmuc: Run, portal: Path, start: Start) -> "subprocess.Popen[str]":
    if not Path("/proc/self/task").exists():
        pytest.skip("processes are looked up in /proc, which is not here")
    danhmuc("import", portal)
    return start(local, "serve", "--port", "0", "--workers", "2")


def test_a_companion_answers_while_the_first_process_does_not(
    server: "subprocess.Popen[str]",
) -> None:
    base = address(server)
    companions(server)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        answer = httpx.get(f"{base}api/procedures", timeout=20)
        assert answer.json()["total"] > 0
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_a_companion_that_ended_is_started_again_and_none_outlives_the_first(
    server: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    address(server)
    (one,) = companions(server)
    os.kill(one, signal.SIGKILL)
    (other,) = [number for number in companions(server, but=one) if number != one]
    server.kill()
    server.wait(10)
    for _ in range(200):
        if not alive(other):
            break
        time.sleep(0.05)
    assert not alive(other)


def test_there_is_a_process_for_each_core_and_at_most_four() -> None:
    assert 1 <= workers.default() <= 4
