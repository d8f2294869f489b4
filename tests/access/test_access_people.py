"""People, their passwords and their sessions."""

import asyncio
from datetime import timedelta

import pytest
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit, limits, passwords, people, sessions
from registry.access.actors import AccessError, Actor
from registry.access.limits import TooMany
from registry.access.passwords import PasswordUnfit
from registry.access.people import PersonNotFound
from registry.access.sessions import SignInRefused
from registry.engine import Database

pytestmark = pytest.mark.anyio

PASSWORD = "bốn từ dễ nhớ"
HERE = "203.0.113.7"


@pytest.fixture
async def lan(database: Database, somebody: Actor) -> people.Person:
    return await people.create(database, somebody, " Lan ", "Nguyễn Thị Lan", PASSWORD, ["announce"])


async def test_a_password_fits_however_its_letters_are_composed() -> None:
    kept = await passwords.make("bốn từ dễ nhớ")
    assert kept.startswith("scrypt$")
    assert await passwords.fits("bốn từ dễ nhớ", kept)
    assert not await passwords.fits("bon tu de nho", kept)
    assert not await passwords.fits("bốn từ dễ nhớ", None)
    assert kept != await passwords.make("bốn từ dễ nhớ")


@pytest.mark.parametrize("password", ["", "ngắn quá", "a" * 20, "x" * 201])
async def test_a_weak_password_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(PasswordUnfit) as caught:
        await passwords.make(password)
    assert not password or password not in str(caught.value)


@pytest.mark.usefixtures("lan")
async def test_a_session_lasts_until_it_is_idle_or_old(database: Database) -> None:
    session, cookie = await sessions.sign_in(database, "LAN", PASSWORD, HERE)
    assert (await sessions.find(database, cookie)) == session
    assert await sessions.find(database, cookie + "x") is None
    for column, age in (("seen_at", sessions.IDLE), ("began_at", sessions.LONGEST)):
        await database.rows(QueryString(f"UPDATE session SET {column} = {{}}", clock.now() - age))
        assert await sessions.find(database, cookie) is None
        await database.rows(QueryString(f"UPDATE session SET {column} = {{}}", clock.now()))
    assert await sessions.find(database, cookie) is not None


@pytest.mark.usefixtures("lan")
async def test_use_keeps_a_session_from_idling(database: Database) -> None:
    _, cookie = await sessions.sign_in(database, "lan", PASSWORD, HERE)
    ago = clock.now() - timedelta(minutes=30)
    await database.rows(QueryString("UPDATE session SET seen_at = {}", ago))
    found = await sessions.find(database, cookie)
    assert found is not None
    assert found.seen_at > ago
    assert (await database.rows(QueryString("SELECT seen_at FROM session")))[0]["seen_at"] > ago


@pytest.mark.usefixtures("lan")
async def test_signing_in_makes_a_new_cookie_and_ends_the_one_before(database: Database) -> None:
    _, first = await sessions.sign_in(database, "lan", PASSWORD, HERE)
    _, second = await sessions.sign_in(database, "lan", PASSWORD, HERE, before=first)
    assert first != second
    assert await sessions.find(database, first) is None
    assert await sessions.find(database, second) is not None


@pytest.mark.usefixtures("lan")
async def test_signing_out_everywhere_ends_every_session(database: Database) -> None:
    signed = [await sessions.sign_in(database, "lan", PASSWORD, HERE) for _ in range(3)]
    assert await sessions.sign_out(database, signed[0][0]) == 1
    assert await sessions.find(database, signed[0][1]) is None
    assert await sessions.sign_out(database, signed[1][0], everywhere=True) == 2
    assert await sessions.find(database, signed[2][1]) is None


@pytest.mark.usefixtures("lan")
async def test_a_new_password_and_a_closed_account_end_sessions(database: Database, somebody: Actor) -> None:
    _, cookie = await sessions.sign_in(database, "lan", PASSWORD, HERE)
    await people.set_password(database, somebody, "lan", "năm từ khác dễ nhớ")
    assert await sessions.find(database, cookie) is None
    with pytest.raises(SignInRefused):
        await sessions.sign_in(database, "lan", PASSWORD, HERE)
    _, cookie = await sessions.sign_in(database, "lan", "năm từ khác dễ nhớ", HERE)
    await people.close(database, somebody, "lan")
    assert await sessions.find(database, cookie) is None
    with pytest.raises(SignInRefused):
        await sessions.sign_in(database, "lan", "năm từ khác dễ nhớ", HERE)
    with pytest.raises(PersonNotFound):
        await people.close(database, somebody, "nobody")
    assert await audit.verify(database) == []


@pytest.mark.usefixtures("lan")
async def test_many_guesses_are_slowed_and_then_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    looked_at, waits = 0, []
    for guess in range(200):
        try:
            await sessions.sign_in(database, "lan", f"đoán lần {guess}", HERE)
        except SignInRefused:
            looked_at += 1
        except TooMany as error:
            waits.append(error.wait)
            moment += timedelta(seconds=error.wait if len(waits) < 9 else 0)
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert looked_at == limits.ACCOUNT.free + 9
    # The right password is refused too, while the door is closed, and accepted once it opens.
    with pytest.raises(TooMany):
        await sessions.sign_in(database, "lan", PASSWORD, "198.51.100.1")
    moment += timedelta(minutes=15)
    await sessions.sign_in(database, "lan", PASSWORD, "198.51.100.1")


@pytest.mark.usefixtures("lan")
async def test_guesses_at_one_moment_are_no_way_around(database: Database) -> None:
    tries = [sessions.sign_in(database, "lan", f"đoán lần {guess}", HERE) for guess in range(30)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    looked_at = [one for one in results if isinstance(one, SignInRefused)]
    assert len(looked_at) == limits.ACCOUNT.free + 1
    assert all(isinstance(one, TooMany) for one in results if one not in looked_at)


async def test_guesses_at_many_accounts_from_one_address_are_refused(database: Database) -> None:
    refused = 0
    for number in range(limits.ADDRESS.free + 5):
        try:
            await sessions.sign_in(database, f"someone{number}", "x", HERE)
        except SignInRefused:
            refused += 1
        except TooMany:
            break
    assert refused == limits.ADDRESS.free + 1
    with pytest.raises(SignInRefused):
        await sessions.sign_in(database, "another", "x", "198.51.100.1")


@pytest.mark.usefixtures("lan")
async def test_a_password_typed_as_login_is_kept_nowhere(database: Database) -> None:
    for typed in (PASSWORD, "a\0b", "\ud800"):
        with pytest.raises(SignInRefused):
            await sessions.sign_in(database, typed, "x", HERE)
    for table in ("attempt", "audit", "session", "person"):
        assert PASSWORD not in str(await database.rows(QueryString(f"SELECT * FROM {table}")))


@pytest.mark.usefixtures("lan")
async def test_what_a_person_may_do_changes_while_they_are_signed_in(database: Database, somebody: Actor) -> None:
    _, cookie = await sessions.sign_in(database, "lan", PASSWORD, HERE)
    await people.grant(database, somebody, "lan", ["metrics"])
    found = await sessions.find(database, cookie)
    assert found is not None
    assert found.person.scopes == ("metrics",)
    with pytest.raises(AccessError, match="H99"):
        await people.grant(database, somebody, "lan", ["announce"], "H99")
    with pytest.raises(PersonNotFound):
        await people.grant(database, somebody, "nobody", [])


async def test_an_account_that_cannot_be_is_refused(
    database: Database, lan: people.Person, somebody: Actor
) -> None:
    for login, name, said in ((lan.login, "Lan", "already"), ("a b", "An", "login"), ("an", " ", "name")):
        with pytest.raises(AccessError, match=said):
            await people.create(database, somebody, login, name, PASSWORD, [])
    assert [one.login for one in await people.listed(database)] == ["lan"]
