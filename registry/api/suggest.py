"""Names that complete what is being typed."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from registry.api.answers import responses
from registry.api.filters import Text
from registry.api.labels import Labels
from registry.api.parameters import AsOf, day_of, language_of, ordinal, text_of
from registry.api.service import service_of
from search.highlight import highlight
from search.text import syllables


class Suggestion(msgspec.Struct, frozen=True):
    """What completes the text. ``highlight`` is its name as HTML.

    ``kind`` is ``procedure``, ``sector`` or ``lifeEvent``. Sectors of several agencies may share a name: they are
    suggested once, with the code of one, and the search's filter takes the name for all of them.
    """

    kind: Literal["procedure", "sector", "lifeEvent"]
    code: str
    name: str
    highlight: str


class Suggestions(msgspec.Struct, frozen=True, rename="camel"):
    """Procedures in force on a day, best first, then sectors and life events, each name once. Procedures between
    agencies are left out."""

    items: list[Suggestion]
    as_of: date
    revision: int


class _Name(msgspec.Struct):
    name: str


_name = msgspec.json.Decoder(_Name).decode

_SUGGESTIONS = {
    "items": [
        {
            "kind": "procedure",
            "code": "9.000001",
            "name": "Đăng ký khai sinh",
            "highlight": "<mark>Đăng ký kh</mark>ai sinh",
        }
    ],
    "asOf": "2025-05-31",
    "revision": 1204,
}
# One in so many suggestions may be a sector or a life event.
SHARE = 4
Few = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=20)]


def topics(labels: Labels, text: str, limit: int) -> list[Suggestion]:
    """Sectors and life events whose names have the text, those that begin with it first, the shorter before the
    longer."""
    typed = syllables(text)
    if not typed:
        return []
    start = f" {' '.join(typed)}{'' if text[-1:].isalnum() else ' '}"
    found = [(one.words.find(start), len(one.words), one.name, one) for one in labels.topics if start in one.words]
    terms, open_ended = (typed[:-1], typed[-1:]) if text[-1:].isalnum() else (typed, [])
    return [
        Suggestion(one.kind, one.code, one.name, highlight(one.name, terms, prefixes=open_ended))
        for *_, one in sorted(found, key=lambda each: (each[0] > 0, *each[1:3]))[:limit]
    ]


class SuggestController(Controller):
    path = "/api/suggest"
    tags = ("procedures",)

    @get(
        summary="Complete a name as it is typed",
        responses=responses(Suggestions, "Names that complete the text, best first.", _SUGGESTIONS, 400, 503),
    )
    async def suggest(
        self, request: Request[Any, Any, Any], q: Text = None, as_of: AsOf = None, limit: Few = 8
    ) -> Response[Suggestions]:
        """Nothing typed is nothing found. The last word may be unfinished; a space after it finishes it."""
        service = service_of(request)
        text, day = text_of("q", q), day_of("asOf", as_of)

        async def ask() -> tuple[Suggestions, int]:
            revision = service.following.reached
            if not text.strip():
                return Suggestions([], day, revision), revision
            others = topics(await service.labels(revision), text, limit // SHARE)
            hits = await service.engine.suggest(text, ordinal(day), limit)
            items = [Suggestion("procedure", hit.code, _name(hit.payload).name, hit.highlight) for hit in hits]
            return Suggestions([*items[: limit - len(others)], *others], day, revision), revision

        return await service.searched(request, language_of(request), ask)
