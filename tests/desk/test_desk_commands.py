"""Announcing and reorganising on the command line; a publisher that is killed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from registry.cli import main
from registry.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]
# Dies when everything of the transaction has been written, and nothing committed.
DYING = """
import os, sys
from registry.access import audit
from registry.cli import main
record = audit.record

async def dying(*arguments):
    await record(*arguments)
    if "publish" in arguments[2]:
        os._exit(9)

audit.record = dying
sys.exit(main(["announce", sys.argv[1], "--publish"]))
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def danhmuc(local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(local.data))

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Any], Path]:
    def write(body: Any) -> Path:
        path = tmp_path / "draft.json"
        path.write_bytes(body if isinstance(body, bytes) else msgspec.json.encode(body))
        return path

    return write


def test_an_announcement_is_tried_kept_and_published(danhmuc: Run, file: Any, words: Any) -> None:
    path = file(words.draft(words.amend("9.000001", name="Tên mới"), words.abolish("9.000003")))
    tried = danhmuc("announce", path, "--dry-run")
    assert (tried.code, "+ Tên mới" in tried.out, "3 procedures in force before, 2 after" in tried.out) == (
        0,
        True,
        True,
    )
    assert "no draft is open" in danhmuc("announce").err
    kept = danhmuc("announce", path)
    identity = kept.err.split("kept as draft ")[1].split(";")[0]
    assert danhmuc("announce").out.startswith(identity)
    assert danhmuc("announce", "--draft", identity, "--publish").code == 0
    assert "already" in danhmuc("announce", path, "--publish").out
    assert "Tên mới" in danhmuc("history", "9.000001").out
    assert danhmuc("check").code == 0


def test_what_the_gate_refuses_is_told_line_by_line(danhmuc: Run, file: Any, words: Any) -> None:
    path = file(words.draft(words.abolish("9.000099", "9.000004")))
    for option in ("--dry-run", "--publish"):
        refused = danhmuc("announce", path, option)
        lines = [line for line in refused.out.splitlines() if line.startswith("refused")]
        assert (refused.code, len(lines)) == (4, 2)
    told = msgspec.json.decode(danhmuc("announce", path, "--dry-run", "--json").out)
    assert [reason["code"] for reason in told["reasons"]] == ["code-unknown", "code-abolished"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"items": [', "truncated"),
        (b'{"items": [{"action": "abolish"}]}', "items[0].action"),
        (b'{"decided": "2025-02-30"}', "decided"),
        (b'{"number": 1}', "number"),
        (b'{"numbr": "1"}', "numbr"),
        (b"\xff\xfe", "draft.json"),
        (b"[" * 100_000, "draft.json"),
        (b'{"items":[{"action":"amended","new":[{"code":"9.000001","changes":{"steps":1}}]}]}', "changes.steps"),
    ],
)
def test_a_file_that_is_no_draft_is_refused_with_its_place(
    danhmuc: Run, file: Any, data: bytes, said: str
) -> None:
    refused = danhmuc("announce", file(data))
    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_a_reorganisation_is_tried_and_published(danhmuc: Run, file: Any) -> None:
    path = file(
        {
            "number": "1/NQ",
            "decided": "2025-06-12",
            "effective": "2025-07-01",
            "events": [{"what": "end", "old": ["H55"], "new": []}],
        }
    )
    tried = danhmuc("reorganise", path, "--dry-run")
    assert tried.code == 0
    assert "names H55 (issuing, which ends): 9.000003" in tried.out
    assert "without parent: H55.17" in tried.out
    assert danhmuc("reorganise", path).code == 0
    assert "already" in danhmuc("reorganise", path).out
    assert danhmuc("reorganise", path, "--dry-run").code == 4
    assert danhmuc("check").code == 0


def test_a_publisher_that_is_killed_leaves_nothing_or_all(
    danhmuc: Run, local: Settings, file: Any, words: Any
) -> None:
    path = file(words.draft(words.amend("9.000001", name="Tên mới"), words.abolish("9.000003")))
    before = danhmuc("history", "9.000001").out
    known = {name: value for name, value in os.environ.items() if not name.startswith("DANHMUC_")}
    known |= {"DANHMUC_DATA": str(local.data), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", DYING, str(path)], env=known, timeout=60, capture_output=True)
    assert ended.returncode == 9, ended.stderr
    assert danhmuc("history", "9.000001").out == before
    assert danhmuc("audit").out == ""
    assert danhmuc("announce", path, "--publish").code == 0
    assert danhmuc("check").code == 0
