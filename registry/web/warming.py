"""What a server makes ready once it answers, so that no visitor waits for it: what most ask for first.

Words and templates are read in a thread; then each main page is asked for as a visitor would, which keeps whatever
it is made of. Nothing here decides what a page says: one that is asked for earlier makes the same by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar

from registry import calendar, clock
from registry.api.related import things
from registry.api.service import Service
from registry.catalogue import versions
from registry.web.rendering import environment
from registry.web.wording import LANGUAGES
from search.understanding import understand

log = logging.getLogger(__name__)

PAGES = ("/", "/?q=khai+sinh", "/linh-vuc", "/su-kien", "/du-lieu", "/thay-doi", "/so-lieu")
DESK = "desk/"


async def warm(app: Litestar) -> None:
    """Make everything ready, one thing after the other. What fails is logged: a page that needs it says so."""
    service: Service = app.state.service
    await _tried("words", lambda: asyncio.to_thread(understand, "khai sinh"))
    await _tried("working days", lambda: asyncio.to_thread(calendar.is_working, clock.today()))
    await _tried("templates", lambda: _compiled(LANGUAGES[0], desk=False))
    await _tried("names", lambda: _known(service))
    for page in PAGES:
        await _tried(page, lambda page=page: _asked(app, page))  # type: ignore[misc]  # bound at once
    for language in LANGUAGES:
        await _tried("templates", lambda language=language: _compiled(language, desk=True))  # type: ignore[misc]  # bound at once


async def _compiled(language: str, *, desk: bool) -> None:
    """Read the templates in a language; those of the ``desk`` too, or not. One by one: whoever ends the server
    waits for the one that is read."""
    made = environment(language)
    for name in made.list_templates(["html"]):
        if desk or not name.startswith(DESK):
            await asyncio.to_thread(made.get_template, name)


async def _tried(what: str, make: Callable[[], Awaitable[Any]]) -> None:
    try:
        await make()
    # Whatever it is, visitors are told by the page that they ask for.
    except Exception as error:
        log.error("%s could not be made ready: %s: %s", what, type(error).__name__, error)


async def _known(service: Service) -> None:
    async with service.database.snapshot():
        revision = await versions.revision(service.database)
        await things(service.database, revision)
    await service.labels(revision)


async def _asked(app: Litestar, page: str) -> None:
    status, _ = await ask(app, page)
    if status >= 400:
        log.error("%s could not be made ready: it is answered with %s", page, status)


async def ask(app: Litestar, page: str) -> tuple[int, bytes]:
    """The status and the body, packed with gzip, of a page of this app, without a socket."""
    path, _, query = page.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html"), (b"accept-encoding", b"gzip")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "state": {},
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]  # the messages of ASGI, as dictionaries
    return int(sent[0]["status"]), b"".join(one.get("body", b"") for one in sent[1:])
