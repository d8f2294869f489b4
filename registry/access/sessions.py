"""Sessions of browsers: kept here, told apart by a cookie that says nothing.

The store holds only a digest of the cookie. What forms must carry is made from the cookie with HMAC: a page of
another site, which cannot read the cookie, cannot make it.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit, limits, passwords, people
from registry.access.actors import AccessError, Actor
from registry.access.limits import ACCOUNT, ADDRESS, subject_of
from registry.access.people import Person
from registry.engine import Database

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
NOTED = timedelta(minutes=1)  # how exactly it is known when a session was last used


class SignInRefused(AccessError):
    """Login and password do not belong together; never says which of them is wrong."""

    def __init__(self) -> None:
        super().__init__("login or password is wrong")


class Session(msgspec.Struct, frozen=True):
    """A browser that is signed in, until ``until`` at the latest."""

    id: str
    person: Person
    address: str
    began_at: datetime
    seen_at: datetime

    @property
    def until(self) -> datetime:
        return min(self.began_at + LONGEST, self.seen_at + IDLE)


def form_token(cookie: str) -> str:
    """What a form or the header X-CSRF-Token must carry beside this cookie."""
    return hmac.new(cookie.encode(), b"form", sha256).hexdigest()


def form_fits(cookie: str, token: str) -> bool:
    return hmac.compare_digest(form_token(cookie).encode(), token.encode(errors="replace"))


async def sign_in(
    database: Database, login: str, password: str, address: str, before: str | None = None
) -> tuple[Session, str]:
    """Sign a browser in. Returns its session and what its cookie holds, always new; the session ``before`` ends.

    Raises ``SignInRefused``, and ``TooMany`` after too many guesses at this login or from this address. A guess is
    counted before it is looked at, so that many at once are no way around.
    """
    account, place = subject_of("login", people.folded(login)), subject_of("address", address)
    await limits.take(database, (ACCOUNT, account), (ADDRESS, place))
    found = await people.find(database, login)
    right = await passwords.fits(password, found[1] if found else None)
    if found is None:
        raise SignInRefused()
    person = found[0]
    if not right or person.closed:
        await _refused(database, person, address)
        raise SignInRefused()
    cookie = secrets.token_urlsafe(32)
    moment = clock.now()
    made = Session(_digest(cookie), person, address, moment, moment)

    async def write() -> None:
        await _replace(database, made, before)
        await limits.sweep(database)
        await limits.forget(database, account)
        # Only this try: else whoever has an account could guess at others without end.
        await limits.give_back(database, place)
        await audit.record(database, person.actor(address), "session.begin", person.id)

    await database.transact(write)
    return made, cookie


async def _replace(database: Database, made: Session, before: str | None) -> None:
    """Keep a new session; the one of the cookie ``before`` ends, and so do all that have lasted too long."""
    await database.rows(QueryString("DELETE FROM session WHERE began_at < {}", made.began_at - LONGEST))
    if before is not None:
        await database.rows(QueryString("DELETE FROM session WHERE id = {}", _digest(before)))
    await database.rows(
        QueryString(
            "INSERT INTO session (id, person, address, began_at, seen_at) VALUES ({}, {}, {}, {}, {})",
            made.id,
            made.person.id,
            made.address,
            made.began_at,
            made.seen_at,
        )
    )


async def find(database: Database, cookie: str) -> Session | None:
    """The session of a cookie; ``None`` where there is none, or it has lasted too long."""
    rows = await database.rows(
        QueryString(
            "SELECT s.id AS session, s.address, s.began_at, s.seen_at, p.login "
            "FROM session s JOIN person p ON p.id = s.person WHERE s.id = {}",
            _digest(cookie),
        )
    )
    if not rows:
        return None
    found = await people.find(database, rows[0]["login"])
    if found is None or found[0].closed:
        return None
    row, moment = rows[0], clock.now()
    session = Session(row["session"], found[0], row["address"], row["began_at"], row["seen_at"])
    if session.until <= moment:
        return None
    if moment - session.seen_at > NOTED:
        await _seen(database, session.id, moment)
        session = msgspec.structs.replace(session, seen_at=moment)
    return session


async def sign_out(database: Database, session: Session, *, everywhere: bool = False) -> int:
    """End a session, or all of its person's. Returns how many ended."""

    async def write() -> int:
        rows = await database.rows(QueryString("SELECT id FROM session WHERE person = {}", session.person.id))
        ends = [row["id"] for row in rows if everywhere or row["id"] == session.id]
        for one in ends:
            await database.rows(QueryString("DELETE FROM session WHERE id = {}", one))
        told = {"sessions": len(ends), "everywhere": everywhere}
        await audit.record(database, session.person.actor(session.address), "session.end", session.person.id, told)
        return len(ends)

    return await database.transact(write)


async def _refused(database: Database, person: Person, address: str) -> None:
    # Whoever guessed: not the person, as far as is known.
    guesser = Actor("public", "", "", frozenset(), None, address)

    async def write() -> None:
        await audit.record(database, guesser, "session.refused", person.id, {"closed": person.closed})

    await database.transact(write)


async def _seen(database: Database, session: str, moment: datetime) -> None:
    async def write() -> None:
        await database.rows(QueryString("UPDATE session SET seen_at = {} WHERE id = {}", moment, session))

    await database.transact(write)


def _digest(cookie: str) -> str:
    return sha256(cookie.encode(errors="surrogatepass")).hexdigest()
