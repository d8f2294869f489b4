"""``danhmuc sync`` as people and schedulers meet it, and its runs over HTTP."""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from registry.cli import main
from registry.cli.exits import Exit
from registry.settings import SETTINGS, Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def danhmuc(
    blank: Path, tmp_path: Path, replica: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command on a SQLite store; the replica is where it syncs from."""
    import shutil

    shutil.copytree(blank, tmp_path / "var")
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "var"))

    def run(*arguments: object, private: bool = True) -> tuple[int, str, str]:
        quick = ["--rate", "0", *(["--allow-private"] if private else [])] if arguments[0] == "sync" else []
        capsys.readouterr()
        try:
            code = main([str(one) for one in (*arguments, *quick)])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return run


def test_a_run_says_what_came_of_every_line(danhmuc: Run, replica: Any, tmp_path: Path) -> None:
    code, out, _ = danhmuc("sync", "portal", "--url", replica.url, "--report", tmp_path / "report.ndjson")
    assert code == Exit.DONE
    assert "listed 10 = 0 known + 10 fetched +" in out
    assert "read 10 = 10 new +" in out
    assert "in force: 10," in out
    lines = [msgspec.json.decode(line) for line in (tmp_path / "report.ndjson").read_bytes().splitlines()]
    assert [line["fate"] for line in lines] == ["new"] * 10
    code, out, _ = danhmuc("search", "giấy phép ví dụ", "--json")
    assert code == Exit.DONE
    assert json.loads(out)["total"] >= 1, "what was synced can be searched for at once"


def test_refused_ends_are_listed_with_the_way_out(danhmuc: Run, replica: Any) -> None:
    danhmuc("sync", "--url", replica.url)
    replica.remove("id-00003")
    code, out, _ = danhmuc("sync", "--url", replica.url)
    assert code == Exit.REFUSED
    assert "  7.100003\n" in out
    assert "run it again with --yes" in out
    code, out, _ = danhmuc("sync", "--url", replica.url, "--yes")
    assert code == Exit.DONE
    assert "1 ended, because the source lists them no more" in out


def test_what_could_not_be_had_is_named_and_told_by_the_exit_code(danhmuc: Run, replica: Any, fault: Any) -> None:
    fault("detail", "400", times=9, id="id-00004")
    code, out, _ = danhmuc("sync", "--url", replica.url)
    assert code == Exit.UNAVAILABLE
    assert "failed: 7.100004: answered 400" in out
    replica.change("id-00005", name="")
    replica.faults.clear()
    code, out, _ = danhmuc("sync", "--url", replica.url, "--json")
    assert code == Exit.QUARANTINED
    told = json.loads(out)
    assert told["outcome"]["taken"]["quarantined"] == 1
    assert told["complaints"][0]["code"] == "7.100005"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--url", "ftp://example.vn/"), Exit.USAGE, "is no address"),
        (("--url", "http://user:secret@example.vn/"), Exit.USAGE, "holds a name or password"),
        (("--url", "http://example.vn/api?key=secret"), Exit.USAGE, "leave out what begins with ? or #"),
        (("legacy",), Exit.USAGE, "give one with --url"),
        (("legacy", "--url", "http://127.0.0.1:9", "--province", "H55"), Exit.USAGE, "has no provinces"),
        (("--province", "Thái Nguyên"), Exit.USAGE, "write it like H55"),
        (("--every", "often"), Exit.USAGE, "write it as 90s, 15m, 1h or 1d"),
        (("--every", "0h"), Exit.USAGE, "write it as 90s, 15m, 1h or 1d"),
        (("--every", "1h", "--report", "file"), Exit.USAGE, "leave out --every"),
        (("--limit", "0"), Exit.USAGE, "is no whole number from 1"),
        (("nowhere",), Exit.USAGE, "invalid choice"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_asked(
    danhmuc: Run, replica: Any, arguments: tuple[str, ...], code: Exit, said: str
) -> None:
    ended, _, err = danhmuc("sync", *arguments)
    assert ended == code
    assert said in err
    assert "secret" not in err
    assert replica.asked == []


def test_a_private_address_is_refused_with_the_way_out(danhmuc: Run, replica: Any) -> None:
    code, _, err = danhmuc("sync", "--url", replica.url, private=False)
    assert code == Exit.UNAVAILABLE
    assert "--allow-private" in err


async def served(settings: Settings, *addresses: str) -> list[httpx.Response]:
    from registry.app import create_app

    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        first = await client.get(addresses[0])
        rest = [await client.get(one) for one in addresses[1:]]
        again = await client.get(addresses[0], headers={"if-none-match": first.headers["etag"]})
        return [first, *rest, again]


def test_runs_are_listed_by_the_command_and_over_http(danhmuc: Run, replica: Any, tmp_path: Path) -> None:
    import asyncio

    danhmuc("sync", "--url", replica.url)
    danhmuc("sync", "--url", "http://127.0.0.1:9/api", private=False)
    code, out, _ = danhmuc("sync", "--runs")
    assert code == Exit.DONE
    last, first = out.splitlines()
    assert "\tdone\tportal\t10 listed, 10 fetched, 10 new\t-" in first
    assert "\tfailed\tportal\t-\t127.0.0.1 is loopback" in last
    _, out, _ = danhmuc("sync", "--runs", "--limit", "1", "--json")
    listed, one, wrong, again = asyncio.run(
        served(Settings(data=tmp_path / "var"), "/api/syncs", "/api/syncs?limit=1", "/api/syncs?limit=x")
    )
    assert [run["outcome"] for run in listed.json()["items"]] == ["failed", "done"]
    assert one.json()["items"] == json.loads(out)
    assert (wrong.status_code, again.status_code) == (400, 304)


def test_real_records_come_through_the_replica_as_through_an_import(
    danhmuc: Run, replica: Any, portal: Any, real_archive: Path, tmp_path: Path
) -> None:
    few = list(islice(portal.archived(real_archive), 120))
    replica.details.clear()
    replica.lines.clear()
    replica.fill(few)
    code, out, _ = danhmuc("sync", "--url", replica.url)
    assert code in (Exit.DONE, Exit.QUARANTINED)
    assert "listed 120 = 0 known + 120 fetched" in out
    file = tmp_path / "few.ndjson"
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in few))
    code, out, _ = danhmuc("import", file, "--json")
    assert json.loads(out)["outcome"]["fates"]["unchanged"] == 120
