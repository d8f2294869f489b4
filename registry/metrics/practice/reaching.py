"""Whom a question about an agency reaches."""

from collections import defaultdict
from datetime import date, timedelta

from registry.catalogue import agencies
from registry.catalogue.agencies import AgencyVersion
from registry.catalogue.errors import AgencyNotFound
from registry.engine import Database


async def reach(database: Database, agency: str | None, start: date, end: date) -> dict[str, str]:
    """The agency and all that were below it on any day of the period, with their latest names; for ``None`` all
    that there are. Raises ``AgencyNotFound``."""
    versions = await agencies.all_versions(database)
    names = {one.code: one.name for one in versions}
    if agency is None:
        return names
    if agency not in names:
        raise AgencyNotFound(agency)
    below: dict[str, list[AgencyVersion]] = defaultdict(list)
    for one in versions:
        if one.parent is not None:
            below[one.parent].append(one)
    waiting, seen = [(agency, start, end)], {(agency, start, end)}
    while waiting:
        code, first, last = waiting.pop()
        for one in below[code]:
            ends = last if one.valid_to is None else min(last, one.valid_to - timedelta(days=1))
            span = (one.code, max(first, one.valid_from or date.min), ends)
            if span[1] <= span[2] and span not in seen:
                seen.add(span)
                waiting.append(span)
    return {code: names[code] for code in sorted({code for code, _, _ in seen})}
