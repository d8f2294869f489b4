"""Keys: shown once, kept hashed, scoped, expiring, revocable."""

from datetime import timedelta

import pytest
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit, keys
from registry.access.actors import AccessError, Actor, ScopeUnknown
from registry.access.keys import KeyNotFound, KeyRefused
from registry.catalogue import ledger
from registry.catalogue.ledger import AgencyState, Ledger
from registry.engine import Database

pytestmark = pytest.mark.anyio


async def test_a_key_stands_for_its_scopes_and_its_agency(database: Database, somebody: Actor) -> None:
    async def work(book: Ledger) -> None:
        await book.load(agencies=["H55"])
        book.put_agency("H55", AgencyState("UBND tỉnh Thái Nguyên"))

    await ledger.record(database, work)
    made = await keys.create(database, somebody, "Một cửa", ["announce", "follow"], agency="H55")
    actor = await keys.verify(database, made.secret, "203.0.113.7")
    assert (actor.kind, actor.id, actor.agency, actor.address) == ("key", made.key.id, "H55", "203.0.113.7")
    assert actor.scopes == {"announce", "follow"}
    assert made.key.until == clock.today() + timedelta(days=365)


async def test_the_store_holds_no_secret(database: Database, somebody: Actor) -> None:
    made = await keys.create(database, somebody, "Một cửa", ["announce"])
    secret = made.secret.split("_", 2)[2]
    for table in ("api_key", "audit"):
        assert secret not in str(await database.rows(QueryString(f"SELECT * FROM {table}")))
    assert secret not in f"{await keys.listed(database)} {made!r}"


async def test_a_key_is_refused_once_revoked_or_expired_and_says_so(database: Database, somebody: Actor) -> None:
    made = await keys.create(database, somebody, "a", ["announce"])
    await keys.revoke(database, somebody, made.key.id)
    assert (await keys.revoke(database, somebody, made.key.id)).revoked_at is not None
    with pytest.raises(KeyRefused, match="was revoked"):
        await keys.verify(database, made.secret)
    late = await keys.create(database, somebody, "b", ["announce"], until=clock.today())
    assert (await keys.verify(database, late.secret)).id == late.key.id
    yesterday = clock.today() - timedelta(days=1)
    await database.rows(QueryString("UPDATE api_key SET until = {} WHERE id = {}", yesterday, late.key.id))
    with pytest.raises(KeyRefused, match="was good until"):
        await keys.verify(database, late.secret)
    assert [entry.action async for batch in audit.stream(database) for entry in batch] == [
        "key.create",
        "key.revoke",
        "key.create",
    ]


async def test_what_is_no_key_is_refused_without_being_repeated(database: Database, somebody: Actor) -> None:
    made = await keys.create(database, somebody, "a", ["announce"])
    mark, identity, token = made.secret.split("_", 2)
    for text in (
        "",
        "dm_",
        f"{mark}_{identity}_",
        f"{mark}_{identity}_{token}x",
        f"{mark}_{'0' * 12}_{token}",
        token,
    ):
        with pytest.raises(KeyRefused) as caught:
            await keys.verify(database, text)
        assert token not in str(caught.value)


async def test_the_last_day_of_use_is_kept(database: Database, somebody: Actor) -> None:
    made = await keys.create(database, somebody, "a", ["announce"])
    assert (await keys.listed(database))[0].last_used is None
    await keys.verify(database, made.secret)
    assert (await keys.listed(database))[0].last_used == clock.today()


async def test_a_key_that_cannot_be_is_refused(database: Database, somebody: Actor) -> None:
    with pytest.raises(ScopeUnknown, match="announce, dossiers, metrics, follow, admin"):
        await keys.create(database, somebody, "a", ["anounce"])
    for name, scopes, options, said in (
        ("", ["announce"], {}, "name"),
        ("a\0b", ["announce"], {}, "name"),
        ("a", [], {}, "scope"),
        ("a", ["announce"], {"agency": "H99"}, "H99"),
        ("a", ["admin"], {"agency": "H55"}, "whole registry"),
        ("a", ["announce"], {"until": clock.today() - timedelta(days=1)}, "passed"),
    ):
        with pytest.raises(AccessError, match=said):
            await keys.create(database, somebody, name, scopes, **options)  # type: ignore[arg-type]  # wrong on purpose
    assert await keys.listed(database) == []
    with pytest.raises(KeyNotFound):
        await keys.revoke(database, somebody, "nothing")
