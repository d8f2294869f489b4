"""``…/the.png``: the picture of a page, drawn once, and told apart by what stands on it."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get

from registry import __version__, clock
from registry.api.caching import Encoded, etag_of, matches
from registry.api.parameters import Code, code_of, one
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.catalogue.errors import ProcedureNotFound
from registry.web.pages import language
from registry.web.procedure.controller import moved
from registry.web.procedure.printed import SHORT
from registry.web.sharing import card
from registry.web.sharing.drawing import drawn

PNG = "image/png"
DAY = "public, max-age=86400"
Drawn = Annotated[
    str | None, one("b", "The beginning of the digest of the version; that of today by default.", "5f3c9f0a1b2d")
]
_HEX = frozenset("0123456789abcdef")


class PicturePages(Controller):
    """A page names its picture with the digest of its version: whoever kept one asks anew once that changes."""

    path = "/"

    @get("/the.png")
    async def front(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Of the site."""
        return await _sent(request, card.front(language(request)), DAY)

    @get("/thu-tuc/{code:str}/the.png")
    async def procedure(self, request: Request[Any, Any, Any], code: Code, digest: Drawn = None) -> Response[Any]:
        """Of a procedure, as it is in force today or as a version of it is. 404 for what there is not."""
        national, begin, today = code_of(code), (digest or "").lower(), clock.today()
        if national != code:
            return moved(request, code, national)
        if begin and (not SHORT <= len(begin) <= 32 or not _HEX.issuperset(begin)):
            raise ParameterInvalid("b", f"b: {begin[:40]!r} is no digest of a version")
        database = service_of(request).database
        if not begin:
            version = await versions.find(database, national, today)
            return await _sent(request, card.of(version.procedure, language(request)), "no-cache")
        found = await versions.of_digest(database, national, begin)
        if found is None:
            raise ProcedureNotFound(national, today, await versions.days(database, national))
        return await _sent(request, card.of(found.procedure, language(request)), DAY)


async def _sent(request: Request[Any, Any, Any], of: card.Card, kept: str) -> Response[Any]:
    answers, key = service_of(request).answers, f"picture {__version__} {of!r}"
    etag = etag_of(key)
    headers = {"etag": etag, "cache-control": kept, "content-language": language(request)}
    if matches(request, etag):
        return Response(content=None, status_code=304, headers=headers)
    found = answers.get(etag)
    if found is None:
        found = Encoded(await drawn(of), etag)
        answers.put(etag, found)
    return Response(content=found.body, headers=headers, media_type=PNG)
