"""Proves published figures sound: numbered without gaps, and superseded only by a later figure of the same key."""

from piccolo.querystring import QueryString

from registry.engine import Database
from registry.metrics.observations.record import Observation, ObservationRejected, Unit, checked
from registry.metrics.observations.store import SELECTED


async def prove(database: Database) -> list[tuple[str, str]]:
    """What is wrong, as subject and message; an empty list is the proof."""
    rows = await database.rows(
        QueryString(f"SELECT {SELECTED}, o.recorded_to AS after FROM observation o ORDER BY o.seq")
    )
    found, after = {}, {}
    faults = []
    for row in rows:
        fields = dict(row)
        seq, following = fields["seq"], fields.pop("after")
        try:
            found[seq] = checked(Observation(**{**fields, "unit": Unit(fields["unit"])}))
        except (ObservationRejected, ValueError) as error:
            faults.append((f"observation {seq}", f"was altered: {error}"))
        if following is not None:
            after[seq] = following
    if rows and rows[-1]["seq"] != len(rows):
        faults.append(("observation", f"there are {len(rows)}, but the last has the number {rows[-1]['seq']}"))
    for seq, following in after.items():
        if following <= seq or following not in found or seq not in found:
            faults.append((f"observation {seq}", f"is superseded by {following}, which is no later figure"))
        elif found[seq].key != found[following].key:
            faults.append((f"observation {seq}", f"is superseded by {following}, a figure of something else"))
    return faults
