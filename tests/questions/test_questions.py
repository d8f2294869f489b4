"""What citizens ask, and whether the pages tell it: the known answer must stand in the page's own text, under the
heading that promises it.

Answers were read in the sources, not on the pages. ``real.jsonl`` asks the real catalogue, ``demonstration.jsonl``
the demonstration; a line has a code, a heading, the question in a citizen's words, and the words that answer it.
"""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from registry.app import create_app
from registry.settings import Settings

pytestmark = pytest.mark.anyio

ENOUGH = 0.95
HERE = Path(__file__).parent
# Folded parts: what stands there alone, a reader does not find.
FOLDED = ("details",)


class Question(NamedTuple):
    code: str
    heading: str
    question: str
    answer: str


def questions(kind: str) -> list[Question]:
    lines = (HERE / f"{kind}.jsonl").read_text("utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines]


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def under(page: Any, heading: str) -> str:
    """What stands under a heading of the second rank, up to the next."""
    found: list[str] = []
    here = False

    def walk(node: Any) -> None:
        nonlocal here
        for one in node.inside:
            if isinstance(one, str):
                if here:
                    found.append(one)
            elif one.tag in ("h1", "h2"):
                here = one.text == heading
            elif one.tag not in (*FOLDED, "script", "style", "template") and one.get("hidden") is None:
                found.append(" ")
                walk(one)

    walk(page.main)
    return plain("".join(found))


async def missed(store: Path, asked: list[Question], read: Callable[[str], Any]) -> list[Question]:
    """The questions that the pages do not answer."""
    pages: dict[str, Any] = {}
    app = create_app(Settings(data=store))
    transport = httpx.ASGITransport(app=app)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for code in dict.fromkeys(question.code for question in asked):
            answer = await client.get(f"/thu-tuc/{code}")
            assert answer.status_code == 200, f"{code}: {answer.status_code}"
            pages[code] = read(answer.text)
    return [one for one in asked if plain(one.answer) not in under(pages[one.code], one.heading)]


@pytest.mark.parametrize("kind", ["demonstration", "real"])
async def test_the_pages_answer_what_citizens_ask(
    kind: str,
    store_of: Callable[[str], Path],
    read: Callable[[str], Any],
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if kind == "real":
        request.getfixturevalue("real_archive")
    asked = questions(kind)
    misses = await missed(store_of(kind), asked, read)
    told = "\n".join(f"{one.code} {one.question} [{one.heading}] {one.answer}" for one in misses)
    with capsys.disabled():
        if misses:
            print(f"\n{kind}: {len(asked) - len(misses)} of {len(asked)} answered; missed:\n{told}")
    assert len(asked) - len(misses) >= ENOUGH * len(asked), told


def test_there_are_enough_questions_of_every_kind() -> None:
    real, shown = questions("real"), questions("demonstration")
    assert len(real) >= 120
    assert len(set(real)) == len(real)
    headings = {"Cần giấy tờ gì?", "Mất bao lâu?", "Bao nhiêu tiền?", "Nộp ở đâu?", "Sau khi nộp", "Điều kiện"}
    assert {one.heading for one in real} == headings == {one.heading for one in shown}


def test_an_answer_elsewhere_on_the_page_does_not_count(read: Callable[[str], Any]) -> None:
    page = read(
        "<main><h1>Khai sinh</h1><h2>Mất bao lâu?</h2><p>5 ngày</p><details><summary>x</summary>9 ngày</details>"
        "<h2>Bao nhiêu tiền?</h2><p>Miễn <b>phí</b></p></main>"
    )
    assert under(page, "Mất bao lâu?") == "5 ngày"
    assert under(page, "Bao nhiêu tiền?") == "miễn phí"
    assert under(page, "Nộp ở đâu?") == ""
