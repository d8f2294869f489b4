"""What is overdue on a day, by agency: counted from the index of running dossiers, and kept by their revision.

It moves with the day, so that no tally can hold it; how much of it there is grows with the dossiers. Kept are the
counts of an agency for days of reception and a day on which is asked; what is taken in is a new revision.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import date

import msgspec
from piccolo.querystring import QueryString

from registry.dossiers.measures import LIVE, predicate
from registry.engine import Database
from registry.metrics.periods import Span

KEPT = 256
_encode = msgspec.json.Encoder().encode
Counted = dict[str, int]
"""By the name of the measure; what is zero is left out."""


class Backlog:
    """The backlog of one revision of the dossiers, read as it is asked for."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Span, date], dict[str, Counted]] = OrderedDict()

    def without(self, gone: Collection[str]) -> "Backlog":
        """What of it is the same once something has changed of these agencies."""
        made = Backlog()
        for key, held in self._kept.items():
            made._kept[key] = {code: counted for code, counted in held.items() if code not in gone}
        return made

    async def of(self, database: Database, span: Span, as_of: date, agencies: Sequence[str]) -> dict[str, Counted]:
        """What is overdue on ``as_of`` of what these agencies received in ``span``."""
        held = self._kept.setdefault((span, as_of), {})
        self._kept.move_to_end((span, as_of))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        missing = [code for code in agencies if code not in held]
        if missing:
            found = await _read(database, span, as_of, missing)
            held |= {code: found.get(code, {}) for code in missing}
        return held


async def _read(database: Database, span: Span, as_of: date, agencies: list[str]) -> dict[str, Counted]:
    day = as_of.toordinal()
    if database.kind == "sqlite":
        source = "SELECT value AS agency FROM json_each({})"
    else:
        source = "SELECT jsonb_array_elements_text({}::jsonb) AS agency"
    sums = [
        QueryString(f"SUM(CASE WHEN {predicate(one, 't')} THEN 1 ELSE 0 END) AS {one.name}", day) for one in LIVE
    ]
    rows = await database.rows(
        QueryString(
            f"SELECT t.agency, {', '.join(['{}'] * len(sums))} FROM ({source}) m CROSS JOIN dossier t "
            "WHERE t.agency = m.agency AND t.finished IS NULL AND t.due < {} AND t.received >= {} "
            "AND t.received <= {} GROUP BY t.agency",
            *sums,
            _encode(agencies).decode(),
            day,
            span.start.toordinal(),
            span.end.toordinal(),
        )
    )
    return {row["agency"]: {one.name: int(row[one.name]) for one in LIVE if row[one.name]} for row in rows}
