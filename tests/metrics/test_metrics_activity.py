"""What is kept of an earlier state of the dossiers serves the next one, and never shows."""

import random
from datetime import date
from typing import Any

import pytest

from registry.engine import Database
from registry.metrics import Ask, Dimension, activity, evaluate, scorecard

pytestmark = pytest.mark.anyio
PERIODS = (
    (date(2024, 11, 1), date(2025, 9, 30)),
    (date(2025, 1, 1), date(2025, 12, 31)),
    (date(2025, 3, 4), date(2025, 6, 20)),
)


async def answers(database: Database) -> list[Any]:
    """Scorecards, and sets of procedures cut in ways that read them apart."""
    found: list[Any] = []
    for start, end in PERIODS:
        found.append(await scorecard(database, "H55", start, end))
        by = (Dimension.AGENCY, Dimension.MONTH)
        ask = Ask(indicator="PAYMENT_USED", agency="H55", start=start, end=end, group_by=by)
        found.append(await evaluate(database, ask))
    return found


async def test_after_each_intake_answers_are_those_of_who_never_asked_before(
    world: Any, take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(11)
    await answers(world.database)
    for turn in range(4):
        some = rng.sample(world.dossiers, 12)
        later = [
            {
                **one,
                "agency": rng.choice(some)["agency"] if turn % 2 else one["agency"],
                "due": "2025-12-01" if rng.random() < 0.5 else one["due"],
                "paidOnline": one["feeDue"] > 0 and rng.random() < 0.5,
                "updated": f"2025-10-0{turn + 1}T08:00:00+07:00",
            }
            for one in some
        ]
        await take(world.database, [*later, {**some[0], "number": f"new-{turn}"}])
        warm = await answers(world.database)
        with monkeypatch.context() as patch:
            patch.setattr(activity, "_shelves", type(activity._shelves)())
            assert await answers(world.database) == warm


async def test_only_what_an_intake_touched_is_read_anew(
    world: Any, take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answers(world.database)
    asked: set[str] = set()
    read = activity.Activity._read

    async def watched(self: Any, database: Database, grain: Any, periods: Any, agencies: list[str]) -> Any:
        asked.update(agencies)
        return await read(self, database, grain, periods, agencies)

    monkeypatch.setattr(activity.Activity, "_read", watched)
    await answers(world.database)
    assert asked == set()
    one = next(one for one in world.dossiers if one["agency"] == "H55.17")
    await take(world.database, [{**one, "number": "one more"}])
    await answers(world.database)
    assert asked == {"H55.17"}
