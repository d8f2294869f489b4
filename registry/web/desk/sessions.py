"""Signing in to the desk, and out of it."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.params import QueryParameter

from registry.access import sessions
from registry.access.limits import TooMany
from registry.access.sessions import LONGEST, SignInRefused
from registry.api.access import CHALLENGE, COOKIE, address_of, begun, database_of, same_site, session_of
from registry.api.sessions import cookie_of
from registry.web.desk.entry import (
    HOME,
    KEPT,
    MOST_KEPT,
    RETURN,
    SIGN_IN,
    again,
    ask,
    back_to,
    kept,
    safe_return,
    signed_in,
)
from registry.web.forms import done, read, text

LONGEST_LOGIN, LONGEST_PASSWORD = 200, 1000
Back = Annotated[str | None, QueryParameter(name=RETURN)]


class SignInPage(Controller):
    """The only pages of the desk that are for everybody."""

    path = SIGN_IN

    @get()
    async def form(self, request: Request[Any, Any, Any], back: Back = None) -> Response[Any]:
        """Whoever is signed in already goes where they wanted."""
        where = safe_return(back or HOME)
        if await session_of(request) is not None:
            return back_to(where)
        return await ask(request, where, [], fault="needed" if back else "")

    @post(opt={"most": MOST_KEPT})
    async def sign_in(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """On to where they wanted; a form that was typed before is shown first."""
        same_site(request)
        form = await read(request, MOST_KEPT)
        back = safe_return(text(form, RETURN))
        fields = [(name[len(KEPT) :], value) for name, value in kept(form) if name.startswith(KEPT)]
        login, password = text(form, "login")[:LONGEST_LOGIN], form.get("password", "")
        database, before = database_of(request), request.cookies.get(COOKIE)
        try:
            session, made = await sessions.sign_in(
                database, login, str(password)[:LONGEST_PASSWORD], address_of(request), before
            )
        except SignInRefused:
            return await ask(request, back, fields, login=login, fault="refused", status=401, headers=CHALLENGE)
        except TooMany as error:
            headers = {"retry-after": str(error.wait)}
            return await ask(
                request, back, fields, login=login, fault="often", wait=error.wait, status=429, headers=headers
            )
        begun(request, session, made)
        answer = await again(request, back, fields) if fields else back_to(back)
        answer.set_cookie(cookie_of(request, made, int(LONGEST.total_seconds())))
        return answer


class SignOut(Controller):
    path = "/bien-tap/dang-xuat"
    guards = (signed_in(),)

    @post()
    async def sign_out(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Here, or wherever this person is signed in."""
        form = await read(request)
        session = await session_of(request)
        if session is not None:
            await sessions.sign_out(database_of(request), session, everywhere=bool(form.get("everywhere")))
        answer = done(request, SIGN_IN)
        answer.set_cookie(cookie_of(request, "", 0))
        return answer
