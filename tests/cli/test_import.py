"""``danhmuc import``."""

import errno
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.cli.exits import Exit
from registry.settings import Settings

Run = Callable[..., Any]
Make = Callable[..., Path]


def counts(ran: Any) -> Counter[str]:
    return Counter(ran.json["outcome"]["fates"])


def lines(path: Path) -> list[Any]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def test_counts_add_up_and_name_what_was_quarantined(everywhere: Run, portal: Path) -> None:
    ran = everywhere("import", portal)
    assert ran.code == Exit.QUARANTINED
    assert "read 8 = 5 new + 0 amended + 0 corrected + 0 unchanged + 0 repeated + 3 quarantined" in ran.out
    assert "7.000007/raw_procedure.json: detail.name: the procedure has no name" in ran.out
    assert "danhmuc quarantine list" in ran.out


def test_json_says_the_same_for_programs(danhmuc: Run, portal: Path) -> None:
    ran = danhmuc("import", portal, "--json")
    outcome = ran.json["outcome"]
    assert outcome["read"] == sum(count for fate, count in outcome["fates"].items() if fate != "ended") == 8
    assert len(ran.json["quarantined"]) == outcome["fates"]["quarantined"] == 3
    assert ran.json["exit"] == ran.code == Exit.QUARANTINED


def test_the_same_input_twice_changes_nothing(everywhere: Run, hundred: Make) -> None:
    source = hundred()
    first = everywhere("import", source, "--json")
    again = everywhere("import", source, "--json")
    assert counts(first)["new"] == counts(again)["unchanged"] == 100
    assert first.json["outcome"]["revision"] == again.json["outcome"]["revision"]
    assert (first.code, again.code) == (Exit.DONE, Exit.DONE)
    assert "nothing has changed" in everywhere("import", source).out


def test_a_dry_run_changes_nothing(everywhere: Run, portal: Path) -> None:
    ran = everywhere("import", portal, "--dry-run")
    assert "5 new" in ran.out
    assert "nothing was changed" in ran.out
    assert everywhere("runs", "--json").json == []
    assert everywhere("quarantine", "list", "--json").json == []
    assert everywhere("show", "7.000001").code == Exit.UNKNOWN


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_the_report_tells_every_rows_fate(
    danhmuc: Run, tmp_path: Path, dry: tuple[str, ...], portal: Path
) -> None:
    report = tmp_path / "report.ndjson"
    ran = danhmuc("import", portal, "--report", report, "--json", *dry)
    told = lines(report)
    assert Counter(line["fate"] for line in told) == +counts(ran)
    assert len({line["origin"] for line in told}) == 8
    assert all(line["reason"] for line in told if line["fate"] == "quarantined")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_report_that_cannot_be_written_stops_before_anything_changes(
    danhmuc: Run, tmp_path: Path, portal: Path
) -> None:
    ran = danhmuc("import", portal, "--report", tmp_path / "nowhere" / "report.ndjson")
    assert ran.code == Exit.UNAVAILABLE
    assert ran.err.splitlines()[-1] == (
        f"danhmuc import: {tmp_path}/nowhere/report.ndjson: no such file or directory"
    )
    assert danhmuc("runs", "--json").json == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_the_report_stops_before_anything_changes(danhmuc: Run, portal: Path) -> None:
    ran = danhmuc("import", portal, "--report", "/dev/full")
    assert ran.code == Exit.UNAVAILABLE
    assert "/dev/full: the disk is full" in ran.err
    assert "Traceback" not in ran.err
    assert danhmuc("runs", "--json").json == []


def test_an_old_report_stays_when_the_new_one_fails(
    danhmuc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portal: Path
) -> None:
    report = tmp_path / "report.ndjson"
    report.write_text("old\n")
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if b'"fate"' in bytes(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    ran = danhmuc("import", portal, "--report", report)
    assert ran.code == Exit.UNAVAILABLE
    assert report.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.ndjson", "var"]


def test_what_would_end_too_much_is_refused_with_its_list(everywhere: Run, tmp_path: Path, hundred: Make) -> None:
    everywhere("import", hundred())
    part = hundred(40)
    report = tmp_path / "report.ndjson"
    ran = everywhere("import", part, "--cover", "catalogue", "--report", report)
    assert ran.code == Exit.REFUSED
    assert "it would end 60 of the 100 in force, more than 2%" in ran.out
    assert "  7.100040\n" in ran.out
    assert "  7.100090\n" not in ran.out
    assert "… and 10 more" in ran.out
    assert "--allow-ends" in ran.out
    assert [line["code"] for line in lines(report) if line["fate"] == "ended"] == [
        f"7.10{number:04}" for number in range(40, 100)
    ]
    assert everywhere("show", "7.100099").code == Exit.DONE


def test_it_is_taken_in_when_told_so(danhmuc: Run, hundred: Make) -> None:
    danhmuc("import", hundred())
    part = hundred(40)
    ran = danhmuc("import", part, "--cover", "catalogue", "--allow-ends", "--json")
    assert ran.code == Exit.DONE
    assert ran.json["outcome"]["inForce"] == 40
    assert danhmuc("show", "7.100099").code == Exit.UNKNOWN


def test_a_loose_list_ends_nothing(danhmuc: Run, hundred: Make) -> None:
    danhmuc("import", hundred())
    ran = danhmuc("import", hundred(3), "--json")
    assert (ran.code, ran.json["outcome"]["inForce"]) == (Exit.DONE, 100)


@pytest.mark.parametrize("options", [("--cover", "agency"), ("--agency", "H55"), ("--cover", "everything")])
def test_a_cover_that_makes_no_sense_is_wrong_usage(danhmuc: Run, options: tuple[str, ...], portal: Path) -> None:
    assert danhmuc("import", portal, *options).code == Exit.USAGE


def test_an_import_can_be_found_at_once(danhmuc: Run, portal: Path) -> None:
    danhmuc("import", portal)
    found = danhmuc("search", "giay chung nhan", "--json").json
    assert found["items"][0]["code"] == "7.000001"
    assert danhmuc("check").code == Exit.DONE


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("photo.json", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "none of the formats"),
        ("empty.json", b"", "the file is empty"),
        ("cut.tar.xz", b"\xfd7zXZ\x00\x00\x04\xe6", "cut short or damaged"),
        ("wrong.csv", b"Ma,Noi dung\n1,2\n", "no header row"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(
    danhmuc: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ran = danhmuc("import", path)
    assert ran.code == Exit.USAGE
    assert len(ran.err.splitlines()) == 1
    assert str(path) in ran.err
    assert said in ran.err
    assert danhmuc("runs", "--json").json == []


def test_a_missing_source_is_named(danhmuc: Run, tmp_path: Path) -> None:
    ran = danhmuc("import", tmp_path / "none.json")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err == f"danhmuc import: {tmp_path}/none.json: there is no such file or folder\n"


def test_records_nested_too_deeply_are_quarantined_not_fatal(danhmuc: Run, hundred: Make) -> None:
    deep = b'{"id": "x", "code": "7.000099", "detail": ' + b"[" * 10_000 + b"]" * 10_000 + b"}\n"
    source = hundred(1)
    source.write_bytes(source.read_bytes() + deep)
    ran = danhmuc("import", source, "--json")
    assert ran.code == Exit.QUARANTINED
    assert (counts(ran)["new"], counts(ran)["quarantined"]) == (1, 1)


def test_a_locked_database_is_said_to_be_locked(
    danhmuc: Run, local: Settings, monkeypatch: pytest.MonkeyPatch, portal: Path
) -> None:
    danhmuc("import", portal)
    monkeypatch.setattr("registry.engine.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(local.sqlite_path)
    try:
        other.execute("BEGIN EXCLUSIVE")
        ran = danhmuc("import", portal.parent / "list.json")
    finally:
        other.close()
    assert ran.code == Exit.UNAVAILABLE
    assert "another process is writing" in ran.err
    assert "Traceback" not in ran.err


def test_a_data_folder_that_cannot_be_made_is_named(
    danhmuc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portal: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "file" / "var"))
    ran = danhmuc("import", portal)
    assert ran.code == Exit.UNAVAILABLE
    assert "Set DANHMUC_DATA to a writable folder" in ran.err


def test_progress_is_plain_lines_where_nobody_watches(danhmuc: Run, portal: Path) -> None:
    ran = danhmuc("import", portal)
    assert "read: 8 of 8\n" in ran.err
    assert "\x1b" not in ran.err + ran.out
