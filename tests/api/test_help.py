"""GET /api/procedures: what is told where nothing, or next to nothing, is found."""

from datetime import date
from typing import Any

import httpx
import pytest

from registry.api.help import Broader, Help, help_with
from registry.api.labels import Labels
from search.contract import Answer, Question

pytestmark = pytest.mark.anyio


async def ask(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    response = await client.get("/api/procedures", params={"asOf": "2025-05-31", **parameters})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_where_something_is_found_there_is_no_help(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="khai sinh")
    assert (found["help"], found["didYouMean"]) == (None, None)


async def test_what_filters_keep_away_is_told(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="khai sinh", level="district", fee="free")
    assert found["total"] == 0
    assert found["help"]["withoutFilters"] == (await ask(client, q="khai sinh"))["total"] == 1
    assert found["help"]["sectors"] == [{"value": "G04-HT", "label": "Hộ tịch", "count": 1}]


class Demanding:
    """An engine that finds a procedure only by all the words typed; ``asked`` counts its questions."""

    name = "demanding"

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    async def search(self, question: Question) -> Answer:
        self.asked += 1
        wanted = set(question.text.split())
        total = sum(wanted <= set(name.split()) for name in self.names)
        return Answer([], total, {name: [] for name in question.facets}, 1, self.name)


@pytest.mark.parametrize(
    ("text", "broader"),
    [
        ("khai sinh lạ", Broader("khai sinh", 2)),
        ("lạ sinh", Broader("sinh", 2)),
        ("a b c d e f g h khai sinh", Broader("khai", 2)),
        ("lạ", None),
        ("lạ quá đi thôi", None),
    ],
)
async def test_as_few_words_as_possible_are_left_out(text: str, broader: Broader | None) -> None:
    engine = Demanding("khai sinh", "khai sinh lại", "kết hôn")
    question = Question(as_of=740_000, text=text)
    labels = Labels(1, [], [])
    found = await help_with(engine, question, True, labels, date(2025, 1, 1), "vi")  # type: ignore[arg-type]  # half of an engine
    assert found == Help(broader, [], None)
    assert engine.asked <= 14


@pytest.mark.parametrize("q", ["qqqqqqqq", "qqqqqqqq wwwwwwww", "9.999999", "???!", "q " * 400])
async def test_where_nothing_helps_that_is_told_too(client: httpx.AsyncClient, q: str) -> None:
    found = await ask(client, q=q, essential="true", postal="true")
    assert found["total"] == 0
    assert found["help"]["broader"] is None
    assert found["didYouMean"] is None


async def test_another_spelling_is_proposed_where_it_finds_more(client: httpx.AsyncClient) -> None:
    found = await ask(client, q="tricchh")
    assert (found["total"], found["didYouMean"]) == (0, "trích")
    assert (await ask(client, q="trích"))["total"] == 1
    assert (await ask(client, q="tricchh", level="district"))["didYouMean"] is None
