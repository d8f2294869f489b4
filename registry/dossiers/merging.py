"""Which state of a dossier wins: the same one, in whatever order its states arrive.

States are ordered by their moment, then by their rank, then by their content. What follows from the catalogue (a
derived due day, lateness, the version) is no part of the content: the same delivery is the same, whatever the
catalogue has learned meanwhile.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from registry.dossiers.dossier import Row
from registry.dossiers.facts import Fact

_DERIVED = int(Fact.DUE_DERIVED)
_DELIVERED = ~int(Fact.LATE | Fact.NO_DUE | Fact.DUE_DERIVED)

Order = tuple[int, int, tuple[str | int, ...]]


class Fate(StrEnum):
    """What became of a line. Every line that is read has one."""

    NEW = "new"
    CHANGED = "changed"
    REPEATED = "repeated"
    OLDER = "older"
    ASIDE = "aside"
    REJECTED = "rejected"


class Merged(msgspec.Struct):
    """What a batch does to the store: ``old`` are the rows that those of ``changed`` take the place of."""

    new: list[Row]
    changed: list[Row]
    old: list[Row]
    fates: Counter[str]
    contradicted: list[int]
    """Places in the batch of states that say something else than another of the same moment."""


def order(row: Row) -> Order:
    """What states of one dossier are compared by; the greatest wins."""
    due = -1 if row.due is None or row.facts & _DERIVED else row.due
    finished = -1 if row.finished is None else row.finished
    content = (
        row.agency, row.procedure, row.channel, row.received, due, finished, row.supplements, row.suspended,
        row.fee, row.facts & _DELIVERED, row.petitions, row.petitions_on_time, row.petitions_unsatisfied,
        row.place or "",
    )  # fmt: skip
    return row.updated, row.state, content


def merge(rows: Sequence[Row], held: Mapping[bytes, Row]) -> Merged:
    """The states of ``rows``, in their order, against those that are stored."""
    if not held and len({row[0] for row in rows}) == len(rows):
        return Merged(list(rows), [], [], Counter({Fate.NEW.value: len(rows)}), [])
    current: dict[bytes, Row] = dict(held)
    fates: Counter[str] = Counter()
    contradicted = []
    for place, row in enumerate(rows):
        known = current.get(row.key)
        if known is None:
            current[row.key] = row
            fates[Fate.NEW.value] += 1
            continue
        mine, theirs = order(row), order(known)
        if mine == theirs:
            fates[Fate.REPEATED.value] += 1
            continue
        if mine[:2] == theirs[:2]:
            contradicted.append(place)
        if mine > theirs:
            current[row.key] = row
            fates[Fate.CHANGED.value] += 1
        else:
            fates[Fate.OLDER.value] += 1
    changed = [key for key, row in held.items() if current[key] is not row]
    return Merged(
        new=[row for key, row in current.items() if key not in held],
        changed=[current[key] for key in changed],
        old=[held[key] for key in changed],
        fates=fates,
        contradicted=contradicted,
    )
