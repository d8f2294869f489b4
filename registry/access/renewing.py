"""A person's own password, changed by themselves: who holds a session alone, and not the password, cannot."""

from datetime import datetime

import msgspec
from piccolo.querystring import QueryString

from registry.access import audit, limits, passwords, people
from registry.access.actors import AccessError, Actor
from registry.access.limits import ACCOUNT, ADDRESS, subject_of
from registry.access.sessions import Session
from registry.engine import Database

RENEW, REFUSED = "person.renew", "person.refused"


class PasswordWrong(AccessError):
    """The password that was given as the old one is not."""

    def __init__(self) -> None:
        super().__init__("the old password is wrong")


class Renewed(msgspec.Struct, frozen=True):
    """A change that was made: when, how many other sessions it ended, and the id of the form that wished it."""

    at: datetime
    ended: int
    form: str


async def renew(database: Database, session: Session, actor: Actor, old: str, new: str, form: str) -> Renewed:
    """Give ``actor``, who holds ``session``, the password ``new``; their other sessions end.

    ``form`` is an id of the wish: coming twice, it is done once. Raises ``PasswordUnfit`` for what is no good
    password, ``PasswordWrong`` where ``old`` is not the one they have, and ``TooMany`` after too many guesses at
    it. A guess is counted before it is looked at, apart from those at signing in: whoever hears that somebody
    guesses at their password can still change it.
    """
    passwords.check(new, old)
    if done := await last(database, actor, form):
        return done
    guessed, place = subject_of("password", actor.id), subject_of("address", actor.address)
    await limits.take(database, (ACCOUNT, guessed), (ADDRESS, place))
    found = await people.find(database, session.person.login)
    kept = found[1] if found else None
    if not await passwords.fits(old, kept):
        await audit.note(database, actor, REFUSED, actor.id)
        raise PasswordWrong
    made = await passwords.make(new)

    async def write() -> Renewed | None:
        if earlier := await last(database, actor, form):
            return earlier
        rows = await database.rows(QueryString("SELECT password FROM person WHERE id = {}", actor.id))
        if rows[0]["password"] != kept:  # somebody else gave them another meanwhile
            return None
        await database.rows(QueryString("UPDATE person SET password = {} WHERE id = {}", made, actor.id))
        told = {"login": session.person.login, "ended": await _end_others(database, session), "form": form}
        await limits.forget(database, guessed)
        await limits.give_back(database, place)
        await audit.record(database, actor, RENEW, actor.id, told)
        return await last(database, actor, form)

    told = await database.transact(write)
    if told is None:
        raise PasswordWrong
    return told


async def last(database: Database, actor: Actor, form: str | None = None) -> Renewed | None:
    """When they last changed their password themselves; with ``form``, only if that one did it."""
    for entry in await audit.latest(database, 1, actor=actor.id, subject=actor.id, action=RENEW):
        told = msgspec.json.decode(entry.detail)
        if form in (None, told["form"]):
            return Renewed(datetime.fromisoformat(entry.at), told["ended"], told["form"])
    return None


async def _end_others(database: Database, session: Session) -> int:
    others = QueryString("person = {} AND id <> {}", session.person.id, session.id)
    rows = await database.rows(QueryString("SELECT id FROM session WHERE {}", others))
    await database.rows(QueryString("DELETE FROM session WHERE {}", others))
    return len(rows)
