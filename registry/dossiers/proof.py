"""Proves the tallies equal to the records, and every delivery's counts equal to what it left behind.

The tallies were added up in Python while dossiers came in; here the database counts the records again, from the
same declarations of measures but by another way. Coarse tables are proven equal to the finest, which is proven
equal to the records.
"""

from collections import Counter
from typing import NamedTuple

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.facts import Fact
from registry.dossiers.measures import MEASURES, Clock, amount, predicate
from registry.dossiers.merging import Fate
from registry.dossiers.tallies import COLUMNS, TALLIES, Grain, Tally
from registry.engine import Database

FINEST = next(tally for tally in TALLIES if "channel" in tally.dims)
DAILY = next(tally for tally in TALLIES if tally.grain is Grain.DAY)
SHOWN = 5
_counts = msgspec.json.Decoder(dict[str, int]).decode

# An ordinal day as a calendar's: 1 is 0001-01-01, which is day 1721425.5 as astronomers count.
_MONTH = {
    "sqlite": "CAST(strftime('%Y%m', {day} + 1721424.5) AS INTEGER)",
    "postgres": "CAST(to_char(DATE '0001-01-01' + ({day} - 1), 'YYYYMM') AS INTEGER)",
}


class Unproven(NamedTuple):
    """Something that is not as it must be: about what, and what is wrong."""

    subject: str
    message: str


async def prove(database: Database) -> list[Unproven]:
    """Everything about dossiers that is wrong; an empty list is the proof. Reads every record; inside
    ``Database.snapshot``."""
    found: list[Unproven] = []
    for tally in TALLIES:
        found += await _tally(database, tally)
    found += await _facts(database)
    found += await _accounts(database)
    return found


async def _tally(database: Database, tally: Tally) -> list[Unproven]:
    """Rows of one table that are not what the records say."""
    keys = ", ".join(tally.dims)
    sums = ", ".join(f"SUM({name}) AS {name}" for name in COLUMNS)
    same = " AND ".join(f"again.{name} = kept.{name}" for name in tally.dims)
    differing = " OR ".join(f"again.{name} <> kept.{name}" for name in COLUMNS)
    shown = ", ".join(f"COALESCE(again.{name}, kept.{name}) AS {name}" for name in tally.dims)
    rows = await database.rows(
        QueryString(
            f"WITH again AS (SELECT {keys}, {sums} FROM ({_source(database, tally)}) AS counted GROUP BY {keys}) "
            f"SELECT {shown} FROM again FULL JOIN {tally.table} AS kept ON {same} "
            f"WHERE kept.agency IS NULL OR again.agency IS NULL OR {differing} LIMIT {SHOWN}"
        )
    )
    return [
        Unproven(
            f"{tally.table} {' '.join(str(row[name]) for name in tally.dims)}",
            "is not what the records add up to",
        )
        for row in rows
    ]


def _source(database: Database, tally: Tally) -> str:
    """What a table is counted again from: the records, or the finest table where that has its days."""
    if tally in (FINEST, DAILY):
        return " UNION ALL ".join(_counted(database, tally, clock) for clock in Clock)
    period = "month" if tally.grain is Grain.MONTH else "month / 100"
    keys = [*tally.dims[:-1], f"{period} AS {tally.grain}", *COLUMNS]
    return f"SELECT {', '.join(keys)} FROM {FINEST.table}"


def _counted(database: Database, tally: Tally, clock: Clock) -> str:
    """Each record once, with what it adds to the columns of one clock."""
    day = clock.value
    month = _MONTH[database.kind].format(day=day)
    period = day if tally.grain is Grain.DAY else month
    keys = [*tally.dims[:-1], f"{period} AS {tally.grain}"]
    for measure in MEASURES:
        said = "0"
        if measure.clock is clock:
            said = f"CASE WHEN {predicate(measure)} THEN {amount(measure)} ELSE 0 END"
        keys.append(f"{said} AS {measure.name}")
    return f"SELECT {', '.join(keys)} FROM dossier WHERE {day} IS NOT NULL"


async def _facts(database: Database) -> list[Unproven]:
    """Facts say what the columns beside them say."""
    wrong = " OR ".join(
        f"((facts & {int(fact)}) <> 0) <> ({condition})"
        for fact, condition in (
            (Fact.FINISHED, "finished IS NOT NULL"),
            (Fact.LATE, "supplements > 1 OR COALESCE(finished > due, 1 = 0)"),
            (Fact.ONLINE, "channel = 'online'"),
            (Fact.DIRECT, "channel = 'direct'"),
            (Fact.POSTAL, "channel = 'postal'"),
            (Fact.FEE_DUE, "fee > 0"),
            (Fact.NO_DUE, "due IS NULL"),
            (Fact.CENTRE, "COALESCE(place = 'centre', 1 = 0)"),
        )
    )
    rows = await database.rows(
        QueryString(f"SELECT agency, procedure, received FROM dossier WHERE {wrong} LIMIT {SHOWN}")
    )
    return [
        Unproven(f"dossier of {row['agency']}, {row['procedure']}", "its facts are not what its columns say")
        for row in rows
    ]


async def _accounts(database: Database) -> list[Unproven]:
    """Every line that was read has one fate, and what was kept is there."""
    found = []
    total: Counter[str] = Counter()
    for row in await database.rows(QueryString("SELECT id, counts FROM dossier_delivery ORDER BY id")):
        counts = _counts(row["counts"])
        total.update(counts)
        told = sum(counts.get(fate.value, 0) for fate in Fate)
        if told != counts.get("read", 0):
            text = f"read {counts.get('read', 0)} lines, but tells the fate of {told}"
            found.append(Unproven(f"delivery {row['id']}", text))
    for table, said in (
        ("dossier", total[Fate.NEW.value]),
        ("dossier_aside", total["keptAside"] - total["takenFromAside"]),
        ("dossier_rejected", total["keptRejected"]),
    ):
        rows = await database.rows(QueryString(f"SELECT COUNT(*) AS n FROM {table}"))
        if rows[0]["n"] != said:
            text = f"holds {rows[0]['n']:,} rows, but the deliveries tell of {said:,}"
            found.append(Unproven(table, text))
    return found
