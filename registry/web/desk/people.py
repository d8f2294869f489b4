"""People who sign in: accounts opened with a first password, shown once; rights changed, accounts closed."""

import secrets
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException

from registry.access import people
from registry.access.actors import AccessError, KeyScope
from registry.access.people import Person, PersonThere
from registry.api.access import database_of
from registry.api.parameters import named
from registry.web.desk.confirming import confirm
from registry.web.desk.entry import page, signed_in, unbound
from registry.web.desk.giving import given_out, scopes_in, shown_once, wrong_agency
from registry.web.desk.twice import identity
from registry.web.forms import done, read, text
from registry.web.pages import language
from registry.web.wording import said

HOME = "/bien-tap/nguoi-dung"
# Letters and digits that nobody mistakes for others when a password is read out or written down.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
PersonId = Annotated[str, named("The person's id.", "5f0c21d4a9be")]


class PeoplePages(Controller):
    path = HOME
    guards = (signed_in("admin"),)

    @get()
    async def entries(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Everybody who has or had an account, and the form that opens one."""
        return await _entries(request, {}, {})

    @post()
    async def make(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Open an account, and show its first password, this once."""
        actor, form = await unbound(request), await read(request)
        given: dict[str, Any] = {name: text(form, name, 200) for name in ("login", "name", "agency")}
        given["scopes"] = scopes_in(form)
        key, everybody = identity(form, actor, 12), await people.listed(database_of(request))
        if any(one.id == key for one in everybody):
            return done(request, HOME)
        wrong = await _wrong(request, given, new=True)
        if wrong:
            return await _entries(request, given, wrong, status=422)
        password = first_password()
        try:
            made = await people.create(
                database_of(request),
                actor,
                given["login"],
                given["name"],
                password,
                given["scopes"],
                given["agency"] or None,
                identity=key,
            )
        except PersonThere:
            return done(request, HOME)
        except AccessError as error:  # a login that is none, or that somebody was given a moment ago
            spoken = language(request)
            told = said(spoken, "upkeep.access.wrong.login") if "no login" in str(error) else str(error)
            return await _entries(request, given, {"login": told}, status=422)
        return await _password(request, made, password)

    @get("/{person:str}/quyen")
    async def rights(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """What somebody may do, to be changed."""
        found = await _found(request, person)
        return await _rights(request, found, {"scopes": found.scopes, "agency": found.agency or ""}, {})

    @post("/{person:str}/quyen")
    async def grant(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """Let somebody do exactly this from now on."""
        actor, found, form = await unbound(request), await _found(request, person), await read(request)
        given: dict[str, Any] = {"agency": text(form, "agency", 64), "name": found.name, "login": found.login}
        given["scopes"] = scopes_in(form)
        wrong = await _wrong(request, given, new=False)
        if found.id == actor.id and KeyScope.ADMIN not in given["scopes"]:
            wrong["scopes-1"] = said(language(request), "upkeep.access.wrong.self")
        if wrong:
            return await _rights(request, found, given, wrong, status=422)
        database = database_of(request)
        try:
            await people.grant(database, actor, found.login, given["scopes"], given["agency"] or None)
        except AccessError as error:  # somebody changed what was looked at a moment ago
            return await _rights(request, found, given, {"": str(error)}, status=422)
        return done(request, HOME)

    @get("/{person:str}/mat-khau")
    async def wish_password(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """Ask before somebody's password is made anew."""
        return await _confirmed(request, await _found(request, person), "password", "mat-khau")

    @post("/{person:str}/mat-khau")
    async def password(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """Give somebody a new password, shown this once, and sign them out everywhere."""
        actor, found, password = await unbound(request), await _found(request, person), first_password()
        await people.set_password(database_of(request), actor, found.login, password)
        return await _password(request, found, password)

    @get("/{person:str}/dong")
    async def wish_close(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """Ask before an account is closed."""
        return await _confirmed(request, await _found(request, person), "close", "dong")

    @post("/{person:str}/dong")
    async def close(self, request: Request[Any, Any, Any], person: PersonId) -> Response[Any]:
        """Let somebody sign in no more; never oneself, who could not undo it."""
        actor, found = await unbound(request), await _found(request, person)
        if found.id == actor.id:
            told = said(language(request), "upkeep.access.wrong.self")
            return await _entries(request, {}, {"": told}, status=422)
        if not found.closed:
            await people.close(database_of(request), actor, found.login)
        return done(request, HOME)


def first_password() -> str:
    """A password to be handed over: five groups of four, a hundred bits."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(5))


async def _found(request: Request[Any, Any, Any], person: str) -> Person:
    found = next((one for one in await people.listed(database_of(request)) if one.id == person), None)
    if found is None:
        raise NotFoundException(f"there is no account {person[:40]!r}")
    return found


async def _wrong(request: Request[Any, Any, Any], given: dict[str, Any], *, new: bool) -> dict[str, str]:
    """What is wrong with an account, by field."""
    spoken, database, wrong = language(request), database_of(request), {}
    if new and await people.find(database, given["login"]) is not None:
        wrong["login"] = "taken"
    elif new and not given["login"]:
        wrong["login"] = "login"
    if new and (not given["name"] or not given["name"].isprintable()):
        wrong["name"] = "person"
    wrong |= await wrong_agency(request, given["agency"], given["scopes"])
    return {field: said(spoken, f"upkeep.access.wrong.{name}") for field, name in wrong.items()}


async def _entries(
    request: Request[Any, Any, Any], given: dict[str, Any], wrong: dict[str, str], *, status: int = 200
) -> Response[Any]:
    data = {"people": await people.listed(database_of(request))}
    return await given_out(request, "desk/people.html", data, {"login": "", **given}, wrong, status=status)


async def _rights(
    request: Request[Any, Any, Any],
    found: Person,
    given: dict[str, Any],
    wrong: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    data = {"one": found, "scopes": list(KeyScope), "given": given, "wrong": wrong}
    return await page(request, "desk/rights.html", data, status=status)


async def _confirmed(request: Request[Any, Any, Any], found: Person, what: str, path: str) -> Response[Any]:
    spoken = language(request)
    does = [said(spoken, f"upkeep.person.{what}.does.{n}") for n in (1, 2)]
    action = f"{HOME}/{found.id}/{path}"
    return await confirm(request, f"upkeep.person.{what}.", action, HOME, of=found.name, does=does)


async def _password(request: Request[Any, Any, Any], found: Person, password: str) -> Response[Any]:
    return await shown_once(request, "person", password, f"{found.name} ({found.login})", HOME)
