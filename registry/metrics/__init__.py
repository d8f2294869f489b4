"""Indicators: computed when they are asked, from tallies and the catalogue, and provable down to their records.

``evaluate`` answers an ``Ask``; ``records`` and ``stream`` list what is behind a side of the answer; ``scorecard``
asks all indicators that score. They answer in full: ``public`` and ``public_scorecard`` hide what is too small to
be shown to everyone.
"""

from registry.metrics.answer import Answer, Group, Page, Scorecard, Value
from registry.metrics.ask import Ask, AskInvalid, Boundaries, Dimension, IndicatorNotFound, Side
from registry.metrics.definitions import Definition, DefinitionInvalid, definitions
from registry.metrics.evaluator import evaluate
from registry.metrics.periods import Span, previous, read_period
from registry.metrics.privacy import public, public_scorecard
from registry.metrics.provenance import records, stream
from registry.metrics.scorecards import scorecard

__all__ = [
    "Answer",
    "Ask",
    "AskInvalid",
    "Boundaries",
    "Definition",
    "DefinitionInvalid",
    "Dimension",
    "Group",
    "IndicatorNotFound",
    "Page",
    "Scorecard",
    "Side",
    "Span",
    "Value",
    "definitions",
    "evaluate",
    "previous",
    "public",
    "public_scorecard",
    "read_period",
    "records",
    "scorecard",
    "stream",
]
