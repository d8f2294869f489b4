"""The tables of tallies, as data, and what a dossier adds to them.

Every measure is a column of each. A dossier adds to the row of the day on which it was received, and to that of
the day on which it was finished. Rows of nothing but zeros are not kept.
"""

from enum import StrEnum

import msgspec

from registry.dossiers.measures import MEASURES


class Grain(StrEnum):
    """The period of one row, which is also the name of its column: ``day`` as an ordinal, ``month`` as 202505,
    ``year`` as 2025."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Tally(msgspec.Struct, frozen=True):
    """One table. ``dims`` are the columns of its primary key, in order; the last is its grain's."""

    table: str
    dims: tuple[str, ...]
    grain: Grain


TALLIES = (
    Tally("tally_cell", ("agency", "procedure", "channel", "month"), Grain.MONTH),
    Tally("tally_procedure", ("agency", "procedure", "year"), Grain.YEAR),
    Tally("tally_day", ("agency", "day"), Grain.DAY),
    Tally("tally_month", ("agency", "month"), Grain.MONTH),
    Tally("tally_year", ("agency", "year"), Grain.YEAR),
)

COLUMNS = tuple(measure.name for measure in MEASURES)
