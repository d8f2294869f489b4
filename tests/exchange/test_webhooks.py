"""Targets are told of every change, signed, in order, whatever they do; and whatever happens to us."""

import asyncio
import contextlib
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.access import audit
from registry.access.actors import command
from registry.catalogue import versions
from registry.engine import Database, open_database
from registry.exchange import posting, webhooks
from registry.exchange.addresses import AddressRefused
from registry.exchange.delivering import Deliverer, Pace
from registry.exchange.webhooks import WebhookInvalid, WebhookNotFound
from registry.procedure import Term
from registry.settings import Settings

pytestmark = pytest.mark.anyio
FAST = Pace(looking=0.02, answering=0.3, whole=0.4, first=0.01, attempts=3, lease=0.5)
SECRET = "a secret that nobody may read"


class Target:
    """A server on loopback that keeps what it is sent and answers as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[str] = []
        self.usual = "200 OK"
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.met = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.messages.append((headers, body))
            self.met.set()
            answer = self.answers.pop(0) if self.answers else self.usual
            if answer == "hang":
                await reader.read()
            elif answer == "endless":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n")
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            else:
                writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    @property
    def told(self) -> list[int]:
        """The numbers of the changes in the order in which they came."""
        return [one["seq"] for _, body in self.messages for one in msgspec.json.decode(body)["changes"]]


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    found = Target()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=hidden"
    try:
        yield found
    finally:
        server.close()


@asynccontextmanager
async def delivering(database: Database, pace: Pace = FAST) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(database, pace=pace)
    try:
        yield deliverer
    finally:
        await deliverer.stop()


async def until(deliverer: Deliverer, condition: Any) -> None:
    """Look and deliver until this is so."""
    async with asyncio.timeout(15):
        while not await condition():
            await deliverer.look()
            await asyncio.sleep(0.01)
    await deliverer.settled()


async def register(database: Database, url: str, **more: Any) -> webhooks.Webhook:
    made = await webhooks.create(database, command(), url, secret=SECRET, allow_private=True, **more)
    return made.webhook


def delivered(database: Database, key: str) -> Any:
    async def condition() -> bool:
        found = await webhooks.find(database, key)
        return found.cursor == await versions.revision(database) and not found.waiting

    return condition


async def sectors(database: Database, catalogue: Any, *codes: str) -> None:
    for code in codes:
        await catalogue.change(database, lambda book, code=code: book.put_sector(Term(code, "Mới")))


async def test_a_target_is_told_of_what_changes_signed_with_its_secret(database: Database, catalogue: Any) -> None:
    async with target() as there, delivering(database) as deliverer:
        await sectors(database, catalogue, "before")
        hook = await register(database, there.url)
        await sectors(database, catalogue, "A", "B")
        await until(deliverer, delivered(database, hook.id))
        headers, body = there.messages[0]
        message = msgspec.json.decode(body)
        assert [(one["kind"], one["key"]) for one in message["changes"]] == [("sector", "A"), ("sector", "B")]
        assert message["webhook"] == hook.id
        assert message["delivery"] == headers["webhook-id"]
        signed = f"{headers['webhook-timestamp']}.".encode() + body
        digest = hmac.new(SECRET.encode(), signed, sha256).hexdigest()
        assert headers["webhook-signature"] == f"sha256={digest}"
        found = await webhooks.find(database, hook.id)
        assert (found.delivered, found.waiting, found.dead, found.fault) == (1, 0, 0, "")


async def test_a_target_that_fails_is_tried_again_in_order(database: Database, catalogue: Any) -> None:
    async with target() as there, delivering(database) as deliverer:
        there.answers = ["500 Oops", "302 Found\r\nlocation: http://127.0.0.1:1/", "200 OK"]
        hook = await register(database, there.url, since=0)
        await sectors(database, catalogue, "A")
        await until(deliverer, delivered(database, hook.id))
        await sectors(database, catalogue, "B")
        await until(deliverer, delivered(database, hook.id))
        assert there.told == [1, 1, 1, 2]
        ids = [headers["webhook-id"] for headers, _ in there.messages]
        assert ids[0] == ids[1] == ids[2] != ids[3]


async def test_what_is_given_up_waits_as_a_dead_letter_and_is_replayed(database: Database, catalogue: Any) -> None:
    async with target() as there, delivering(database) as deliverer:
        there.answers = ["503 Later"] * FAST.attempts
        hook = await register(database, there.url)
        await sectors(database, catalogue, "A")
        await until(deliverer, delivered(database, hook.id))
        (letter,) = await webhooks.letters(database, hook.id)
        assert (letter.attempts, letter.status) == (FAST.attempts, 503)
        # The target is not held up by what it did not take.
        await sectors(database, catalogue, "B")
        await until(deliverer, delivered(database, hook.id))
        assert there.told == [1, 1, 1, 2]
        assert await webhooks.replay(database, command(), hook.id) == 1
        await until(deliverer, delivered(database, hook.id))
        assert there.told == [1, 1, 1, 2, 1]
        assert await webhooks.letters(database, hook.id) == []


@pytest.mark.parametrize("manner", ["hang", "endless"])
async def test_a_target_that_hangs_or_never_ends_holds_up_nobody_else(
    local: Database, catalogue: Any, manner: str
) -> None:
    async with target() as slow, target() as quick, delivering(local) as deliverer:
        slow.usual = manner
        hanging, other = await register(local, slow.url), await register(local, quick.url)
        await sectors(local, catalogue, "A")
        await until(deliverer, delivered(local, other.id))
        assert quick.told == [1]
        if manner == "hang":
            await until(deliverer, delivered(local, hanging.id))
            (letter,) = await webhooks.letters(local, hanging.id)
            assert "hangs" in letter.fault or "in time" in letter.fault


async def test_a_target_that_is_away_is_named_without_its_secrets(
    local: Database, catalogue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with target() as there, delivering(local) as deliverer:
        hook = await register(local, "http://127.0.0.1:9/hook?token=hidden")
        other = await register(local, there.url)
        await sectors(local, catalogue, "A")
        await until(deliverer, delivered(local, hook.id))
        await until(deliverer, delivered(local, other.id))
        shown = repr((await webhooks.listed(local), await webhooks.letters(local, hook.id))) + caplog.text
        assert "http://127.0.0.1:9/hook" in shown
        assert SECRET not in shown
        assert "hidden" not in shown


async def test_only_the_parts_that_were_asked_for_are_told(local: Database, catalogue: Any) -> None:
    async with target() as there, delivering(local) as deliverer:
        hook = await register(local, there.url, parts=["procedures"])
        await sectors(local, catalogue, "A")
        await until(deliverer, delivered(local, hook.id))
        assert there.messages == []
        await catalogue.first(local, 2)
        await until(deliverer, delivered(local, hook.id))
        kinds = {one["kind"] for _, body in there.messages for one in msgspec.json.decode(body)["changes"]}
        assert kinds == {"version"}


async def test_many_changes_are_told_in_pieces_and_none_twice(local: Database, catalogue: Any) -> None:
    async with target() as there, delivering(local, msgspec.structs.replace(FAST, batch=7)) as deliverer:
        await catalogue.first(local, 12)
        hook = await register(local, there.url, since=0)
        await until(deliverer, delivered(local, hook.id))
        assert there.told == list(range(1, await versions.revision(local) + 1))
        assert len(there.messages) > 2


async def test_what_was_about_to_be_sent_is_sent_by_the_next_process(settings: Settings, catalogue: Any) -> None:
    async with target() as there:
        first = await open_database(settings)
        hook = await register(first, there.url)
        await sectors(first, catalogue, "A", "B")
        there.answers = ["hang"]
        async with delivering(first) as deliverer:
            await deliverer.look()
            await asyncio.wait_for(there.met.wait(), 10)
        await first.close()  # as a kill would: the dispatch is in the store, its answer never came
        second = await open_database(settings)
        async with delivering(second) as deliverer:
            await until(deliverer, delivered(second, hook.id))
        assert there.told == [1, 2, 1, 2]
        assert there.messages[0][0]["webhook-id"] == there.messages[1][0]["webhook-id"]
        await second.close()


async def test_two_processes_tell_a_target_once(settings: Settings, catalogue: Any) -> None:
    async with target() as there:
        databases = [await open_database(settings) for _ in range(2)]
        hook = await register(databases[0], there.url)
        async with delivering(databases[0]) as one, delivering(databases[1]) as two:
            for code in ("A", "B", "C"):
                await sectors(databases[0], catalogue, code)
                await asyncio.gather(one.look(), two.look())
                await asyncio.gather(one.settled(), two.settled())
            await until(one, delivered(databases[0], hook.id))
        assert there.told == [1, 2, 3]
        for database in databases:
            await database.close()


async def test_a_private_target_is_refused_unless_allowed(local: Database, catalogue: Any) -> None:
    with pytest.raises(AddressRefused, match="--allow-private"):
        await webhooks.create(local, command(), "http://127.0.0.1/x")
    made = await webhooks.create(local, command(), "http://127.0.0.1:9/x", everywhere=True)
    # What the settings no longer allow is not connected to, whatever they allowed once.
    async with delivering(local) as deliverer:
        await sectors(local, catalogue, "A")
        await until(deliverer, delivered(local, made.webhook.id))
        (letter,) = await webhooks.letters(local, made.webhook.id)
        assert "loopback" in letter.fault


@pytest.mark.parametrize(
    "wrong", [{"parts": ["dossiers"]}, {"secret": "short"}, {"since": 10_000}], ids=["part", "secret", "since"]
)
async def test_what_cannot_be_registered_is_said(local: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(WebhookInvalid):
        await webhooks.create(local, command(), "http://127.0.0.1:9/x", allow_private=True, **wrong)
    assert await webhooks.listed(local) == []


async def test_what_is_removed_is_told_of_nothing(local: Database, catalogue: Any) -> None:
    async with target() as there, delivering(local) as deliverer:
        hook = await register(local, there.url)
        await webhooks.remove(local, command(), hook.id)
        await sectors(local, catalogue, "A")
        await deliverer.look()
        await deliverer.settled()
        assert there.messages == []
        with pytest.raises(WebhookNotFound):
            await webhooks.remove(local, command(), hook.id)


async def test_over_http_everyone_sees_only_their_own_targets_and_never_a_secret(light: Any, keyed: Any) -> None:
    one, two = await keyed(light.there, "follow"), await keyed(light.there, "follow")
    admin, nobody = await keyed(light.there, "admin"), await keyed(light.there, "dossiers")
    wanted = {"url": "https://8.8.8.8/hook", "parts": ["procedures"]}
    client = light.client
    assert (await client.post("/api/webhooks", json=wanted)).status_code == 401
    assert (await client.post("/api/webhooks", json=wanted, headers=nobody)).status_code == 403
    made = await client.post("/api/webhooks", json=wanted, headers=one)
    assert made.status_code == 201
    key, secret = made.json()["webhook"]["id"], made.json()["secret"]
    assert len(secret) > 30
    for headers, count in ((one, 1), (two, 0), (admin, 1)):
        answer = await client.get("/api/webhooks", headers=headers)
        assert len(answer.json()["items"]) == count
        assert secret not in answer.text
    for path in (f"/api/webhooks/{key}/letters", f"/api/webhooks/{'f' * 32}/letters"):
        assert (await client.get(path, headers=two)).status_code == 404
    assert (await client.delete(f"/api/webhooks/{key}", headers=two)).status_code == 404
    replayed = await client.post(f"/api/webhooks/{key}/replay", headers=one)
    assert replayed.json() == {"replayed": 0}
    assert (await client.delete(f"/api/webhooks/{key}", headers=admin)).status_code == 204


async def test_over_http_a_target_is_paused_resumed_and_tried_and_gets_a_new_secret(
    light: Any, keyed: Any
) -> None:
    client, database = light.client, light.there
    admin, stranger, nobody = [await keyed(database, scope) for scope in ("admin", "follow", "dossiers")]
    async with target() as there:
        hook = await register(database, there.url)
        path = f"/api/webhooks/{hook.id}"
        for action in ("pause", "resume", "secret", "trial"):
            assert (await client.post(f"{path}/{action}")).status_code == 401
            assert (await client.post(f"{path}/{action}", headers=nobody)).status_code == 403
            for address in (f"{path}/{action}", f"/api/webhooks/{'f' * 32}/{action}"):
                refused = await client.post(address, headers=stranger)
                assert refused.status_code == 404
                assert refused.headers["content-type"] == "application/problem+json"
        assert there.messages == []
        for _ in range(2):
            paused = await client.post(f"{path}/pause", headers=admin)
            assert (paused.status_code, paused.headers["cache-control"]) == (200, "no-store")
            assert paused.json()["pausedAt"]
        tried = await client.post(f"{path}/trial", headers=admin)
        assert tried.json() == {"taken": True, "status": 200, "fault": ""}
        made = await client.post(f"{path}/secret", headers=admin)
        secret = made.json()["secret"]
        assert made.json()["webhook"]["id"] == hook.id
        assert SECRET not in made.text
        there.usual = "503 Later"
        tried = await client.post(f"{path}/trial", headers=admin)
        told = tried.json()
        assert (tried.status_code, told["taken"], told["status"]) == (200, False, 503)
        assert "answers 503" in told["fault"]
        assert "hidden" not in tried.text
        for (headers, body), key in zip(there.messages, (SECRET, secret), strict=True):
            assert msgspec.json.decode(body)["changes"] == []
            assert headers["webhook-signature"] == webhooks.signature(key, int(headers["webhook-timestamp"]), body)
        for _ in range(2):
            resumed = await client.post(f"{path}/resume", headers=admin)
            assert resumed.json()["pausedAt"] is None
    kept = await webhooks.find(database, hook.id)
    assert (kept.cursor, kept.delivered) == (hook.cursor, hook.delivered)
    actions = [one.action for one in await audit.latest(database, 20, subject=hook.id)]
    assert [one for one in reversed(actions) if one != "webhook.create"] == [
        "webhook.pause",
        "webhook.trial",
        "webhook.rotate",
        "webhook.trial",
        "webhook.resume",
    ]


async def test_over_http_a_private_target_is_a_problem(light: Any, keyed: Any) -> None:
    headers = await keyed(light.there, "follow")
    for url in ("http://169.254.169.254/latest", "http://localhost/x", "file:///etc/passwd", "x"):
        answer = await light.client.post("/api/webhooks", json={"url": url}, headers=headers)
        assert answer.status_code == 400, url
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_paused_target_is_told_nothing_until_it_is_resumed(database: Database, catalogue: Any) -> None:
    async with target() as there, delivering(database) as deliverer:
        hook = await register(database, there.url)
        await webhooks.pause(database, command(), hook.id, on=True)
        await sectors(database, catalogue, "moi")
        for _ in range(5):
            await deliverer.look()
            await asyncio.sleep(0.02)
        assert there.messages == []
        found = await webhooks.find(database, hook.id)
        assert found.paused_at is not None
        assert found.reached < await versions.revision(database)
        await webhooks.pause(database, command(), hook.id, on=False)
        await until(deliverer, delivered(database, hook.id))
    assert there.told
    assert (await webhooks.find(database, hook.id)).reached == await versions.revision(database)


async def test_a_new_secret_signs_from_then_on(database: Database, catalogue: Any) -> None:
    async with target() as there, delivering(database) as deliverer:
        hook = await register(database, there.url)
        made = await webhooks.rotate(database, command(), hook.id)
        assert made.secret != SECRET
        await sectors(database, catalogue, "moi")
        await until(deliverer, delivered(database, hook.id))
        headers, body = there.messages[0]
    assert headers["webhook-signature"] == webhooks.signature(made.secret, int(headers["webhook-timestamp"]), body)


async def test_a_trial_is_signed_and_moves_nothing_on(database: Database, catalogue: Any) -> None:
    async with target() as there:
        hook = await register(database, there.url)
        await sectors(database, catalogue, "moi")
        answered = await posting.trial(database, command(), hook.id)
        assert (answered.status, answered.fault) == (200, "")
        headers, body = there.messages[0]
        assert headers["webhook-signature"] == webhooks.signature(SECRET, int(headers["webhook-timestamp"]), body)
        assert msgspec.json.decode(body)["changes"] == []
        assert (await webhooks.find(database, hook.id)).cursor == hook.cursor
        there.usual = "503 Busy"
        answered = await posting.trial(database, command(), hook.id)
        assert answered.status == 503
        assert "answers 503" in answered.fault
        there.usual = "hang"
        answered = await posting.trial(database, command(), hook.id, within=0.2)
        assert "it hangs" in answered.fault
    with pytest.raises(WebhookNotFound):
        await posting.trial(database, command(), "none")


async def test_the_command_tries_pauses_and_gives_a_new_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry.cli.arguments import parser
    from registry.cli.commands import webhook
    from registry.cli.exits import Exit
    from registry.cli.screen import Screen

    async def run(*arguments: str) -> tuple[Exit, str]:
        asked = parser().parse_args(["webhook", *arguments])
        code = await webhook.run(asked, Settings(data=tmp_path / "var"), Screen())
        return code, capsys.readouterr().out.strip()

    async with target() as there:
        _, made = await run("add", there.url, "--allow-private")
        key, secret = made.split()
        assert await run("try", key) == (Exit.DONE, "it answered 200")
        there.usual = "500 Broken"
        code, said = await run("try", key)
        assert (code, said.endswith("answers 500")) == (Exit.UNAVAILABLE, True)
    assert (await run("pause", key))[0] is Exit.DONE
    assert "paused" in (await run("list"))[1]
    await run("resume", key)
    assert "paused" not in (await run("list"))[1]
    code, fresh = await run("rotate", key)
    assert fresh not in ("", secret)
