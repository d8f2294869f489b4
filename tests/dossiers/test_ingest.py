"""``danhmuc ingest`` and the dossiers' part of ``danhmuc check``, as their users run them; and the key."""

import asyncio
import gzip
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from piccolo.querystring import QueryString

from registry.cli import main
from registry.cli.exits import Exit
from registry.dossiers import keys
from registry.dossiers.keys import KeyUnusable
from registry.engine import open_database
from registry.settings import SETTINGS, SettingInvalid, Settings, read_settings

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def local(tmp_path: Path, stock: Any) -> Settings:
    found = Settings(data=tmp_path / "var")
    stock(found)
    return found


@pytest.fixture
def danhmuc(local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on this store: its exit code, what it said and what it remarked."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("DANHMUC_DATA", str(local.data))

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return run


def execute(settings: Settings, sql: str) -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        database = await open_database(settings)
        try:
            found: list[dict[str, Any]] = await database.transact(lambda: database.rows(QueryString(sql)))
            return found
        finally:
            await database.close()

    return asyncio.run(work())


def test_files_come_in_and_what_came_of_them_is_told(danhmuc: Run, tmp_path: Path, make: Any) -> None:
    one, two, report = tmp_path / "one.ndjson", tmp_path / "two.csv.gz", tmp_path / "report.ndjson"
    one.write_bytes(make.written(make.dossier("A-1"), make.dossier("A-2", feeDue=-1), make.ended("A-1")))
    two.write_bytes(
        gzip.compress(
            b"number,procedure,agency,channel,received,state\n"
            b"A-3,9.000001,H55.17,online,2025-05-12,received\n"
            b"A-4,9.000777,H55.17,online,2025-05-12,received\n"
        )
    )
    code, said, remarked = danhmuc("ingest", one, two, "--report", report)
    assert code == Exit.QUARANTINED
    assert f"{one} (ndjson): taken in" in said
    assert "read 3 = 1 new + 1 changed + 0 repeated + 0 older + 0 aside + 1 rejected" in said
    assert "read 2 = 1 new + 0 changed + 0 repeated + 0 older + 1 aside + 0 rejected" in said
    assert f"rejected: {one}: line 2: feeDue: must be from 0 to 1,000,000,000,000" in said
    assert "aside until the catalogue has what they name: 1 (1 unknown-procedure)" in said
    assert "taken in: 3 of 3" in remarked
    told = [msgspec.json.decode(line) for line in report.read_bytes().splitlines()]
    assert [(line["source"], line["line"], line["fate"]) for line in told] == [
        (str(one), 2, "rejected"),
        (str(two), 3, "aside"),
    ]
    assert danhmuc("check")[0] == Exit.FAULTY  # the small catalogue has no index
    code, said, _ = danhmuc("ingest", one, "--json", "--source", "once more", "--format", "ndjson")
    (outcome,) = msgspec.json.decode(said)["outcomes"]
    assert code == Exit.QUARANTINED
    assert (outcome["source"], outcome["fates"]["repeated"], outcome["fates"]["older"]) == ("once more", 1, 1)
    code, said, _ = danhmuc("ingest", "--retry")
    assert (code, said.splitlines()[0]) == (Exit.DONE, "tried again what was aside: 0 taken in, 1 still wait")


def test_what_cannot_be_read_is_told_before_anything_is_changed(
    danhmuc: Run, tmp_path: Path, make: Any, local: Settings
) -> None:
    good, bad = tmp_path / "good.ndjson", tmp_path / "bad.xlsx"
    good.write_bytes(make.written(make.dossier()))
    bad.write_bytes(b"PK\x03\x04")
    for arguments, reason in (
        ((), "name a FILE of dossiers, or --retry"),
        ((good, tmp_path / "absent.ndjson"), "there is no such file"),
        ((good, "--format", "xml"), "--format must be one of csv, ndjson, not 'xml'"),
        ((bad,), "is none of the formats that are accepted"),
        ((tmp_path,), "cannot be read"),
    ):
        code, _, remarked = danhmuc("ingest", *arguments)
        assert code == Exit.USAGE, arguments
        assert reason in remarked
    assert execute(local, "SELECT COUNT(*) AS n FROM dossier") == [{"n": 0}]


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (
            "UPDATE tally_cell SET late = late + 1",
            "tally_cell H55.17 9.000001 direct 202505: is not what the records",
        ),
        ("DELETE FROM tally_day", "tally_day H55.17 739383: is not what the records"),
        ("DELETE FROM tally_year", "tally_year H55.17 2025: is not what the records"),
        (
            "INSERT INTO tally_month (agency, month, received) VALUES ('H55', 202501, 1)",
            "tally_month H55 202501: is not what the records",
        ),
        ("UPDATE dossier SET finished = finished + 40", "its facts are not what its columns say"),
        ("DELETE FROM dossier_rejected", "dossier_rejected: holds 0 rows, but the deliveries tell of 1"),
        (
            """UPDATE dossier_delivery SET counts = '{{\"read\":9,\"new\":1}}'""",
            "read 9 lines, but tells the fate of 1",
        ),
    ],
)
def test_check_finds_what_is_not_as_it_must_be(
    danhmuc: Run, tmp_path: Path, make: Any, local: Settings, damage: str, finding: str
) -> None:
    source = tmp_path / "one.ndjson"
    source.write_bytes(make.written(make.ended("A-1"), make.dossier("A-2", feeDue=-1)))
    assert danhmuc("ingest", source)[0] == Exit.QUARANTINED
    before = msgspec.json.decode(danhmuc("check", "--json")[1])["findings"]
    assert {one["area"] for one in before} <= {"index"}
    execute(local, damage)
    found = msgspec.json.decode(danhmuc("check", "--json")[1])["findings"]
    assert any(finding in f"{one['subject']}: {one['message']}" for one in found), found


def test_the_key_is_made_once_and_only_its_owner_reads_it(danhmuc: Run, local: Settings, make: Any) -> None:
    source = local.data / "one.ndjson"
    source.write_bytes(make.written(make.dossier()))
    assert danhmuc("ingest", source)[0] == Exit.DONE
    path = local.data / "dossier.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text()
    assert list(local.data.glob(".dossier.key*")) == []
    assert kept.strip() not in str(execute(local, "SELECT * FROM meta"))

    path.unlink()
    code, _, remarked = danhmuc("ingest", source)
    assert code == Exit.UNAVAILABLE
    assert "the key of this store's dossiers is lost" in remarked
    assert not path.exists()
    path.write_text("ab" * 32)
    code, _, remarked = danhmuc("ingest", source)
    assert code == Exit.UNAVAILABLE
    assert "is not the key that this store's dossiers were taken in with" in remarked
    path.write_text("rubbish")
    assert "does not hold a key" in danhmuc("ingest", source)[2]
    path.write_text(kept)
    code, said, _ = danhmuc("ingest", source)
    assert (code, "1 repeated" in said) == (Exit.DONE, True)


def test_a_key_may_be_set_and_must_be_long(local: Settings) -> None:
    async def secret(text: str) -> bytes:
        database = await open_database(local)
        try:
            return await keys.secret(database, msgspec.structs.replace(local, dossier_key=text))
        finally:
            await database.close()

    long = "a" * 40
    assert asyncio.run(secret(long)) == asyncio.run(secret(long))
    assert not (local.data / "dossier.key").exists()
    with pytest.raises(KeyUnusable, match="DANHMUC_DOSSIER_KEY is not the key"):
        asyncio.run(secret("b" * 40))
    with pytest.raises(SettingInvalid, match="at least 32 characters"):
        read_settings({"DANHMUC_DOSSIER_KEY": "short"})


def test_two_processes_that_start_at_once_share_one_key_and_are_both_right(
    local: Settings, tmp_path: Path, make: Any, danhmuc: Run
) -> None:
    sources = []
    for part in range(2):
        source = tmp_path / f"{part}.ndjson"
        lines = [
            make.dossier(f"A-{n}") if part else make.ended(f"A-{n}") for n in range(200 * part, 200 * part + 400)
        ]
        source.write_bytes(make.written(*lines))
        sources.append(source)
    command = [sys.executable, "-m", "registry", "ingest"]
    environment = {**os.environ, "DANHMUC_DATA": str(local.data)}
    started = [
        subprocess.Popen([*command, str(source)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for source in sources
    ]
    assert [process.wait(60) for process in started] == [0, 0]
    assert execute(local, "SELECT COUNT(*) AS n, COUNT(finished) AS ended FROM dossier") == [
        {"n": 600, "ended": 400}
    ]
    findings = msgspec.json.decode(danhmuc("check", "--json")[1])["findings"]
    assert {one["area"] for one in findings} <= {"index"}
