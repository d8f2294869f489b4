"""Names that complete what is being typed."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from registry.api.answers import responses
from registry.api.filters import Text
from registry.api.parameters import AsOf, day_of, language_of, ordinal, text_of
from registry.api.service import service_of


class Suggestion(msgspec.Struct, frozen=True):
    """A procedure whose name completes the text. ``highlight`` is HTML."""

    code: str
    name: str
    highlight: str


class Suggestions(msgspec.Struct, frozen=True, rename="camel"):
    """Names in force on a day, best first, each once; procedures between agencies are left out."""

    items: list[Suggestion]
    as_of: date
    revision: int


class _Name(msgspec.Struct):
    name: str


_name = msgspec.json.Decoder(_Name).decode

_SUGGESTIONS = {
    "items": [{"code": "9.000001", "name": "Đăng ký khai sinh", "highlight": "<mark>Đăng ký kh</mark>ai sinh"}],
    "asOf": "2025-05-31",
    "revision": 1204,
}
Few = Annotated[int, QueryParameter(description="How many to give at most.", ge=1, le=20)]


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
        """Nothing typed is nothing found."""
        service = service_of(request)
        text, day = text_of("q", q), day_of("asOf", as_of)

        async def ask() -> tuple[Suggestions, int]:
            revision = service.following.reached
            hits = await service.engine.suggest(text, ordinal(day), limit) if text.strip() else []
            items = [Suggestion(hit.code, _name(hit.payload).name, hit.highlight) for hit in hits]
            return Suggestions(items, day, revision), revision

        return await service.searched(request, language_of(request), ask)
