"""Rights and secrets, which are given alike to programs and to people: read from a form, checked, shown once."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import FormMultiDict

from registry.access.actors import KeyScope
from registry.api.access import database_of
from registry.desk.standing import bodies
from registry.web.desk.entry import acting, page


def scopes_in(form: FormMultiDict) -> list[KeyScope]:
    """The scopes that were ticked, in their own order."""
    return [scope for scope in KeyScope if scope in form.getall("scopes", [])]


async def wrong_agency(request: Request[Any, Any, Any], agency: str, scopes: list[KeyScope]) -> dict[str, str]:
    """What is wrong with binding these scopes to an agency (empty: to none): the field, and the rule it breaks."""
    if agency and KeyScope.ADMIN in scopes:
        return {"agency": "bound"}
    if agency and agency not in await bodies(database_of(request)):
        return {"agency": "agency"}
    return {}


async def given_out(
    request: Request[Any, Any, Any],
    template: str,
    data: dict[str, Any],
    given: dict[str, Any],
    wrong: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    """The page that lists what was given out, with the form that gives more, as far as whoever asks may."""
    actor = await acting(request)
    blank = {"name": "", "agency": "", "scopes": []}
    more = {"scopes": list(KeyScope), "given": {**blank, **given}, "wrong": wrong, "may": actor.agency is None}
    return await page(request, template, {**more, **data, "me": actor.id}, status=status)


async def shown_once(request: Request[Any, Any, Any], kind: str, secret: str, of: str, on: str) -> Response[Any]:
    """A secret, this once: of what ``kind`` (the middle of the keys of its words), whose, the page to go on."""
    return await page(request, "desk/secret.html", {"kind": kind, "secret": secret, "of": of, "on": on})
