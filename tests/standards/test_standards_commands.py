"""``danhmuc export`` and ``danhmuc annex``, as people run them."""

import asyncio
import csv
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest
import rdflib

from registry.cli import main
from registry.cli.exits import Exit
from registry.engine import open_database
from registry.exchange.exports import EXPORTS
from registry.settings import Settings


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def stocked(scene: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that holds the small catalogue."""
    folder = tmp_path_factory.mktemp("stocked")

    async def fill() -> None:
        database = await open_database(Settings(data=folder))
        await scene.fill(database)
        await database.close()

    asyncio.run(fill())
    return folder


@pytest.fixture
def danhmuc(stocked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("DANHMUC_DATA", str(stocked))
    monkeypatch.setenv("DANHMUC_PUBLIC_URL", "https://tthc.example.vn/")

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_written_whole(danhmuc: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    assert danhmuc("export", "--format", name, "-o", path).code == Exit.DONE
    assert path.stat().st_size > 500
    if name in ("jsonld", "dcat", "turtle", "profile"):
        form = "json-ld" if name in ("jsonld", "dcat") else "turtle"
        subjects = {str(one) for one in rdflib.Graph().parse(path, format=form).subjects()}
        assert any(one.startswith(("https://tthc.example.vn/api/", "urn:danhmuc:")) for one in subjects)


def codes(text: str) -> list[str]:
    return [row["code"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def test_all_and_a_day_tell_which_versions(danhmuc: Any) -> None:
    day = danhmuc("export", "--format", "csv", "--as-of", "2025-02-01").out
    assert codes(day) == ["1.000002", "1.000003", "1.000004", "1.000006"]
    assert len(codes(danhmuc("export", "--format", "csv", "--all").out)) == 7


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "ndjson", "--table", "fees"),
        ("--format", "jsonld", "--all"),
        ("--format", "xlsx", "--bom"),
        ("--format", "dcat", "--as-of", "2025-01-01"),
        ("--format", "turtle", "--headings", "vi"),
        ("--format", "csv", "--all", "--as-of", "2025-01-01"),
    ],
)
def test_an_option_that_says_nothing_about_the_format_is_refused(danhmuc: Any, options: tuple[str, ...]) -> None:
    ran = danhmuc("export", *options)
    assert ran.code == Exit.USAGE
    assert ran.out == ""


def test_the_annex_of_an_announcement_is_written_in_both_forms(danhmuc: Any, tmp_path: Path) -> None:
    word, excel = tmp_path / "annex.docx", tmp_path / "annex.xlsx"
    ran = danhmuc("annex", "30/QĐ-BTP", "--word", word, "--excel", excel)
    assert ran.code == Exit.DONE
    assert ran.out.startswith("30/QĐ-BTP: 1 new, 1 amended, 1 replaced, 1 abolished; written to ")
    assert word.read_bytes().startswith(b"PK")
    assert excel.read_bytes().startswith(b"PK")


def test_the_annex_of_a_draft_has_the_contents_that_it_will_bring(danhmuc: Any, tmp_path: Path) -> None:
    import docx

    body = {
        "issuer": "G15",
        "effective": "2025-09-01",
        "items": [
            {
                "action": "amended",
                "old": ["1.000001"],
                "new": [{"code": "1.000001", "changes": {"name": "Tên mới"}}],
            }
        ],
    }
    file = tmp_path / "draft.json"
    file.write_bytes(msgspec.json.encode(body))
    kept = re.search(r"draft (\w+)", danhmuc("announce", file).err)
    assert kept is not None
    draft = kept[1]
    ran = danhmuc("annex", draft, "--word", tmp_path / "annex.docx")
    assert ran.code == Exit.DONE, ran.err
    cells = docx.Document(str(tmp_path / "annex.docx")).tables[0].rows[2].cells
    assert [cell.text for cell in cells][1:3] == ["1.000001", "Tên mới"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("30/QĐ-BTP",), Exit.USAGE),
        (("99/QĐ-BTP", "--word", "x.docx"), Exit.UNKNOWN),
        (("30/QĐ-BTP", "--word", "nowhere/x.docx"), Exit.UNAVAILABLE),
    ],
)
def test_an_annex_that_cannot_be_written_says_why(
    danhmuc: Any, arguments: tuple[str, ...], code: Exit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = danhmuc("annex", *arguments)
    assert ran.code == code
    assert ran.err
    assert list(tmp_path.iterdir()) == []
