"""Keys of programs: made, shown once, revoked."""

from datetime import date, timedelta
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException

from registry import clock
from registry.access import keys
from registry.access.actors import AccessError, KeyScope
from registry.access.keys import GOOD_FOR, Key, KeyNotFound, KeyThere
from registry.api.access import database_of
from registry.api.keys import KeyId
from registry.web.desk.confirming import confirm
from registry.web.desk.entry import signed_in, unbound
from registry.web.desk.giving import given_out, scopes_in, shown_once, wrong_agency
from registry.web.desk.twice import identity
from registry.web.forms import done, read, text
from registry.web.pages import language
from registry.web.wording import said
from registry.web.writing import day

HOME = "/bien-tap/khoa"
LONGEST = timedelta(days=5 * 366)


class KeyPages(Controller):
    path = HOME
    guards = (signed_in("admin"),)

    @get()
    async def entries(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Every key there is or was, and the form that makes one."""
        return await _entries(request, {}, {})

    @post()
    async def make(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Make a key and show it, this once. What is wrong is told beside the fields."""
        actor, form, database = await unbound(request), await read(request), database_of(request)
        given = {name: text(form, name, 200) for name in ("name", "agency", "until")}
        scopes = scopes_in(form)
        wrong = await _wrong(request, given, scopes)
        if wrong:
            return await _entries(request, {**given, "scopes": scopes}, wrong, status=422)
        try:
            made = await keys.create(
                database,
                actor,
                given["name"],
                scopes,
                agency=given["agency"] or None,
                until=date.fromisoformat(given["until"]) if given["until"] else None,
                identity=identity(form, actor, 12),
            )
        except KeyThere:
            return done(request, HOME)
        except AccessError as error:  # somebody changed what was looked at a moment ago
            return await _entries(request, {**given, "scopes": scopes}, {"": str(error)}, status=422)
        return await shown_once(request, "key", made.secret, made.key.name, HOME)

    @get("/{key:str}/thu-hoi")
    async def wish_revoke(self, request: Request[Any, Any, Any], key: KeyId) -> Response[Any]:
        """Ask before a key is revoked."""
        found, spoken = await _found(request, key), language(request)
        used = said(spoken, "upkeep.key.used", day=day(spoken, found.last_used)) if found.last_used else ""
        does = [said(spoken, "upkeep.key.revoke.does.1"), *([used] if used else [])]
        does.append(said(spoken, "upkeep.key.revoke.does.2"))
        return await confirm(
            request, "upkeep.key.revoke.", f"{HOME}/{found.id}/thu-hoi", HOME, of=found.name, does=does
        )

    @post("/{key:str}/thu-hoi")
    async def revoke(self, request: Request[Any, Any, Any], key: KeyId) -> Response[Any]:
        """It is good no longer. Twice changes nothing."""
        actor, found = await unbound(request), await _found(request, key)
        await keys.revoke(database_of(request), actor, found.id)
        return done(request, HOME)


async def _found(request: Request[Any, Any, Any], key: str) -> Key:
    found = next((one for one in await keys.listed(database_of(request)) if one.id == key), None)
    if found is None:
        raise NotFoundException(str(KeyNotFound(key)))
    return found


async def _wrong(request: Request[Any, Any, Any], given: dict[str, str], scopes: list[KeyScope]) -> dict[str, str]:
    """What is wrong with the wish for a key, by field."""
    spoken, wrong, today = language(request), {}, clock.today()
    if not given["name"] or not given["name"].isprintable():
        wrong["name"] = "name"
    if not scopes:
        wrong["scopes-1"] = "scopes"
    wrong |= await wrong_agency(request, given["agency"], scopes)
    if given["until"]:
        try:
            last = date.fromisoformat(given["until"])
            wrong |= {} if today <= last <= today + LONGEST else {"until": "until"}
        except ValueError:
            wrong["until"] = "until"
    return {field: said(spoken, f"upkeep.access.wrong.{name}") for field, name in wrong.items()}


async def _entries(
    request: Request[Any, Any, Any], given: dict[str, Any], wrong: dict[str, str], *, status: int = 200
) -> Response[Any]:
    today = clock.today()
    data = {"keys": await keys.listed(database_of(request)), "today": today, "most": today + LONGEST}
    return await given_out(
        request, "desk/keys.html", data, {"until": today + GOOD_FOR, **given}, wrong, status=status
    )
