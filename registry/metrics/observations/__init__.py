"""Figures that others publish: kept with their source, shown beside what is computed, never mixed with it."""

from registry.metrics.observations.record import Observation, ObservationRejected, Unit, period_of
from registry.metrics.observations.store import Outcome, Place, listed, observe, observed, place_of, revision

__all__ = [
    "Observation",
    "ObservationRejected",
    "Outcome",
    "Place",
    "Unit",
    "listed",
    "observe",
    "observed",
    "period_of",
    "place_of",
    "revision",
]
