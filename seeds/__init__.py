"""Demonstrations, one for each of five reports: written for this project, illustrative, the same on every run."""

from collections.abc import Iterator

from registry.intake.events import AnyEvent
from seeds import catalogue

NAMES = (catalogue.LIBRARY, *catalogue.SNAPSHOTS)


def load(name: str) -> Iterator[AnyEvent]:
    """The events of one demonstration's catalogue. Raises ``KeyError`` for a name that ``NAMES`` does not hold."""
    if name not in NAMES:
        raise KeyError(f"no demonstration {name!r}; there is {', '.join(NAMES)}")
    return catalogue.events(name)
