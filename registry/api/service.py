"""What a running app holds: the store, the index, what follows what, and the answers it keeps."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response

from registry.api import labels
from registry.api.caching import JSON, Answers, Form, respond
from registry.api.following import Following
from registry.api.labels import Labels
from registry.catalogue import versions
from registry.engine import Database
from search.contract import Engine


class Service:
    """One for each app, from its start to its end; found in ``app.state.service``."""

    def __init__(self, database: Database, engine: Engine, *, first: bool = True) -> None:
        self.database = database
        self.engine = engine
        self.following = Following(database, engine, writes=first)
        self.answers = Answers()
        self._labels: Labels | None = None
        self._loading = asyncio.Lock()

    async def labels(self, revision: int) -> Labels:
        """Labels at least as new as ``revision``."""
        if self._labels is not None and self._labels.revision >= revision:
            return self._labels
        async with self._loading:
            if self._labels is None:
                self._labels = await labels.load(self.database)
            elif self._labels.revision < revision:
                self._labels = await labels.renewed(self.database, self._labels)
            return self._labels

    async def stored(
        self,
        request: Request[Any, Any, Any],
        language: str,
        make: Callable[[int], Awaitable[Any]],
        form: Form = JSON,
    ) -> Response[Any]:
        """Answer from the store: ``make`` is given the revision that it reads."""

        async def read() -> tuple[Any, int]:
            async with self.database.snapshot():
                revision = await versions.revision(self.database)
                return await make(revision), revision

        revision = await versions.revision(self.database)
        return await respond(request, self.answers, revision, language, read, form)

    async def searched(
        self,
        request: Request[Any, Any, Any],
        language: str,
        make: Callable[[], Awaitable[tuple[Any, int]]],
        form: Form = JSON,
    ) -> Response[Any]:
        """Answer from the index: ``make`` tells the revision that the index had."""

        async def ask() -> tuple[Any, int]:
            content, revision = await make()
            self.following.reached = revision
            return content, revision

        return await respond(request, self.answers, self.following.reached, language, ask, form)


def service_of(request: Request[Any, Any, Any]) -> Service:
    """The service of the app that this request came to."""
    service: Service = request.app.state.service
    return service
