"""The legal time beside the real one: exact, by promise, down to the records."""

import asyncio
import statistics
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as some

from registry.calendar import is_working
from registry.catalogue.errors import AgencyNotFound
from registry.catalogue.ledger import AgencyState, Ledger, Origin, record
from registry.dossiers.intake import take
from registry.engine import Database, open_database
from registry.metrics.ask import AskInvalid
from registry.metrics.practice import Sort, finished, practice
from registry.metrics.practice.times import by_calendar, decimal, median, percentile, promised, scale, taken
from registry.procedure import Procedure, ProcessingTime, Way
from registry.settings import Settings
from registry.vocabulary import Channel, TimeUnit

PROVINCE, OFFICE, OTHER = "H99", "H99.01", "H99.02"
FIVE, TEN = ProcessingTime(TimeUnit.WORKING_DAY, 5), ProcessingTime(TimeUnit.WORKING_DAY, 10)
FOUR_HOURS = ProcessingTime(TimeUnit.HOUR, 4)
BIRTH = Procedure(code="9.000001", name="Đăng ký khai sinh", ways=(Way(Channel.DIRECT, FIVE),))
COPY = Procedure(code="9.000002", name="Cấp bản sao", ways=(Way(Channel.DIRECT, FOUR_HOURS),))
FIRST, LAST = date(2025, 4, 2), date(2025, 5, 30)
DAYS = some.dates(date(2025, 1, 1), date(2025, 12, 31))


def test_a_promise_of_half_a_day_is_kept_on_the_day_or_not() -> None:
    friday = date(2025, 3, 14)
    assert taken(friday, friday, 0, TimeUnit.WORKING_DAY) == 0
    assert taken(friday, date(2025, 3, 17), 0, TimeUnit.WORKING_DAY) == 1


def test_hours_are_working_hours_over_a_weekend_and_holidays() -> None:
    assert taken(date(2025, 3, 14), date(2025, 3, 17), 0, TimeUnit.HOUR) == 8
    assert taken(date(2025, 4, 29), date(2025, 5, 5), 0, TimeUnit.WORKING_DAY) == 1


def test_days_of_waiting_for_the_citizen_do_not_count() -> None:
    assert taken(date(2025, 3, 3), date(2025, 3, 13), 4, TimeUnit.DAY) == 6
    assert taken(date(2025, 3, 3), date(2025, 3, 4), 9, TimeUnit.DAY) == 0


def test_months_and_years_are_told_in_their_unit() -> None:
    assert taken(date(2025, 1, 1), date(2025, 2, 15), 0, TimeUnit.MONTH) == Fraction(3, 2)
    assert taken(date(2025, 1, 1), date(2026, 1, 1), 0, TimeUnit.YEAR) == 1


@given(DAYS, some.integers(0, 60), some.integers(0, 70), some.sampled_from(TimeUnit))
def test_time_taken_equals_a_walk_over_the_days(
    received: date, length: int, suspended: int, unit: TimeUnit
) -> None:
    end = received + timedelta(days=length)
    ended = max(received, end - timedelta(days=suspended))
    walked = [received + timedelta(days=n) for n in range(1, (ended - received).days + 1)]
    plain = len(walked) if by_calendar(unit) else sum(map(is_working, walked))
    assert taken(received, end, suspended, unit) == plain * scale(unit)


@given(some.lists(some.integers(0, 50), min_size=1, max_size=30))
def test_median_and_percentile_are_the_plain_ones(values: list[int]) -> None:
    lengths, ordered = Counter(values), sorted(values)
    assert median(lengths) == Fraction(statistics.median(values)).limit_denominator(2)
    assert percentile(lengths, 90) == ordered[ceil(Fraction(9 * len(values), 10)) - 1]
    assert percentile(lengths, 100) == ordered[-1]


def test_a_channel_without_a_time_of_its_own_has_the_longest_of_the_others() -> None:
    one = Procedure(code="1", name="x", ways=(Way(Channel.ONLINE, FIVE), Way(Channel.DIRECT, TEN)))
    assert [promised(one, channel) for channel in Channel] == [FIVE, TEN, TEN]
    assert promised(Procedure(code="1", name="x"), Channel.ONLINE) is None


async def stocked(database: Database) -> None:
    """Two procedures and three agencies; from May on births may take ten days."""

    async def work(book: Ledger) -> None:
        await book.load(codes=[BIRTH.code, COPY.code], agencies=[PROVINCE, OFFICE, OTHER])
        book.put_agency(PROVINCE, AgencyState("Tỉnh Ví Dụ", level="province"))
        book.put_agency(OFFICE, AgencyState("Sở Ví Dụ", level="province", parent=PROVINCE))
        book.put_agency(OTHER, AgencyState("Xã Ví Dụ", level="commune", parent=PROVINCE))
        slower = Procedure(code=BIRTH.code, name=BIRTH.name, ways=(Way(Channel.DIRECT, TEN),))
        book.put(BIRTH, date(2025, 1, 1), None, Origin("test"))
        book.put(slower, date(2025, 5, 1), None, Origin("test"))
        book.put(COPY, date(2025, 1, 1), None, Origin("test"))

    await record(database, work)


class Sent(NamedTuple):
    """A dossier as it is delivered."""

    number: str
    agency: str
    procedure: str
    received: date
    finished: date | None
    suspended: int

    @property
    def line(self) -> bytes:
        told = {
            "number": self.number,
            "agency": self.agency,
            "procedure": self.procedure,
            "channel": "direct",
            "received": self.received,
            "finished": self.finished,
            "due": self.received + timedelta(days=6),
            "state": "finished" if self.finished else "processing",
            "suspendedDays": self.suspended,
        }
        return msgspec.json.encode({name: value for name, value in told.items() if value is not None}) + b"\n"

    @property
    def ended(self) -> bool:
        return self.finished is not None and FIRST <= self.finished <= LAST


async def filled(database: Database) -> list[Sent]:
    """Sixty dossiers, in no order, among them running ones and pairs with few."""
    await stocked(database)
    sent = []
    for number in range(60):
        received = FIRST + timedelta(days=number * 7 % 53)
        ended = None if number % 10 == 9 else received + timedelta(days=number * 5 % 13)
        office = OFFICE if number % 3 else OTHER
        sent.append(Sent(f"B-{number}", office, BIRTH.code, received, ended, number % 3))
    for number in range(3):
        sent.append(Sent(f"C-{number}", OFFICE, COPY.code, FIRST, FIRST + timedelta(days=number), 0))

    await deliver(database, sent)
    return sent


async def deliver(database: Database, sent: list[Sent]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for one in sent:
            yield one.line

    outcome = await take(database, "test", chunks(), b"k" * 32)
    assert outcome.fates["new"] == len(sent)


def plainly(sent: list[Sent], change: date) -> dict[tuple[str, int], list[Fraction]]:
    """The days that births took, by agency and promise."""
    found: dict[tuple[str, int], list[Fraction]] = {}
    for one in sent:
        if one.procedure == BIRTH.code and one.ended and one.finished:
            promise = 10 if one.received >= change else 5
            days = taken(one.received, one.finished, one.suspended, TimeUnit.WORKING_DAY)
            found.setdefault((one.agency, promise), []).append(days)
    return found


@pytest.mark.anyio
async def test_every_line_equals_a_plain_computation(database: Database) -> None:
    plain = plainly(await filled(database), date(2025, 5, 1))
    answer = await practice(database, FIRST, LAST, agency=PROVINCE, procedure=BIRTH.code)
    told = {(line.agency, int(time.promise or 0)): time for line in answer.items for time in line.times}
    assert told.keys() == plain.keys()
    for key, days in plain.items():
        assert told[key].count == len(days)
        assert told[key].median == decimal(Fraction(statistics.median(days)))
        assert told[key].p90 == decimal(sorted(days)[ceil(Fraction(9 * len(days), 10)) - 1])


@pytest.mark.anyio
async def test_hours_are_told_in_hours(database: Database) -> None:
    await filled(database)
    answer = await practice(database, FIRST, LAST, agency=OFFICE, procedure=COPY.code)
    [time] = answer.items[0].times
    assert (time.promise, time.promise_unit, time.unit, time.count) == (4.0, "hour", "hour", 3)
    assert time.median in (0.0, 8.0)


@pytest.mark.anyio
async def test_whole_months_give_the_same_from_the_tallies(database: Database) -> None:
    sent = await filled(database)
    april = (date(2025, 4, 1), date(2025, 4, 30))
    from_tallies = await practice(database, *april, agency=PROVINCE)
    from_records = await practice(database, date(2025, 3, 31), april[1], agency=PROVINCE)
    assert from_tallies.items == from_records.items
    ended = [one for one in sent if one.finished and one.finished <= april[1]]
    assert sum(line.count or 0 for line in from_tallies.items) == len(ended)


@pytest.mark.anyio
@pytest.mark.parametrize("sort", Sort)
async def test_pages_give_every_pair_once_in_one_order(database: Database, sort: Sort) -> None:
    await filled(database)
    whole = await practice(database, FIRST, LAST, sort=sort)
    paged, cursor = [], None
    while True:
        page = await practice(database, FIRST, LAST, sort=sort, limit=1, cursor=cursor)
        paged += page.items
        cursor = page.next
        if cursor is None:
            break
    assert tuple(paged) == whole.items
    assert len(paged) == whole.pairs == 3


@pytest.mark.anyio
async def test_few_dossiers_are_hidden_from_everyone_and_not_from_a_key(database: Database) -> None:
    await filled(database)
    public = await practice(database, FIRST, LAST, agency=OFFICE, procedure=COPY.code, full=False)
    assert public.items[0].hidden
    assert public.items[0].count is None
    assert public.items[0].times[0].median is None
    assert (await practice(database, FIRST, LAST, agency=OFFICE, procedure=COPY.code)).items[0].count == 3


@pytest.mark.anyio
async def test_the_records_behind_a_line_are_as_many_as_it_says(database: Database) -> None:
    await filled(database)
    line = (await practice(database, FIRST, LAST, agency=OTHER)).items[0]
    found, cursor = [], None
    while True:
        page = await finished(database, BIRTH.code, OTHER, FIRST, LAST, 4, cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert page.total == len(found) == line.count
    assert len({one.key for one in found}) == len(found)
    assert sum(not one.late for one in found) == line.on_time


@pytest.mark.anyio
async def test_an_unknown_agency_and_a_made_up_cursor_are_told(database: Database) -> None:
    await stocked(database)
    with pytest.raises(AgencyNotFound):
        await practice(database, FIRST, LAST, agency="H00")
    for cursor in ("x", "WzFd", "é", "W10", "eyJhIjoxfQ"):
        with pytest.raises(AskInvalid):
            await practice(database, FIRST, LAST, cursor=cursor)


SENT = some.tuples(
    some.integers(0, 90), some.integers(0, 40), some.integers(0, 12), some.sampled_from([OFFICE, OTHER])
)


@bounded(max_examples=6, deadline=None)
@given(some.lists(SENT, min_size=1, max_size=25), some.integers(0, 60), some.integers(0, 60))
def test_any_dossiers_give_the_plain_medians(
    drawn: list[tuple[int, int, int, str]], first: int, length: int
) -> None:
    sent = []
    for number, (offset, days, suspended, office) in enumerate(drawn):
        received = date(2025, 3, 1) + timedelta(days=offset)
        sent.append(Sent(f"R-{number}", office, BIRTH.code, received, received + timedelta(days=days), suspended))
    start = date(2025, 3, 1) + timedelta(days=first)
    end = start + timedelta(days=length)

    async def told() -> dict[tuple[str, int], tuple[float | None, float | None]]:
        with tempfile.TemporaryDirectory() as folder:
            database = await open_database(Settings(data=Path(folder)))
            try:
                await stocked(database)
                await deliver(database, sent)
                found = await practice(database, start, end, agency=PROVINCE)
            finally:
                await database.close()
        return {
            (line.agency, int(time.promise or 0)): (time.median, time.p90)
            for line in found.items
            for time in line.times
        }

    plain: dict[tuple[str, int], list[Fraction]] = {}
    for one in sent:
        assert one.finished is not None
        if start <= one.finished <= end:
            promise = 10 if one.received >= date(2025, 5, 1) else 5
            days = taken(one.received, one.finished, one.suspended, TimeUnit.WORKING_DAY)
            plain.setdefault((one.agency, promise), []).append(days)
    assert asyncio.run(told()) == {
        key: (
            decimal(Fraction(statistics.median(days))),
            decimal(sorted(days)[ceil(Fraction(9 * len(days), 10)) - 1]),
        )
        for key, days in plain.items()
    }
