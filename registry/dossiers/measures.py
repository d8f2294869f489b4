"""What is counted of dossiers: each measure declared once, as data.

A measure is a column of every table of tallies, a condition on records in SQL, and one in Python. A new one is a
line here and a migration that adds its column (``danhmuc check`` proves that it was filled).
"""

from enum import StrEnum

import msgspec

from registry.dossiers.facts import Fact


class Clock(StrEnum):
    """Which day of a dossier puts it into a period: the column of this name."""

    RECEIVED = "received"
    FINISHED = "finished"


class Measure(msgspec.Struct, frozen=True):
    """Counts dossiers that have every fact of ``all`` and none of ``none``, in the period of ``clock``.

    ``amount`` names the column that is added up; ``None`` counts each dossier as one.
    """

    name: str
    clock: Clock
    all: Fact = Fact(0)
    none: Fact = Fact(0)
    amount: str | None = None

    def counts(self, facts: int) -> bool:
        """Whether a dossier with these facts is counted."""
        return facts & self.all == self.all and not facts & self.none


class Live(msgspec.Struct, frozen=True):
    """Counts running dossiers whose due day has passed: it moves with the day, so it is never tallied."""

    name: str
    all: Fact = Fact(0)
    none: Fact = Fact(0)

    def counts(self, facts: int, due: int | None, as_of: int) -> bool:
        """Whether a dossier is counted on ``as_of``; days are ordinals."""
        running = not facts & Fact.FINISHED and facts & self.all == self.all and not facts & self.none
        return running and due is not None and due < as_of


_R, _F = Clock.RECEIVED, Clock.FINISHED

MEASURES = (
    Measure("received", _R),
    Measure("online", _R, Fact.ONLINE),
    Measure("direct", _R, Fact.DIRECT),
    Measure("postal", _R, Fact.POSTAL),
    Measure("late", _R, Fact.LATE),
    Measure("fee_due", _R, Fact.FEE_DUE),
    Measure("paid_online", _R, Fact.PAID_ONLINE),
    Measure("needs_result", _R, Fact.NEEDS_RESULT),
    Measure("e_result", _R, Fact.E_RESULT),
    Measure("digitised", _R, Fact.DIGITISED),
    Measure("reused", _R, Fact.REUSED),
    Measure("shared", _R, Fact.SHARED),
    Measure("population", _R, Fact.POPULATION),
    Measure("complained", _R, Fact.COMPLAINED),
    Measure("complained_late", _R, Fact.COMPLAINED | Fact.LATE),
    Measure("centre", _R, Fact.CENTRE),
    Measure("petitions", _R, amount="petitions"),
    Measure("petitions_on_time", _R, amount="petitions_on_time"),
    Measure("petitions_unsatisfied", _R, amount="petitions_unsatisfied"),
    Measure("received_finished", _R, Fact.FINISHED),
    Measure("no_due", _R, Fact.NO_DUE),
    Measure("due_derived", _R, Fact.DUE_DERIVED),
    Measure("resolved", _F, Fact.FINISHED),
    Measure("resolved_on_time", _F, Fact.FINISHED, none=Fact.LATE),
    Measure("resolved_online", _F, Fact.FINISHED | Fact.ONLINE),
)
"""In the order of the columns."""

_STOPPED = Fact.FINISHED | Fact.LATE | Fact.WAITING

LIVE = (
    Live("overdue", none=_STOPPED),
    Live("overdue_complained", Fact.COMPLAINED, _STOPPED),
)

BY_NAME: dict[str, Measure | Live] = {each.name: each for each in (*MEASURES, *LIVE)}


def predicate(measure: Measure | Live, table: str = "") -> str:
    """The condition in SQL that a record is counted, its period apart; ``table`` is the record's alias.

    That of a live measure holds one ``{}``, for the day ``as_of`` as an ordinal, and is answered by the index
    ``dossier_running``.
    """
    at = f"{table}." if table else ""
    conditions = [f"{at}finished IS NULL", f"{at}due < {{}}"] if isinstance(measure, Live) else []
    if measure.all:
        conditions.append(f"({at}facts & {int(measure.all)}) = {int(measure.all)}")
    if measure.none:
        conditions.append(f"({at}facts & {int(measure.none)}) = 0")
    if isinstance(measure, Measure) and measure.amount:
        conditions.append(f"{at}{measure.amount} > 0")
    return " AND ".join(conditions) or "1 = 1"


def amount(measure: Measure | Live, table: str = "") -> str:
    """What a record that is counted adds, in SQL."""
    at = f"{table}." if table else ""
    return f"{at}{measure.amount}" if isinstance(measure, Measure) and measure.amount else "1"
