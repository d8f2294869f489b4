"""Where and by whom the catalogue is published."""

from datetime import date
from typing import NamedTuple

from registry.settings import Settings


class Publication(NamedTuple):
    """Where and by whom the catalogue is published, and the day that is told about."""

    address: str
    publisher: str
    licence: str
    day: date

    @classmethod
    def of(cls, settings: Settings, day: date) -> "Publication":
        return cls(settings.address, settings.publisher, settings.licence, day)
