"""``danhmuc show``, ``history``, ``diff`` and ``search``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.cli.exits import Exit

Run = Callable[..., Any]


@pytest.fixture
def changed(danhmuc: Run, source: Run, procedure: Run) -> Run:
    """A store in which 7.100001 was amended ten days after its first announcement."""
    first = procedure("7.100001", "Cấp bản sao trích lục", keywords="bản sao")
    later = procedure(
        "7.100001", "Cấp bản sao trích lục hộ tịch", "34/QĐ-BVD", 10, requirementsAndConditions="Không"
    )
    danhmuc("import", source("first.ndjson", first))
    danhmuc("import", source("later.ndjson", later))
    return danhmuc


def test_a_procedure_is_shown_with_what_people_ask(imported: Run) -> None:
    ran = imported("show", "7.000001", "--as-of", "2026-06-01")
    told = dict(line.split(": ", 1) for line in ran.out.splitlines() if ": " in line)
    assert ran.code == Exit.DONE
    assert told["Status"] == "in force on 2026-06-01, from 2026-05-20"
    assert told["By"] == "12/QĐ-BVD, Bộ Ví dụ, 2026-05-20"
    assert told["Online"] == "time: 3 working days; fees: phí 50.000 đồng"
    assert told["By post"] == "time: 1 month; fees: chưa rõ"
    assert told["Fees"] == "Fixed amount"
    assert "Đơn đề nghị theo mẫu (1 original)" in ran.out


def test_what_a_source_does_not_say_is_shown_as_unknown(imported: Run) -> None:
    out = imported("show", "7.000001").out
    assert "Online payment: chưa rõ\n" in out
    assert "Interlinked: no\n" in out
    assert "Electronic result: yes\n" in out


@pytest.mark.parametrize("code", ["7.000001", "7000001", " 7.000001.000.00.00.H55", "7,000001"])
def test_a_code_is_found_in_every_notation(imported: Run, code: str) -> None:
    assert imported("show", code, "--json").json["version"]["code"] == "7.000001"


def test_a_day_on_which_it_was_not_in_force_is_told_with_those_on_which_it_was(changed: Run) -> None:
    ran = changed("show", "7.100001", "--as-of", "2026-05-19")
    assert ran.code == Exit.UNKNOWN
    assert ran.err == (
        "danhmuc show: procedure 7.100001 is not in force on 2026-05-19; "
        "it is from 2026-05-20 to 2026-05-30, 2026-05-30 to now\n"
    )


def test_an_unknown_code_is_one_line(danhmuc: Run) -> None:
    ran = danhmuc("show", "7.999999")
    assert (ran.code, ran.out, ran.err) == (Exit.UNKNOWN, "", "danhmuc show: there is no procedure 7.999999\n")


def test_the_past_is_shown_as_it_was(changed: Run) -> None:
    assert "Name: Cấp bản sao trích lục\n" in changed("show", "7.100001", "--as-of", "2026-05-29").out
    assert "Name: Cấp bản sao trích lục hộ tịch\n" in changed("show", "7.100001", "--as-of", "2026-05-30").out


def test_what_was_not_known_yet_is_not_shown(changed: Run) -> None:
    ran = changed("show", "7.100001", "--known-at", "2020-01-01")
    assert (ran.code, ran.out) == (Exit.UNKNOWN, "")
    assert changed("show", "7.100001", "--known-at", "2999-01-01T00:00").code == Exit.DONE


def test_the_history_names_what_changed_and_by_which_decision(changed: Run) -> None:
    rows = [line.split("\t") for line in changed("history", "7.100001").out.splitlines()]
    assert [row[0] for row in rows] == ["2026-05-20", "2026-05-30"]
    assert [row[3] for row in rows] == ["first known", "name, requirements, classification"]
    assert rows[1][2] == "34/QĐ-BVD, Bộ Ví dụ, 2026-05-30"
    told = changed("history", "7.100001", "--json").json
    assert [one["changed"] for one in told["versions"]] == [None, ["name", "requirements", "classification"]]


def test_the_difference_of_two_days_names_the_decision_that_made_it(changed: Run) -> None:
    ran = changed("diff", "7.100001", "--from", "2026-05-20", "--to", "2026-05-31")
    assert ran.out.startswith(
        "Name (by 34/QĐ-BVD, Bộ Ví dụ, 2026-05-30)\n  - Cấp bản sao trích lục\n  + Cấp bản sao trích lục hộ tịch\n"
    )
    changes = changed("diff", "7.100001", "--from", "2026-05-20", "--to", "2026-05-31", "--json").json["changes"]
    assert {one["section"]: one["announcements"] for one in changes} == {
        "name": ["d-34/QĐ-BVD"],
        "requirements": ["d-34/QĐ-BVD"],
        "classification": ["d-34/QĐ-BVD"],
    }


def test_days_without_a_difference_say_so(changed: Run) -> None:
    same = changed("diff", "7.100001", "--from", "2026-06-01", "--to", "2026-06-02")
    assert same.out == "7.100001 is the same on 2026-06-01 and 2026-06-02\n"
    neither = changed("diff", "7.100001", "--from", "2020-01-01", "--to", "2020-01-02")
    assert neither.out.startswith("7.100001 is in force on neither day; it is from 2026-05-20")
    assert changed("diff", "7.999999", "--from", "2026-01-01", "--to", "2026-01-02").code == Exit.UNKNOWN


def test_one_side_that_did_not_exist_is_all_new(changed: Run) -> None:
    out = changed("diff", "7.100001", "--from", "2020-01-01", "--to", "2026-06-01").out
    assert "  + Cấp bản sao trích lục hộ tịch\n" in out
    assert "\n  - " not in out


def test_procedures_are_found_with_and_without_marks(imported: Run) -> None:
    for words in ("cấp giấy chứng nhận", "cap giay chung nhan", "7.000001"):
        first = imported("search", *words.split(" ")).out.splitlines()[0].split("\t")
        assert first[:2] == ["7.000001", "Cấp giấy chứng nhận ví dụ"]


def test_a_search_for_programs_has_the_shape_of_the_interface(imported: Run) -> None:
    found = imported("search", "giay", "--json", "--limit", "1").json
    assert list(found) == ["items", "total", "facets", "asOf", "revision"]
    assert {"value": "province", "label": "Cấp tỉnh"}.items() <= found["facets"]["level"][0].items()
    assert "<mark>" in found["items"][0]["highlight"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--level", "province"], True),
        (["--level", "ministry"], False),
        (["--level", "ministry", "--level", "province"], True),
        (["--channel", "online", "--fee", "amount"], True),
        (["--online-level", "partial"], False),
        (["--e-result", "true"], True),
        (["--online-payment", "false"], False),
        (["--sector", "Lĩnh vực ví dụ"], True),
        (["--agency", "G99"], True),
        (["--audience", "Công dân Việt Nam"], True),
        (["--life-event", "Có con nhỏ"], True),
        (["--as-of", "2020-01-01"], False),
        (["--internal", "only"], False),
    ],
)
def test_filters_narrow_what_is_found(imported: Run, options: list[str], expected: bool) -> None:
    found = imported("search", *options, "--json", "--limit", "100").json
    assert ("7.000001" in [item["code"] for item in found["items"]]) is expected


@pytest.mark.parametrize(
    "options",
    [["--level", "moon"], ["--limit", "0"], ["--as-of", "2026-02-30"], ["--offset", "-1"], ["--province", "Mars"]],
)
def test_a_filter_that_cannot_be_is_wrong_usage(danhmuc: Run, options: list[str]) -> None:
    ran = danhmuc("search", "khai sinh", *options)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert "Traceback" not in ran.err


def test_an_empty_catalogue_says_how_to_fill_it(danhmuc: Run) -> None:
    ran = danhmuc("search", "khai sinh")
    assert (ran.code, ran.out) == (Exit.DONE, "")
    assert "danhmuc import" in ran.err


def test_a_lost_index_is_built_again(imported: Run, tmp_path: Path) -> None:
    import shutil

    shutil.rmtree(tmp_path / "var" / "index")
    assert imported("check").code == Exit.FAULTY
    assert imported("search", "7.000001", "--json").json["total"] == 1
    assert imported("check").code == Exit.DONE


def test_reindex_builds_what_check_wants(imported: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "var" / "index").rglob("*.json"):
        path.write_text("{")
    assert imported("search", "giay").code == Exit.UNAVAILABLE
    broken = imported("check", "--json")
    assert (broken.code, broken.json["sound"]) == (Exit.FAULTY, False)
    assert broken.json["findings"][0]["area"] == "index"
    assert imported("reindex", "--json").json["documents"] == 5
    assert imported("check").out == "sound: nothing found wrong\n"


def test_an_export_reads_back_to_the_same(imported: Run, tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "export.ndjson"
    assert imported("export", "-o", file).code == Exit.DONE
    assert imported("export").out.encode() == file.read_bytes()
    digest = json.loads(file.read_bytes().splitlines()[0])["digest"]
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "other"))
    assert imported("import", file).code == Exit.DONE
    assert json.loads(imported("export").out.splitlines()[0])["digest"] == digest


def test_an_export_that_fails_leaves_no_file(imported: Run, tmp_path: Path) -> None:
    ran = imported("export", "-o", tmp_path / "nowhere" / "file")
    assert ran.code == Exit.UNAVAILABLE
    assert "nowhere/file: no such file or directory" in ran.err


def test_runs_are_listed_with_what_came_of_them(danhmuc: Run, portal: Path) -> None:
    danhmuc("import", portal)
    danhmuc("import", portal)
    rows = danhmuc("runs").out.splitlines()
    assert len(rows) == 2
    assert "5 new, 3 quarantined" in rows[1]
    assert len(danhmuc("runs", "--limit", "1", "--json").json) == 1


def test_a_wide_terminal_gets_a_table(imported: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.cli.screen.Screen.seen", staticmethod(lambda stream: True))
    monkeypatch.setenv("COLUMNS", "160")
    out = imported("search", "7.000001").out
    assert "\t" not in out
    assert out.splitlines()[0].split() == ["code", "name", "level", "sector", "agency"]
