"""Dossiers come in: what is stored of them, what is not, and what is said of it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from registry import clock
from registry.dossiers import aside, revision
from registry.dossiers.facts import Fact
from registry.procedure import Procedure

pytestmark = pytest.mark.anyio
DAY = date(2025, 5, 12)


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


async def test_a_dossier_is_stored_with_its_facts_and_counted_in_every_table(room: Any) -> None:
    outcome = await room.deliver(
        room.ended(
            "H55-1", "2025-05-12", feeDue=25_000, paidOnline=True, needsResult=True, eResult=True, digitised=True,
            reused=True, place="centre", petitions={"count": 3, "onTime": 2, "unsatisfied": 1}, complained=True,
        )
    )  # fmt: skip
    assert (outcome.read, outcome.fates["new"], outcome.revision) == (1, 1, 1)
    assert await revision(room.database) == 1
    record = await room.only()
    assert (record["agency"], record["procedure"], record["channel"]) == ("H55.17", "9.000001", "direct")
    assert (record["received"], record["finished"], record["fee"]) == (
        ordinal("2025-05-12"),
        ordinal("2025-05-12"),
        25_000,
    )
    assert Fact(record["facts"]) == (
        Fact.FINISHED | Fact.DIRECT | Fact.FEE_DUE | Fact.PAID_ONLINE | Fact.NEEDS_RESULT | Fact.E_RESULT
        | Fact.DIGITISED | Fact.REUSED | Fact.CENTRE | Fact.COMPLAINED | Fact.DUE_DERIVED
    )  # fmt: skip
    for table, rows in (await room.tallies()).items():
        (row,) = rows
        assert (row["received"], row["resolved"], row["resolved_on_time"], row["late"]) == (1, 1, 1, 0), table
        assert (row["petitions"], row["petitions_on_time"], row["petitions_unsatisfied"]) == (3, 2, 1)


async def test_a_dossier_is_received_in_one_period_and_resolved_in_another(room: Any) -> None:
    await room.deliver(room.ended(received="2024-12-30", finished="2025-01-02"))
    months = {row["month"]: (row["received"], row["resolved"]) for row in (await room.tallies())["tally_month"]}
    assert months == {202412: (1, 0), 202501: (0, 1)}
    years = {row["year"]: (row["received"], row["resolved"]) for row in (await room.tallies())["tally_procedure"]}
    assert years == {2024: (1, 0), 2025: (0, 1)}


DUE: list[tuple[dict[str, Any], str | None, Fact]] = [
    ({"due": "2025-05-20"}, "2025-05-20", Fact(0)),
    ({"channel": "direct"}, "2025-05-19", Fact.DUE_DERIVED),  # the longer of its two ways
    ({"channel": "online"}, "2025-05-13", Fact.DUE_DERIVED),
    ({"channel": "postal"}, None, Fact.NO_DUE),  # not offered, and the others do not agree
    ({"procedure": "9.000002", "channel": "online"}, "2025-05-26", Fact.DUE_DERIVED),  # but here they do
    ({"procedure": "9.000003"}, None, Fact.NO_DUE),
    ({"due": "2025-05-20", "suspendedDays": 4}, "2025-05-26", Fact(0)),  # the 24th is a Saturday
    ({"procedure": "9.000003", "suspendedDays": 4}, None, Fact.NO_DUE),
]


async def test_a_due_day_is_given_or_follows_from_the_procedure(room: Any) -> None:
    await room.deliver(*(room.dossier(f"A-{n}", **fields) for n, (fields, _, _) in enumerate(DUE)))
    for n, (fields, due, facts) in enumerate(DUE):
        record = await room.record(f"A-{n}")
        assert record["due"] == (None if due is None else ordinal(due)), fields
        assert record["facts"] & (Fact.NO_DUE | Fact.DUE_DERIVED) == facts, fields


LATE: list[tuple[dict[str, Any], bool]] = [
    ({"state": "finished", "finished": "2025-05-19"}, False),
    ({"state": "finished", "finished": "2025-05-20"}, True),
    ({"state": "finished", "finished": "2025-05-20", "suspendedDays": 1}, False),
    ({"state": "processing", "supplements": 1}, False),
    ({"state": "processing", "supplements": 2}, True),
    ({"state": "returned", "finished": "2025-05-20"}, True),
    ({"received": "2025-05-12T23:30:00Z", "state": "finished", "finished": "2025-05-20"}, False),  # the 13th here
]


async def test_a_dossier_is_late_after_its_due_day_or_with_two_supplement_requests(room: Any) -> None:
    await room.deliver(*(room.dossier(f"A-{n}", **fields) for n, (fields, _) in enumerate(LATE)))
    for n, (fields, late) in enumerate(LATE):
        assert bool((await room.record(f"A-{n}"))["facts"] & Fact.LATE) is late, fields


TOMORROW = clock.today() + timedelta(days=1)
LATER = clock.today() + timedelta(days=3)


UNSOUND: list[tuple[dict[str, Any], str, str]] = [
    ({"received": "1999-12-31"}, "received", "before the year 2000"),
    ({"received": str(LATER)}, "received", "in the future"),
    ({"received": "12/05/2025"}, "received", "must be a day like 2025-05-31"),
    ({"received": "2025-02-29"}, "received", "must be a day"),
    ({"received": 20250512}, "received", "must be a day"),
    ({"received": "2025-05-12T25:00:00"}, "received", "must be a day"),
    ({"state": "finished", "finished": "2025-05-11"}, "finished", "before the day on which it was received"),
    ({"state": "finished", "finished": str(LATER)}, "finished", "in the future"),
    ({"state": "finished"}, "finished", "is missing, but the state is finished"),
    ({"finished": "2025-05-14"}, "finished", "has a day, but the state is processing"),
    ({"due": "2025-05-11"}, "due", "before the day on which it was received"),
    ({"due": "2155-05-11"}, "due", "hundred years"),
    ({"updated": f"{LATER}T08:00:00+07:00"}, "updated", "in the future"),
    ({"updated": "2025-05-01"}, "updated", "before the day on which it was received"),
    ({"feeDue": -1}, "feeDue", "must be from 0"),
    ({"feeDue": 10**30}, "feeDue", "must be from 0"),
    ({"feeDue": 1.5}, "feeDue", "whole number"),
    ({"paidOnline": True}, "paidOnline", "no fee was due"),
    ({"paidOnline": "yes", "feeDue": 1}, "paidOnline", "must be true or false"),
    ({"eResult": True}, "eResult", "no result was needed"),
    ({"supplements": -1}, "supplements", "must be from 0"),
    ({"suspendedDays": 100_000}, "suspendedDays", "must be from 0"),
    ({"petitions": {"count": 1, "onTime": 2}}, "petitions", "more on time or unsatisfied"),
    ({"petitions": 3}, "petitions", "must be an object"),
    ({"channel": "fax"}, "channel", "must be one of online, direct, postal"),
    ({"state": "done"}, "state", "must be one of received, processing"),
    ({"place": "Nguyễn Văn A"}, "place", "must be one of centre"),
    ({"procedure": "khai sinh"}, "procedure", "a procedure's code like 1.001193"),
    ({"agency": "012345678901"}, "agency", "an agency's code like H55.17"),
    ({"agency": "Nguyễn Văn A"}, "agency", "an agency's code"),
    ({"agency": None}, "agency", "must be a text"),
    ({"number": " "}, "number", "1 to 100 characters"),
    ({"number": "A" * 101}, "number", "1 to 100 characters"),
    ({"number": 5}, "number", "must be a text"),
    ({"hoTen": "Nguyễn Văn A"}, "hoTen", "there is no such field; the fields are number, procedure"),
    ({"Nguyễn Văn A": 1}, "a field whose name is no name", "there is no such field"),
]


async def test_an_unsound_line_is_told_by_its_field_and_the_others_come_in(room: Any) -> None:
    unsound = [{**room.dossier(f"A-{n}"), **fields} for n, (fields, _, _) in enumerate(UNSOUND)]
    outcome = await room.deliver(room.dossier("B-1"), *unsound, room.dossier("B-2"))
    assert (outcome.fates["new"], outcome.fates["rejected"]) == (2, len(UNSOUND))
    assert await room.count("dossier_rejected") == len(UNSOUND)
    told = {fault.line: fault for fault in room.heard}
    for line, (fields, field, reason) in enumerate(UNSOUND, 2):
        assert told[line].field == field, fields
        assert reason in told[line].reason, fields
        assert "Nguyễn" not in told[line].reason


async def test_a_clock_may_be_a_day_ahead(room: Any) -> None:
    outcome = await room.deliver(
        room.dossier("A-1", received=str(TOMORROW)), room.dossier("A-2", updated=clock.now().isoformat())
    )
    assert outcome.fates["new"] == 2


RUBBISH = [
    (b"\x00\x01\xff\xfe{", "is no JSON"),
    (b'{"number": "\xff\xfe"}', "is no text in UTF-8"),
    (b"[1, 2]", "is no JSON object"),
    (b'{"number": "A-2", ', "is no JSON"),
    (b"[" * 100_000, "is no JSON"),
    (b'{"number": "' + b"A" * 10_000_000 + b'"}', "has 10,000,014 bytes; at most 1,048,576 are read"),
]


async def test_rubbish_is_refused_by_its_line(room: Any) -> None:
    lines = [line for line, _ in RUBBISH]
    outcome = await room.deliver(room.dossier("A-1"), *lines, room.dossier("A-3"), size=70_000)
    assert (outcome.fates["new"], outcome.fates["rejected"]) == (2, len(RUBBISH))
    for line, (fault, (_, reason)) in enumerate(zip(room.heard, RUBBISH, strict=True), 2):
        assert fault.line == line
        assert fault.reason.startswith(reason)
    kept = await room.rows("SELECT kept FROM dossier_rejected ORDER BY line")
    assert [msgspec.json.decode(row["kept"]) for row in kept] == [{"bytes": len(line)} for line in lines]


async def test_nothing_personal_is_stored(room: Any) -> None:
    secrets = ["Nguyễn Văn A", "012345678901", "HS-0905123456"]
    await room.deliver(
        room.dossier("HS-0905123456"),
        room.dossier("HS-0905123456", agency="Nguyễn Văn A"),
        room.dossier("HS-0905123456", hoTen="Nguyễn Văn A", soDinhDanh="012345678901"),
        room.dossier("HS-0905123456", place="Nguyễn Văn A"),
        room.dossier("HS-0905123456", channel="012345678901", received="Nguyễn Văn A"),
        room.dossier("HS-0905123456", petitions="Nguyễn Văn A"),
        room.dossier("HS-0905123456", procedure="9.999999"),
        {"Nguyễn Văn A": "012345678901"},
        b'"Nguy\xe1\xbb\x85n V\xc4\x83n A 012345678901"',
        b"Nguy\xe1\xbb\x85n V\xc4\x83n A,012345678901",
    )
    found = (await room.everything()).decode()
    assert not [secret for secret in secrets if secret in found]
    said = " ".join(f"{fault.field} {fault.reason}" for fault in room.heard)
    assert not [secret for secret in secrets if secret in said]
    kept = await room.rows("SELECT kept FROM dossier_rejected WHERE field = 'hoTen'")
    assert msgspec.json.decode(kept[0]["kept"])["procedure"] == "9.000001"


async def test_what_the_catalogue_lacks_is_kept_aside_and_taken_in_when_it_comes(room: Any) -> None:
    lines = (
        room.dossier("A-1", procedure="9.000009"),
        room.dossier("A-2", agency="H55.99"),
        room.dossier("A-3", received="2014-06-02"),
        room.ended("A-1", procedure="9.000009", finished="2025-05-20"),
        room.dossier("A-4"),
    )
    first = await room.deliver(*lines)
    assert (first.fates["new"], first.fates["aside"]) == (1, 4)
    waiting = {"unknown-procedure": 2, "unknown-agency": 1, "procedure-not-in-force": 1}
    assert first.absences == waiting
    assert await aside.counts(room.database) == waiting
    assert {(fault.line, fault.field) for fault in room.heard} == {
        (1, "procedure"),
        (2, "agency"),
        (3, "procedure"),
        (4, "procedure"),
    }
    again = await room.deliver(*lines)
    assert (again.fates["aside"], again.resolved, await room.count("dossier_aside")) == (4, 0, 4)

    await room.catalogue(Procedure(code="9.000009", name="Mới"))
    second = await room.deliver(room.dossier("A-5"))
    assert second.resolved == 2
    assert await aside.counts(room.database) == {"unknown-agency": 1, "procedure-not-in-force": 1}
    await room.catalogue(agencies=["H55.99"])
    retried = await aside.retry(room.database, b"k" * 32)
    assert (retried.taken, retried.waiting) == (1, 1)
    assert await room.proof() == []
    records = await room.records()
    assert len(records) == 4
    assert [record["finished"] for record in records if record["procedure"] == "9.000009"] == [
        ordinal("2025-05-20")
    ]


async def test_two_that_look_at_what_is_aside_at_once_take_it_in_once(room: Any) -> None:
    await room.deliver(*(room.dossier(f"A-{n}", procedure="9.000009") for n in range(20)))
    await room.catalogue(Procedure(code="9.000009", name="Mới"))
    await asyncio.gather(*(aside.retry(room.database, b"k" * 32) for _ in range(3)))
    assert await room.proof() == []
    assert (await room.count("dossier"), await room.count("dossier_aside")) == (20, 0)


async def test_an_accepted_line_resolves_what_was_rejected_of_the_same_dossier(room: Any) -> None:
    await room.deliver(room.dossier("A-1", feeDue=-1), room.dossier("A-2", feeDue=-1))
    assert await room.count("dossier_rejected", "resolved_at IS NULL") == 2
    await room.deliver(room.dossier("A-1", feeDue=1))
    assert await room.count("dossier_rejected", "resolved_at IS NULL") == 1
    assert await room.count("dossier_rejected") == 2


async def test_the_same_moment_with_another_content_is_reported_and_converges(room: Any) -> None:
    one = room.ended(updated="2025-05-14T09:00:00+07:00")
    other = {**one, "feeDue": 5_000}
    outcome = await room.deliver(one, other)
    assert outcome.contradicted == 1
    assert room.heard[-1].fate == "contradicted"
    assert await room.count("dossier_rejected", "field = 'updated'") == 1
    record = await room.only()
    again = await room.deliver(other, one, one)
    assert (again.fates["repeated"], again.fates["older"]) == (1, 2)
    assert await room.only() == record


async def test_numbers_are_the_same_whatever_their_case_and_spaces(room: Any) -> None:
    outcome = await room.deliver(room.dossier("h55.17-1 "), room.dossier(" H55.17-1"))
    assert (outcome.fates["new"], outcome.fates["repeated"]) == (1, 1)
