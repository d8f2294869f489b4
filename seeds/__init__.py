"""Demonstrations, one for each of five reports: written for this project, illustrative, the same on every run."""

from collections.abc import Iterator, Sequence

from registry.dossiers.dossier import Delivered
from registry.intake.events import AnyEvent
from registry.metrics.observations import Observation
from seeds import catalogue, observed
from seeds.applications import applications
from seeds.sources import one
from seeds.wanted import Dossiers, Habits, Observed

NAMES = (catalogue.LIBRARY, *catalogue.SNAPSHOTS)


def load(name: str) -> Iterator[AnyEvent]:
    """The events of one demonstration's catalogue. Raises ``KeyError`` for a name that ``NAMES`` does not hold."""
    _known(name)
    return catalogue.events(name)


def dossiers(name: str, events: Sequence[AnyEvent]) -> Iterator[Delivered]:
    """Its dossiers, one after the other; ``events`` are those of its catalogue. Raises ``KeyError``."""
    _known(name)
    return applications(one(name, "dossiers.toml", Dossiers), one("", "habits.toml", Habits), events)


def observations(name: str, events: Sequence[AnyEvent]) -> Iterator[Observation]:
    """What others published, as its report quotes it; ``events`` are of its catalogue. Raises ``KeyError``."""
    _known(name)
    return observed.observations(one(name, "observations.toml", Observed), events)


def _known(name: str) -> None:
    if name not in NAMES:
        raise KeyError(f"no demonstration {name!r}; there is {', '.join(NAMES)}")
