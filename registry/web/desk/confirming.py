"""The page between a wish and what cannot be taken back: what it will do, and the button that does it."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response

from registry.web.desk.entry import page
from registry.web.pages import language
from registry.web.wording import said


async def confirm(
    request: Request[Any, Any, Any],
    what: str,
    action: str,
    back: str,
    *,
    of: str,
    does: Sequence[str],
    fields: Sequence[tuple[str, str]] = (),
) -> Response[Any]:
    """Ask whether to do ``what`` (the beginning of the keys of its ``title`` and ``button``) to ``of``.

    ``does`` says in sentences what will happen; ``action`` is where the form goes, ``back`` where nothing is done.
    """
    spoken = language(request)
    data = {
        "title": said(spoken, f"{what}title", of=of),
        "button": said(spoken, f"{what}button"),
        "does": does,
        "action": action,
        "back": back,
        "fields": fields,
    }
    return await page(request, "desk/confirm.html", data)
