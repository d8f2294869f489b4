"""What dossiers add to the tallies, and what they take away."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from operator import add

from registry.dossiers.dossier import Row
from registry.dossiers.measures import MEASURES, Clock
from registry.dossiers.tallies import COLUMNS

Dims = tuple[str | int, ...]
Deltas = dict[str, dict[Dims, list[int]]]
"""By table, the row's key and what is added to each of ``COLUMNS``."""

_WIDTH = len(COLUMNS)
_AMOUNTS = tuple((place, measure) for place, measure in enumerate(MEASURES) if measure.amount)


@lru_cache(maxsize=65536)
def month_of(day: int) -> int:
    """The month of an ordinal day, as 202505."""
    found = date.fromordinal(day)
    return found.year * 100 + found.month


@lru_cache(maxsize=4096)
def _counted(clock: Clock, facts: int) -> tuple[int, ...]:
    """The places of the columns in which a dossier with these facts counts as one."""
    return tuple(
        place
        for place, measure in enumerate(MEASURES)
        if measure.clock is clock and measure.amount is None and measure.counts(facts)
    )


def deltas(gained: Iterable[Row], lost: Iterable[Row] = ()) -> Deltas:
    """What changes in every table of tallies when records come in the place of others."""
    cells: dict[Dims, list[int]] = {}
    days: dict[Dims, list[int]] = {}
    for rows, sign in ((gained, 1), (lost, -1)):
        rows = list(rows)
        if rows:
            _expand(_count(rows), cells, days, sign)
            _add_amounts(rows, cells, days, sign)
    return {
        "tally_cell": _nonzero(cells),
        "tally_procedure": _nonzero(_summed(cells, lambda key: (key[0], key[1], _year(key[3])))),
        "tally_day": _nonzero(days),
        "tally_month": _nonzero(_summed(days, lambda key: (key[0], month_of(int(key[1]))))),
        "tally_year": _nonzero(_summed(days, lambda key: (key[0], _year(month_of(int(key[1])))))),
    }


Counted = tuple[Clock, Counter[tuple[str, str, str, int, int]], Counter[tuple[str, int, int]]]


def _count(rows: list[Row]) -> tuple[Counted, Counted]:
    """How many rows of the same facts fall on the same cell and day, by each clock."""
    received = Counter((r[1], r[2], r[3], month_of(r[4]), r[11]) for r in rows)
    received_days = Counter((r[1], r[4], r[11]) for r in rows)
    ended = [r for r in rows if r[6] is not None]
    finished = Counter((r[1], r[2], r[3], month_of(r[6]), r[11]) for r in ended if r[6] is not None)
    finished_days = Counter((r[1], r[6], r[11]) for r in ended if r[6] is not None)
    return (Clock.RECEIVED, received, received_days), (Clock.FINISHED, finished, finished_days)


def _expand(
    counted: Iterable[Counted], cells: dict[Dims, list[int]], days: dict[Dims, list[int]], sign: int
) -> None:
    for clock, by_cell, by_day in counted:
        for (agency, procedure, channel, month, facts), count in by_cell.items():
            key: Dims = (agency, procedure, channel, month)
            vector = cells.get(key)
            if vector is None:
                vector = cells[key] = [0] * _WIDTH
            count *= sign
            for place in _counted(clock, facts):
                vector[place] += count
        for (agency, day, facts), count in by_day.items():
            key = (agency, day)
            vector = days.get(key)
            if vector is None:
                vector = days[key] = [0] * _WIDTH
            count *= sign
            for place in _counted(clock, facts):
                vector[place] += count


def _add_amounts(
    rows: Iterable[Row], cells: dict[Dims, list[int]], days: dict[Dims, list[int]], sign: int
) -> None:
    """Few dossiers have any petitions: what is added up is looked at row by row."""
    for row in rows:
        if not row[12]:
            continue
        for place, measure in _AMOUNTS:
            day = row.received if measure.clock is Clock.RECEIVED else row.finished
            if day is not None and measure.counts(row.facts):
                amount = sign * int(getattr(row, measure.amount or ""))
                cells[row.agency, row.procedure, row.channel, month_of(day)][place] += amount
                days[row.agency, day][place] += amount


def _summed(fine: dict[Dims, list[int]], coarser: Callable[[Dims], Dims]) -> dict[Dims, list[int]]:
    coarse: dict[Dims, list[int]] = {}
    for key, vector in fine.items():
        into = coarser(key)
        held = coarse.get(into)
        coarse[into] = vector if held is None else list(map(add, held, vector))
    return coarse


def _year(month: str | int) -> int:
    return int(month) // 100


def _nonzero(vectors: dict[Dims, list[int]]) -> dict[Dims, list[int]]:
    return {key: vector for key, vector in vectors.items() if any(vector)}
