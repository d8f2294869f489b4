"""The real time beside the legal one: the dossiers of the last quarter that is over, of all agencies together."""

from datetime import date, timedelta
from typing import NamedTuple

from registry import clock
from registry.catalogue.versions import Version
from registry.engine import Database
from registry.metrics.practice import overall
from registry.vocabulary import label
from registry.web import writing


class Real(NamedTuple):
    """Half of ``dossiers`` under one promise took ``median`` or less, ``share`` were on time."""

    median: str
    unit: str
    share: str
    dossiers: str
    start: date
    end: date

    @property
    def period(self) -> str:
        """The quarter as addresses of numbers have it: 2026-Q3."""
        return f"{self.end.year}-Q{self.end.month // 3}"


def quarter(day: date) -> tuple[date, date]:
    """The first and last day of the last quarter that was over before ``day``."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    end = first - timedelta(days=1)
    return date(end.year, end.month - 2, 1), end


async def real(database: Database, version: Version, language: str) -> list[Real]:
    """What is known of the real time, a line for each promise; nothing where few dossiers were finished."""
    start, end = quarter(clock.today())
    found = await overall(database, version.code, start, end, full=False)
    if found is None:
        return []
    return [
        Real(
            median=writing.decimal(language, one.median, 0 if one.median.is_integer() else 1),
            unit=label("timeUnit", one.unit, language),
            share=writing.percent(language, one.share / 100, 1),
            dossiers=writing.number(language, one.count),
            start=start,
            end=end,
        )
        for one in found.times
        if one.median is not None and one.share is not None and one.count is not None
    ]
