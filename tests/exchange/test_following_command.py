"""``danhmuc follow`` and ``danhmuc webhook``, as people run them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.access.actors import command
from registry.cli import main
from registry.cli.exits import Exit
from registry.exchange.layers import Addition, put

pytestmark = pytest.mark.anyio
Run = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def url(light: Any, catalogue: Any) -> AsyncIterator[str]:
    """A registry with a history, on a port."""
    await catalogue.first(light.there)
    await catalogue.later(light.there)
    async with catalogue.listening(light.app) as found:
        yield found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], light: Any) -> Run:
    """Runs a command on the store that follows. Gives its exit code and what it said."""
    monkeypatch.setenv("DANHMUC_DATA", str(tmp_path / "here"))
    monkeypatch.delenv("DANHMUC_DATABASE_URL", raising=False)

    async def begin(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return begin


async def test_follow_once_catches_up_proves_it_and_makes_it_searchable(light: Any, url: str, run: Run) -> None:
    code, out, _ = await run("follow", url, "--once", "--allow-private")
    assert code == Exit.DONE
    assert "records taken in; proven equal" in out
    assert await light.equal()
    code, out, _ = await run("search", "Cấp bản sao", "--as-of", "2025-06-01")
    assert "9.000020" in out
    code, out, _ = await run("follow", "--once", "--allow-private")  # the address is known by now
    assert (code, "nothing new; proven equal" in out) == (Exit.DONE, True)
    code, out, _ = await run("follow", "--status", "--json")
    assert msgspec.json.decode(out)["phase"] == "changes"
    assert (await run("check"))[0] == Exit.DONE


async def test_follow_refuses_a_private_address_that_is_not_allowed(url: str, run: Run) -> None:
    code, _, err = await run("follow", url, "--once")
    assert code == Exit.USAGE
    assert "is loopback: allow it with --allow-private or DANHMUC_ALLOW_PRIVATE=1" in err


async def test_follow_says_when_nothing_answers(run: Run) -> None:
    code, _, err = await run("follow", "http://127.0.0.1:9", "--once", "--allow-private")
    assert code == Exit.UNAVAILABLE
    assert "http://127.0.0.1:9/api/digest" in err
    assert (await run("follow", "--once"))[0] == Exit.USAGE


async def test_the_status_tells_why_following_failed_last(light: Any, catalogue: Any, run: Run) -> None:
    await catalogue.first(light.there)
    async with catalogue.listening(light.app) as url:
        await run("follow", url, "--once", "--allow-private")
    assert (await run("follow", "--once", "--allow-private"))[0] == Exit.UNAVAILABLE
    _, out, _ = await run("follow", "--status")
    assert [url in line for line in out.splitlines() if "failed last" in line] == [True]
    _, out, _ = await run("follow", "--status", "--json")
    assert url in msgspec.json.decode(out)["fault"]


async def test_reviews_are_listed_and_resolved(light: Any, catalogue: Any, url: str, run: Run) -> None:
    await run("follow", url, "--once", "--allow-private")
    await put(light.here, command(), "9.000004", Addition(hours="8h"))

    def work(book: Any) -> None:
        book.put(catalogue.procedure(4, "Tên khác"), book.moment.date(), "2/QĐ-BTP", catalogue.origin)

    await catalogue.change(light.there, work, codes=["9.000004"])
    await run("follow", "--once", "--allow-private")
    _, out, _ = await run("follow", "--reviews")
    assert out.split("\t") == ["9.000004", "-", "name, sector", "Tên khác\n"]
    code, out, _ = await run("follow", "--resolve", "9.000004")
    assert (code, out) == (Exit.DONE, "9.000004: 1 additions reviewed\n")
    assert (await run("follow", "--reviews"))[1] == ""
    assert (await run("follow", "--resolve", "9.000001"))[0] == Exit.UNKNOWN


async def test_webhooks_are_added_listed_and_removed(run: Run) -> None:
    assert (await run("webhook", "add", "http://127.0.0.1:9/x"))[0] == Exit.USAGE
    code, out, err = await run("webhook", "add", "http://127.0.0.1:9/x", "--allow-private", "--part", "procedures")
    key, secret = out.split()
    assert (code, len(key), "this once" in err) == (Exit.DONE, 32, True)
    _, out, _ = await run("webhook", "list", "--json")
    assert [one["id"] for one in msgspec.json.decode(out)] == [key]
    assert secret not in out
    assert (await run("webhook", "list", "--dead", key))[0] == Exit.DONE
    assert "0 dispatches" in (await run("webhook", "replay", key))[1]
    assert (await run("webhook", "remove", key))[0] == Exit.DONE
    assert (await run("webhook", "remove", key))[0] == Exit.UNKNOWN
