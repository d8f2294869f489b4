"""Promise and practice: the legal time of a procedure beside what an agency really takes, down to the records.

A dossier belongs to the period in which it was finished, and to the promise of the version that was in force when
it was received. How real time is counted is told in ``times``.
"""

from registry.metrics.practice.answer import Finished, FinishedPage, Practice, Practices, Sort, Times
from registry.metrics.practice.listing import overall, practice
from registry.metrics.practice.records import finished

__all__ = [
    "Finished",
    "FinishedPage",
    "Practice",
    "Practices",
    "Sort",
    "Times",
    "finished",
    "overall",
    "practice",
]
