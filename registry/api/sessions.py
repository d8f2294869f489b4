"""Signing in and out with a browser: for portal teams and managers, never for citizens."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from registry.access import sessions
from registry.access.actors import KeyScope
from registry.access.limits import TooMany
from registry.access.sessions import LONGEST, Session, SignInRefused
from registry.api.access import (
    CHALLENGE,
    COOKIE,
    address_of,
    check_form,
    database_of,
    encrypted,
    refused,
    same_site,
    session_of,
)
from registry.api.answers import responses
from registry.api.documented import documented
from registry.api.parameters import one
from registry.api.problems import ParameterInvalid


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who signs in. Neither is kept, logged or repeated."""

    login: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=1000)]

    def __repr__(self) -> str:
        return "SignIn(…)"


class SignedIn(msgspec.Struct, frozen=True, rename="camel"):
    """A session. ``csrf_token`` goes into the header X-CSRF-Token of every write; ``until`` moves on with use."""

    person: str
    login: str
    name: str
    scopes: tuple[KeyScope, ...]
    agency: str | None
    began_at: datetime
    until: datetime
    csrf_token: str


Everywhere = Annotated[
    str | None, one("everywhere", "`true` ends every session of this person.", "true", enum=["true", "false"])
]
_SESSION = {
    "person": "5f0c21d4a9be",
    "login": "lan",
    "name": "Nguyễn Thị Lan",
    "scopes": ["announce"],
    "agency": "H55",
    "beganAt": "2025-05-31T01:00:00Z",
    "until": "2025-05-31T03:00:00Z",
    "csrfToken": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
_KEPT_HERE = {"cache-control": "no-store"}


class SessionController(Controller):
    path = "/api/session"
    tags = ("access",)

    @post(
        status_code=200,
        summary="Sign in with a browser",
        responses=responses(SignedIn, "Signed in; the cookie is set.", _SESSION, 400, 401, 403, 429),
    )
    async def begin(self, request: Request[Any, Any, Any], data: JSONBody[SignIn]) -> Response[SignedIn]:
        """Sets a cookie that scripts cannot read, always a new one. Wrong guesses are made to wait, longer each
        time, by account and by address."""
        same_site(request)
        database, before = database_of(request), request.cookies.get(COOKIE)
        try:
            session, cookie = await sessions.sign_in(
                database, data.login, data.password, address_of(request), before
            )
        except SignInRefused as error:
            raise NotAuthorizedException(f"{error}.", headers=CHALLENGE) from error
        except TooMany as error:
            raise refused(error) from error
        set_cookie = cookie_of(request, cookie, int(LONGEST.total_seconds()))
        return Response(_told(session, cookie), cookies=[set_cookie], headers=_KEPT_HERE)

    @get(
        summary="Tell who is signed in",
        responses=responses(SignedIn, "The session of this browser.", _SESSION, 401),
    )
    async def show(self, request: Request[Any, Any, Any]) -> Response[SignedIn]:
        """With what a write by this session must carry."""
        session = await session_of(request)
        if session is None:
            raise NotAuthorizedException("Nobody is signed in here.", headers=CHALLENGE)
        return Response(_told(session, request.cookies[COOKIE]), headers=_KEPT_HERE)

    @delete(
        status_code=204,
        summary="Sign out",
        responses={
            204: ResponseSpec(None, description="Nobody is signed in here any more."),
            **documented(400, 403),
        },
    )
    async def end(self, request: Request[Any, Any, Any], everywhere: Everywhere = None) -> Response[None]:
        """Here, or wherever this person is signed in. Where nobody is, nothing happens."""
        if everywhere not in (None, "", "true", "false"):
            raise ParameterInvalid("everywhere", "everywhere is true or false", ["true", "false"])
        session = await session_of(request)
        if session is not None:
            await check_form(request)
            await sessions.sign_out(database_of(request), session, everywhere=everywhere == "true")
        return Response(None, status_code=204, cookies=[cookie_of(request, "", 0)], headers=_KEPT_HERE)


def cookie_of(request: Request[Any, Any, Any], value: str, age: int) -> Cookie:
    """The cookie of a session, for ``age`` seconds."""
    # Lax: a link from elsewhere finds people signed in; what changes anything carries a token besides.
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=encrypted(request),
    )


def _told(session: Session, cookie: str) -> SignedIn:
    person = session.person
    return SignedIn(
        person.id,
        person.login,
        person.name,
        person.scopes,
        person.agency,
        session.began_at,
        session.until,
        sessions.form_token(cookie),
    )
