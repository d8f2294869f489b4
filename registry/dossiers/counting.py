"""What dossiers add to the tallies, and what they take away.

All measures of a row of tallies travel as one integer: each has a lane of 32 bits of its own, so that adding a
dossier to a row is one addition, whatever the number of measures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from struct import Struct

from registry.dossiers.dossier import Row, Stored
from registry.dossiers.measures import MEASURES, Clock
from registry.dossiers.tallies import TALLIES, Tally

Dims = tuple[str | int, ...]
Deltas = dict[str, dict[Dims, tuple[int, ...]]]
"""By table, the row's key and what is added to each column of ``registry.dossiers.tallies.COLUMNS``."""
Touched = tuple[str, int]
"""An agency, and a month of it."""
Lanes = dict[Dims, int]

_TALLY = {tally.table: tally for tally in TALLIES}

_LANE = 32
_WIDTH = len(MEASURES)
_SIZE = _WIDTH * _LANE // 8
_UNPACK = Struct(f"<{_WIDTH}I").unpack
_HALF = 1 << (_LANE - 1)
_HALVES = sum(_HALF << (place * _LANE) for place in range(_WIDTH))
"""Added before lanes are read, so that none is negative."""
_AMOUNTS = tuple((place * _LANE, measure) for place, measure in enumerate(MEASURES) if measure.amount)


class _Months(dict[int, int]):
    def __missing__(self, day: int) -> int:
        found = date.fromordinal(day)
        self[day] = month = found.year * 100 + found.month
        return month


month_of = _Months().__getitem__
"""The month of an ordinal day, as 202505."""


class _Lanes(dict[int, int]):
    """By facts, a one (or less one) in the lane of every measure of a clock that counts them."""

    def __init__(self, clock: Clock, sign: int) -> None:
        super().__init__()
        self._sign = sign
        self._places = [
            (1 << (place * _LANE), int(measure.all), int(measure.none))
            for place, measure in enumerate(MEASURES)
            if measure.clock is clock and measure.amount is None
        ]

    def __missing__(self, facts: int) -> int:
        counted = sum(one for one, every, none in self._places if facts & every == every and not facts & none)
        self[facts] = counted * self._sign
        return self[facts]


_LANES = {sign: (_Lanes(Clock.RECEIVED, sign), _Lanes(Clock.FINISHED, sign)) for sign in (1, -1)}


def _zeros() -> defaultdict[int, int]:
    return defaultdict(int)


class Counting:
    """Counts while dossiers come: their cells, and their days; all coarser tables follow from these."""

    def __init__(self) -> None:
        self._cells: Lanes = defaultdict(int)
        self._days: defaultdict[str, defaultdict[int, int]] = defaultdict(_zeros)
        self._signed = False

    def add(self, rows: Iterable[Stored], sign: int = 1) -> None:
        """Count records, or with -1 take them away."""
        self._signed = self._signed or sign < 0
        cells, days = self._cells, self._days
        received_lanes, finished_lanes = _LANES[sign]
        for row in rows:
            _, agency, procedure, channel, received, _, finished, _, _, _, _, facts, petitions, _, _, _, _, _ = row
            month, added, agency_days = month_of(received), received_lanes[facts], days[agency]
            agency_days[received] += added
            if finished is not None:
                more = finished_lanes[facts]
                agency_days[finished] += more
                other = month_of(finished)
                if other == month:  # as it mostly is
                    added += more
                else:
                    cells[agency, procedure, channel, other] += more
            cells[agency, procedure, channel, month] += added
            if petitions:
                self._add_amounts(Row._make(row), sign)

    def _add_amounts(self, row: Row, sign: int) -> None:
        for shift, measure in _AMOUNTS:
            day = row.received if measure.clock is Clock.RECEIVED else row.finished
            if day is not None and measure.counts(row.facts):
                amount = sign * int(getattr(row, measure.amount or "")) << shift
                self._cells[row.agency, row.procedure, row.channel, month_of(day)] += amount
                self._days[row.agency][day] += amount

    def deltas(self) -> Deltas:
        """What changes in every table. Rows to which nothing is added are left out."""
        read = _signed if self._signed else _plain
        return {
            table: {key: read(lanes) for key, lanes in rows.items() if lanes} for table, rows in self._tables()
        }

    def totals(self) -> Iterator[tuple[Tally, Iterator[Dims]]]:
        """The same as rows, in the order of their keys: the key, then the columns."""
        read = _signed if self._signed else _plain
        for table, rows in self._tables():
            yield _TALLY[table], (key + read(lanes) for key in sorted(rows) if (lanes := rows[key]))

    def touched(self) -> set[Touched]:
        """The months of agencies in which anything has come or gone, whether it shows in their sums or not."""
        return {(str(agency), int(month)) for agency, _, _, month in self._cells}

    def _tables(self) -> Iterator[tuple[str, Lanes]]:
        yield "tally_cell", self._cells
        procedures: Lanes = defaultdict(int)
        for (agency, procedure, _, month), lanes in self._cells.items():
            procedures[agency, procedure, int(month) // 100] += lanes
        yield "tally_procedure", procedures
        by_day = ((agency, day, lanes) for agency, days in self._days.items() for day, lanes in days.items())
        yield "tally_day", {(agency, day): lanes for agency, day, lanes in by_day}
        months: Lanes = defaultdict(int)
        for agency, days in self._days.items():
            for day, lanes in days.items():
                months[agency, month_of(day)] += lanes
        yield "tally_month", months
        years: Lanes = defaultdict(int)
        for (agency, month), lanes in months.items():
            years[agency, int(month) // 100] += lanes
        yield "tally_year", years


def deltas(gained: Iterable[Stored], lost: Iterable[Stored] = ()) -> Deltas:
    """What changes in every table of tallies when records come in the place of others."""
    return counted(gained, lost).deltas()


def counted(gained: Iterable[Stored], lost: Iterable[Stored] = ()) -> Counting:
    """Records counted that come in the place of others."""
    counting = Counting()
    counting.add(gained)
    lost = list(lost)
    if lost:
        counting.add(lost, -1)
    return counting


def _plain(lanes: int) -> tuple[int, ...]:
    """The columns of lanes, none of which is negative."""
    return _UNPACK(lanes.to_bytes(_SIZE, "little"))


def _signed(lanes: int) -> tuple[int, ...]:
    """The columns of any lanes."""
    return tuple(lane - _HALF for lane in _UNPACK((lanes + _HALVES).to_bytes(_SIZE, "little")))
