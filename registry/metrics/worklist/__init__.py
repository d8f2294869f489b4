"""What is about to cost points, as lists of work: each piece with its deadline and what it is worth."""

from registry.metrics.worklist.answer import Pile, State, Work, Worklist
from registry.metrics.worklist.listing import names, worklist

__all__ = ["Pile", "State", "Work", "Worklist", "names", "worklist"]
