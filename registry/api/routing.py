"""Routes, put together without being made again and again."""

from typing import Any

from litestar import Router


class Rooms(Router):
    """A router that is made for one app. Litestar copies a router, with all handlers below it, into each that it
    is put into; for some hundred handlers in two layers that was a tenth of a start."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Rooms":
        return self
