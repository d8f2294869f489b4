"""Whatever the order, the repetition and the batches in which states arrive, the same is stored and counted."""

import asyncio
import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from registry.dossiers import intake
from registry.dossiers.counting import deltas
from registry.dossiers.dossier import RANKS, Row, State
from registry.dossiers.facts import Fact
from registry.dossiers.measures import MEASURES, Clock
from registry.dossiers.merging import merge, order
from registry.dossiers.tallies import COLUMNS, TALLIES
from registry.engine import Database, open_database
from registry.settings import Settings

FIRST = date(2024, 11, 1).toordinal()


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A stored dossier, of few keys and cells so that they meet."""
    received = FIRST + draw(st.integers(0, 120))
    finished = draw(st.none() | st.integers(received, received + 60))
    facts = draw(st.integers(0, 2**20 - 1)) & ~int(Fact.FINISHED) | (Fact.FINISHED if finished else 0)
    petitions = draw(st.integers(0, 3))
    return Row(
        key=draw(st.sampled_from([b"a", b"b", b"c", b"d"])),
        agency=draw(st.sampled_from(["H55", "H55.17"])),
        procedure=draw(st.sampled_from(["9.000001", "9.000002"])),
        channel=draw(st.sampled_from(["online", "direct"])),
        received=received,
        due=draw(st.none() | st.integers(received, received + 30)),
        finished=finished,
        state=RANKS[State.FINISHED if finished else State.PROCESSING],
        supplements=draw(st.integers(0, 2)),
        suspended=0,
        fee=0,
        facts=int(facts),
        petitions=petitions,
        petitions_on_time=draw(st.integers(0, petitions)),
        petitions_unsatisfied=0,
        place=None,
        updated=draw(st.integers(0, 2)),
        version=1,
    )


def plainly(records: list[Row]) -> dict[str, dict[tuple[Any, ...], list[int]]]:
    """The tallies as anybody would count them: each record, each table, each measure."""
    found: dict[str, dict[tuple[Any, ...], list[int]]] = {tally.table: {} for tally in TALLIES}
    for record in records:
        for tally in TALLIES:
            for place, measure in enumerate(MEASURES):
                ordinal = record.received if measure.clock is Clock.RECEIVED else record.finished
                if ordinal is None or not measure.counts(record.facts):
                    continue
                day = date.fromordinal(ordinal)
                period = {"day": ordinal, "month": day.year * 100 + day.month, "year": day.year}[tally.grain]
                key = (*(getattr(record, name) for name in tally.dims[:-1]), period)
                vector = found[tally.table].setdefault(key, [0] * len(COLUMNS))
                vector[place] += getattr(record, measure.amount) if measure.amount else 1
    return found


@hypothesis(max_examples=30, deadline=None)
@given(st.lists(rows(), max_size=12))
def test_tallies_are_what_anybody_would_count(records: list[Row]) -> None:
    found = deltas(records)
    plain = plainly(records)
    for tally in TALLIES:
        assert {key: list(vector) for key, vector in found[tally.table].items()} == {
            key: vector for key, vector in plain[tally.table].items() if any(vector)
        }


@hypothesis(max_examples=30, deadline=None)
@given(st.lists(rows(), max_size=8), st.lists(rows(), max_size=8))
def test_what_is_gained_and_lost_adds_up(gained: list[Row], lost: list[Row]) -> None:
    both, plus, minus = deltas(gained, lost), plainly(gained), plainly(lost)
    none = [0] * len(COLUMNS)
    for tally in TALLIES:
        for key in {**plus[tally.table], **minus[tally.table]}:
            more, less = plus[tally.table].get(key, none), minus[tally.table].get(key, none)
            expected = [left - right for left, right in zip(more, less, strict=True)]
            assert list(both[tally.table].get(key, none)) == expected


@hypothesis(max_examples=30, deadline=None)
@given(st.lists(rows(), max_size=12), st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_greatest_state_wins_in_any_order_and_any_batches(states: list[Row], cut: int, chance: Any) -> None:
    best: dict[bytes, Row] = {}
    for row in states:
        if row.key not in best or order(row) > order(best[row.key]):
            best[row.key] = row
    mixed = [*states, *states[:3]]
    chance.shuffle(mixed)
    held: dict[bytes, Row] = {}
    for batch in (mixed[:cut], mixed[cut:]):
        merged = merge(batch, {row.key: held[row.key] for row in batch if row.key in held})
        assert sum(merged.fates.values()) == len(batch)
        for row in (*merged.new, *merged.changed):
            held[row.key] = row
    assert {key: order(row) for key, row in held.items()} == {key: order(row) for key, row in best.items()}


STATES = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.sampled_from(["A-1", "A-2", "A-3"]),
            "agency": st.sampled_from(["H55", "H55.17", "H55.18"]),
            "procedure": st.sampled_from(["9.000001", "9.000002", "9.000777"]),
            "channel": st.sampled_from(["online", "direct", "postal"]),
            "received": st.sampled_from(["2025-04-29", "2025-05-12"]),
            "finished": st.sampled_from([None, "2025-05-14", "2025-06-02"]),
            "supplements": st.integers(0, 2),
            "complained": st.booleans(),
            "updated": st.sampled_from([None, "2025-06-03T08:00:00+07:00", "2025-06-03T01:00:00Z", "2025-06-04"]),
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.anyio
async def test_any_permutation_with_repeats_gives_the_same_records_and_tallies(room: Any) -> None:
    """Two orders of the same states, in lines of one or several deliveries, end in the same store."""

    async def emptied() -> None:
        tables = [*(tally.table for tally in TALLIES), "dossier", "dossier_aside", "dossier_rejected"]
        for table in (*tables, "dossier_delivery"):
            await room.rows(f"DELETE FROM {table}")

    async def ends(lines: list[Any], cut: int) -> Any:
        await emptied()
        for part in (lines[:cut], lines[cut:]):
            if part:
                await room.deliver(*part)
        aside = await room.rows("SELECT id FROM dossier_aside ORDER BY id")
        return await room.records(), await room.tallies(), aside

    async def both(states: list[dict[str, Any]], cut: int, seed: int) -> None:
        lines = [
            room.dossier(**state, state="finished" if state["finished"] else "processing") for state in states
        ]
        mixed = [*lines, *lines[:2]]
        random.Random(seed).shuffle(mixed)
        assert await ends(lines, len(lines)) == await ends(mixed, min(cut, len(mixed)))

    examples: list[tuple[Any, int, int]] = []

    @hypothesis(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(STATES, st.integers(0, 10), st.integers())
    def collect(states: list[dict[str, Any]], cut: int, seed: int) -> None:
        examples.append((states, cut, seed))

    collect()
    for states, cut, seed in examples:
        await both(states, cut, seed)


@pytest.mark.anyio
async def test_two_writers_at_once_are_both_right(settings: Settings, room: Any) -> None:
    """Each delivers the states of the same dossiers, and some of its own, through a store of its own."""
    first = [room.dossier(f"A-{n}", updated="2025-05-12T09:00:00Z") for n in range(300)]
    second = [room.ended(f"A-{n}", "2025-05-20", updated="2025-05-20T09:00:00Z") for n in range(150, 450)]

    async def writer(lines: list[Any]) -> Counter[str]:
        database: Database = await open_database(settings)
        total: Counter[str] = Counter()
        try:
            for start in range(0, len(lines), 30):

                async def piece(start: int = start) -> Any:
                    yield room.written(*lines[start : start + 30])

                outcome = await intake.take(database, "writer", piece(), b"k" * 32)
                total.update(outcome.fates)
        finally:
            await database.close()
        return total

    one, two = await asyncio.gather(writer(first), writer(second))
    assert await room.proof() == []
    assert one["new"] + two["new"] == await room.count("dossier") == 450
    assert await room.count("dossier", "finished IS NOT NULL") == 300
    assert (one + two)["changed"] + (one + two)["older"] == 150
