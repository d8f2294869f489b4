"""The agencies that receive dossiers in a period, and how their numbers begin."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from registry.intake.events import AgencyEvent, AnyEvent
from registry.vocabulary import Level
from seeds.rhythm import Days
from seeds.wanted import Stream


class Office(msgspec.Struct, frozen=True):
    """An agency that receives dossiers; ``first`` and ``last`` are the numbers of its days in the period."""

    code: str
    level: Level
    name: str
    first: int
    last: int

    @property
    def prefix(self) -> str:
        """How a dossier's number begins, in the national shape: H55.31.05 gives 000.05.31.H55."""
        parts = self.code.split(".")[::-1]
        return ".".join(["000"] * (len(parts) < 4) + ["00"] * max(0, 3 - len(parts)) + parts)


def offices(events: Iterable[AnyEvent], stream: Stream, days: Days) -> list[Office]:
    """The agencies of a stream that exist in its days, each by its last state in them."""
    parents: dict[str, str | None] = {}
    dated: dict[str, list[AgencyEvent]] = defaultdict(list)
    for event in events:
        if isinstance(event, AgencyEvent) and event.kind_of == "body":
            parents[event.code] = event.parent
            if (event.valid_from or date.min) <= days.last and (event.valid_to or date.max) > days.first:
                dated[event.code].append(event)
    found = []
    for code, states in dated.items():
        wanted = code in stream.only if stream.only else code not in stream.without
        if wanted and _below(code, stream.below, parents):
            first = days.number(min(state.valid_from or date.min for state in states))
            last = days.number(max(state.valid_to or date.max for state in states) - timedelta(days=1))
            found.append(Office(code, states[-1].level or Level.OTHER, states[-1].name, first, last))
    return found


def _below(code: str | None, top: str, parents: dict[str, str | None]) -> bool:
    while code and code != top:
        code = parents.get(code)
    return code == top
