"""What others published, as each report quotes it: indices, ranks, and which agencies have what."""

from collections.abc import Iterator, Sequence
from datetime import date

from registry.intake.events import AgencyEvent, AnyEvent
from registry.metrics.observations import Observation, Unit
from registry.vocabulary import Level
from seeds.chance import draw
from seeds.wanted import Flag, Observed

NOTE = "minh họa"


def observations(plan: Observed, events: Sequence[AnyEvent]) -> Iterator[Observation]:
    """The figures of one report. ``events`` are those of its catalogue, for its agencies."""
    for one in plan.figure:
        yield Observation(
            name=one.name,
            unit=Unit(one.unit),
            agency=one.agency,
            begins=one.begins,
            ends=one.ends,
            source=plan.source,
            captured=plan.captured,
            value=one.value,
            out_of=one.out_of,
            note=f"{one.note}; {NOTE}" if one.note else NOTE,
        )
    for flag in plan.flag:
        yield from _flags(plan, flag, events)


def _flags(plan: Observed, flag: Flag, events: Sequence[AnyEvent]) -> Iterator[Observation]:
    codes = flag.codes or tuple(_bodies(flag, events))
    able = sorted((code for code in codes if code not in flag.no), key=lambda code: draw(flag.name, code))
    yes = set(able if flag.yes is None else able[: flag.yes])
    for code in codes:
        yield Observation(
            name=flag.name,
            unit=Unit.COUNT,
            agency=code,
            begins=flag.begins,
            ends=flag.ends,
            source=plan.source,
            captured=plan.captured,
            value=float(code in yes),
            out_of=1.0,
            note=NOTE,
        )


def _bodies(flag: Flag, events: Sequence[AnyEvent]) -> Iterator[str]:
    """The agencies of the flag's level, below ``below`` at whatever depth, that exist when it is told."""
    parents = {event.code: event.parent for event in events if isinstance(event, AgencyEvent)}
    for event in events:
        if not isinstance(event, AgencyEvent) or event.kind_of != "body" or event.level is not Level(flag.level):
            continue
        if (event.valid_from or date.min) <= flag.ends and (event.valid_to or date.max) > flag.ends:
            code: str | None = event.code
            while code and code != flag.below:
                code = parents.get(code)
            if code:
                yield event.code
