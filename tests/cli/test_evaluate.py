"""``danhmuc evaluate``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from registry.cli.exits import Exit

Run = Callable[..., Any]


def judged(path: Path, *queries: tuple[str, str, dict[str, int]]) -> Path:
    rows = [
        {"id": f"{kind}-{number}", "kind": kind, "query": query, "relevant": relevant}
        for number, (kind, query, relevant) in enumerate(queries)
    ]
    path.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows))
    return path


def test_what_is_found_first_is_worth_most(imported: Run, tmp_path: Path) -> None:
    queries = judged(
        tmp_path / "queries.jsonl",
        ("code", "7.000001", {"7.000001": 3}),
        ("title", "cap giay chung nhan vi du", {"7.000001": 3}),
        ("title", "zzzzqqq", {"7.000001": 3}),
    )
    found = imported("evaluate", queries, "--json").json["embedded"]
    assert found["kinds"]["code"]["ndcg"] == 1
    assert found["kinds"]["title"]["ndcg"] == 0.5
    assert found["overall"]["queries"] == 3
    assert found["judgements"][0]["query"] == "zzzzqqq"


def test_people_see_figures_by_kind_and_the_worst_queries(imported: Run, tmp_path: Path) -> None:
    queries = judged(tmp_path / "queries.jsonl", ("code", "7.000001", {"7.000001": 3}))
    out = imported("evaluate", queries).out
    assert "embedded\toverall\t1\t1.000\t1.000\t1.000\t0.0%\n" in out
    assert "code-0\tcode\t1.000\t7.000001\t7.000001\n" in out


def test_queries_that_cannot_be_read_are_named_with_their_line(danhmuc: Run, tmp_path: Path) -> None:
    path = judged(tmp_path / "queries.jsonl", ("code", "7.000001", {"7.000001": 3}))
    path.write_bytes(path.read_bytes() + b'\n{"id": 1}\n')
    ran = danhmuc("evaluate", path)
    assert ran.code == Exit.USAGE
    assert f"{path}, line 2: " in ran.err
