"""Whatever a portal does, it is named, bounded and survived, and nothing is lost or let in by it."""

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from registry import clock
from registry.catalogue import versions
from registry.engine import Database
from registry.exchange.portal import runs
from registry.exchange.portal.manners import SourceFault
from registry.intake import quarantine

pytestmark = pytest.mark.anyio
Go = Callable[..., Any]
Fault = Callable[..., None]

PASSING = ["429", "500", "503", "html", "garbled", "cut", "drop", "refused", "408"]
LASTING = {
    "500": "answered 500, 3 times",
    "html": "a page for people",
    "cut": "cut off",
    "drop": "cut off",
    "refused": "answered INTERNAL_ERROR try later",
    "400": "answered 400",
    "huge": "2,147,483,648 bytes",
    "endless-huge": "more than 1,000,000 bytes",
}


@pytest.mark.parametrize("kind", PASSING)
async def test_a_passing_fault_of_a_record_is_asked_again(attempt: Go, fault: Fault, kind: str) -> None:
    fault("detail", kind, times=1, id="id-00004")
    outcome = await attempt()
    assert (outcome.status, outcome.in_force, outcome.again) == ("done", 10, 1)


@pytest.mark.parametrize("limits", [{"answering": 0.3}, {"whole": 0.3}])
async def test_a_record_that_never_comes_is_asked_for_again(
    attempt: Go, fault: Fault, limits: dict[str, float]
) -> None:
    fault("detail", "hang", times=1, id="id-00004")
    outcome = await attempt(manners=limits)
    assert (outcome.status, outcome.in_force) == ("done", 10)
    assert outcome.again >= 1


@pytest.mark.parametrize("kind", ["429", "500", "garbled", "cut", "html"])
async def test_a_passing_fault_of_the_list_is_asked_again(attempt: Go, fault: Fault, kind: str) -> None:
    fault("list", kind, times=2)
    outcome = await attempt()
    assert (outcome.status, outcome.in_force, outcome.again) == ("done", 10, 2)


@pytest.mark.parametrize(("kind", "reason"), LASTING.items())
async def test_a_record_that_always_fails_is_named_and_the_others_are_taken(
    attempt: Go, fault: Fault, kind: str, reason: str
) -> None:
    fault("detail", kind, times=float("inf"), id="id-00004")
    told: list[Any] = []
    outcome = await attempt(report=told.append)
    assert (outcome.status, outcome.lines["failed"], outcome.in_force) == ("partial", 1, 9)
    (failed,) = [one for one in told if one.fate == "failed"]
    assert failed.code == "7.100004"
    assert reason in failed.reason


async def test_a_record_that_failed_is_asked_for_again_by_the_next_run(
    attempt: Go, fault: Fault, replica: Any
) -> None:
    fault("detail", "500", times=3, id="id-00004")
    assert (await attempt()).status == "partial"
    outcome = await attempt()
    assert (outcome.status, outcome.taken["new"], outcome.in_force) == ("done", 1, 10)


async def test_records_that_always_fail_keep_none_of_the_others_from_being_looked_at(
    attempt: Go, fault: Fault, replica: Any
) -> None:
    await attempt()
    replica.reset()
    for number in range(4):
        fault("detail", "400", times=float("inf"), id=f"id-{number:05}")
    for _ in range(5):
        await attempt()
    assert set(replica.ids()) == set(replica.details)
    replica.faults.clear()
    replica.reset()
    assert (await attempt()).status == "done"
    assert {f"id-{number:05}" for number in range(4)} <= set(replica.ids())


async def test_a_record_whose_json_is_always_broken_is_quarantined_with_its_bytes(
    local: Database, attempt: Go, fault: Fault
) -> None:
    fault("detail", "garbled", times=float("inf"), id="id-00004")
    outcome = await attempt()
    assert (outcome.status, outcome.taken["quarantined"], outcome.in_force) == ("partial", 1, 9)
    (entry,) = await quarantine.listed(local)
    assert entry.code == "7.100004"
    _, data = await quarantine.find(local, entry.id)
    assert data.startswith(b'{"code":"OK","data":{')


async def test_another_record_in_the_place_of_one_is_never_taken_for_it(attempt: Go, fault: Fault) -> None:
    fault("detail", "other", times=float("inf"), value="id-00005", id="id-00004")
    told: list[Any] = []
    outcome = await attempt(report=told.append)
    assert outcome.in_force == 9
    assert any("sent the record id-00005 in the place of id-00004" in getattr(one, "reason", "") for one in told)


async def test_a_portal_that_fails_at_everything_is_left_alone_soon_and_what_came_is_kept(
    local: Database, attempt: Go, fault: Fault, replica: Any, make: Any
) -> None:
    replica.fill(make(number) for number in range(10, 40))
    replica.on_detail = lambda _: fault("detail", "500", 99) if replica.count("detail") == 5 else None
    with pytest.raises(SourceFault, match="fails at everything"):
        await attempt(manners={"giving_up": 4})
    assert replica.count("detail") < 30
    (run,) = await runs.listed(local)
    assert (run.outcome, run.finished_at is not None) == ("failed", True)
    assert "fails at everything" in run.reason
    replica.faults.clear()
    replica.reset()
    replica.on_detail = lambda _: None
    outcome = await attempt()
    assert outcome.in_force == 40
    assert replica.count("detail") <= 36, "what the first run fetched is not fetched again"


async def test_a_portal_that_has_none_of_what_it_lists_is_not_believed(
    local: Database, attempt: Go, fault: Fault, replica: Any
) -> None:
    await attempt()
    fault("detail", "404", times=99)
    with pytest.raises(SourceFault, match="has none of the last 8 records that it lists"):
        await attempt(full=True, allow_ends=True)
    assert await versions.count(local, clock.today()) == 10


async def test_retry_after_holds_every_connection_back(attempt: Go, fault: Fault, replica: Any) -> None:
    moments: list[float] = []
    replica.on_detail = lambda _: moments.append(time.monotonic())
    fault("detail", "429", value="1", times=1)
    await attempt(manners={"longest": 5.0, "connections": 2})
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) >= 0.9, "none of the connections asks in the meantime"


async def test_a_portal_that_asks_for_hours_is_left_alone(attempt: Go, fault: Fault, replica: Any) -> None:
    later = clock.now().replace(year=clock.now().year + 1)
    fault("detail", "503", value=format_datetime(later, usegmt=True), times=99)
    with pytest.raises(SourceFault, match="asks to be left alone for"):
        await attempt(manners={"connections": 1})
    assert replica.count("detail") == 1


async def test_the_rate_is_kept_over_all_connections(attempt: Go, replica: Any) -> None:
    begun = time.monotonic()
    await attempt(manners={"rate": 40.0})
    assert time.monotonic() - begun >= 0.5 * (replica.count("list") + 10 - 1) / 40


async def test_connections_are_bounded(attempt: Go, replica: Any) -> None:
    replica.delay = 0.02
    await attempt(manners={"connections": 2})
    assert replica.busiest == 2


ODD_PAGES = [
    "[]",
    "1",
    '{"code":"OK"}',
    '{"code":"OK","data":[1]}',
    '{"code":"OK","data":{"items":null}}',
    "[" * 5000,
]
ODD_RECORDS = [
    "{}",
    "[1,2]",
    '{"id":7}',
    '{"id":"id-00004","code":5}',
    '{"id":"\\ud800"}',
    '{"id":"id-00004"',
    "7",
]


@pytest.mark.parametrize("body", ODD_PAGES)
async def test_a_page_that_is_none_is_never_taken_for_the_end(
    attempt: Go, fault: Fault, replica: Any, body: str
) -> None:
    await attempt()
    fault("list", "odd", value=body, times=99)
    replica.remove("id-00000")
    with pytest.raises(SourceFault, match="cannot be listed"):
        await attempt(allow_ends=True)


@pytest.mark.parametrize("body", ODD_RECORDS)
async def test_an_odd_answer_in_the_place_of_a_record_never_crashes(attempt: Go, fault: Fault, body: str) -> None:
    fault("detail", "odd", value=f'{{"code":"OK","data":{body}}}', times=99, id="id-00004")
    outcome = await attempt()
    assert (outcome.status, outcome.in_force) == ("partial", 9)


async def test_a_moment_that_is_none_is_not_remembered(attempt: Go, replica: Any) -> None:
    replica.change("id-00004")
    detail = replica.details["id-00004"].replace(b'"updatedAt":1779210001000', b'"updatedAt":' + b"9" * 30)
    replica.details["id-00004"] = detail
    assert detail.count(b"9" * 30) == 1
    assert (await attempt()).lines["fetched"] == 10
    assert (await attempt(full=True)).lines["fetched"] == 10


@pytest.mark.parametrize("cursor", ["endless", "looping", "standing"])
async def test_a_list_without_an_end_is_named_and_ends_nothing(
    local: Database, attempt: Go, replica: Any, cursor: str
) -> None:
    await attempt()
    replica.remove("id-00000")
    replica.cursor = cursor
    outcome = await attempt(allow_ends=True)
    assert outcome.status == "partial"
    assert "the list has no end" in outcome.fault
    assert (outcome.ends, outcome.in_force) == ([], 10)
    assert (await runs.listed(local))[0].reason == outcome.fault


async def test_lines_that_come_twice_count_once(attempt: Go, replica: Any) -> None:
    replica.page_repeats = 2
    outcome = await attempt()
    assert (outcome.status, outcome.lines["fetched"], outcome.in_force) == ("done", 10, 10)
    assert outcome.lines["twice"] == 4


async def test_a_line_that_cannot_be_read_is_quarantined_and_nothing_ends(
    local: Database, attempt: Go, replica: Any
) -> None:
    await attempt()
    replica.remove("id-00000")
    replica.extra_lines = [{"id": None, "code": "7.1", "name": "?"}, "?", {"id": "", "code": "1", "name": "?"}]
    outcome = await attempt(allow_ends=True)
    assert (outcome.lines["unreadable"], outcome.taken["quarantined"]) == (3, 3)
    assert (outcome.ends, outcome.kept) == ([], 1)
    assert len(await quarantine.listed(local)) == 3
    replica.extra_lines = []
    assert (await attempt(allow_ends=True)).ends == ["7.100000"]
    assert not await quarantine.listed(local), "lines that were mended are held no more"


async def test_a_portal_that_lists_nothing_ends_nothing(attempt: Go, replica: Any) -> None:
    await attempt()
    replica.remove(*list(replica.lines))
    with pytest.raises(SourceFault, match="lists nothing at all"):
        await attempt(allow_ends=True)


async def test_a_redirect_is_named_and_not_followed(attempt: Go, fault: Fault) -> None:
    fault("list", "redirect", value="http://169.254.169.254/latest/meta-data")
    with pytest.raises(SourceFault, match=r"redirects to http://169\.254\.169\.254/latest"):
        await attempt()


async def test_a_private_address_is_refused_unless_it_is_allowed(attempt: Go, replica: Any) -> None:
    with pytest.raises(SourceFault, match=r"is loopback: allow it with --allow-private"):
        await attempt(allow_private=False)
    assert replica.asked == []


async def test_a_list_of_two_gigabytes_is_not_read(attempt: Go, fault: Fault, replica: Any) -> None:
    fault("list", "endless-huge")
    with pytest.raises(SourceFault, match="sends more than 1,000,000 bytes; no more is taken"):
        await attempt()


async def test_what_was_kept_too_long_ago_is_fetched_again(attempt: Go, fault: Fault, replica: Any) -> None:
    fault("detail", "401", times=9, id="id-00000")
    with pytest.raises(SourceFault, match="does not let us in"):
        await attempt(manners={"connections": 1})
    replica.faults.clear()
    replica.reset()
    assert (await attempt(manners={"fresh": 0.0})).in_force == 10
    assert replica.count("detail") == 10


async def test_an_older_copy_never_takes_the_place_of_a_newer_one(
    local: Database, attempt: Go, replica: Any
) -> None:
    old = replica.details["id-00004"]
    replica.change("id-00004", name="Tên mới")
    await attempt()
    replica.details["id-00004"] = old
    replica.lines["id-00004"]["name"] = "Tên còn mới hơn"
    told: list[Any] = []
    outcome = await attempt(report=told.append)
    assert (outcome.status, outcome.lines["failed"]) == ("partial", 1)
    (failed,) = [one for one in told if one.fate == "failed"]
    assert "sent an older copy, last changed 2026-05-20 00:00:00" in failed.reason
    assert (await versions.find(local, "7.100004", clock.today())).procedure.name == "Tên mới"
    assert (await attempt(full=True)).taken["corrected"] == 1


async def test_an_address_without_the_interface_is_told_so(attempt: Go, fault: Fault) -> None:
    fault("list", "404")
    with pytest.raises(SourceFault, match="there is no such interface at this address"):
        await attempt()


async def test_a_portal_that_is_down_is_named(attempt: Go, replica: Any) -> None:
    with pytest.raises(SourceFault, match="cannot be listed: All connection attempts failed, 3 times"):
        await attempt(url="http://127.0.0.1:9/api/v1")


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, both = tmp_path / "key.pem", tmp_path / "both.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    files = ["-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(both)]
    subprocess.run(["openssl", "req", "-x509", *curve, *files], capture_output=True, timeout=20, check=True)
    with both.open("ab") as file:
        file.write(key.read_bytes())
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_certificate_that_is_not_trusted_is_named_and_not_tried_again(attempt: Go, untrusted: str) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceFault, match="its certificate is not trusted"):
        await attempt(url=untrusted, manners={"pause": 60.0})
    assert time.monotonic() - begun < 25
