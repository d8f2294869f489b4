"""Forms that write: read within bounds, and only from our own pages."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response import Redirect

from registry.api.access import check_form, same_site
from registry.web.addresses import link
from registry.web.pages import language

MOST_BYTES = 2**20
MOST_FIELD = 2**18
TOKEN, ONCE = "form_token", "once"


async def posted(
    request: Request[Any, Any, Any], most: int = MOST_BYTES, *, public: bool = False
) -> FormMultiDict:
    """The fields of a form, once it is known to come from a page of ours. A ``public`` form is taken from anybody
    alike: a session adds nothing to it, and its page, kept for all, carries no token.

    Raises 413 above ``most`` bytes, 400 for what is no form, 403 where another site may have sent it: with a
    session the form carries its token, without one the browser must not say that the page was another's.
    """
    same_site(request)
    form = await read(request, most)
    if not public:
        await check_form(request, str(form.get(TOKEN, "")))
    return form


async def read(request: Request[Any, Any, Any], most: int = MOST_BYTES) -> FormMultiDict:
    """The fields of a form, whoever sent it. Raises 413 and 400. Read once, however often it is called."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise ClientException("A form tells its length in Content-Length.")
    if int(length) > most:
        raise RequestEntityTooLarge(f"This form holds {length} bytes; at most {most} are taken.")
    try:
        return await request.form()
    except (ValueError, UnicodeError) as error:
        raise ClientException("This is no form as browsers send it.") from error


def text(form: Mapping[str, Any], name: str, most: int = MOST_FIELD) -> str:
    """A field as it was typed, line breaks as ``\\n``, without null characters; empty where it is missing."""
    value = form.get(name, "")
    found = value if isinstance(value, str) else ""
    if len(found) > most:
        raise ClientException(f"{name} has {len(found)} characters: give at most {most}.")
    return found.replace("\r\n", "\n").replace("\0", "").strip()


def once(form: Mapping[str, Any]) -> str:
    """What tells a form that is sent twice from two forms. Raises 400 where a form lacks it."""
    found = text(form, ONCE, 64)
    if not found:
        raise ClientException("This form lacks its number: open the page again and send it from there.")
    return found


def done(request: Request[Any, Any, Any], path: str, **query: Any) -> Redirect:
    """The answer to a form that was carried out: on to a page that can be loaded again without doing it twice."""
    return Redirect(link(language(request), path, **query), status_code=303, headers={"cache-control": "no-store"})
