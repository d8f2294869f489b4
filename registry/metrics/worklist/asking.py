"""A question about work: of whom, on which day, and what is known for it already."""

from datetime import date

import msgspec

from registry import calendar
from registry.catalogue.errors import AgencyNotFound
from registry.engine import Database
from registry.metrics.ask import Ask
from registry.metrics.boundaries import Atlas, atlas
from registry.metrics.counting import Gathered, gather, sides, valued
from registry.metrics.definitions import Definition, book
from registry.metrics.holdings import Holdings
from registry.metrics.scene import Scene, scene
from registry.metrics.worklist.stakes import Stake


class Measured(msgspec.Struct, frozen=True):
    """An indicator of a year: its definition, what it counts, and what is at stake."""

    settled: Scene
    definition: Definition
    gathered: Gathered
    stake: Stake


class Question:
    """One question, for the time of one answer. ``horizon`` is the last day that is near."""

    def __init__(self, database: Database, found: Holdings, agency: str | None, as_of: date, days: int) -> None:
        self.database = database
        self.found = found
        self.agency = agency
        self.as_of = as_of
        self.days = days
        self.horizon = calendar.add_working(as_of, days)
        self._measured: dict[tuple[str, int], Measured] = {}
        if agency is not None and agency not in self.map:
            raise AgencyNotFound(agency)

    @property
    def map(self) -> Atlas:
        return atlas(self.found)

    def name(self, code: str | None) -> str | None:
        """What an agency is called on the day."""
        if code is None:
            return None
        return self.map.state(code, self.as_of).name if code in self.map else code

    def left(self, deadline: date) -> int:
        """Working days until a deadline; negative once it has passed, even if no working day has since."""
        count = calendar.working_between(self.as_of, deadline)
        return min(count, -1) if deadline < self.as_of else count

    async def measured(self, indicator: str, year: int | None = None) -> Measured:
        """An indicator of the agency and all below it, for a whole year as it stands on the day."""
        year = year or self.as_of.year
        key = (indicator, year)
        if key not in self._measured:
            ask = Ask(
                indicator=indicator,
                start=date(year, 1, 1),
                end=date(year, 12, 31),
                agency=self.agency,
                as_of=self.as_of,
            )
            settled = scene(self.found, ask)
            definition, _ = book().find(indicator, min(ask.end, self.as_of))
            gathered = await gather(self.database, settled, list(sides([definition])))
            value = valued(settled, gathered, definition)[()]
            stake = Stake(definition, value.numerator or 0, value.denominator or 0)
            self._measured[key] = Measured(settled, definition, gathered, stake)
        return self._measured[key]
