"""``danhmuc quarantine``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registry.cli.exits import Exit

Run = Callable[..., Any]


def held(danhmuc: Run, origin: str, state: str = "held") -> str:
    """The id of the entry from this file."""
    found = [entry for entry in danhmuc("quarantine", "list", "--all", "--json").json if entry["state"] == state]
    return next(str(entry["id"]) for entry in found if entry["origin"].startswith(f"{origin}/"))


def test_what_was_not_accepted_is_listed_with_its_reason(everywhere: Run, portal: Path) -> None:
    everywhere("import", portal)
    ran = everywhere("quarantine", "list")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [row[1] for row in rows] == ["held"] * 3
    assert "the procedure has no name" in ran.out
    assert ran.code == Exit.DONE


def test_one_is_shown_with_its_bytes_as_they_were_read(everywhere: Run, portal: Path) -> None:
    everywhere("import", portal)
    key = held(everywhere, "7.000007")
    shown = everywhere("quarantine", "show", key[:8])
    assert "Reason: 7.000007/raw_procedure.json: detail.name: the procedure has no name" in shown.out
    raw = everywhere("quarantine", "show", key, "--raw")
    assert raw.out.encode() == (portal / "7.000007" / "raw_procedure.json").read_bytes()
    assert everywhere("quarantine", "show", key, "--json").json["entry"]["id"] == key


def test_an_unknown_id_is_said_to_be_unknown(danhmuc: Run) -> None:
    ran = danhmuc("quarantine", "show", "abc")
    assert (ran.code, ran.err) == (
        Exit.UNKNOWN,
        "danhmuc quarantine: no quarantined record begins with 'abc'\n",
    )


def test_a_retry_without_a_fix_stays_held_and_says_why(everywhere: Run, portal: Path) -> None:
    everywhere("import", portal)
    key = held(everywhere, "7.000007")
    before = everywhere("quarantine", "list", "--json").json
    ran = everywhere("quarantine", "retry", key)
    assert ran.code == Exit.QUARANTINED
    assert "still held: 7.000007/raw_procedure.json: detail.name: the procedure has no name" in ran.out
    assert everywhere("quarantine", "list", "--json").json == before
    assert len(everywhere("runs", "--json").json) == 1


def test_right_bytes_release_it(everywhere: Run, portal: Path, tmp_path: Path) -> None:
    everywhere("import", portal)
    key = held(everywhere, "7.000007")
    record = json.loads(everywhere("quarantine", "show", key, "--raw").out)
    record["detail"]["name"] = "Thủ tục nay đã có tên"
    (tmp_path / "fixed.json").write_text(json.dumps(record))
    ran = everywhere("quarantine", "retry", key, "--raw", tmp_path / "fixed.json")
    assert (ran.code, ran.out) == (Exit.DONE, f"{key[:12]}: taken in as 7.000007 (new)\n")
    assert held(everywhere, "7.000007", "released") == key
    assert everywhere("search", "nay da co ten", "--json").json["items"][0]["code"] == "7.000007"
    assert everywhere("check").code == Exit.DONE


def test_wrong_bytes_leave_nothing_behind(imported: Run, tmp_path: Path) -> None:
    key = held(imported, "7.000007")
    before = imported("quarantine", "list", "--json").json
    (tmp_path / "worse.json").write_text("{")
    ran = imported("quarantine", "retry", key, "--raw", tmp_path / "worse.json", "--json")
    assert ran.code == Exit.QUARANTINED
    assert "is not JSON" in ran.json[0]["reason"]
    assert imported("quarantine", "list", "--json").json == before


def test_a_code_of_its_own_releases_a_twin(everywhere: Run, portal: Path) -> None:
    everywhere("import", portal)
    ran = everywhere("quarantine", "retry", held(everywhere, "7.000002"), "--code", "7.000012", "--json")
    assert (ran.code, ran.json[0]["code"], ran.json[0]["fate"]) == (Exit.DONE, "7.000012", "new")
    shown = everywhere("show", "7.000012", "--json").json
    note = {"field": "code", "rule": "given-by-hand", "before": "7.000002", "after": "7.000012"}
    assert note in shown["version"]["cleaning"]


def test_a_code_replaces_one_that_its_format_refuses(imported: Run) -> None:
    ran = imported("quarantine", "retry", held(imported, "7.000006-Xoa"), "--code", "7000016")
    assert (ran.code, ran.out[13:]) == (Exit.DONE, " taken in as 7.000016 (new)\n")


def test_a_code_given_by_hand_survives_the_next_import(everywhere: Run, portal: Path) -> None:
    options = ("import", portal, "--cover", "catalogue", "--allow-ends")
    everywhere(*options)
    for origin, code in (("7.000002", "7.000012"), ("7.000006-Xoa", "7.000016")):
        everywhere("quarantine", "retry", held(everywhere, origin), "--code", code)
    again = everywhere(*options, "--json").json["outcome"]
    assert again["fates"]["ended"] == 0
    assert again["fates"]["quarantined"] == 1
    assert everywhere("show", "7.000016", "--json").code == Exit.DONE
    assert [e["code"] for e in everywhere("quarantine", "list", "--json").json] == ["7.000007"]
    assert everywhere("check").code == Exit.DONE


def test_bytes_given_by_hand_survive_the_next_import(imported: Run, portal: Path, tmp_path: Path) -> None:
    key = held(imported, "7.000007")
    record = json.loads(imported("quarantine", "show", key, "--raw").out)
    record["detail"]["name"] = "Thủ tục nay đã có tên"
    (tmp_path / "fixed.json").write_text(json.dumps(record))
    imported("quarantine", "retry", key, "--raw", tmp_path / "fixed.json")
    before = imported("show", "7.000007", "--json").json
    imported("import", portal)
    assert held(imported, "7.000007", "released") == key
    assert imported("show", "7.000007", "--json").json == before


def test_what_is_no_code_is_wrong_usage(imported: Run) -> None:
    ran = imported("quarantine", "retry", held(imported, "7.000002"), "--code", "abc")
    assert ran.code == Exit.USAGE
    assert ran.err.startswith("danhmuc quarantine: --code: “abc” is not a procedure's code")


def test_a_twin_never_overwrites_the_one_that_was_accepted(everywhere: Run, portal: Path) -> None:
    everywhere("import", portal)
    before = everywhere("show", "7.000002", "--json").json
    for options in ([held(everywhere, "7.000002")], ["--all"]):
        ran = everywhere("quarantine", "retry", *options)
        assert ran.code == Exit.QUARANTINED
        assert "give this record a code of its own with --code" in ran.out
    assert everywhere("show", "7.000002", "--json").json == before


def test_a_record_is_not_given_a_code_that_another_has(imported: Run) -> None:
    before = imported("show", "7.000001", "--json").json
    for origin in ("7.000002", "7.000006-Xoa"):
        ran = imported("quarantine", "retry", held(imported, origin), "--code", "7.000001")
        assert ran.code == Exit.QUARANTINED
        assert "the catalogue holds 7.000001" in ran.out
    assert imported("show", "7.000001", "--json").json == before


def test_accepting_one_twin_does_not_lose_the_other(everywhere: Run, source: Run, procedure: Run) -> None:
    path = source("twins.ndjson", procedure("7.100001", "Một"), procedure("7.100001", "Hai"))
    assert everywhere("import", path).code == Exit.QUARANTINED
    first, second = everywhere("quarantine", "list", "--json").json
    assert everywhere("quarantine", "retry", first["id"]).code == Exit.DONE
    assert everywhere("show", "7.100001", "--json").json["version"]["procedure"]["name"] == first["name"]
    assert everywhere("quarantine", "list", "--json").json == [second]
    assert everywhere("check").code == Exit.DONE


def test_all_together_are_told_apart_like_in_one_source(danhmuc: Run, source: Run, procedure: Run) -> None:
    danhmuc("import", source("twins.ndjson", procedure("7.100001", "Một"), procedure("7.100001", "Hai")))
    ran = danhmuc("quarantine", "retry", "--all", "--json")
    assert ran.code == Exit.QUARANTINED
    assert ["same code" in result["reason"] for result in ran.json] == [True, True]
    assert len(danhmuc("quarantine", "list", "--json").json) == 2


def test_a_fix_speaks_of_one_record(danhmuc: Run) -> None:
    for options in ([], ["abc", "--all"], ["--all", "--code", "7.000001"]):
        assert danhmuc("quarantine", "retry", *options).code == Exit.USAGE


def test_what_is_released_is_not_retried(imported: Run) -> None:
    key = held(imported, "7.000002")
    imported("quarantine", "retry", key, "--code", "7.000012")
    ran = imported("quarantine", "retry", key, "--code", "7.000013")
    assert ran.code == Exit.UNKNOWN
    assert "is released, there is nothing to retry" in ran.err


def test_raw_bytes_do_not_steer_the_terminal(danhmuc: Run, source: Run) -> None:
    path = source("odd.ndjson")
    path.write_bytes(b'{"code": "7.000001", "name": "\x1b]0;evil\x07\x1b[31m", "detail": {}}\n' * 2)
    danhmuc("import", path)
    key = danhmuc("quarantine", "list", "--json").json[0]["id"]
    assert "\x1b" not in danhmuc("quarantine", "show", key).out
    assert "\x1b" in danhmuc("quarantine", "show", key, "--raw").out
