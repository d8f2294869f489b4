"""``danhmuc lint``, run as its user would."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from registry.catalogue import ledger
from registry.catalogue.ledger import Ledger, Origin
from registry.cli import main
from registry.engine import open_database
from registry.procedure import Procedure, Step
from registry.settings import Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``danhmuc`` on a small store: its exit code, what it said, and what it remarked."""
    asyncio.run(_fill(Settings(data=tmp_path / "var")))
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "var"))
    monkeypatch.delenv("DANHMUC_DATABASE_URL", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["lint", *arguments])
        return (code, *capsys.readouterr())

    return call


async def _fill(settings: Settings) -> None:
    async def known(book: Ledger) -> None:
        await book.load(["9.000001"], [])
        procedure = Procedure(code="9.000001", name="Giao đất", steps=(Step("Nộp tại UBND huyện."),))
        book.put(procedure, date(2025, 1, 1), None, Origin("test"))

    database = await open_database(settings)
    try:
        await ledger.record(database, known)
    finally:
        await database.close()


def test_it_lists_what_to_mend_and_says_why_of_one(run: Run) -> None:
    code, said, _ = run()
    assert code == 0
    assert "1 pages in force" in said
    assert "9.000001" in said
    code, said, _ = run("9.000001.000.00.00.H55")
    assert "steps[0].text: «UBND huyện»: không còn từ ngày 01/07/2025" in said


def test_its_json_holds_the_summary_and_the_work(run: Run) -> None:
    _, said, _ = run("--json", "--rule", "district", "--as-of", "2025-07-01")
    found = json.loads(said)
    assert found["total"] == 1
    assert found["work"][0]["faults"]["district"] == 1
    _, said, _ = run("--json", "--rule", "district", "--as-of", "2025-06-30")
    assert json.loads(said)["work"] == []


def test_what_is_not_there_is_refused_in_one_line(run: Run) -> None:
    assert run("--rule", "none")[0] == 2
    assert run("--agency", "H99")[0] == 5
    assert run("9.999999")[0] == 5
    code, _, remarked = run("9.000001", "--rule", "fee")
    assert code == 2
    assert remarked.count("\n") == 1
