"""Figures that others publish: kept with their source, shown beside what is computed, never mixed with it."""

from registry.metrics.observations.record import Observation, ObservationRejected, Unit, period_of
from registry.metrics.observations.store import Outcome, listed, observe, observed, revision

__all__ = [
    "Observation",
    "ObservationRejected",
    "Outcome",
    "Unit",
    "listed",
    "observe",
    "observed",
    "period_of",
    "revision",
]
