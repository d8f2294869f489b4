"""One's own password at the desk: whoever is signed in changes it, and asks nobody."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post

from registry.access import renewing
from registry.access.limits import TooMany
from registry.access.passwords import KINDS, LONGEST, SHORTEST, PasswordUnfit
from registry.access.renewing import PasswordWrong
from registry.api.access import database_of
from registry.api.parameters import one
from registry.web.desk.entry import acting, page, present, signed_in
from registry.web.desk.twice import identity
from registry.web.forms import done, read
from registry.web.pages import language
from registry.web.wording import said

HOME = "/bien-tap/mat-khau"
BOUNDS: Mapping[str, int] = {"least": SHORTEST, "most": LONGEST, "kinds": KINDS}
Done = Annotated[str | None, one("xong", "That it has just been changed.", "1", enum=["1"])]


class PasswordPages(Controller):
    path = HOME
    guards = (signed_in(),)

    @get()
    async def form(self, request: Request[Any, Any, Any], changed: Done = None) -> Response[Any]:
        """The form, with the rules of a password; after a change, what it ended."""
        return await _form(request, {}, changed=changed is not None)

    @post()
    async def renew(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Another password from now on, and no session but this one. Nothing that was typed is shown again."""
        session, actor, form = await present(request), await acting(request), await read(request)
        old, new, repeated = (str(form.get(name, "")) for name in ("password", "chosen", "repeated"))
        if new != repeated:
            return await _form(request, {"repeated": "repeated"}, status=422)
        database, wish = database_of(request), identity(form, actor, 12)
        try:
            await renewing.renew(database, session, actor, old, new, wish)
        except PasswordUnfit as error:
            return await _form(request, {"chosen": error.rule}, status=422)
        except PasswordWrong:
            return await _form(request, {"password": "old"}, status=422)
        except TooMany as error:
            return await _form(request, {"password": "often"}, status=429, wait=error.wait)
        return done(request, HOME, xong="1")


async def _form(
    request: Request[Any, Any, Any],
    wrong: Mapping[str, str],
    *,
    changed: bool = False,
    status: int = 200,
    wait: int = 0,
) -> Response[Any]:
    """The form with what is wrong, by field."""
    spoken = language(request)
    told = {
        field: said(spoken, f"desk.password.wrong.{name}", **BOUNDS, seconds=wait) for field, name in wrong.items()
    }
    last = await renewing.last(database_of(request), await acting(request))
    headers = {"retry-after": str(wait)} if wait else None
    data = {**BOUNDS, "wrong": told, "changed": changed, "last": last}
    return await page(request, "desk/password.html", data, status=status, headers=headers)
