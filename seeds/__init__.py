"""Demonstration catalogues, written for this project: illustrative, and the same bytes on every run."""

from collections.abc import Iterator

from registry.intake.events import AnyEvent
from seeds import catalogue

NAMES = ("thai-nguyen-2025",)


def load(name: str) -> Iterator[AnyEvent]:
    """The events of one demonstration catalogue. Raises ``KeyError`` for a name that ``NAMES`` does not hold."""
    if name not in NAMES:
        raise KeyError(f"no demonstration catalogue {name!r}; there is {', '.join(NAMES)}")
    return catalogue.events(name)
