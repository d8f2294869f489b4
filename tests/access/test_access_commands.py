"""Keys, people and the audit log on the command line."""

import io
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from registry.cli import main
from registry.settings import SETTINGS, Settings

PASSWORD = "bốn từ dễ nhớ"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def danhmuc(local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a fresh store, with a text piped in."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(local.data))

    def run(*arguments: str, piped: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(piped))
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(danhmuc: Run) -> None:
    made = danhmuc("key", "create", "Một cửa", "--scope", "announce", "--scope", "follow")
    assert (made.code, made.out.count("\n")) == (0, 1)
    identity = made.out.split("_")[1]
    listed = danhmuc("key", "list")
    assert identity in listed.out
    assert made.out.strip() not in listed.out
    assert danhmuc("key", "revoke", identity).code == 0
    assert "revoked" in danhmuc("key", "list").out
    assert danhmuc("key", "revoke", "nothing").code == 5
    assert danhmuc("key", "create", "x", "--scope", "anounce").code == 2
    told = msgspec.json.decode(
        danhmuc("key", "create", "x", "--scope", "admin", "--json").out, type=dict[str, Any]
    )
    assert told["secret"].startswith(f"dm_{told['key']['id']}_")


def test_an_account_is_opened_with_a_piped_password_and_closed(danhmuc: Run) -> None:
    opened = danhmuc("person", "create", "lan", "--name", "Lan", "--scope", "announce", piped=f"{PASSWORD}\n")
    assert (opened.code, PASSWORD in opened.out + opened.err) == (0, False)
    weak = danhmuc("person", "create", "an", "--name", "An", piped="quá ngắn\n")
    assert (weak.code, "quá ngắn" in weak.err) == (2, False)
    assert danhmuc("person", "password", "lan", piped="năm từ khác dễ nhớ").code == 0
    assert danhmuc("person", "grant", "lan", "--scope", "metrics").code == 0
    assert "metrics" in danhmuc("person", "list").out
    assert danhmuc("person", "close", "lan").code == 0
    assert "closed" in danhmuc("person", "list").out
    assert danhmuc("person", "close", "nobody").code == 5


def test_the_log_is_shown_exported_and_proved(danhmuc: Run, local: Settings) -> None:
    danhmuc("key", "create", "x", "--scope", "admin")
    danhmuc("person", "create", "lan", "--name", "Lan", piped=PASSWORD)
    assert [line.split("\t")[4] for line in danhmuc("audit").out.splitlines()] == ["key.create", "person.create"]
    assert danhmuc("audit", "--limit", "1").out.count("\n") == 1
    head = msgspec.json.decode(danhmuc("audit", "--verify", "--json").out)["head"]
    assert danhmuc("audit", "--verify", "--head", head).code == 0
    assert danhmuc("audit", "--verify", "--head", f"9:{head.partition(':')[2]}").code == 1
    assert danhmuc("audit", "--head", head).code == 2
    assert danhmuc("audit", "--verify", "--head", "nonsense").code == 2
    assert danhmuc("audit", "-o", str(local.data / "log.ndjson")).code == 0
    assert len((local.data / "log.ndjson").read_bytes().splitlines()) == 2


def test_check_finds_an_altered_log(danhmuc: Run, local: Settings) -> None:
    import sqlite3

    danhmuc("key", "create", "x", "--scope", "admin")
    danhmuc("reindex")
    assert danhmuc("check").code == 0
    with sqlite3.connect(local.sqlite_path) as connection:
        connection.execute("DROP TRIGGER audit_update")
        connection.execute("UPDATE audit SET actor = 'nobody'")
    found = danhmuc("check")
    assert (found.code, "audit entry 1" in found.out) == (1, True)
